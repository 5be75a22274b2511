"""An agreement as rows of a ledger: CSV, one row for each clause.

What has no column is lost, and named; what a cell holds can be read back as it was.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from agreements.exports import cells
from agreements.exports.columns import AGREEMENT, BASIS, CLAUSE, COLUMNS, PARTIES, Column, Shape
from agreements.exports.exported import Exported, Gap, Path
from agreements.model import Agreement
from agreements.spelling import Json
from agreements.vocabulary import Vocabulary

_COVERED = {
    *(each.path for each in AGREEMENT),
    *(("parties", *each.path) for each in PARTIES),
    *(("clauses", *each.path) for each in CLAUSE),
    *(("clauses", "basis", *each.path) for each in BASIS),
    *(("clauses", "obligations", name) for name in ("do", "after", "from", "within")),
    ("concordat",),
}


def export(agreement: Agreement, vocabulary: Vocabulary) -> Exported:  # noqa: ARG001 -- as its siblings.
    """Put an agreement in the form of a ledger: CSV, a header and a row for each clause."""
    fields = agreement.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    same = [_cell(each, fields) for each in AGREEMENT]
    same += [cells.joined(_each(agreement, each)) for each in PARTIES]
    rows = [
        [
            *same,
            *(_cell(each, clause) for each in CLAUSE),
            *(_basis(each, clause) for each in BASIS),
        ]
        for clause in fields["clauses"]
    ]
    return Exported(cells.table([list(COLUMNS), *rows]), tuple(_lost(fields)))


def _each(agreement: Agreement, column: Column) -> list[str]:
    parties = (party.model_dump(mode="json", by_alias=True) for party in agreement.parties)
    return [str(party[column.path[0]]) for party in parties]


def _cell(column: Column, fields: Mapping[str, Any]) -> str:
    value: Any = fields  # Any: JSON, as are the fields.
    for step in column.path:
        value = value.get(step, {}) if isinstance(value, dict) else {}
    match column.shape:
        case Shape.YES:
            return "yes" if value is True else ""
        case Shape.MANY:
            return cells.joined(value or ())
        case Shape.DUTIES:
            return cells.joined(duty_of(each) for each in value or ())
        case _:
            return "" if value == {} else str(value)


def duty_of(fields: Mapping[str, Json]) -> str:
    """An obligation as one text: `delete after P6Y from case-closure`."""
    named = [f"{name} {fields[name]}" for name in ("within", "after", "from") if name in fields]
    return " ".join([str(fields["do"]), *named])


def _basis(column: Column, clause: Mapping[str, Any]) -> str:
    said = []
    for party, basis in clause.get("basis", {}).items():
        value = basis.get(column.path[0])
        if value:
            words = ", ".join(value) if column.shape is Shape.CODES_BY_PARTY else str(value)
            said.append(f"{party}: {words}")
    return cells.joined(said)


def _lost(fields: Mapping[str, Any]) -> Iterator[Gap]:
    """Every field that says something and has no column, once."""
    seen = set()
    for path in _leaves(fields, ()):
        plain = tuple(step for step in path if isinstance(step, str))
        if plain[:2] == ("clauses", "basis"):
            plain = (*plain[:2], *plain[3:])
        if plain not in _COVERED and plain not in seen:
            seen.add(plain)
            name = ".".join(plain)
            yield Gap(name, path, f"`{name}` has no column", needed=False)


def _leaves(value: Any, path: Path) -> Iterator[Path]:
    """The path of every value that is no list or mapping, lists of words taken as one."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        for number, inner in enumerate(value):
            yield from _leaves(inner, (*path, number))
    else:
        yield path
