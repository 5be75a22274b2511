"""Records in a database: what is answered was kept before, and stays.

Promises that an append returns only after the commit did, flushed to disk, one
for all records of a batch; that indices have no gap, however many programs append
at once; and that a commit whose outcome is unknown is answered as a failure. The
records are in one SQLite file, or in a PostgreSQL database that several share; what
differs between the two is in `sql_file` and `sql_server`, and nothing of it here.
Refuses a database that is no office's, another office's, or of a newer version.

Source:
    RFC 6962, section 2.1; an entry of the log is the record's compact JWS.
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Final, Self

from sqlalchemy import Connection

from engine.adapters import sql_answers, sql_consent, sql_log, sql_seen
from engine.adapters.sql_batch import Batch
from engine.adapters.sql_connections import Connections
from engine.adapters.sql_database import BESIDE, Database
from engine.adapters.sql_faults import faults_told
from engine.adapters.sql_file import SqliteFile
from engine.chronicle import StandingEvent
from engine.consent_record import KeptConsent
from engine.errors import BusyError, ConcordatError, StorageError
from engine.merkle import Digest, Frontier, Node, stored_inclusion_proof
from engine.ports import Entry, Head, Kept
from engine.ports_answers import GivenAnswer
from engine.record import Link

TIMEOUT_S: Final = 5.0
"""How long to wait for another program that is appending."""


def _database(place: Path | str, log: str, timeout_s: float) -> Database:
    if isinstance(place, Path):
        return SqliteFile(place, log=log, timeout_s=timeout_s)
    from engine.adapters.sql_server import PostgresServer  # Its driver takes long to load.

    return PostgresServer(place, log=log, timeout_s=timeout_s)


class SqlStore:
    """The records of one office in one database, opened when first used.

    Args:
        place: The SQLite file, or the address of a PostgreSQL database.
        chain: What the log, and so the chain of records, is called in them.
        timeout_s: How long to wait for another program that is appending.
    """

    def __init__(self, place: Path | str, *, chain: str, timeout_s: float = TIMEOUT_S) -> None:
        self._database: Final = _database(place, chain, timeout_s)
        self._chain: Final = chain
        self.refusal = ""
        self._leave: Callable[[], None] = lambda: None
        self._frontier = Frontier()
        self._here: Final = threading.local()
        self._connections: Final = Connections(self._database)

    @classmethod
    def create(cls, place: Path | str, *, chain: str, timeout_s: float = TIMEOUT_S) -> Self:
        """Make an empty log where there is nothing yet."""
        _database(place, chain, timeout_s).make()
        return cls(place, chain=chain, timeout_s=timeout_s)

    @classmethod
    def upgrade(
        cls, place: Path | str, *, chain: str, timeout_s: float = TIMEOUT_S
    ) -> tuple[int, int]:
        """Bring the tables to the form that this version reads: the form before, and after."""
        return _database(place, chain, timeout_s).upgrade()

    def tend(self) -> None:
        self._leave = self._database.tend()
        self._connections.forget()

    def close(self) -> None:
        self._leave()
        self._connections.forget()

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
            return [batch.tried(seal) for seal in seals]

    @contextmanager
    def at_once(self) -> Iterator[None]:
        if not self._database.at_hand:
            raise BusyError(f"records in `{self._database.place}` are not on this machine")
        self._here.at_once = True
        try:
            yield
        finally:
            self._here.at_once = False

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
        if self.refusal:
            raise StorageError(
                f"nothing more is kept: {self.refusal}",
                hint="mend the disk, then start again; `concordat doctor` checks what was kept",
            )
        with self._writing() as connection:
            batch = Batch(connection, self._database, self._chain, self._frontier)
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

    @property
    def is_shared(self) -> bool:
        return not self._database.at_hand

    def take(self, names: Mapping[str, int], *, now_s: int) -> frozenset[str]:
        with self._faults_told(), self._connections.begun(**{BESIDE: True}) as connection:
            sql_seen.forget(connection, now_s)
            fresh = sql_seen.take(connection, names)
            connection.commit()
        return fresh

    # ---- read

    def head(self) -> Head:
        with self._reading() as connection:
            return sql_log.head_of(connection)

    def root_at(self, size: int) -> Digest:
        with self._reading() as connection:
            return sql_log.root_at(connection, size)

    def entry(self, jti: str) -> Entry | None:
        with self._reading() as connection:
            return sql_log.named(connection, jti)

    def entry_at(self, index: int) -> Entry | None:
        with self._reading() as connection:
            return sql_log.at(connection, index)

    def newest(
        self, limit: int, kind: str | None, outcome: str | None = None, *, before: int | None = None
    ) -> list[Entry]:
        with self._reading() as connection:
            return sql_log.newest(connection, limit, kind, outcome, before)

    def disclosures(self, jti: str) -> tuple[str, ...]:
        with self._reading() as connection:
            return sql_log.disclosures(connection, jti)

    def inclusion(self, index: int, size: int) -> list[Digest]:
        with self._reading() as connection:
            return stored_inclusion_proof(index, size, sql_log.node_reader(connection))

    def subtrees(self, level: int, first: int, most: int) -> list[Digest]:
        with self._reading() as connection:
            return sql_log.subtrees(connection, level, first, most)

    def standing_events(self) -> list[StandingEvent]:
        with self._reading() as connection:
            return sql_log.standing_events(connection)

    def last_change(self) -> int:
        batch: Batch | None = getattr(self._here, "batch", None)
        if batch is not None:
            return batch.last_change
        with self._reading() as connection:
            return sql_log.last_change(connection)

    def consents(self, person: str | None = None, consent: str | None = None) -> list[KeptConsent]:
        with self._reading() as connection:
            return sql_consent.kept(connection, person, consent)

    def outcomes(self) -> dict[str, int]:
        with self._reading() as connection:
            return sql_log.outcomes(connection)

    # ---- everything, for an audit

    def entries(self) -> Iterator[Entry]:
        return map(sql_log.entry_in, self._all(sql_log.ENTRIES))

    def nodes(self) -> Iterator[Node]:
        return map(sql_log.node_in, self._all(sql_log.NODES))

    def heads(self) -> Iterator[Head]:
        return map(sql_log.head_in, self._all(sql_log.HEADS))

    def all_disclosures(self) -> Iterator[tuple[str, int, str]]:
        return map(sql_log.disclosure_in, self._all(sql_log.DISCLOSURES))

    def complaints(self) -> list[str]:
        with self._reading() as connection:
            return self._database.complaints(connection)

    # ---- connections

    def _all(self, query: sql_log.Query) -> Iterator[sql_log.Found]:
        with self._reading() as connection:
            yield from sql_log.rows(connection, query)

    def _faults_told(self) -> AbstractContextManager[None]:
        return faults_told(self._database.errors, self._database.told)

    @contextmanager
    def _reading(self) -> Iterator[Connection]:
        batch: Batch | None = getattr(self._here, "batch", None)
        with self._faults_told():
            if batch is not None:
                batch.write()
                yield batch.connection
                return
            with self._connections.begun() as connection:
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
        at_once = getattr(self._here, "at_once", False)
        with self._faults_told(), self._connections.appending(at_once=at_once) as connection:
            try:
                yield connection
                connection.commit()
            except self._connections.errors as fault:
                if self._database.ends_appending(fault):
                    self.refusal = str(self._database.told(fault))
                self._connections.discard(connection)
                raise
