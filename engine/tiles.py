"""A log as files that never change: which tile or bundle a path names, and what it holds.

Promises one spelling of each path, and that a tile holds only heads of complete
subtrees, so that it never changes once it is full. Nothing here reads or writes.

Source:
    C2SP tlog-tiles, "Merkle Tree" and "Log Entries".
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from engine.errors import InclusionError

WIDTH: Final = 256
"""How many hashes, or entries, a full one holds."""
LEAST_LEVEL: Final = 3
"""The lowest level of a log's tree that is kept; below it at most seven hashes of entries lie."""
HEIGHT: Final = 8
"""How many levels of the tree lie between two levels of tiles."""
MAX_LEVEL: Final = 7
MAX_ENTRY_BYTES: Final = 65_535

_PATH: Final = re.compile(
    r"(?P<level>[0-7]|entries)/(?P<number>(x[0-9]{3}/)*[0-9]{3})(\.p/(?P<width>[1-9][0-9]{0,2}))?"
)


@dataclass(frozen=True, slots=True)
class Tile:
    """Up to 256 neighbouring hashes of the tree, or entries of the log.

    Attributes:
        level: Of tiles, 0 being that of the leaves; none of a bundle of entries.
        number: Which one, from the left.
        width: How much it holds; less than 256 only at the end of the log.
    """

    level: int | None
    number: int
    width: int = WIDTH

    @property
    def first(self) -> int:
        """Which hash of its level, or which entry, is its first."""
        return self.number * WIDTH

    def is_there(self, size: int) -> bool:
        """Whether a log of that size holds all of it."""
        reach = size >> HEIGHT * (self.level or 0)
        return self.first + self.width <= reach


def parse_path(path: str) -> Tile:
    """Read the part of a path that stands behind ``tile/``.

    Raises:
        InclusionError: It is in no spelling of a tile's or a bundle's, or in another.
    """
    found = _PATH.fullmatch(path)
    if found is None or len(path) > 64:
        raise InclusionError("there is no tile of that name")
    level = None if found["level"] == "entries" else int(found["level"])
    number = int("".join(re.findall(r"[0-9]{3}", found["number"])))
    tile = Tile(level, number, int(found["width"] or WIDTH))
    if format_path(tile) != path:
        raise InclusionError("there is no tile of that name")
    return tile


def format_path(tile: Tile) -> str:
    """Write the part of a path that stands behind ``tile/``."""
    groups, number = [f"{tile.number % 1000:03}"], tile.number // 1000
    while number:
        groups.insert(0, f"x{number % 1000:03}")
        number //= 1000
    level = "entries" if tile.level is None else str(tile.level)
    partial = f".p/{tile.width}" if tile.width < WIDTH else ""
    return f"{level}/{'/'.join(groups)}{partial}"


def bundled(entries: Sequence[bytes]) -> bytes:
    """Write entries as one file: before each its length, in two bytes.

    Raises:
        InclusionError: One is longer than such a file can say.
    """
    if any(len(each) > MAX_ENTRY_BYTES for each in entries):
        raise InclusionError(f"an entry is longer than {MAX_ENTRY_BYTES} bytes")
    return b"".join(len(each).to_bytes(2) + each for each in entries)
