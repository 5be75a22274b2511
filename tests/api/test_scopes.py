"""Who comes in by which way: the one table, and that it is all there is."""

from dataclasses import replace
from pathlib import Path

import httpx2
import pytest
from anyio.from_thread import BlockingPortal
from fastapi import APIRouter

from api import scopes
from api.app import create_app
from api.doorway import sent
from engine import bootstrap
from engine.keys import PrivateKey
from engine.service.clients import Scope
from tests.api.application import URL, Application
from tests.api.conftest import application, registered
from tests.api.ways import ways_of


def test_every_way_in_has_one_row_and_no_row_is_of_no_way() -> None:
    ways = ways_of(create_app(Path("nowhere")))

    assert sorted([*scopes.ANYBODY, *scopes.NEEDS]) == ways
    assert all(needs for needs in scopes.NEEDS.values())


def filled(path: str) -> str:
    """A path with something in each place of its template."""
    return "/".join("x" if part.startswith("{") else part for part in path.split("/"))


@pytest.mark.parametrize(("method", "path"), scopes.NEEDS)
def test_nobody_without_a_token_is_let_in(council: Application, method: str, path: str) -> None:
    refused = council.send(method, filled(path))

    assert (refused.status_code, refused.json()["code"]) == (401, "token")


def key_of(scope: Scope) -> PrivateKey:
    return PrivateKey(bytes([50 + list(Scope).index(scope)]) * 32)


@pytest.fixture
def everybody(folder: Path) -> None:
    """For each scope, a client that has it and no other."""
    with bootstrap.open_office(folder) as office:
        for scope in Scope:
            jwk = key_of(scope).public.to_jwk()
            said = {"id": f"only-{scope}", "keys": (jwk,), "scopes": (scope,)}
            office.clients.add(registered("council-app").model_copy(update=said))


@pytest.mark.parametrize(("method", "path"), scopes.NEEDS)
def test_a_token_of_another_scope_is_not_enough(
    everybody: None, council: Application, method: str, path: str
) -> None:
    for scope in set(Scope) - scopes.NEEDS[method, path]:
        only = replace(council, name=f"only-{scope}", key=key_of(scope))

        refused = only.request(method, filled(path))

        assert (refused.status_code, refused.json()["code"]) == (403, "scope"), scope


def test_a_way_without_a_row_lets_nobody_in(folder: Path, portal: BlockingPortal) -> None:
    app, forgotten = create_app(folder, url=URL), APIRouter()

    @forgotten.get("/v1/forgotten")
    async def forgets() -> object:
        return sent({"secret": 1})

    app.include_router(forgotten)
    with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        client = httpx2.AsyncClient(transport=httpx2.ASGITransport(app=app), base_url=URL)
        with portal.wrap_async_context_manager(client):
            somebody = application("audit-app", portal, client)
            statuses = [
                somebody.send("GET", "/v1/forgotten").status_code,
                somebody.get("/v1/forgotten").status_code,
            ]

    assert statuses == [401, 403]


def test_a_scope_that_was_taken_away_counts_for_nothing_though_the_token_names_it(
    auditor: Application, folder: Path
) -> None:
    token = auditor.token()
    with bootstrap.open_office(folder) as office:
        office.clients.remove("audit-app")
        office.clients.add(registered("audit-app").model_copy(update={"scopes": (Scope.DECIDE,)}))

    proof = auditor.proof("/metrics", token, htm="GET")
    refused = auditor.send(
        "GET", "/metrics", headers={"Authorization": f"DPoP {token}", "DPoP": proof}
    )

    assert refused.status_code == 403
    assert 'scope="admin audit"' in refused.headers["www-authenticate"]
