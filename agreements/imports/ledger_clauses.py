"""The parties and the clauses of one agreement, read from the rows of a ledger."""

import re
from collections.abc import Mapping, Sequence
from typing import Final

from agreements.exports import cells as written
from agreements.exports.columns import BASIS, CLAUSE, PARTIES, Column, Shape
from agreements.imports.csv_text import Row, fault
from agreements.imports.drafting import NOT_SAID, Path, Remark, slug
from agreements.imports.ledger_cells import Cells, put
from agreements.spelling import Json

_BY: Final = re.compile(r"([a-z0-9][a-z0-9.-]{0,62}): (.*)", re.DOTALL)
_CLAUSE_ID: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]{0,31}")
_DIRECTIONS: Final = ("both", "provide", "receive")


def parties(rows: Sequence[Row], cells: Cells) -> tuple[list[Json], list[Remark], dict[str, str]]:
    """The parties, what is to be told of them, and the id of each by id and by name."""
    first = rows[0]
    said = {each.name: written.split(first.cells.get(each.name, "")) for each in PARTIES}
    names = said["party_names"] or said["parties"] or _from_clauses(rows)
    ids = said["parties"] or names
    count = len(ids)
    for name, values in said.items():
        if values and len(values) != count:
            message = f"it names {len(values)}, and there are {count} parties"
            raise fault(message, first.number, name, "name one for each, in the same order")
    found: list[Json] = []
    remarks: list[Remark] = []
    for number in range(count):
        party: dict[str, Json] = {"id": slug(ids[number]), "name": names[number]}
        for column in PARTIES[2:]:
            value = said[column.name][number] if said[column.name] else None
            path: Path = ("parties", number, column.path[0])
            code, more = cells.code(column, value, path) if value else (None, [])
            remarks += more
            if column.name == "party_directions":
                party |= {"direction": code} if code in _DIRECTIONS[1:] else {}
            else:
                party[column.path[0]] = code or NOT_SAID
                remarks += [] if code or value else [Remark(path, "the ledger does not say this")]
        found.append(party)
    while len(found) < 2:
        remarks.append(Remark(("parties", len(found)), "the ledger does not name this party"))
        stand_in = f"{NOT_SAID}-{len(found) + 1}"
        unknown: dict[str, Json] = {"id": stand_in, "name": stand_in}
        found.append(unknown | {"kind": NOT_SAID, "capacity": NOT_SAID})
    known = {name.casefold(): slug(each) for name, each in zip(names, ids, strict=True)}
    return found, remarks, {slug(each).casefold(): slug(each) for each in ids} | known


def _from_clauses(rows: Sequence[Row]) -> list[str]:
    """The parties that clauses name, where the ledger has no list of them."""
    ends = [row.cells.get(end, "") for row in rows for end in ("from", "to")]
    return list(dict.fromkeys(name.strip() for cell in ends for name in written.split(cell)))


def clause(
    row: Row, number: int, named: Mapping[str, str], cells: Cells, path: Path
) -> tuple[dict[str, Json], list[Remark]]:
    """One clause, and what is to be told of it."""
    fields: dict[str, Json] = {"id": str(number + 1), "title": NOT_SAID}
    remarks: list[Remark] = []
    for column in CLAUSE:
        at = (*path, *column.path)
        if column.name in ("from", "to"):
            value, more = _end(column, row, named, at)
        else:
            value, more = cells.value(column, row, at)
        remarks += more
        if column.name == "clause" and value and not _CLAUSE_ID.fullmatch(str(value)):
            remarks.append(Remark(path, f"the ledger calls this clause `{value}`"))
            value = None
        if column.name == "information" and value is None:
            value = [NOT_SAID]
            remarks += [] if more else [Remark(at, "the ledger does not say which")]
        if value is not None:
            put(fields, column.path, value)
    basis, more = _basis(row, fields, sorted(set(named.values())), cells, path)
    if basis:
        fields["basis"] = basis
    return fields, remarks + more


def _end(
    column: Column, row: Row, named: Mapping[str, str], path: Path
) -> tuple[Json | None, list[Remark]]:
    """The parties at one end: by id or by name."""
    found: list[Json] = []
    remarks = []
    for said in written.split(row.cells.get(column.name, "")):
        party = named.get(said.strip().casefold())
        if party is None:
            remarks.append(Remark(path, f"the ledger says `{said}`, which is none of the parties"))
        found.append(party or NOT_SAID)
    return list(dict.fromkeys(found)) or None, remarks


def _basis(
    row: Row, fields: Mapping[str, Json], every: Sequence[str], cells: Cells, path: Path
) -> tuple[dict[str, Json], list[Remark]]:
    """What each party relies on; a cell that names no party speaks of every party there."""
    ends = [each for end in ("from", "to") for each in _texts(fields.get(end))]
    here = list(dict.fromkeys(ends)) or list(every)
    bases: dict[str, dict[str, Json]] = {}
    remarks: list[Remark] = []
    for column in BASIS:
        for item in written.split(row.cells.get(column.name, "")):
            own = _BY.fullmatch(item)
            whose = [own[1]] if own and own[1] in every else here
            words = own[2] if own and own[1] in every else item
            value, more = _relied_on(column, words, cells, path)
            remarks += more
            if value is not None:
                for party in whose:
                    bases.setdefault(party, {})[column.path[0]] = value
    for party, basis in bases.items():
        if "regime" not in basis:
            bases[party] = {"regime": NOT_SAID, **basis}
            remarks.append(
                Remark((*path, "basis", party), "the ledger does not say under which law")
            )
    return {party: {**basis} for party, basis in bases.items()}, remarks


def _relied_on(
    column: Column, words: str, cells: Cells, path: Path
) -> tuple[Json | None, list[Remark]]:
    if column.shape is not Shape.CODES_BY_PARTY:
        return cells.code(column, words, path)
    found: list[Json] = []
    remarks: list[Remark] = []
    for each in words.split(", "):
        code, more = cells.code(column, each, path)
        found += [code] if code else []
        remarks += more
    return found or None, remarks


def _texts(value: Json | None) -> list[str]:
    return [str(each) for each in value] if isinstance(value, list) else []
