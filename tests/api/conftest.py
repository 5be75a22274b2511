"""An office's counter in this process, and applications of its two agencies."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal, start_blocking_portal
from fastapi import FastAPI

from api import journal
from api.app import create_app
from engine import bootstrap
from engine.keys import PrivateKey
from engine.service import Office
from engine.service.clients import Client, Scope
from tests.api.application import COUNCIL, TRUST, URL, Application
from tests.api.described import KEYS as EXAMPLE_KEYS
from tests.api.described import World, example_office
from tests.api.loopback import reached
from tests.api.written import Written
from tests.copies import copied
from tests.service.conftest import published_template, signed_template

__all__ = ["published_template", "signed_template"]

KEYS = {
    name: PrivateKey(bytes([number]) * 32)
    for number, name in enumerate(("council-app", "trust-app", "audit-app", "other-app"), start=1)
}
AGENCIES = {
    "council-app": (COUNCIL, (Scope.DECIDE,)),
    "trust-app": (TRUST, (Scope.DECIDE,)),
    "audit-app": (COUNCIL, (Scope.DECIDE, Scope.AUDIT)),
    "other-app": ("westshire-council", (Scope.DECIDE,)),
}


def registered(name: str) -> Client:
    """How the office registers one of them."""
    from tests.api.application import PURPOSE, ROLE

    agency, scopes = AGENCIES[name]
    return Client(
        id=name,
        agency=agency,
        keys=(KEYS[name].public.to_jwk(),),
        purposes=(PURPOSE,),
        roles=(ROLE,),
        scopes=scopes,
    )


@pytest.fixture(scope="session")
def registered_template(published_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An office whose agreement is in force, and four applications, made once."""
    folder = tmp_path_factory.mktemp("registered") / "office"
    shutil.copytree(published_template, folder)
    with bootstrap.open_office(folder) as office:
        for name in KEYS:
            office.clients.add(registered(name))
    return folder


@pytest.fixture
def folder(registered_template: Path, tmp_path: Path) -> Path:
    """That office, a copy of this test's own."""
    return copied(registered_template, tmp_path / "office")


@pytest.fixture
def written() -> Iterator[Written]:
    """The journal of the counter."""
    written = Written()
    written.open = journal.begin("debug", written.write)
    yield written
    assert written.lines is not None  # Closes it.


@pytest.fixture
def office(folder: Path, portal: BlockingPortal) -> Iterator[Office]:
    """The same office, open a second time, to look at what was kept."""
    with bootstrap.open_office(folder) as opened:
        yield opened


@pytest.fixture(scope="session")
def portal() -> Iterator[BlockingPortal]:
    """Where the event loop runs."""
    with start_blocking_portal() as started:
        yield started


@pytest.fixture
def hot() -> bool:
    """Whether evaluations take the straight way, past the framework."""
    return True


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Ask both ways wherever evaluations are asked; nobody may be able to tell which it was."""
    if "hot" in metafunc.fixturenames and getattr(metafunc.module, "BOTH_WAYS", False):
        scope: Any = getattr(metafunc.module, "OPEN_FOR", "function")  # Any: one of pytest's own.
        metafunc.parametrize("hot", [True, False], ids=["straight", "framework"], scope=scope)


@pytest.fixture
def http(folder: Path, portal: BlockingPortal, hot: bool) -> Iterator[httpx2.AsyncClient]:
    """The counter: on a socket, as it is reached by anybody; or the framework alone."""
    with opened(create_app(folder, url=URL, hot=hot), portal) as client:
        yield client


@contextmanager
def opened(app: FastAPI, portal: BlockingPortal) -> Iterator[httpx2.AsyncClient]:
    """A client of an application, open for so long; by the way for which it was made."""
    made: Any = app
    with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        hot = made.straight is not None
        with portal.wrap_async_context_manager(reached(app, hot=hot)) as client:
            yield client


def application(name: str, portal: BlockingPortal, http: httpx2.AsyncClient) -> Application:
    """One of the four, with its clock set right."""
    return Application(portal, http, name, KEYS[name], int(datetime.now(UTC).timestamp()))


@pytest.fixture
def council(portal: BlockingPortal, http: httpx2.AsyncClient) -> Application:
    """The application of the agency that receives."""
    return application("council-app", portal, http)


@pytest.fixture
def trust(portal: BlockingPortal, http: httpx2.AsyncClient) -> Application:
    """The application of the agency that holds."""
    return application("trust-app", portal, http)


@pytest.fixture
def auditor(portal: BlockingPortal, http: httpx2.AsyncClient) -> Application:
    """An application of the council that may also audit."""
    return application("audit-app", portal, http)


@pytest.fixture
def stranger(portal: BlockingPortal, http: httpx2.AsyncClient) -> Application:
    """The application of an agency that is no end of anything here."""
    return application("other-app", portal, http)


@pytest.fixture
def every_scope(folder: Path) -> Path:
    """The office, whose applications have every scope: none of them keeps agencies apart."""
    with bootstrap.open_office(folder) as office:
        for client in office.clients.all():
            office.clients.remove(client.id)
            office.clients.add(registered(client.id).model_copy(update={"scopes": tuple(Scope)}))
    return folder


@pytest.fixture(scope="session")
def example_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The example office, made once."""
    folder = tmp_path_factory.mktemp("example") / "office"
    example_office(folder)
    return folder


@pytest.fixture
def world(example_template: Path, tmp_path: Path, portal: BlockingPortal) -> Iterator[World]:
    """The example office behind its counter."""
    folder = copied(example_template, tmp_path / "office")
    now_s = int(datetime.now(UTC).timestamp())
    with opened(create_app(folder, url=URL), portal) as http:
        yield World(
            folder, Application(portal, http, "ncc-cases", EXAMPLE_KEYS["ncc-cases"], now_s)
        )
