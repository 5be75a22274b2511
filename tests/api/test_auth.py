"""Who is calling: every way of not being who one says, and what is said to it."""

import json
import socket
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from api.app import create_app
from api.auth.dpop import digest_of
from api.once import SeenOnce
from engine import bootstrap, canonical, jose
from engine.errors import ConcordatError
from engine.keys import PrivateKey
from engine.service import Office
from engine.service.clients import Scope
from tests.api.application import URL, Application, evaluation, fresh, jwt
from tests.api.conftest import KEYS, application, opened
from tests.api.outbound import connections

BOTH_WAYS = True

STRANGE = PrivateKey(bytes([99]) * 32)
EVALUATION = "/access/v1/evaluation"


# --- the assertion


def public(key: PrivateKey) -> dict[str, str]:
    return {
        name: value for name, value in key.public.to_jwk().items() if name in ("kty", "crv", "x")
    }


ASSERTIONS: dict[str, Callable[[Application], str]] = {
    "alg none": lambda app: app.assertion({"alg": "none"}),
    "alg HS256": lambda app: app.assertion({"alg": "HS256"}),
    "alg ES256": lambda app: app.assertion({"alg": "ES256"}),
    "no alg": lambda app: app.assertion({"alg": None}),
    "another typ": lambda app: app.assertion({"typ": "at+jwt"}),
    "a key in the header": lambda app: app.assertion({"jwk": public(STRANGE)}),
    "crit": lambda app: app.assertion({"crit": ["exp"]}),
    "an unknown kid": lambda app: app.assertion({"kid": STRANGE.public.kid}),
    "a kid that is no text": lambda app: app.assertion({"kid": 7}),
    "an unknown client": lambda app: app.assertion(iss="nobody", sub="nobody"),
    "another client": lambda app: app.assertion(iss="trust-app", sub="trust-app"),
    "two clients": lambda app: app.assertion(sub="trust-app"),
    "another audience": lambda app: app.assertion(aud="https://elsewhere.example"),
    "several audiences": lambda app: app.assertion(aud=[URL]),
    "the endpoint as audience": lambda app: app.assertion(aud=f"{URL}/oauth/token"),
    "expired": lambda app: app.assertion(iat=app.now_s - 61, exp=app.now_s - 1),
    "made before it opened": lambda app: app.assertion(iat=app.now_s - 40, exp=app.now_s + 20),
    "still to come": lambda app: app.assertion(iat=app.now_s + 60, exp=app.now_s + 100),
    "good for too long": lambda app: app.assertion(exp=app.now_s + 3600),
    "no exp": lambda app: app.assertion(exp=None),
    "a fraction of a second": lambda app: app.assertion(exp=app.now_s + 30.5),
    "true as an instant": lambda app: app.assertion(iat=True),
    "no jti": lambda app: app.assertion(jti=None),
    "a long jti": lambda app: app.assertion(jti="x" * 200),
    "signed by another": lambda app: jwt(
        {"alg": "Ed25519", "kid": app.key.public.kid, "typ": "JWT"},
        {"iss": app.name, "sub": app.name, "aud": URL, "iat": app.now_s, "exp": app.now_s + 60}
        | {"jti": fresh()},
        STRANGE,
    ),
    "padded": lambda app: app.assertion() + "=",
    "two parts": lambda app: app.assertion().rpartition(".")[0],
    "not ASCII": lambda app: app.assertion() + "é",
    "empty signature": lambda app: app.assertion().rpartition(".")[0] + ".",
    "very long": lambda app: app.assertion(iss="x" * 9000),
}


@pytest.mark.parametrize("made", ASSERTIONS.values(), ids=ASSERTIONS)
def test_an_assertion_that_is_not_good_gets_no_token(
    council: Application, made: Callable[[Application], str]
) -> None:
    refused = council.ask_token(made(council))

    assert refused.status_code == 401, refused.text
    assert refused.json()["error"] == "invalid_client"


def test_an_assertion_is_good_once(council: Application) -> None:
    assertion = council.assertion()

    assert council.ask_token(assertion).status_code == 200
    assert "used before" in council.ask_token(assertion).json()["error_description"]


@pytest.mark.parametrize("alg", ["Ed25519", "EdDSA"])
def test_both_names_of_the_one_algorithm_are_understood(council: Application, alg: str) -> None:
    assert council.ask_token(council.assertion({"alg": alg})).status_code == 200


