"""A ledger of agreements as CSV, read as the draft of one of them.

Each row is a clause; rows with one id (or, without ids, one title) are one agreement. A
word that is no term of ours stays in the draft as a comment, and the field as not said.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from agreements.errors import DocumentError
from agreements.exports.columns import AGREEMENT, COLUMNS
from agreements.faults import quoted
from agreements.imports.csv_text import Row, Table, fault, read_table
from agreements.imports.drafting import NOT_SAID, Drafted, Path, Remark, drafted, one_of, slug
from agreements.imports.ledger_cells import Cells, put
from agreements.imports.ledger_clauses import clause, parties
from agreements.imports.ledger_map import LedgerMap
from agreements.spelling import Json
from agreements.vocabulary import Vocabulary

_NEEDED: Final = ("kind", "jurisdiction")


def draft(
    text: str | bytes, vocabulary: Vocabulary, read_as: LedgerMap, *, wanted: str | None = None
) -> Drafted:
    """Read one agreement of a ledger as a draft.

    Args:
        text: CSV with a header.
        read_as: Which of its columns holds what.
        wanted: The id of the agreement, if there are several; else the id of the draft.

    Raises:
        DocumentError: It is no such table; the first fault, with its row and column.
    """
    table = read_table(text)
    columns = _columns(table, read_as)
    found: dict[str, list[Row]] = {}
    for row in (_ours(row, columns, read_as) for row in table.rows):
        named = row.cells.get("id", "").strip() or row.cells.get("title", "").strip()
        if not named:
            raise fault("it has neither an id nor a title", row.number, hint="fill in one of them")
        found.setdefault(slug(named), []).append(row)
    rows = one_of(found, wanted, "the ledger")
    name = next(name for name, each in found.items() if each is rows)
    _refuse_disagreement(rows)
    fields, remarks = _agreement(wanted or name, rows, Cells(vocabulary, read_as))
    left = [each for each in table.header if each not in columns]
    remarks += [Remark((), f"left out: the column {quoted(each)} of the ledger") for each in left]
    try:
        return drafted(fields, remarks, "a ledger")
    except DocumentError as error:
        raise fault(str(error), rows[0].number, hint=error.hint) from None


def _columns(table: Table, read_as: LedgerMap) -> dict[str, str]:
    """Our column of each of theirs that has one."""
    for theirs in read_as.columns:
        if theirs not in table.header:
            hint = f"its columns are: {', '.join(table.header)}"
            raise DocumentError(f"the ledger has no column {quoted(theirs)}", hint=hint)
    taken = set(read_as.columns.values())
    same = {name: name for name in table.header if name in COLUMNS and name not in taken}
    columns = {**same, **read_as.columns}
    if not columns:
        hint = 'say which is which: --map FILE, or --map "Their column=ours"'
        raise DocumentError("no column of the ledger is one of ours", hint=hint)
    return columns


def _ours(row: Row, columns: Mapping[str, str], read_as: LedgerMap) -> Row:
    cells = {ours: row.cells[theirs] for theirs, ours in columns.items()}
    empty = {name: value for name, value in read_as.defaults.items() if not cells.get(name)}
    return Row(row.number, cells | empty)


def _refuse_disagreement(rows: Sequence[Row]) -> None:
    """Refuse rows of one agreement that say different things of it."""
    first = rows[0]
    same = [each.name for each in AGREEMENT] + [name for name in COLUMNS if name.startswith("part")]
    for row in rows[1:]:
        for name in same:
            if row.cells.get(name, "") != first.cells.get(name, ""):
                said = quoted(first.cells.get(name, ""))
                message = f"row {first.number} of the same agreement says {said}"
                raise fault(message, row.number, name, "write the same in both")


def _agreement(
    name: str, rows: Sequence[Row], cells: Cells
) -> tuple[dict[str, Json], list[Remark]]:
    fields: dict[str, Json] = {"concordat": "1"}
    remarks: list[Remark] = []
    row = Row(rows[0].number, {**rows[0].cells, "id": name})
    _refuse_ends(row)
    for column in AGREEMENT:
        value, more = cells.value(column, row, column.path)
        remarks += more
        if value is not None:
            put(fields, column.path, value)
        if column.name == "version" and value is None:
            fields["version"] = "0.1"
            remarks.append(
                Remark(("version",), "the ledger has no version; this is the draft's own")
            )
        if column.name == "title" and value is None:
            fields["title"] = name
        if column.name in _NEEDED and value is None:
            fields[column.name] = [NOT_SAID] if column.name == "jurisdiction" else NOT_SAID
            remarks.append(Remark((column.name,), "the ledger does not say this"))
    given = rows[0].cells.get("id", "").strip()
    remarks += [Remark(("id",), f"the ledger calls it {given}")] if given not in ("", name) else []
    remarks += list(_mended(fields))
    fields["parties"], more, named = parties(rows, cells)
    remarks += more
    clauses: list[Json] = []
    for number, each in enumerate(rows):
        path: Path = ("clauses", number)
        read, more = clause(each, number, named, cells, path)
        clauses.append(read)
        remarks += more
    return _in_order({**fields, "clauses": clauses}), remarks


def _refuse_ends(row: Row) -> None:
    given = [name for name in ("end", "end_event", "open_ended") if row.cells.get(name, "").strip()]
    if len(given) > 1:
        message = f"it ends in two ways: `{given[0]}` and `{given[1]}`"
        raise fault(message, row.number, given[1], "keep one of them")


def _mended(fields: dict[str, Json]) -> Iterator[Remark]:
    """A contact needs a role, and a parent an id, before anything else can be said of them."""
    for name, needed, stand_in in (("owner", "role", NOT_SAID), ("contact", "role", NOT_SAID)):
        said = fields.get(name)
        if isinstance(said, dict) and needed not in said:
            fields[name] = {needed: stand_in, **said}
            yield Remark((name,), "the ledger does not say in which role")
    parent = fields.get("parent")
    if isinstance(parent, dict) and "id" not in parent:
        del fields["parent"]
        yield Remark((), "left out: the version of a parent that the ledger does not name")
    if fields.get("end") == {}:
        del fields["end"]


def _in_order(fields: dict[str, Json]) -> dict[str, Json]:
    """The particulars behind the clauses, as agreements have them."""
    last = {name: fields.pop(name) for name in ("particulars",) if name in fields}
    return fields | last
