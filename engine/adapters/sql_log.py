"""What is asked of the tables of a log; the same in each database.

Nothing here opens one: each call is handed the connection it works in.
"""

from collections.abc import Iterator, Sequence
from typing import Any, Final, TypeAlias

from sqlalchemy import Connection, Row, Select, func, select

from engine.adapters.sql_tables import DISCLOSURE, ENTRY, HEAD, NODE, STANDING
from engine.chronicle import Change, Effect, StandingEvent
from engine.errors import StorageError
from engine.merkle import EMPTY_ROOT, Digest, Node, NodeReader, leaf_hash, root, stored_root
from engine.ports import Entry, Head
from engine.tiles import LEAST_LEVEL

ROWS_AT_A_TIME: Final = 1000

# Any: what a column holds is known to the database, which is kept to that.
Query: TypeAlias = "Select[*tuple[Any, ...]]"
Found: TypeAlias = "Row[*tuple[Any, ...]]"

ENTRIES: Final = select(ENTRY).order_by(ENTRY.c.index)
NODES: Final = select(NODE).order_by(NODE.c.index, NODE.c.level)
HEADS: Final = select(HEAD).order_by(HEAD.c.size)
DISCLOSURES: Final = (
    # A claim whose entry is gone must not vanish with it.
    select(ENTRY.c.jti, DISCLOSURE.c.index, DISCLOSURE.c.place, DISCLOSURE.c.encoded)
    .outerjoin_from(DISCLOSURE, ENTRY, ENTRY.c.index == DISCLOSURE.c.index)
    .order_by(DISCLOSURE.c.index, DISCLOSURE.c.place)
)
NEWEST_HEAD: Final = "SELECT size, root, at FROM head ORDER BY size DESC LIMIT 1"
LAST_CHANGE: Final = 'SELECT max("index") FROM standing'
END: Final = f"""
    SELECT ({LAST_CHANGE}), e."index", e.jws, h.size, h.root, h.at
    FROM (SELECT 1) AS one
    LEFT JOIN (SELECT "index", jws FROM entry ORDER BY "index" DESC LIMIT 1) AS e ON 1 = 1
    LEFT JOIN ({NEWEST_HEAD}) AS h ON 1 = 1
"""  # noqa: S608 -- ours.
"""All that whoever appends must know, asked at once: a database may be far away."""
_OUTCOMES: Final = (
    select(ENTRY.c.outcome, func.count())
    .where(ENTRY.c.outcome.is_not(None))
    .group_by(ENTRY.c.outcome)
)


def head_of(connection: Connection) -> Head:
    """The newest head of the log."""
    return head_in(connection.exec_driver_sql(NEWEST_HEAD).one_or_none())


def entry_in(row: Found) -> Entry:
    """The entry that a row of the table holds."""
    return Entry(*row)


def head_in(row: Sequence[Any] | None) -> Head:
    """The head that a row of the table holds; that of an empty log if there is none."""
    if row is None:
        return Head(0, EMPTY_ROOT, 0)
    size, head, at_s = row
    return Head(size, bytes(head), at_s)


def node_in(row: Found) -> Node:
    """The subtree that a row of the table holds."""
    level, index, digest = row
    return Node(level, index, bytes(digest))


def disclosure_in(row: Found) -> tuple[str, int, str]:
    """The hidden claim that a row holds, with the record it is of."""
    jti, index, place, encoded = row
    return jti or f"entry {index}", place, encoded


def node_reader(connection: Connection) -> NodeReader:
    """Reads stored subtrees; the smallest are hashed anew from their entries."""

    def node(level: int, index: int) -> Digest:
        found = subtrees(connection, level, index, 1)
        if not found:
            raise StorageError(
                f"node {index} on level {level} of the log is not there",
                hint="run `concordat doctor`; somebody may have altered the file",
            )
        return found[0]

    return node


def root_at(connection: Connection, size: int) -> Digest:
    """The head the log had at a size.

    Raises:
        StorageError: It has not reached it.
    """
    if size > head_of(connection).size:
        raise StorageError(f"log has not yet {size} records")
    return stored_root(size, node_reader(connection))


