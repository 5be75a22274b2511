"""An application of one agency neither reads nor causes anything of another's: by every way in."""

from importlib import import_module
from pathlib import Path

import pytest

from api.app import create_app
from engine import bootstrap
from engine.service import Office
from engine.service.clients import Scope
from tests.api.application import Application
from tests.api.conftest import registered
from tests.api.isolation import ROWS, World
from tests.api.ways import ways_of

FAMILIES = ("decisions", "records")
for _family in FAMILIES:
    import_module(f"tests.api.isolation_{_family}")


@pytest.fixture
def folder(folder: Path) -> Path:
    """The office, whose applications have every scope: none of them keeps agencies apart."""
    with bootstrap.open_office(folder) as office:
        for client in office.clients.all():
            office.clients.remove(client.id)
            office.clients.add(registered(client.id).model_copy(update={"scopes": tuple(Scope)}))
    return folder


def test_every_way_in_has_a_row() -> None:
    assert sorted(ROWS) == ways_of(create_app(Path("nowhere")))


@pytest.mark.parametrize("way", sorted(ROWS), ids=" ".join)
def test_a_third_agency_neither_reads_nor_causes_anything(
    council: Application,
    trust: Application,
    stranger: Application,
    office: Office,
    way: tuple[str, str],
) -> None:
    ROWS[way](World(council, trust, stranger, office))
