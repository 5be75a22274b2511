"""Records in one SQLite file: what is answered was kept before, and stays.

Promises that an append returns only after the commit did, with write-ahead log
and a full flush to disk, one for all records of a batch, both checked on every
connection; that indices have no gap, however many programs append at once; and
that after a disk failure during a commit this store appends nothing more, since
what it then holds is unknown.
Refuses a file that is no office's, or that a newer version wrote.

Source:
    RFC 6962, section 2.1; an entry of the log is the record's compact JWS.
"""

import sqlite3
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, Final, Self, TypeAlias

from sqlalchemy import Connection, Row, Select, create_engine, event, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from engine.adapters import sql_answers, sql_consent
from engine.adapters.sql_batch import Batch, head_of, node_reader
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
from engine.errors import ConcordatError, StorageError
from engine.merkle import Digest, Frontier, Node, stored_inclusion_proof, stored_root
from engine.ports import Entry, Head, Kept
from engine.ports_answers import GivenAnswer
from engine.record import Link

TIMEOUT_S: Final = 5.0
"""How long to wait for another program that is appending."""

_ROWS_AT_A_TIME: Final = 1000
# Any: what a column holds is known to the database; STRICT tables keep it to that.
_Row: TypeAlias = "Row[*tuple[Any, ...]]"
_Query: TypeAlias = "Select[*tuple[Any, ...]]"

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
        self._here: Final = threading.local()
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
        (outcome,) = self.append_many([seal])
        if isinstance(outcome, ConcordatError):
            raise outcome
        return outcome

    def append_many(
        self, seals: Sequence[Callable[[Link], Kept]]
    ) -> list[tuple[int, Kept] | ConcordatError]:
        if not seals:
            return []
        with self._together() as batch, batch.whole():
            return [_outcome(batch, seal) for seal in seals]

    @contextmanager
    def together(self) -> Iterator[None]:
        with self._together():
            yield

    @contextmanager
    def _together(self) -> Iterator[Batch]:
        """The batch this thread is in, or else one that is durable when it is left."""
        within: Batch | None = getattr(self._here, "batch", None)
        if within is not None:
            yield within
            return
        if self._broken:
            raise StorageError(
                f"nothing more is kept: {self._broken}",
                hint="mend the disk, then start again; `concordat doctor` checks what was kept",
            )
        with self._writing() as connection:
            batch = Batch(connection, self.path, self._chain, self._frontier)
            with self._reading_within(batch):
                yield batch
            batch.write()
        self._frontier = batch.frontier

    # ---- answers

    def remembered(self, name: str) -> GivenAnswer | None:
        with self._reading() as connection:
            return sql_answers.find(connection, name)

    def remember(self, name: str, given: GivenAnswer, *, since_s: int) -> None:
        with self._together() as batch, batch.whole():
            batch.write()
            sql_answers.keep(batch.connection, name, given, since_s=since_s)

    # ---- read

    def head(self) -> Head:
        with self._reading() as connection:
            return head_of(connection)

    def root_at(self, size: int) -> Digest:
        with self._reading() as connection:
            if size > head_of(connection).size:
                raise StorageError(f"log has not yet {size} records")
            return stored_root(size, node_reader(connection))

    def entry(self, jti: str) -> Entry | None:
        return self._one(select(ENTRY).where(ENTRY.c.jti == jti))

    def entry_at(self, index: int) -> Entry | None:
        return self._one(select(ENTRY).where(ENTRY.c.index == index))

    def _one(self, query: _Query) -> Entry | None:
        with self._reading() as connection:
            found = connection.execute(query).one_or_none()
        return _entry(found) if found else None

    def newest(
        self, limit: int, kind: str | None, outcome: str | None = None, *, before: int | None = None
    ) -> list[Entry]:
        query = select(ENTRY).order_by(ENTRY.c.index.desc()).limit(limit)
        if before is not None:
            query = query.where(ENTRY.c.index < before)
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
            return stored_inclusion_proof(index, size, node_reader(connection))

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
            yield from connection.execute(query.execution_options(yield_per=_ROWS_AT_A_TIME))

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        batch: Batch | None = getattr(self._here, "batch", None)
        if batch is not None:
            with faults_told(self.path):
                batch.write()
                yield batch.connection
            return
        with faults_told(self.path), self._engine.connect() as connection:
            yield connection

    @contextmanager
    def _reading_within(self, batch: Batch) -> Iterator[None]:
        """Have what this thread reads while it seals come from the transaction it seals in."""
        self._here.batch = batch
        try:
            yield
        finally:
            self._here.batch = None

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


def _outcome(batch: Batch, seal: Callable[[Link], Kept]) -> tuple[int, Kept] | ConcordatError:
    try:
        return batch.take(seal)
    except ConcordatError as fault:
        return fault


def _entry(row: _Row) -> Entry:
    return Entry(*row)
