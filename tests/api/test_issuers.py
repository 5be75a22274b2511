"""Tokens of agencies' own authorisation servers, and what vouches for their people."""

import json
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature

from api.app import create_app
from api.auth.fetching import refresh
from api.key_sets import RETRY_S, STALE_S, KeySets
from engine import bootstrap, caller_key, jose
from engine.canonical import b64url_encode
from engine.errors import ConcordatError, TrustError
from engine.keys import PrivateKey
from engine.record import read
from engine.service import Office
from engine.service.clients import Client, Scope
from engine.service.issuers import Issuer, key_set
from tests.api.application import (
    COUNCIL,
    PURPOSE,
    ROLE,
    TRUST,
    URL,
    Application,
    evaluation,
    fresh,
    jwt,
    within,
)
from tests.api.conftest import KEYS, application, opened
from tests.api.outbound import connections

BOTH_WAYS = True

ISSUER = "https://login.northshire.example/realm"
OTHER = "https://login.trust.example"
KEY, STRANGE = PrivateKey(bytes([71]) * 32), PrivateKey(bytes([72]) * 32)
EVALUATION = "/access/v1/evaluation"


class P256:
    """A key as another's library holds it."""

    def __init__(self, secret: int) -> None:
        self._key = ec.derive_private_key(secret, ec.SECP256R1())
        numbers = self._key.public_key().public_numbers()
        self.jwk = {"kty": "EC", "crv": "P-256"} | {
            name: b64url_encode(value.to_bytes(32, "big"))
            for name, value in (("x", numbers.x), ("y", numbers.y))
        }
        self.public = caller_key.read(dict(self.jwk))

    def sign(self, data: bytes) -> bytes:
        r, s = decode_dss_signature(self._key.sign(data, ec.ECDSA(hashes.SHA256())))
        return r.to_bytes(32, "big") + s.to_bytes(32, "big")

    def to_jwk(self) -> dict[str, str]:
        return self.public.to_jwk()


EC_KEY = P256(4711)


def published(key: PrivateKey, kid: str) -> dict[str, Any]:
    members = {k: v for k, v in key.public.to_jwk().items() if k in ("kty", "crv", "x")}
    return members | {"kid": kid, "use": "sig", "x5u": "https://elsewhere.example/x"}


def issuers() -> tuple[Issuer, ...]:
    return (
        Issuer(
            url=ISSUER,
            audience=URL,
            agency=COUNCIL,
            jwks=(published(KEY, "2026-a"), EC_KEY.jwk | {"kid": "ec-1"}),
        ),
        Issuer(url=OTHER, audience=URL, agency=TRUST, jwks=(published(STRANGE, "t"),)),
    )


@pytest.fixture
def folder(folder: Path) -> Path:
    """The office, which takes tokens of two issuers and knows one application of the first."""
    with bootstrap.open_office(folder) as office:
        for issuer in issuers():
            office.clients.add_issuer(issuer)
        office.clients.add(
            Client(
                id="ncc-portal",
                agency=COUNCIL,
                issuer=ISSUER,
                client_id="Portal 1",
                purposes=(PURPOSE,),
                roles=(ROLE,),
                scopes=(Scope.DECIDE,),
            )
        )
    return folder


@pytest.fixture
def portal_app(portal: BlockingPortal, http: httpx2.AsyncClient) -> Application:
    """The application that the council's own issuer knows."""
    made = application("council-app", portal, http)
    return Application(portal, http, "Portal 1", PrivateKey(bytes([73]) * 32), made.now_s)


def said(app: Application, **claims: Any) -> dict[str, Any]:
    stated = {
        "iss": ISSUER,
        "aud": URL,
        "sub": "Portal 1",
        "client_id": "Portal 1",
        "scope": "decide openid",
        "iat": app.now_s,
        "exp": app.now_s + 300,
        "jti": fresh(),
        "cnf": {"jkt": app.key.public.kid},
    } | claims
    return {name: value for name, value in stated.items() if value is not None}


def token(
    app: Application, header: dict[str, Any] | None = None, key: Any = KEY, **claims: Any
) -> str:
    stated = {"alg": "Ed25519", "typ": "at+jwt", "kid": "2026-a"} | (header or {})
    return jwt({k: v for k, v in stated.items() if v is not None}, said(app, **claims), key)


