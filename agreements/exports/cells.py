"""Cells of a table: several words in one, and none that a spreadsheet would run.

A spreadsheet takes a cell that begins with ``=``, ``+``, ``-`` or ``@`` for a
formula. Such a cell is written behind an apostrophe, and read without it.

Source:
    OWASP, "CSV injection"; RFC 4180 for the quoting.
"""

import re
from collections.abc import Iterable, Sequence

_ODD = ("=", "+", "-", "@", "\t", "\r", "'")
_ITEM = re.compile(r"(?:[^\\;]|\\.)+", re.DOTALL)


def joined(items: Iterable[str]) -> str:
    r"""Put several words in one cell, parted by ``;``; a ``;`` or ``\`` in one is escaped."""
    return "; ".join(_escaped(item) for item in items)


def split(cell: str) -> list[str]:
    """Take the words of one cell apart, the inverse of :func:`joined`."""
    items = (item.removeprefix(" ") for item in _ITEM.findall(cell))
    return [re.sub(r"\\(.)", r"\1", item, flags=re.DOTALL) for item in items if item.strip()]


def _escaped(item: str) -> str:
    said = re.sub(r"([\\;])", r"\\\1", item)
    return said if said.strip() else f"\\{said}"


def guarded(cell: str) -> str:
    """Write a cell so that no spreadsheet takes it for a formula."""
    return "'" + cell if cell.startswith(_ODD) else cell


def unguarded(cell: str) -> str:
    """Read a cell without the apostrophe that :func:`guarded` put there."""
    return cell[1:] if cell[:1] == "'" and cell[1:].startswith(_ODD) else cell


def table(rows: Iterable[Sequence[str]]) -> str:
    """Write rows as CSV."""
    return "".join(",".join(_quoted(guarded(cell)) for cell in row) + "\r\n" for row in rows)


def _quoted(cell: str) -> str:
    if cell and not re.search(r'[",\r\n]|^\s|\s$', cell):
        return cell
    return '"' + cell.replace('"', '""') + '"' if cell else ""