FORMS: dict[str, tuple[dict[str, str], str]] = {
    "another grant": ({"grant_type": "password"}, "unsupported_grant_type"),
    "another kind of assertion": ({"client_assertion_type": "x"}, "invalid_client"),
    "another client beside": ({"client_id": "trust-app"}, "invalid_client"),
    "a scope it has not": ({"scope": "decide admin"}, "invalid_scope"),
    "a scope nobody has": ({"scope": "everything"}, "invalid_scope"),
    "no scope": ({"scope": " "}, "invalid_scope"),
}


@pytest.mark.parametrize(("form", "error"), FORMS.values(), ids=FORMS)
def test_a_form_that_is_not_good_gets_no_token(
    council: Application, form: dict[str, str], error: str
) -> None:
    assert council.ask_token(**form).json()["error"] == error


def test_a_form_that_says_something_twice_is_refused(council: Application) -> None:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answered = council.send(
        "POST", "/oauth/token", content=b"grant_type=a&grant_type=b", headers=headers
    )

    assert answered.status_code == 400


# --- the proof of a key

PROOFS: dict[str, Callable[[Application, str], str]] = {
    "none": lambda *_: "",
    "no digest of the token": lambda app, _: app.proof(EVALUATION),
    "of another token": lambda app, token: app.proof(EVALUATION, token + "x"),
    "for another path": lambda app, token: app.proof("/access/v1/evaluations", token),
    "for another method": lambda app, token: app.proof(EVALUATION, token, htm="GET"),
    "for another service": lambda app, token: app.proof(
        EVALUATION, token, htu="http://x" + EVALUATION
    ),
    "too old": lambda app, token: app.proof(EVALUATION, token, iat=app.now_s - 90),
    "still to come": lambda app, token: app.proof(EVALUATION, token, iat=app.now_s + 90),
    "another typ": lambda app, token: app.proof(EVALUATION, token, {"typ": "JWT"}),
    "no typ": lambda app, token: app.proof(EVALUATION, token, {"typ": ""}),
    "alg none": lambda app, token: app.proof(EVALUATION, token, {"alg": "none"}),
    "a private key in it": lambda app, token: app.proof(
        EVALUATION, token, {"jwk": app.key.to_jwk()}
    ),
    "a weak key": lambda app, token: app.proof(
        EVALUATION,
        token,
        {
            "jwk": {
                "kty": "OKP",
                "crv": "Ed25519",
                "x": canonical.b64url_encode(b"\x01" + b"\0" * 31),
            }
        },
    ),
    "another key's": lambda app, token: app.proof(EVALUATION, token, {"jwk": public(STRANGE)}),
    "signed by another": lambda app, token: jwt(
        {"alg": "Ed25519", "typ": "dpop+jwt", "jwk": public(app.key)},
        {"htm": "POST", "htu": URL + EVALUATION, "iat": app.now_s, "jti": fresh()}
        | {"ath": digest_of(token.encode())},
        STRANGE,
    ),
    "by another key, soundly": lambda app, token: Application(
        app.portal, app.http, app.name, STRANGE, app.now_s
    ).proof(EVALUATION, token),
}


@pytest.mark.parametrize("made", PROOFS.values(), ids=PROOFS)
def test_a_token_without_proof_of_its_key_is_nothing(
    council: Application, made: Callable[[Application, str], str]
) -> None:
    token = council.token()
    headers = {"DPoP": made(council, token)}

    refused = council.post(EVALUATION, evaluation(), token=token, headers=headers)

    assert refused.status_code == 401, refused.text
    assert 'error="invalid_token"' in refused.headers["www-authenticate"]


def test_a_proof_is_good_once(council: Application) -> None:
    token = council.token()
    headers = {"DPoP": council.proof(EVALUATION, token)}

    first, second = (
        council.post(EVALUATION, evaluation(), token=token, headers=headers) for _ in range(2)
    )

    assert (first.status_code, second.status_code) == (200, 401)


def test_a_bound_token_is_no_plain_one(council: Application) -> None:
    token = council.token()

    refused = council.post(
        EVALUATION, evaluation(), headers={"Authorization": f"Bearer {token}"}, token=token
    )

    assert refused.status_code == 401


@pytest.mark.parametrize("name", ["Authorization", "DPoP"])
def test_a_header_that_says_who_is_calling_stands_there_once(
    council: Application, name: str
) -> None:
    token = council.token()
    headers = [
        ("Content-Type", "application/json"),
        ("Authorization", f"DPoP {token}"),
        ("DPoP", council.proof(EVALUATION, token)),
        (name, "DPoP x"),
    ]

    refused = council.send("POST", EVALUATION, content=json.dumps(evaluation()), headers=headers)

    assert refused.status_code == 400


def test_no_unbound_token_is_given_unless_the_operator_says_so(council: Application) -> None:
    assert council.ask_token(proof=None).json()["error"] == "invalid_dpop_proof"