def test_a_token_of_an_agencys_own_issuer_is_taken(portal_app: Application, office: Office) -> None:
    answered = portal_app.post(EVALUATION, evaluation(), token=token(portal_app))

    assert answered.status_code == 200, answered.text
    payload = read(jose.split(answered.json()["context"]["record"])).payload
    assert payload["asked_by"] == COUNCIL
    assert payload["caller"]["client"] == "ncc-portal"
    assert payload["caller"]["kid"] == portal_app.key.public.kid


def test_a_token_signed_with_p256_is_taken(portal_app: Application) -> None:
    made = token(portal_app, {"alg": "ES256", "kid": "ec-1"}, key=EC_KEY)

    assert portal_app.post(EVALUATION, evaluation(), token=made).status_code == 200


TOKENS: dict[str, Callable[[Application], str]] = {
    "alg none": lambda app: token(app, {"alg": "none"}),
    "alg HS256": lambda app: token(app, {"alg": "HS256"}),
    "alg RS256": lambda app: token(app, {"alg": "RS256"}),
    "another algorithm than the key's": lambda app: token(app, {"alg": "ES256"}),
    "the other way round": lambda app: token(app, {"alg": "Ed25519", "kid": "ec-1"}, key=EC_KEY),
    "an ID token": lambda app: token(app, {"typ": "JWT"}),
    "no typ": lambda app: token(app, {"typ": None}),
    "jku": lambda app: token(app, {"jku": "http://127.0.0.1:1/jwks"}),
    "x5u": lambda app: token(app, {"x5u": "http://127.0.0.1:1/x"}),
    "jwk": lambda app: token(app, {"jwk": published(STRANGE, "2026-a")}, key=STRANGE),
    "crit": lambda app: token(app, {"crit": ["exp"]}),
    "an unknown kid": lambda app: token(app, {"kid": "2025-z"}),
    "a kid that is a path": lambda app: token(app, {"kid": "../../etc/passwd"}),
    "a kid that is no text": lambda app: token(app, {"kid": 7}),
    "no kid": lambda app: token(app, {"kid": None}),
    "a kid of another issuer": lambda app: token(app, {"kid": "t"}, key=STRANGE),
    "signed by another": lambda app: token(app, key=STRANGE),
    "an unknown issuer": lambda app: token(app, iss="https://evil.example"),
    "another issuer's client": lambda app: token(app, {"kid": "t"}, key=STRANGE, iss=OTHER),
    "this office as issuer": lambda app: token(app, iss=URL),
    "another audience": lambda app: token(app, aud="https://elsewhere.example"),
    "several audiences": lambda app: token(app, aud=[URL, "https://elsewhere.example"]),
    "no audience": lambda app: token(app, aud=None),
    "expired": lambda app: token(app, iat=app.now_s - 301, exp=app.now_s - 1),
    "still to come": lambda app: token(app, iat=app.now_s + 60, exp=app.now_s + 120),
    "not before later": lambda app: token(app, nbf=app.now_s + 60),
    "good for too long": lambda app: token(app, exp=app.now_s + 3_600),
    "no exp": lambda app: token(app, exp=None),
    "no iat": lambda app: token(app, iat=None),
    "no sub": lambda app: token(app, sub=None),
    "no jti": lambda app: token(app, jti=None),
    "no client": lambda app: token(app, client_id=None),
    "an unknown client": lambda app: token(app, client_id="Portal 2"),
    "a client of ours": lambda app: token(app, client_id="council-app"),
    "the client by our name": lambda app: token(app, client_id="ncc-portal"),
    "no scope": lambda app: token(app, scope=None),
    "bound to nothing": lambda app: token(app, cnf=None),
    "bound to no key": lambda app: token(app, cnf={}),
    "bound to two keys": lambda app: token(
        app, cnf={"jkt": app.key.public.kid, "x5t#S256": app.key.public.kid}
    ),
    "bound to another key": lambda app: token(app, cnf={"jkt": STRANGE.public.kid}),
    "bound to a certificate nobody presents": lambda app: token(
        app, cnf={"x5t#S256": app.key.public.kid}
    ),
    "padded": lambda app: token(app) + "=",
}


