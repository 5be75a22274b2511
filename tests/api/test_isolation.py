"""An application of one agency neither reads nor causes anything of another's: by every way in."""

from importlib import import_module
from pathlib import Path

import pytest

from api.app import create_app
from engine.service import Office
from tests.api.application import Application
from tests.api.isolation import ROWS, World
from tests.api.ways import ways_of

FAMILIES = ("agreements", "decisions", "records")
for _family in FAMILIES:
    import_module(f"tests.api.isolation_{_family}")


def test_every_way_in_has_a_row() -> None:
    assert sorted(ROWS) == ways_of(create_app(Path("nowhere")))


@pytest.mark.parametrize("way", sorted(ROWS), ids=" ".join)
def test_a_third_agency_neither_reads_nor_causes_anything(
    every_scope: Path,
    council: Application,
    trust: Application,
    stranger: Application,
    office: Office,
    way: tuple[str, str],
) -> None:
    ROWS[way](World(council, trust, stranger, office))
