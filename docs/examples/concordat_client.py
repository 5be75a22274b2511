"""Ask a Concordat office before sharing: one file, to copy beside your application.

Whatever goes wrong here ends in `NoAnswerError`, and no answer is a no. An answer is
believed only if its signed record says the same as the answer does. Needs `httpx2` and
`jwcrypto`; `httpx` in place of `httpx2` does as well.

Source:
    OpenID AuthZEN Authorization API 1.0; RFC 7523 (`private_key_jwt`); RFC 9449 (DPoP).
"""

import hashlib
import json
import time
import uuid
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx2
from jwcrypto.common import JWException
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

TOKEN, EVALUATION, SEARCH = "/oauth/token", "/access/v1/evaluation", "/access/v1/search/"
ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class NoAnswerError(Exception):
    """There is no answer to rely on, so nothing may be shared."""


@dataclass(frozen=True)
class Answer:
    """What the office said, once its signed record was found to say the same.

    Attributes:
        permitted: Whether everything asked for may be shared. Share at nothing else.
        outcome: `permit`, `deny` or `refer`.
        code: Why, by a stable name.
        next_step: What to do now, in words for whoever asked.
        obligations: What must then be done: each an `id`, a `type` and `properties`.
        evaluation_id: The record's number: keep it with the case.
        record: The record; keep it, and `disclosures`, to prove years later what was answered.
        disclosures: What the record hides: who asked, about whom.
        context: All that the office said.
    """

    permitted: bool
    outcome: str
    code: str
    next_step: str
    obligations: list[dict[str, Any]]
    evaluation_id: str
    record: str
    disclosures: list[str]
    context: dict[str, Any]