@pytest.mark.parametrize("made", TOKENS.values(), ids=TOKENS)
def test_a_token_of_another_issuer_that_is_not_good_is_refused(
    portal_app: Application, office: Office, made: Callable[[Application], str]
) -> None:
    before, bad = office.premises.records.head().size, made(portal_app)
    portal_app.send("GET", "/health")  # So that the connection to the counter itself stands.

    with connections() as outbound:
        refused = portal_app.post(EVALUATION, evaluation(), token=bad)

    assert refused.status_code == 401, refused.text
    assert outbound == []
    assert office.premises.records.head().size == before


def test_scope_comes_from_the_token_and_the_register_both(portal_app: Application) -> None:
    made = token(portal_app, scope="openid audit")

    assert portal_app.post(EVALUATION, evaluation(), token=made).status_code == 403


def test_an_issuer_taken_away_counts_no_more(portal_app: Application, office: Office) -> None:
    with pytest.raises(ConcordatError, match="comes from"):
        office.clients.remove_issuer(ISSUER)

    office.clients.remove("ncc-portal")
    office.clients.remove_issuer(ISSUER)

    refused = portal_app.post(EVALUATION, evaluation(), token=token(portal_app))
    assert refused.status_code == 401


# --- P-256 everywhere


def test_a_client_may_prove_itself_with_p256(
    portal: BlockingPortal, http: httpx2.AsyncClient, office: Office
) -> None:
    app = application("council-app", portal, http)
    made = Application(portal, http, "phone", EC_KEY, app.now_s)  # type: ignore[arg-type]
    office.clients.add(made.client(COUNCIL))
    header = {"alg": "ES256"}
    proof = made.proof("/oauth/token", header=header | {"jwk": EC_KEY.jwk})

    given = made.ask_token(made.assertion(header), proof)
    bound = given.json()["access_token"]
    sent = {"DPoP": made.proof(EVALUATION, bound, header | {"jwk": EC_KEY.jwk})}

    assert made.post(EVALUATION, evaluation(), token=bound, headers=sent).status_code == 200


@pytest.mark.parametrize(
    "change",
    [
        {"y": b64url_encode(b"\1" * 32)},
        {"x": b64url_encode(b"\1" * 31)},
        {"crv": "P-384"},
        {"crv": "secp256k1"},
        {"d": b64url_encode(b"\1" * 32)},
        {"alg": "ES512"},
        {"use": "enc"},
        {"kid": KEY.public.kid},
        {"more": "x"},
        {"x": 7},
    ],
    ids=lambda change: json.dumps(change)[:30],
)
def test_a_p256_key_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(TrustError):
        caller_key.read(EC_KEY.jwk | change)


# --- people


def subject(app: Application, key: PrivateKey = KEY, **claims: Any) -> str:
    header = {"alg": "Ed25519", "typ": "JWT", "kid": "2026-a" if key is KEY else "t"}
    stated = {
        "iss": ISSUER if key is KEY else OTHER,
        "aud": URL,
        "sub": "ncc:officer-17",
        "iat": app.now_s,
        "exp": app.now_s + 300,
        "role": [ROLE, "team-manager"],
    } | claims
    return jwt(header, {k: v for k, v in stated.items() if v is not None}, key)


def test_what_the_agency_signs_of_a_person_is_kept_as_signed_by_it(
    council: Application, office: Office
) -> None:
    vouched = subject(council)

    context = council.ask(**within("context", subject_token=vouched)).json()["context"]

    payload = read(jose.split(context["record"])).payload
    assert payload["caller"]["evidence"] == {
        "requester": "idp_signed",
        "role": "idp_signed",
        "purpose": "asserted",
    }
    proof = office.evidence.proof(context["evaluation_id"])
    assert vouched.encode() not in proof
    assert "ignored" not in context


