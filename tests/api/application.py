"""An application as an integrator writes one: a key, tokens, proofs, requests."""

import hashlib
import itertools
import json
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import httpx2
from anyio.from_thread import BlockingPortal

from api.auth import assertions
from engine.canonical import b64url_encode
from engine.keys import PrivateKey
from engine.service.clients import Client, Scope

URL = "http://counter"
COUNCIL, TRUST = "northshire-council", "northshire-nhs-trust"
PURPOSE, ROLE = "child-protection-enquiry", "social-worker"

_NUMBERS = itertools.count()


def fresh() -> str:
    """A name nothing else has."""
    return f"name-{next(_NUMBERS)}"


def jwt(header: dict[str, Any], claims: dict[str, Any], key: PrivateKey) -> str:
    """A token as anybody's library would write it."""
    parts = [b64url_encode(json.dumps(each).encode()) for each in (header, claims)]
    return ".".join([*parts, b64url_encode(key.sign(".".join(parts).encode()))])


def evaluation(**changes: Any) -> dict[str, Any]:
    """What the agreement permits, as AuthZEN asks it; a change replaces a whole entity."""
    return {
        "subject": {
            "type": "practitioner",
            "id": "ncc:officer-17",
            "properties": {"agency": COUNCIL, "role": ROLE},
        },
        "action": {"name": "disclose"},
        "resource": {
            "type": "information",
            "id": "case-1234",
            "properties": {
                "holder": TRUST,
                "categories": ["health-physical"],
                "about": ["child"],
                "subject_ref": "child 4711",
            },
        },
        "context": {
            "purpose": PURPOSE,
            "lawful_basis": {"article6": "6-1-e", "article9": "9-2-g", "schedule1": "18"},
            "necessity": "To decide whether the child is safe tonight.",
            "no_consent_reason": "NC-c",
        },
    } | changes


def within(entity: str, **properties: Any) -> dict[str, Any]:
    """The evaluation, with other properties of one entity, or another context; none takes away."""
    made = evaluation()
    place = made["context"] if entity == "context" else made[entity]["properties"]
    place |= properties
    for name in [name for name, value in properties.items() if value is None]:
        del place[name]
    return {entity: made[entity]}


@dataclass
class Application:
    """One application, and the service it asks.

    Attributes:
        now_s: Its clock.
    """

    portal: BlockingPortal
    http: httpx2.AsyncClient
    name: str
    key: PrivateKey
    now_s: int
    headers: dict[str, str] = field(default_factory=dict)

    def client(self, agency: str, *scopes: Scope) -> Client:
        """How an office registers it."""
        return Client(
            id=self.name,
            agency=agency,
            keys=(self.key.public.to_jwk(),),
            purposes=(PURPOSE,),
            roles=(ROLE,),
            scopes=scopes or (Scope.DECIDE,),
        )

    def send(self, method: str, path: str, **said: Any) -> httpx2.Response:
        """Send a request as it is given."""
        return self.portal.call(partial(self.http.request, method, path, **said))

    def assertion(self, header: dict[str, Any] | None = None, **claims: Any) -> str:
        """What it proves itself with, but for these changes."""
        said = {
            "iss": self.name,
            "sub": self.name,
            "aud": URL,
            "iat": self.now_s,
            "exp": self.now_s + 60,
            "jti": fresh(),
        } | claims
        kid = self.key.public.kid
        signed = {"alg": "Ed25519", "kid": kid, "typ": "JWT"} | (header or {})
        return jwt(signed, {k: v for k, v in said.items() if v is not None}, self.key)

    def proof(
        self,
        path: str,
        token: str | None = None,
        header: dict[str, Any] | None = None,
        **claims: Any,
    ) -> str:
        """Proof that it holds its key, but for these changes."""
        said = {"htm": "POST", "htu": URL + path, "iat": self.now_s, "jti": fresh()}
        if token is not None:
            said["ath"] = b64url_encode(hashlib.sha256(token.encode()).digest())
        public = {k: v for k, v in self.key.public.to_jwk().items() if k in ("kty", "crv", "x")}
        signed = {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": public} | (header or {})
        return jwt(signed, said | claims, self.key)

    def ask_token(
        self, assertion: str | None = None, proof: str | None = "", **form: str
    ) -> httpx2.Response:
        """Ask for a token; with a good assertion and proof, unless others are given."""
        said = {
            "grant_type": "client_credentials",
            "client_assertion_type": assertions.TYPE,
            "client_assertion": assertion or self.assertion(),
        } | form
        headers = {} if proof is None else {"DPoP": proof or self.proof("/oauth/token")}
        return self.send("POST", "/oauth/token", data=said, headers=headers)

    def token(self, **form: str) -> str:
        """A token."""
        answered = self.ask_token(**form)
        assert answered.status_code == 200, answered.text
        return str(answered.json()["access_token"])

    def post(
        self,
        path: str,
        said: Any = None,
        *,
        content: bytes | None = None,
        token: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> httpx2.Response:
        """Post JSON, with a token and proof of its own."""
        bound = token or self.token()
        sent = {
            "Content-Type": "application/json",
            "Authorization": f"DPoP {bound}",
            "DPoP": self.proof(path, bound),
        } | (headers or {})
        body = json.dumps(said).encode() if content is None else content
        return self.send("POST", path, content=body, headers=sent)

    def put(self, path: str, **said: Any) -> httpx2.Response:
        """Put something, with a token and proof of its own."""
        return self.request("PUT", path, **said)

    def get(self, path: str, **headers: str) -> httpx2.Response:
        """Read something, with a token and proof of its own."""
        return self.request("GET", path, headers=headers)

    def request(
        self, method: str, path: str, *, headers: dict[str, str] | None = None, **said: Any
    ) -> httpx2.Response:
        """Send a request with a token and proof of its own; a name's `_` is a header's `-`."""
        token = self.token()
        proof = self.proof(httpx2.URL(path).path, token, htm=method)
        given = {name.replace("_", "-"): value for name, value in (headers or {}).items()}
        sent = {"Authorization": f"DPoP {token}", "DPoP": proof} | given
        return self.send(method, path, headers=sent, **said)

    def ask(self, **changes: Any) -> httpx2.Response:
        """Ask one question, but for these changes."""
        return self.post("/access/v1/evaluation", evaluation(**changes))

    def ask_all(self, said: dict[str, Any]) -> httpx2.Response:
        """Ask several questions."""
        return self.post("/access/v1/evaluations", said)