class Concordat:
    """An office, asked by one registered client.

    Args:
        url: Where the office answers; `https`, unless it is on this machine.
        client: As which client the office has registered this application.
        key: The client's private key, a JWK (`concordat clients add --new-key`).
        timeout_s: How long to wait for any answer.
    """

    def __init__(self, url: str, client: str, key: Path | str, *, timeout_s: float = 5) -> None:
        self._url = url.rstrip("/")
        self._client = client
        self._key = JWK.from_json(Path(key).read_text(encoding="utf-8"))
        self._http = httpx2.Client(base_url=self._url, timeout=timeout_s, follow_redirects=False)
        self._token, self._until = "", 0.0
        self._keys: dict[str, JWK] = {}

    def __enter__(self) -> Self:
        """Use it in a `with` block, so that its connections are closed."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Close its connections."""
        self._http.close()

    def ask(self, evaluation: dict[str, Any]) -> Answer:
        """Ask whether a disclosure may be made.

        Args:
            evaluation: `subject`, `action`, `resource` and `context`, as docs/http.md has them.

        Raises:
            NoAnswerError: The office did not answer, or its answer cannot be relied on.
        """
        said = self._post(EVALUATION, evaluation)
        try:
            context = said["context"]
            answer = Answer(
                permitted=said["decision"] is True and context["outcome"] == "permit",
                outcome=context["outcome"],
                code=context["code"],
                next_step=context["next_step"],
                obligations=context["obligations"],
                evaluation_id=context["evaluation_id"],
                record=context["record"],
                disclosures=context["disclosures"],
                context=context,
            )
        except (KeyError, TypeError) as fault:
            raise NoAnswerError(f"the office's answer is not whole: {fault}") from fault
        self._refuse_other_than_recorded(answer, evaluation)
        return answer

    def search(self, sought: str, request: dict[str, Any]) -> Iterator[dict[str, Any]]:
        """Find to whom, what, or how something could be disclosed now.

        Nothing is recorded and no guard is asked: put what is found into `ask` before sharing.

        Args:
            sought: `subject`, `resource` or `action`.
            request: An evaluation, but for the entity that is sought.

        Yields:
            Entities, page after page.

        Raises:
            NoAnswerError: As `ask` does; also if agreements changed between pages: begin again.
        """
        page = dict(request.get("page", {}))
        while True:
            said = self._post(SEARCH + sought, {**request, "page": page})
            try:
                yield from said["results"]
                page["token"] = said["page"]["next_token"]
            except (KeyError, TypeError) as fault:
                raise NoAnswerError(f"the office's answer is not whole: {fault}") from fault
            if not page["token"]:
                return

    def _post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        token = self._fresh_token()
        headers = {"Authorization": f"DPoP {token}", "DPoP": self._proof(path, token)}
        try:
            response = self._http.post(path, json=body, headers=headers)
            told = response.json()
        except (httpx2.HTTPError, ValueError) as fault:
            raise NoAnswerError(f"the office did not answer: {fault}") from fault
        if response.status_code == 401:
            self._token = ""  # It was restarted, perhaps: its tokens end with it.
        if response.status_code != 200 or not isinstance(told, dict):
            raise NoAnswerError(f"{response.status_code}: {_problem(told)}")
        return told

    def _fresh_token(self) -> str:
        if self._token and time.time() < self._until:
            return self._token
        now = int(time.time())
        claims = {
            "iss": self._client,
            "sub": self._client,
            "aud": self._url,
            "iat": now,
            "exp": now + 60,
            "jti": str(uuid.uuid4()),
        }
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": ASSERTION,
            "client_assertion": self._signed({"typ": "JWT", "kid": self._key.thumbprint()}, claims),
        }
        try:
            response = self._http.post(TOKEN, data=form, headers={"DPoP": self._proof(TOKEN)})
            told = response.json()
        except (httpx2.HTTPError, ValueError) as fault:
            raise NoAnswerError(f"the office gave no token: {fault}") from fault
        if response.status_code != 200 or "access_token" not in told:
            raise NoAnswerError(f"the office gave no token: {_problem(told)}")
        self._token, self._until = told["access_token"], now + told["expires_in"] - 30
        return self._token

    def _proof(self, path: str, token: str = "") -> str:
        claims = {
            "htm": "POST",
            "htu": self._url + path,
            "iat": int(time.time()),
            "jti": str(uuid.uuid4()),
        }
        if token:
            digest = hashlib.sha256(token.encode()).digest()
            claims["ath"] = urlsafe_b64encode(digest).rstrip(b"=").decode()
        # Its `kid` stays out: the key says by itself which it is.
        public = {n: v for n, v in self._key.export_public(as_dict=True).items() if n != "kid"}
        return self._signed({"typ": "dpop+jwt", "jwk": public}, claims)

    def _signed(self, header: dict[str, Any], claims: dict[str, Any]) -> str:
        token = JWS(json.dumps(claims))
        token.add_signature(self._key, protected=json.dumps({"alg": "EdDSA", **header}))
        return str(token.serialize(compact=True))

    def _refuse_other_than_recorded(self, answer: Answer, evaluation: dict[str, Any]) -> None:
        record = self._verified(answer.record)
        split = record.get("information", {})
        asked = {
            "outcome": answer.outcome,
            "code": answer.code,
            "evaluation_id": answer.evaluation_id,
            "purpose": evaluation["context"]["purpose"],
            "categories": sorted(evaluation["resource"]["properties"]["categories"]),
        }
        kept = {
            "outcome": record.get("decision"),
            "code": record.get("code"),
            "evaluation_id": record.get("jti"),
            "purpose": record.get("purpose"),
            "categories": sorted(code for codes in split.values() for code in codes),
        }
        for name, said in asked.items():
            if kept[name] != said:
                raise NoAnswerError(f"the answer and its signed record differ in `{name}`")

    def _verified(self, record: str) -> dict[str, Any]:
        """The payload of a record, if a key of the office signed it.

        `concordat verify` checks far more, offline: that the key was good at that time, that
        the record is in the log, and that the agreement was in force.
        """
        try:
            token = JWS()
            token.allowed_algs = ["Ed25519"]
            token.deserialize(record)
            kid = token.jose_header["kid"]
            if kid not in self._keys:
                listed = self._http.get("/.well-known/jwks.json").raise_for_status().json()
                self._keys = {jwk["kid"]: JWK(**jwk) for jwk in listed["keys"]}
            token.verify(self._keys[kid])
            payload = json.loads(token.payload)
        except (JWException, httpx2.HTTPError, KeyError, TypeError, ValueError) as fault:
            raise NoAnswerError(f"the record is not signed by the office: {fault}") from fault
        return dict(payload)


def _problem(told: object) -> str:
    if not isinstance(told, dict):
        return "no answer that can be read"
    said = told.get("detail") or told.get("error_description") or told.get("error") or "refused"
    hint = told.get("hint")
    return f"{said} ({hint})" if hint else str(said)