MISMATCHES: dict[str, Callable[[Application], str]] = {
    "another person": lambda app: subject(app, sub="ncc:officer-18"),
    "another role": lambda app: subject(app, role="team-manager"),
    "no role at all": lambda app: subject(app, role=[]),
    "another purpose": lambda app: subject(app, purpose="mappa"),
    "a person of another agency": lambda app: subject(app, STRANGE),
}
UNSOUND: dict[str, Callable[[Application], str]] = {
    "expired": lambda app: subject(app, iat=app.now_s - 301, exp=app.now_s - 1),
    "for somebody else": lambda app: subject(app, aud="council-app"),
    "good for too long": lambda app: subject(app, exp=app.now_s + 3_600),
    "forged": lambda app: subject(app, STRANGE, iss=ISSUER),
    "an access token": lambda app: token(app, sub="ncc:officer-17"),
    "a role that is no text": lambda app: subject(app, role=7),
    "rubbish": lambda _: "rubbish",
}


@pytest.mark.parametrize("made", MISMATCHES.values(), ids=MISMATCHES)
def test_what_a_person_is_said_to_be_is_what_their_agency_says(
    council: Application, office: Office, made: Callable[[Application], str]
) -> None:
    before = office.premises.records.head().size

    refused = council.ask(**within("context", subject_token=made(council)))

    assert refused.status_code == 403, refused.text
    assert office.premises.records.head().size == before


@pytest.mark.parametrize("made", UNSOUND.values(), ids=UNSOUND)
def test_a_subject_token_that_is_not_good_is_no_asserted_one(
    council: Application, made: Callable[[Application], str]
) -> None:
    refused = council.ask(**within("context", subject_token=made(council)))

    assert refused.status_code == 400, refused.text


# --- where keys come from


@pytest.fixture
def served() -> Iterator[tuple[str, list[Any]]]:
    """An issuer's keys on this machine: what it answers next, the last for ever."""
    answers: list[Any] = []

    class Keys(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            status, body, headers = answers.pop(0) if len(answers) > 1 else answers[0]
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keys)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/jwks", answers
    server.shutdown()
    server.server_close()


def answer(*keys: Any, status: int = 200, **headers: str) -> tuple[int, bytes, dict[str, str]]:
    return status, json.dumps({"keys": list(keys)}).encode(), headers


def test_keys_are_fetched_kept_while_it_is_down_and_then_forgotten(
    portal: BlockingPortal, served: tuple[str, list[Any]]
) -> None:
    url, answers = served
    sets = KeySets()
    sets.know([Issuer(url=ISSUER, audience=URL, jwks_url=url)])
    answers[:] = [answer(published(KEY, "a"), {"kty": "RSA", "kid": "r", "n": "x", "e": "AQAB"})]
    now_s = 1_000_000

    portal.call(refresh, sets, lambda: now_s)
    assert sets.key(ISSUER, "a", now_s=now_s).kid == KEY.public.kid

    answers[:] = [answer(status=500)]
    for later in (RETRY_S, RETRY_S * 20, STALE_S):
        portal.call(refresh, sets, lambda later=later: now_s + later)
        assert sets.key(ISSUER, "a", now_s=now_s + later).kid == KEY.public.kid
    with pytest.raises(TrustError, match="cannot be had"):
        sets.key(ISSUER, "a", now_s=now_s + STALE_S + 1)


def test_a_key_that_is_missed_is_looked_for_once_a_minute(
    portal: BlockingPortal, served: tuple[str, list[Any]]
) -> None:
    url, answers = served
    sets = KeySets()
    sets.know([Issuer(url=ISSUER, audience=URL, jwks_url=url)])
    answers[:] = [answer(published(KEY, "a"))]
    portal.call(refresh, sets, lambda: 0)
    answers[:] = [answer(published(STRANGE, "b"))]

    for kid in ("b", "c", "d"):
        with pytest.raises(TrustError, match="no such key"):
            sets.key(ISSUER, kid, now_s=1)

    assert sets.due(RETRY_S - 1) == []
    portal.call(refresh, sets, lambda: RETRY_S)
    assert sets.key(ISSUER, "b", now_s=RETRY_S).kid == STRANGE.public.kid
    with pytest.raises(TrustError, match="no such key"):
        sets.key(ISSUER, "a", now_s=RETRY_S)


