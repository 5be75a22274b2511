"""Tokens bound to a certificate, believed from the proxy in front and from nobody else."""

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from api.app import create_app
from engine import bootstrap, jose
from engine.canonical import b64_encode, b64url_encode
from engine.errors import ConcordatError
from engine.record import read
from tests.api.application import URL, Application, evaluation
from tests.api.conftest import application
from tests.api.loopback import reached

BOTH_WAYS = True

EVALUATION = "/access/v1/evaluation"
PROXY, STRANGER = "127.0.0.7", "127.0.0.8"
MINE, OTHERS = b"a certificate of the council", b"another certificate"


def thumbprint(der: bytes) -> str:
    return b64url_encode(hashlib.sha256(der).digest())


def pem(der: bytes) -> str:
    lines = b64_encode(der)
    return quote(f"-----BEGIN CERTIFICATE-----\n{lines}\n-----END CERTIFICATE-----\n")


def byte_sequence(der: bytes) -> str:
    return f":{b64_encode(der)}:"


@pytest.fixture
def by(folder: Path, portal: BlockingPortal, hot: bool) -> Iterator[Any]:
    """The same application, coming by a proxy or by itself."""
    with (folder / "office.toml").open("a") as settings:
        settings.write(
            f'\n[http]\ncertificate_header = "X-Client-Cert"\nproxies = "{PROXY}, ::1"\n'
        )
    app = create_app(folder, url=URL, hot=hot)
    with portal.wrap_async_context_manager(app.router.lifespan_context(app)), ExitStack() as open_:

        def coming(peer: str) -> Application:
            came = portal.wrap_async_context_manager(reached(app, hot=hot, source=peer))
            return application("council-app", portal, open_.enter_context(came))

        yield coming


def ask_token(app: Application, certificate: str) -> httpx2.Response:
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": app.assertion(),
    }
    headers = {"X-Client-Cert": certificate} if certificate else {}
    return app.send("POST", "/oauth/token", data=form, headers=headers)


def ask(app: Application, token: str, certificate: str, scheme: str = "Bearer") -> httpx2.Response:
    headers = {"Authorization": f"{scheme} {token}"}
    headers |= {"X-Client-Cert": certificate} if certificate else {}
    return app.send("POST", EVALUATION, json=evaluation(), headers=headers)


@pytest.mark.parametrize("written", [pem, byte_sequence])
def test_a_token_is_good_with_the_certificate_it_is_bound_to(by: Any, written: Any) -> None:
    app = by(PROXY)
    given = ask_token(app, written(MINE)).json()

    answered = ask(app, given["access_token"], written(MINE))

    assert given["token_type"] == "Bearer"
    assert answered.status_code == 200, answered.text
    caller = read(jose.split(answered.json()["context"]["record"])).payload["caller"]
    assert (caller["proved_by"], caller["kid"]) == ("mtls", thumbprint(MINE))
    assert caller["evidence"]["role"] == "asserted", "a certificate signs no body"


@pytest.mark.parametrize(
    ("peer", "certificate", "scheme"),
    [
        (PROXY, pem(OTHERS), "Bearer"),
        (PROXY, "", "Bearer"),
        (STRANGER, pem(MINE), "Bearer"),
        (STRANGER, "", "Bearer"),
        (PROXY, pem(MINE), "DPoP"),
        (PROXY, "rubbish", "Bearer"),
        (PROXY, pem(MINE) + "=", "Bearer"),
        (PROXY, "::", "Bearer"),
        ("", pem(MINE), "Bearer"),
    ],
    ids=[
        "another certificate", "none", "from a stranger", "a stranger without one",
        "as a bound key", "rubbish", "misspelled", "empty", "from nobody",
    ],
)  # fmt: skip
def test_it_is_nothing_without(by: Any, peer: str, certificate: str, scheme: str) -> None:
    token = ask_token(by(PROXY), pem(MINE)).json()["access_token"]

    refused = ask(by(peer), token, certificate, scheme)

    assert refused.status_code == 401, refused.text


def test_a_stranger_gets_no_token_by_claiming_a_certificate(by: Any) -> None:
    assert ask_token(by(STRANGER), pem(MINE)).status_code == 401
    assert ask_token(by(PROXY), "").status_code == 400, "and none without any"


def test_a_certificate_stands_there_once(by: Any) -> None:
    app = by(PROXY)
    token = ask_token(app, pem(MINE)).json()["access_token"]
    headers = [("Authorization", f"Bearer {token}")]
    headers += [("X-Client-Cert", pem(each)) for each in (OTHERS, MINE)]

    assert app.send("POST", EVALUATION, json=evaluation(), headers=headers).status_code == 400


def test_a_key_bound_token_needs_its_key_whatever_the_certificate(by: Any) -> None:
    app = by(PROXY)

    refused = ask(app, app.token(), pem(MINE))

    assert refused.status_code == 401


def test_where_no_header_is_named_none_is_read(council: Application) -> None:
    refused = ask(council, council.token(), pem(MINE))

    assert refused.status_code == 401


@pytest.mark.parametrize(
    "table",
    [
        'certificate_header = "X Cert"\nproxies = "127.0.0.1"',
        'certificate_header = "X-Cert"\nproxies = "proxy.example"',
    ],
)
def test_a_header_is_believed_from_named_addresses_alone(folder: Path, table: str) -> None:
    path = folder / "office.toml"
    path.write_text(f"{path.read_text()}\n[http]\n{table}\n")

    with pytest.raises(ConcordatError, match=r"proxies|certificate_header"):
        bootstrap.open_office(folder)
