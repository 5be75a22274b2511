"""A store on each database that can hold one, made anew for each test."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from engine.adapters.sql_store import SqlStore
from tests import postgres
from tests.postgres import Cluster

SQLITE, POSTGRESQL = "SQLite", "PostgreSQL"


@pytest.fixture(scope="session")
def server() -> Iterator[Cluster]:
    """A PostgreSQL of this process's own."""
    try:
        with postgres.cluster() as made:
            yield made
    except LookupError as fault:
        pytest.skip(str(fault))


def new_place(kind: str, request: pytest.FixtureRequest, folder: Path) -> Path | str:
    """Where a new log can be made."""
    if kind == SQLITE:
        return folder / "log.sqlite"
    server: Cluster = request.getfixturevalue("server")
    return server.new_database()


@pytest.fixture(params=[SQLITE, POSTGRESQL])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path | str:
    """Where a new log can be made: in a file, then in a server."""
    return new_place(request.param, request, tmp_path)


@pytest.fixture
def store(place: Path | str) -> Iterator[SqlStore]:
    """A log without records."""
    with closing(SqlStore.create(place, chain="c", timeout_s=5)) as made:
        yield made


ENVIRONMENT = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])}