@pytest.mark.parametrize(
    "spoiled",
    [
        answer(status=302, Location="http://127.0.0.1:1/"),
        answer(status=404),
        (200, b"{" + b" " * 70_000 + b'"keys":[]}', {}),
        (200, b"not json", {}),
        (200, b'{"keys": 7}', {}),
        answer(*[published(KEY, f"k{number}") for number in range(51)]),
        answer(published(KEY, "a"), published(STRANGE, "a")),
        answer(published(KEY, "a") | {"x": b64url_encode(b"\1" + b"\0" * 31)}),
        answer(KEY.to_jwk() | {"kid": "a"}),
    ],
    ids=[
        "redirect", "not found", "too long", "no JSON", "no list", "too many", "twice",
        "weak", "private",
    ],
)  # fmt: skip
def test_a_set_of_keys_that_is_none_leaves_what_was_held(
    portal: BlockingPortal, served: tuple[str, list[Any]], spoiled: Any
) -> None:
    url, answers = served
    sets = KeySets()
    sets.know([Issuer(url=ISSUER, audience=URL, jwks_url=url)])
    answers[:] = [answer(published(KEY, "a"))]
    portal.call(refresh, sets, lambda: 0)
    answers[:] = [spoiled]

    portal.call(refresh, sets, lambda: 301)

    assert sets.key(ISSUER, "a", now_s=301).kid == KEY.public.kid


def test_no_redirect_is_followed(portal: BlockingPortal, served: tuple[str, list[Any]]) -> None:
    url, answers = served
    sets = KeySets()
    sets.know([Issuer(url=ISSUER, audience=URL, jwks_url=url)])
    answers[:] = [answer(status=302, Location=url), answer(published(KEY, "a"))]

    portal.call(refresh, sets, lambda: 0)

    assert len(answers) == 1
    with pytest.raises(TrustError, match="cannot be had"):
        sets.key(ISSUER, "a", now_s=0)


@pytest.mark.parametrize(
    "url",
    [
        "http://login.example/jwks",
        "ftp://login.example/jwks",
        "https://user@login.example/jwks",
        "https://login.example/jwks?x=1",
        "https://login.example/jwks#x",
        "http://127.0.0.1.evil.example/",
        "http://[::ffff:127.0.0.1]/",
        "http://2130706433/",
        "file:///etc/passwd",
        "https://",
    ],
)
def test_keys_are_fetched_from_plain_addresses_alone(url: str) -> None:
    with pytest.raises(ValueError, match="https"):
        Issuer(url=ISSUER, audience=URL, jwks_url=url)


def test_an_office_fetches_the_keys_of_its_issuers_by_itself(
    folder: Path, portal: BlockingPortal, served: tuple[str, list[Any]]
) -> None:
    url, answers = served
    answers[:] = [answer(published(KEY, "2026-a"))]
    with bootstrap.open_office(folder) as office:
        office.clients.remove("ncc-portal")
        office.clients.remove_issuer(ISSUER)
        office.clients.add_issuer(Issuer(url=ISSUER, audience=URL, agency=COUNCIL, jwks_url=url))
        office.clients.add(
            Client(
                id="ncc-portal", agency=COUNCIL, issuer=ISSUER, client_id="Portal 1",
                purposes=(PURPOSE,), roles=(ROLE,), scopes=(Scope.DECIDE,),
            )
        )  # fmt: skip

    with opened(create_app(folder, url=URL), portal) as http:
        asks = application("council-app", portal, http)
        asks = Application(portal, http, "Portal 1", KEYS["council-app"], asks.now_s)
        answered = asks.post(EVALUATION, evaluation(), token=token(asks))
        for _ in range(200):
            answered = asks.post(EVALUATION, evaluation(), token=token(asks))
            if answered.status_code == 200:
                break
            portal.call(_a_moment)

    assert answered.status_code == 200, answered.text


async def _a_moment() -> None:
    import asyncio

    await asyncio.sleep(0.02)


def test_a_set_of_keys_names_each_once() -> None:
    assert list(key_set(answer(published(KEY, "a"), {"kty": "oct", "kid": "s"})[1])) == ["a"]
