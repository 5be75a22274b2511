"""The cells of a ledger, each read as its column says; what is no term is told beside it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from agreements.exports import cells
from agreements.exports.columns import Column, Shape
from agreements.faults import quoted
from agreements.imports.csv_text import Row, fault
from agreements.imports.drafting import NOT_SAID, Path, Remark, duties, term, terms
from agreements.imports.ledger_map import LedgerMap
from agreements.spelling import Json
from agreements.values import parse_instant
from agreements.vocabulary import Vocabulary

INSTANTS: Final = frozenset({"in_force_from", "end", "review_due", "since", "until"})
_FORMS: Final = {
    "version": re.compile(r"[0-9]+(\.[0-9]+){0,2}"),
    "parent_version": re.compile(r"[0-9]+(\.[0-9]+){0,2}"),
    "parent": re.compile(r"[a-z0-9][a-z0-9.-]{0,62}"),
    "review_period": re.compile(r"P([1-9][0-9]{0,3}[YMD]|T[1-9][0-9]{0,3}[HM])"),
    "tier": re.compile(r"[0-2]"),
}
_TEXTS: Final = {"wording", "reason", "benefits", "privacy_notice", "security_after"}
_CODE: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_YES: Final = {"yes": True, "true": True, "y": True, "no": False, "false": False, "n": False}
_MAX_LINE: Final = 1024

Read = tuple[Json | None, list[Remark]]


def put(fields: dict[str, Json], path: tuple[str, ...], value: Json) -> None:
    """Put a value at a path, making what holds it."""
    inner = fields
    for step in path[:-1]:
        below = inner.setdefault(step, {})
        inner = below if isinstance(below, dict) else {}
    inner[path[-1]] = value


@dataclass(frozen=True, slots=True)
class Cells:
    """Reads cells under one map."""

    vocabulary: Vocabulary
    read_as: LedgerMap

    def value(self, column: Column, row: Row, path: Path) -> Read:
        """What a cell says, and what is to be told of it; None if it says nothing.

        Raises:
            DocumentError: It holds what can be nothing of the kind.
        """
        cell = row.cells.get(column.name, "")
        if not cell.strip():
            return None, []
        match column.shape:
            case Shape.YES:
                return self._yes(column, row, cell), []
            case Shape.WHOLE:
                return self._formed(column, cell, path)
            case Shape.MANY:
                return self._many(column, cell, path)
            case Shape.DUTIES:
                found, remarks = duties(self.vocabulary, cells.split(cell), path[:-1])
                return found or None, remarks
            case _:
                return self._one(column, row, cell, path)

    def words(self, column: Column, cell: str) -> list[str]:
        """The words of a cell, each as the map translates it."""
        meant = self.read_as.values.get(column.name, {})
        return [meant.get(each.strip(), each) for each in cells.split(cell)]

    def code(self, column: Column, words: str, path: Path) -> tuple[str, list[Remark]]:
        """The code that was meant by one word; ``not-said`` if it is none."""
        if column.kind is None:
            return words, []
        meant = self.read_as.values.get(column.name, {}).get(words.strip(), words)
        found = term(self.vocabulary, column.kind, meant)
        if found is not None:
            return found, []
        _, remarks = terms(self.vocabulary, column.kind, [meant], path)
        return NOT_SAID, remarks

    def _one(self, column: Column, row: Row, cell: str, path: Path) -> Read:
        if column.kind is not None:
            return self.code(column, cell, path)
        if column.name in INSTANTS:
            return self._instant(column, row, cell), []
        if column.name in _FORMS:
            return self._formed(column, cell, path)
        if column.name in _TEXTS:
            return cell, []
        line = " ".join(cell.split("\n"))
        if len(line) > _MAX_LINE:
            raise fault(
                f"longer than {_MAX_LINE:,} characters", row.number, column.name, "shorten it"
            )
        return line, []

    def _formed(self, column: Column, cell: str, path: Path) -> Read:
        if not _FORMS[column.name].fullmatch(cell.strip()):
            return None, [Remark(path, f"the ledger says `{cell}` for `{column.name}`")]
        return (int(cell) if column.shape is Shape.WHOLE else cell.strip()), []

    def _many(self, column: Column, cell: str, path: Path) -> Read:
        said = self.words(column, cell)
        if column.kind is None:
            codes: list[Json] = [
                each.strip().lower() for each in said if column.name == "jurisdiction"
            ]
            codes = codes or list(said)
            odd = [each for each in codes if not _CODE.fullmatch(str(each))]
            kept = [each for each in codes if each not in odd] + ([NOT_SAID] if odd else [])
            return kept or None, [Remark(path, f"the ledger says `{each}`") for each in odd]
        codes, remarks = terms(self.vocabulary, column.kind, said, path)
        return codes or None, remarks

    def _instant(self, column: Column, row: Row, cell: str) -> str:
        said = cell.strip()
        try:
            if self.read_as.dates == "DD/MM/YYYY" and "/" in said:
                day, month, year = (int(part) for part in said.split("/"))
                said = date(year, month, day).isoformat()
            parse_instant(said)
        except ValueError:
            hint = f"write it as {self.read_as.dates}, or leave it empty; a map may say `dates`"
            message = f"{quoted(cell)} is no date"
            raise fault(message, row.number, column.name, hint) from None
        return said

    @staticmethod
    def _yes(column: Column, row: Row, cell: str) -> bool | None:
        said = _YES.get(cell.strip().lower())
        if said is None:
            message = f"`{cell.strip()[:40]}` is neither yes nor no"
            raise fault(message, row.number, column.name, "write `yes`, or leave it empty")
        return said or None