# --- the token


def forged(app: Application, key: PrivateKey, typ: str = "at+jwt", **claims: Any) -> str:
    """A token as the office would make it, but for these changes, signed by any key."""
    said: dict[str, Any] = {
        "iss": URL,
        "aud": URL,
        "sub": app.name,
        "client_id": app.name,
        "scope": "decide",
        "iat": app.now_s,
        "exp": app.now_s + 300,
        "jti": fresh(),
        "cnf": {"jkt": app.key.public.kid},
    } | claims
    stated = {name: value for name, value in said.items() if value is not None}
    return jose.sign_compact(canonical.encode(stated), typ=typ, key=key)


def headed(app: Application, key: PrivateKey, **header: Any) -> str:
    """The same, but for these changes to its header."""
    said = {"alg": "Ed25519", "kid": key.public.kid, "typ": "at+jwt"} | header
    claims = json.loads(canonical.b64url_decode(forged(app, key).split(".")[1]))
    return jwt({name: value for name, value in said.items() if value is not None}, claims, key)


TOKENS: dict[str, Callable[[Application, PrivateKey], str]] = {
    "signed by another": lambda app, _: forged(app, STRANGE),
    "signed by the client": lambda app, _: forged(app, app.key),
    "another typ": lambda app, key: forged(app, key, typ="JWT"),
    "expired": lambda app, key: forged(app, key, iat=app.now_s - 420, exp=app.now_s - 120),
    "not valid yet": lambda app, key: forged(app, key, iat=app.now_s + 120),
    "another issuer": lambda app, key: forged(app, key, iss="https://elsewhere.example"),
    "another audience": lambda app, key: forged(app, key, aud="https://elsewhere.example"),
    "several audiences": lambda app, key: forged(app, key, aud=[URL]),
    "an unknown client": lambda app, key: forged(app, key, client_id="nobody"),
    "bound to nothing": lambda app, key: forged(app, key, cnf=None),
    "bound to no key": lambda app, key: forged(app, key, cnf={}),
    "bound to another key": lambda app, key: forged(app, key, cnf={"jkt": STRANGE.public.kid}),
    "alg none": lambda app, key: jwt(
        {"alg": "none", "kid": key.public.kid, "typ": "at+jwt"}, {"client_id": app.name}, key
    ),
    "jku": lambda app, key: headed(app, key, jku="http://127.0.0.1:1/jwks"),
    "x5u": lambda app, key: headed(app, key, x5u="http://127.0.0.1:1/x"),
    "a key in the header": lambda app, _: headed(app, STRANGE, jwk=public(STRANGE)),
    "crit": lambda app, key: headed(app, key, crit=["exp"]),
    "a kid that is an address": lambda app, key: headed(app, key, kid="http://127.0.0.1:1/k"),
    "no typ": lambda app, key: headed(app, key, typ=None),
    "no issuer": lambda app, key: forged(app, key, iss=None),
    "no audience": lambda app, key: forged(app, key, aud=None),
    "no client": lambda app, key: forged(app, key, client_id=None),
    "no expiry": lambda app, key: forged(app, key, exp=None),
    "in another spelling": lambda app, key: forged(app, key) + "=",
    "rubbish": lambda *_: "rubbish",
}


@pytest.mark.parametrize("made", TOKENS.values(), ids=TOKENS)
def test_a_token_that_is_not_good_is_refused(
    council: Application,
    http: httpx2.AsyncClient,
    made: Callable[[Application, PrivateKey], str],
) -> None:
    token = made(council, office_key(http))
    council.send("GET", "/health")  # So that the connection to the counter itself stands.

    with connections() as outbound:
        refused = council.post(EVALUATION, evaluation(), token=token)

    assert refused.status_code == 401, refused.text
    assert refused.json()["code"] == "token"
    assert outbound == []


def test_a_connection_would_have_been_noticed() -> None:
    with connections() as outbound, pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", 1))

    assert ("socket.connect", ("127.0.0.1", 1)) in outbound


def test_the_two_tables_of_tokens_have_sixty_rows() -> None:
    from tests.api import test_issuers

    assert len(TOKENS) + len(test_issuers.TOKENS) >= 60


def test_an_unbound_token_is_refused_as_bearer_too(
    council: Application, http: httpx2.AsyncClient
) -> None:
    token = forged(council, office_key(http), cnf=None)
    headers = {"Authorization": f"Bearer {token}"}

    assert council.send("POST", EVALUATION, json=evaluation(), headers=headers).status_code == 401


