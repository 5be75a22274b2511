"""Records in one SQLite file: what is answered was kept before, and stays.

Promises that `append` returns only after the commit did, with write-ahead log
and a full flush to disk, both checked on every connection; that indices have no
gap, however many programs append at once; and that after a disk failure during
a commit this store appends nothing more, since what it then holds is unknown.
Refuses a file that is no office's, or that a newer version wrote.

Source:
    RFC 6962, section 2.1; an entry of the log is the record's compact JWS.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from sqlalchemy import Connection, Row, Select, create_engine, event, func, insert, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from engine.adapters import sql_consent
from engine.adapters.sql_faults import faults_told, kept_nothing, told
from engine.adapters.sql_file import (
    WRITES,
    begin,
    complaints,
    make_file,
    open_file,
)
from engine.adapters.sql_tables import DISCLOSURE, ENTRY, HEAD, NODE, STANDING
from engine.chronicle import Change, Effect, StandingEvent
from engine.consent_record import KeptConsent
from engine.errors import StorageError
from engine.merkle import (
    EMPTY_ROOT,
    Digest,
    Frontier,
    Node,
    leaf_hash,
    stored_frontier,
    stored_inclusion_proof,
    stored_root,
)
from engine.ports import Entry, Head, Kept
from engine.record import Link

TIMEOUT_S: Final = 5.0
"""How long to wait for another program that is appending."""

MAX_CLOCK_STEP_S: Final = 2
"""How far the clock may step back between two records."""

_BATCH: Final = 1000
# Any: what a column holds is known to the database; STRICT tables keep it to that.
_Row: TypeAlias = "Row[*tuple[Any, ...]]"
_Query: TypeAlias = "Select[*tuple[Any, ...]]"

_LAST: Final = select(ENTRY.c.index, ENTRY.c.jws).order_by(ENTRY.c.index.desc()).limit(1)
_HEAD: Final = select(HEAD).order_by(HEAD.c.size.desc()).limit(1)
_LAST_CHANGE: Final = select(func.max(STANDING.c.index))


class SqlStore:
    """The records of one office in one file.

    Opened when first used; then, if the file cannot be used, every call says so.

    Args:
        path: The file.
        chain: What the chain of records is called in them.
        timeout_s: How long to wait for another program that is appending.
    """

    def __init__(self, path: Path, *, chain: str, timeout_s: float = TIMEOUT_S) -> None:
        self.path: Final = path
        self._chain: Final = chain
        self._timeout_s: Final = timeout_s
        self._broken = ""
        self._frontier = Frontier()
        self._engine: Final = create_engine(
            "sqlite://", creator=self._connect, poolclass=QueuePool, max_overflow=40
        )
        event.listen(self._engine, "begin", begin)

    @classmethod
    def create(cls, path: Path, *, chain: str, timeout_s: float = TIMEOUT_S) -> Self:
        """Make an empty log.

        Raises:
            StorageError: There is something already, or it cannot be written.
        """
        make_file(path, timeout_s)
        return cls(path, chain=chain, timeout_s=timeout_s)

    def close(self) -> None:
        self._engine.dispose()

    # ---- append

    def append(self, seal: Callable[[Link], Kept]) -> tuple[int, Kept]:
        if self._broken:
            raise StorageError(
                f"nothing more is kept: {self._broken}",
                hint="mend the disk, then start again; `concordat doctor` checks what was kept",
            )
        with self._writing() as connection:
            last = connection.execute(_LAST).one_or_none()
            link = Link.first(self._chain)
            if last is not None:
                link = replace(link, n=last[0]).after(last[1])
            index = link.n
            kept = seal(link)
            frontier = self._insert(connection, index, kept)
        self._frontier = frontier
        return index, kept

    def _insert(self, connection: Connection, index: int, kept: Kept) -> Frontier:
        sealed = kept.sealed
        head = _head(connection)
        if kept.iat_s < head.at_s - MAX_CLOCK_STEP_S:
            raise StorageError(
                f"clock stands {head.at_s - kept.iat_s} seconds before the newest record",
                hint="set the clock right; until it has caught up, nothing is answered",
            )
        before = self._frontier
        if (before.size, before.root()) != (index, head.root) or head.size != index:
            before = stored_frontier(index, _node_reader(connection))
        if (head.size, head.root) != (index, before.root()):
            raise StorageError(
                f"head of the log in `{self.path}` is not that of its {index} records",
                hint="run `concordat doctor`; somebody may have altered the file",
            )
        frontier, nodes = before.append(leaf_hash(sealed.jws.encode()))
        entry = {"jti": sealed.jti, "kind": kept.kind, "outcome": kept.outcome, "jws": sealed.jws}
        grown = {"size": frontier.size, "root": frontier.root(), "at": kept.iat_s}
        connection.execute(insert(ENTRY), {"index": index, **entry})
        connection.execute(insert(NODE), [asdict(node) for node in nodes])
        connection.execute(insert(HEAD), grown)
        hidden = [
            {"jti": sealed.jti, "place": place, "encoded": encoded}
            for place, encoded in enumerate(sealed.disclosures)
        ]
        if hidden:
            connection.execute(insert(DISCLOSURE), hidden)
        for effect in kept.changes:
            what = *effect.key, effect.change.value, effect.party, effect.at_s, kept.iat_s
            connection.execute(insert(STANDING).values((index, *what)))
        if kept.consent is not None:
            sql_consent.keep(connection, index, *kept.consent)
        return frontier

    # ---- read

    def head(self) -> Head:
        with self._reading() as connection:
            return _head(connection)

    def root_at(self, size: int) -> Digest:
        with self._reading() as connection:
            if size > _head(connection).size:
                raise StorageError(f"log has not yet {size} records")
            return stored_root(size, _node_reader(connection))

    def entry(self, jti: str) -> Entry | None:
        return self._one(select(ENTRY).where(ENTRY.c.jti == jti))

    def entry_at(self, index: int) -> Entry | None:
        return self._one(select(ENTRY).where(ENTRY.c.index == index))

    def _one(self, query: _Query) -> Entry | None:
        with self._reading() as connection:
            found = connection.execute(query).one_or_none()
        return _entry(found) if found else None

    def newest(self, limit: int, kind: str | None, outcome: str | None = None) -> list[Entry]:
        query = select(ENTRY).order_by(ENTRY.c.index.desc()).limit(limit)
        if kind is not None:
            query = query.where(ENTRY.c.kind == kind)
        if outcome is not None:
            query = query.where(ENTRY.c.outcome == outcome)
        with self._reading() as connection:
            return [_entry(row) for row in connection.execute(query)]

    def disclosures(self, jti: str) -> tuple[str, ...]:
        table = DISCLOSURE.c
        query = select(table.encoded).where(table.jti == jti).order_by(table.place)
        with self._reading() as connection:
            return tuple(connection.scalars(query))

    def inclusion(self, index: int, size: int) -> list[Digest]:
        with self._reading() as connection:
            return stored_inclusion_proof(index, size, _node_reader(connection))

    def standing_events(self) -> list[StandingEvent]:
        query = select(STANDING).order_by(STANDING.c.index)
        with self._reading() as connection:
            rows = connection.execute(query).all()
        try:
            return [
                StandingEvent(Effect((name, version), Change(change), party, at_s), known_s, index)
                for index, name, version, change, party, at_s, known_s in rows
            ]
        except ValueError as fault:
            raise StorageError(f"standing of an agreement is unknown: {fault}") from fault

    def last_change(self) -> int:
        with self._reading() as connection:
            last = connection.scalar(_LAST_CHANGE)
        return -1 if last is None else int(last)

    def consents(self, person: str | None = None, consent: str | None = None) -> list[KeptConsent]:
        with self._reading() as connection:
            return sql_consent.kept(connection, person, consent)

    def outcomes(self) -> dict[str, int]:
        query = select(ENTRY.c.outcome, func.count()).group_by(ENTRY.c.outcome)
        with self._reading() as connection:
            counted = connection.execute(query.where(ENTRY.c.outcome.is_not(None)))
            return {row[0]: row[1] for row in counted}

    # ---- everything, for an audit

    def entries(self) -> Iterator[Entry]:
        for row in self._all(select(ENTRY).order_by(ENTRY.c.index)):
            yield _entry(row)

    def nodes(self) -> Iterator[Node]:
        for row in self._all(select(NODE).order_by(NODE.c.index, NODE.c.level)):
            yield Node(*row)

    def heads(self) -> Iterator[Head]:
        for row in self._all(select(HEAD).order_by(HEAD.c.size)):
            yield Head(*row)

    def all_disclosures(self) -> Iterator[tuple[str, int, str]]:
        for row in self._all(select(DISCLOSURE).order_by(DISCLOSURE.c.jti, DISCLOSURE.c.place)):
            yield row[0], row[1], row[2]

    def complaints(self) -> list[str]:
        with self._reading() as connection:
            return complaints(connection)

    # ---- connections

    def _connect(self) -> sqlite3.Connection:
        return open_file(self.path, self._timeout_s)

    def _all(self, query: _Query) -> Iterator[_Row]:
        with self._reading() as connection:
            yield from connection.execute(query.execution_options(yield_per=_BATCH))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        with faults_told(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        """One transaction that nobody else can be in; durable when left, or not there at all."""
        with (
            faults_told(self.path),
            self._engine.connect().execution_options(**{WRITES: True}) as connection,
        ):
            try:
                with connection.begin():
                    yield connection
            except (SQLAlchemyError, sqlite3.Error) as fault:
                # SQLite itself cannot say what reached the disk, so neither this
                # connection nor this store is used again.
                if not kept_nothing(fault):
                    self._broken = str(told(fault, self.path))
                with suppress(SQLAlchemyError, sqlite3.Error):
                    connection.invalidate()
                raise


def _head(connection: Connection) -> Head:
    found = connection.execute(_HEAD).one_or_none()
    return Head(*found) if found else Head(0, EMPTY_ROOT, 0)


def _entry(row: _Row) -> Entry:
    return Entry(*row)


def _node_reader(connection: Connection) -> Callable[[int, int], Digest]:
    def node(level: int, index: int) -> Digest:
        query = select(NODE.c.hash).where(NODE.c.level == level, NODE.c.index == index)
        found = connection.scalar(query)
        if found is None:
            raise StorageError(
                f"node {index} on level {level} of the log is not there",
                hint="run `concordat doctor`; somebody may have altered the file",
            )
        return bytes(found)

    return node
