"""A table from elsewhere as CSV, read strictly: bounded, each fault with its row and column.

A cell is text, whatever a spreadsheet would make of it: nothing is ever calculated.

Source:
    RFC 4180, in UTF-8; a byte order mark, which spreadsheets write, is passed over.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from agreements.characters import decode
from agreements.errors import DocumentError
from agreements.exports.cells import unguarded
from agreements.faults import quoted

MAX_ROWS: Final = 10_000
MAX_COLUMNS: Final = 256
MAX_CELL: Final = 20_000


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a table.

    Attributes:
        number: As a spreadsheet counts, the header being row 1.
        cells: By the name of their column.
    """

    number: int
    cells: dict[str, str]


@dataclass(frozen=True, slots=True)
class Table:
    """A header and its rows, empty rows left out."""

    header: tuple[str, ...]
    rows: tuple[Row, ...]


def fault(message: str, row: int, column: str = "", hint: str = "") -> DocumentError:
    """A fault in a row, and in a column if one is named."""
    where = f"row {row}, column {quoted(column)}" if column else f"row {row}"
    return DocumentError(f"{where}: {message}", hint=hint)


def read_table(text: str | bytes) -> Table:
    """Read CSV.

    Args:
        text: UTF-8 of at most 1 MiB, at most 10,000 rows of 256 columns.

    Raises:
        DocumentError: The first fault, with its row and column.
    """
    mark = b"\xef\xbb\xbf" if isinstance(text, bytes) else "\ufeff"
    words = decode(text.removeprefix(mark))  # type: ignore[arg-type]  # Both are of one type.
    rows = _rows(words)
    first = next(rows, None)
    if first is None:
        raise DocumentError("the table is empty", hint="its first row names the columns")
    header = _header(first[1])
    found = []
    for number, row in rows:
        if not any(cell.strip() for cell in row):
            continue
        found.append(Row(number, _cells(header, number, row)))
        if len(found) > MAX_ROWS:
            raise fault(f"more than {MAX_ROWS:,} rows", number, hint="split the table")
    if not found:
        raise DocumentError("the table has a header and no row", hint="fill in a row")
    return Table(tuple(header), tuple(found))


def _rows(text: str) -> Iterator[tuple[int, list[str]]]:
    reader = csv.reader(text.splitlines(keepends=True), strict=True)
    number = 0
    while True:
        number += 1
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            hint = "look at its quotation marks"
            raise fault(f"this is not CSV: {error}", number, hint=hint) from None
        yield number, row


def _header(names: list[str]) -> list[str]:
    header = [name.strip() for name in names]
    if len(header) > MAX_COLUMNS:
        raise fault(f"more than {MAX_COLUMNS} columns", 1, hint="take out what is not asked for")
    for number, name in enumerate(header, 1):
        if not name:
            raise fault(f"column {number} has no name", 1, hint="name it, or take it out")
        if name in header[: number - 1]:
            raise fault(f"two columns are called {quoted(name)}", 1, hint="rename one of them")
    return header


def _cells(header: list[str], number: int, row: list[str]) -> dict[str, str]:
    if len(row) != len(header):
        message = f"it has {len(row)} cells and the header {len(header)}"
        raise fault(message, number, hint="put a cell that holds a comma in quotation marks")
    for name, cell in zip(header, row, strict=True):
        if len(cell) > MAX_CELL:
            raise fault(f"longer than {MAX_CELL:,} characters", number, name, "shorten it")
    return {name: unguarded(cell) for name, cell in zip(header, row, strict=True)}
