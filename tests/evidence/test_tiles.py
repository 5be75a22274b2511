"""Tiles: one path for each, and each path read only in its one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine.errors import InclusionError
from engine.tiles import MAX_LEVEL, WIDTH, Tile, bundled, format_path, parse_path

PATHS = {
    "the first": (Tile(0, 0), "0/000"),
    "one of many": (Tile(3, 1_234_067), "3/x001/x234/067"),
    "the last, half full": (Tile(0, 273, 112), "0/273.p/112"),
    "entries": (Tile(None, 7), "entries/007"),
    "some entries": (Tile(None, 1000, 1), "entries/x001/000.p/1"),
}


@pytest.mark.parametrize(("tile", "path"), PATHS.values(), ids=PATHS)
def test_a_tile_has_the_path_of_the_specification(tile: Tile, path: str) -> None:
    assert format_path(tile) == path
    assert parse_path(path) == tile


@given(
    st.one_of(st.none(), st.integers(0, MAX_LEVEL)),
    st.integers(0, 2**50),
    st.integers(1, WIDTH),
)
def test_every_path_is_read_back(level: int | None, number: int, width: int) -> None:
    tile = Tile(level, number, width)

    assert parse_path(format_path(tile)) == tile


@pytest.mark.parametrize(
    "path",
    [
        *("", "0", "0/0", "0/0000", "8/000", "0/000.p/0", "0/000.p/256", "0/000.p/01", "0/000.p/"),
        *(
            "0/x000/001",
            "0/x001/2",
            "/0/000",
            "0/000/",
            "0/x001/x002",
            "entries/x000/000",
            "1/００１",
        ),
        *("0/" + "x001/" * 12 + "000", "0/000.p/1.p/1", "data/000", "-1/000", "0/000\n"),
    ],
)
def test_no_other_path_is_a_tile(path: str) -> None:
    with pytest.raises(InclusionError, match="no tile of that name"):
        parse_path(path)


@pytest.mark.parametrize(
    ("tile", "least"),
    [
        (Tile(0, 0), 256),
        (Tile(0, 0, 1), 1),
        (Tile(None, 1, 3), 259),
        (Tile(1, 0, 2), 512),
        (Tile(1, 0), 65_536),
        (Tile(2, 0, 1), 65_536),
    ],
)
def test_a_tile_is_there_once_all_its_subtrees_are_complete(tile: Tile, least: int) -> None:
    assert tile.is_there(least)
    assert not tile.is_there(least - 1)


def test_entries_stand_behind_their_lengths() -> None:
    assert bundled([b"a", b"bcd"]) == b"\x00\x01a\x00\x03bcd"
    with pytest.raises(InclusionError, match="longer than 65535"):
        bundled([b"x" * 65_536])