def subtrees(connection: Connection, level: int, first: int, most: int) -> list[Digest]:
    """The heads of complete subtrees of one level, from one on, in order."""
    if level < LEAST_LEVEL:
        return _small(connection, level, first, most)
    query = (
        select(NODE.c.hash)
        .where(NODE.c.level == level, NODE.c.index >= first, NODE.c.index < first + most)
        .order_by(NODE.c.index)
    )
    return [bytes(each) for each in connection.scalars(query)]


def _small(connection: Connection, level: int, first: int, most: int) -> list[Digest]:
    """As `subtrees`, hashed anew from the entries."""
    query = select(ENTRY.c.jws).where(
        ENTRY.c.index >= first << level, ENTRY.c.index < first + most << level
    )
    jwss = connection.scalars(query.order_by(ENTRY.c.index))
    leaves, width = [leaf_hash(jws.encode()) for jws in jwss], 1 << level
    complete = len(leaves) - len(leaves) % width
    return [root(leaves[start : start + width]) for start in range(0, complete, width)]


def named(connection: Connection, jti: str) -> Entry | None:
    """The entry of a record."""
    return _one(connection, select(ENTRY).where(ENTRY.c.jti == jti))


def at(connection: Connection, index: int) -> Entry | None:
    """The entry in a place."""
    return _one(connection, select(ENTRY).where(ENTRY.c.index == index))


def _one(connection: Connection, query: Query) -> Entry | None:
    found = connection.execute(query).one_or_none()
    return entry_in(found) if found else None


def newest(
    connection: Connection, limit: int, kind: str | None, outcome: str | None, before: int | None
) -> list[Entry]:
    """The newest entries before a place, newest first; of one kind or outcome if named."""
    query = select(ENTRY).order_by(ENTRY.c.index.desc()).limit(limit)
    if before is not None:
        query = query.where(ENTRY.c.index < before)
    if kind is not None:
        query = query.where(ENTRY.c.kind == kind)
    if outcome is not None:
        query = query.where(ENTRY.c.outcome == outcome)
    return [entry_in(row) for row in connection.execute(query)]


def disclosures(connection: Connection, jti: str) -> tuple[str, ...]:
    """What is left of a record's hidden claims, in their places."""
    table = DISCLOSURE.c
    of = select(ENTRY.c.index).where(ENTRY.c.jti == jti).scalar_subquery()
    query = select(table.encoded).where(table.index == of).order_by(table.place)
    return tuple(connection.scalars(query))


def standing_events(connection: Connection) -> list[StandingEvent]:
    """Everything that was ever done to a version of an agreement, in order.

    Raises:
        StorageError: A row says what no version of this program wrote.
    """
    query = select(STANDING).order_by(STANDING.c.index)
    rows = connection.execute(query).all()
    try:
        return [
            StandingEvent(Effect((name, version), Change(change), party, at_s), known_s, index)
            for index, name, version, change, party, at_s, known_s in rows
        ]
    except ValueError as fault:
        raise StorageError(f"standing of an agreement is unknown: {fault}") from fault


def last_change(connection: Connection) -> int:
    """The index of the newest record that changed a standing; -1 if none did."""
    return _change_in(connection.exec_driver_sql(LAST_CHANGE).scalar_one())


def end_in(row: Sequence[Any] | None) -> tuple[int, tuple[int, str] | None, Head]:
    """What the row of `END` holds: the last change, the last entry if there is one, the head."""
    change, index, jws, *head = row or [None] * 6
    last = None if index is None else (index, jws)
    return _change_in(change), last, head_in(None if head[0] is None else head)


def _change_in(index: int | None) -> int:
    return -1 if index is None else index


def outcomes(connection: Connection) -> dict[str, int]:
    """How many decisions had each outcome."""
    return {row[0]: row[1] for row in connection.execute(_OUTCOMES)}


def rows(connection: Connection, query: Query) -> Iterator[Found]:
    """Every row, without ever holding all of them."""
    yield from connection.execute(query.execution_options(yield_per=ROWS_AT_A_TIME))