def test_the_forger_of_these_tests_makes_good_tokens_too(
    council: Application, http: httpx2.AsyncClient
) -> None:
    token = forged(council, office_key(http))

    assert council.post(EVALUATION, evaluation(), token=token).status_code == 200


def office_key(http: httpx2.AsyncClient) -> PrivateKey:
    app: Any = http._transport
    key: PrivateKey = app.app.state.site.key
    return key


def test_no_credentials_are_asked_for_politely(council: Application) -> None:
    answered = council.send("POST", EVALUATION, json=evaluation())

    assert answered.status_code == 401
    assert answered.headers["www-authenticate"].startswith("DPoP ")
    assert "error=" not in answered.headers["www-authenticate"]


def test_a_token_without_the_scope_is_not_enough(
    council: Application, office: Office, http: httpx2.AsyncClient, portal: BlockingPortal
) -> None:
    reader = Application(portal, http, "reader", STRANGE, council.now_s)
    office.clients.add(reader.client("northshire-council", Scope.AUDIT))

    refused = reader.post(EVALUATION, evaluation())

    assert refused.status_code == 403
    assert 'scope="decide"' in refused.headers["www-authenticate"]


def test_a_list_of_clients_that_cannot_be_read_lets_nobody_in(
    council: Application, folder: Path
) -> None:
    token = council.token()
    (folder / "clients.json").write_text('{"ver": 1, "clients": [], "more": 1}')

    refused = council.post(EVALUATION, evaluation(), token=token)

    assert refused.status_code == 503
    assert refused.headers["retry-after"]


# --- plain bearer


def test_a_token_alone_is_enough_where_the_operator_says_so(
    folder: Path, portal: BlockingPortal, hot: bool
) -> None:
    settings = (folder / "office.toml").read_text() + "\n[http]\nplain_bearer = true\n"
    (folder / "office.toml").write_text(settings)

    with opened(create_app(folder, url=URL, hot=hot), portal) as http:
        council = application("council-app", portal, http)
        given = council.ask_token(proof=None).json()
        headers = {"Authorization": f"Bearer {given['access_token']}"}
        answered = council.send("POST", EVALUATION, json=evaluation(), headers=headers)

    assert given["token_type"] == "Bearer"
    assert answered.json()["decision"] is True


@pytest.mark.parametrize(
    "table", ["plain_bearer = 1", 'url = "ftp://x"', 'url = "https://x/"', "more = true"]
)
def test_a_setting_that_is_not_understood_opens_no_office(folder: Path, table: str) -> None:
    path = folder / "office.toml"
    path.write_text(f"{path.read_text()}\n[http]\n{table}\n")

    with pytest.raises(ConcordatError, match=r"http|url"):
        bootstrap.open_office(folder)


# --- what is seen once


def test_a_name_is_let_pass_once_until_it_lapses() -> None:
    seen = SeenOnce(most=2)

    assert seen.first("a", until_s=10, now_s=1)
    assert not seen.first("a", until_s=10, now_s=10)
    assert seen.first("a", until_s=20, now_s=11)
    assert seen.first("b", until_s=20, now_s=11)
    assert not seen.first("c", until_s=20, now_s=11), "full: refused, never forgotten early"


# --- the register of clients


@pytest.mark.parametrize(
    "change",
    [
        {"scopes": []},
        {"scopes": ["everything"]},
        {"keys": []},
        {
            "keys": [
                {"kty": "OKP", "crv": "Ed25519", "x": canonical.b64url_encode(b"\1" + b"\0" * 31)}
            ]
        },
        {"keys": [KEYS["council-app"].to_jwk()]},
        {"agency": "Not An Id"},
        {"more": 1},
    ],
    ids=lambda change: json.dumps(change)[:40],
)
def test_one_misspelt_client_shuts_the_whole_list(folder: Path, change: dict[str, Any]) -> None:
    path = folder / "clients.json"
    said = json.loads(path.read_text())
    said["clients"][0] |= change
    path.write_text(json.dumps(said))

    with bootstrap.open_office(folder) as office:  # noqa: SIM117 -- The office opens.
        with pytest.raises(ConcordatError, match="cannot be relied on"):
            office.clients.all()


def test_two_clients_never_share_a_key(folder: Path) -> None:
    path = folder / "clients.json"
    said = json.loads(path.read_text())
    said["clients"][1]["keys"] = said["clients"][0]["keys"]
    path.write_text(json.dumps(said))

    with bootstrap.open_office(folder) as office:  # noqa: SIM117 -- The office opens.
        with pytest.raises(ConcordatError, match="twice"):
            office.clients.all()


def test_the_clock_of_these_tests_is_set_right(council: Application) -> None:
    assert abs(council.now_s - datetime.now(UTC).timestamp()) < 30
