"""The PostgreSQL database: how it is reached, and seen to keep what it is given.

Promises that whoever appends does so alone, by a lock of the transaction itself; that
a commit is on the server's disk before it counts; and that no wait is without end.
A server that is set to keep records more loosely is refused. Its tables are changed by
`make` and `upgrade` alone, never by opening it: programs of several versions may run.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import chain
from typing import Any, Final

from sqlalchemy import Connection, Engine, Table, create_engine, event
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import QueuePool, StaticPool

from engine.adapters import sql_server_promises
from engine.adapters.sql_database import BESIDE, WRITES
from engine.adapters.sql_faults import faults_told
from engine.adapters.sql_server_faults import is_lost, told
from engine.adapters.sql_tables import FORM, METADATA
from engine.errors import StorageError

try:
    import psycopg
except ImportError:  # The extra `postgresql` is not installed.
    psycopg = None  # type: ignore[assignment]

SCHEME: Final = "postgresql+psycopg"
LOCK: Final = 0x436E6344
"""Whoever holds this advisory lock of the database appends; "CncD"."""


def _insert(table: Table) -> str:
    """However many rows of a table, which are given column by column, in binary."""
    types = (column.type.compile(postgresql.dialect()) for column in table.columns)  # type: ignore[no-untyped-call]
    lists = ", ".join(f"%b::{each}[]" for each in types)
    return f"INSERT INTO {table.name} SELECT * FROM unnest({lists})"  # noqa: S608 -- ours.


@cache
def _inserts(names: tuple[str, ...]) -> str:
    """One statement for rows of all these tables, so that there is one way to the server."""
    *others, last = [_insert(METADATA.tables[name]) for name in names]
    begun = ", ".join(f"into_{place} AS ({each})" for place, each in enumerate(others))
    return f"WITH {begun} {last}" if others else last


_IDLE_S: Final = 30
_CONNECT_S: Final = 5
_BEGIN_READ: Final = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY"
_BEGIN_BESIDE: Final = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE"
# Each statement behind the lock sees what was committed before it was had.
_BEGIN_WRITE: Final = (
    f"BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE; SELECT pg_advisory_xact_lock({LOCK})"
)


class PostgresServer:
    """One database that holds the records of one office.

    Args:
        url: Its address, such as ``postgresql+psycopg://office@db.example/concordat``.
        log: Which log it holds.
        timeout_s: How long to wait for another program that is appending.

    Raises:
        StorageError: It is no address, or the driver is not installed.
    """

    def __init__(self, url: str, *, log: str, timeout_s: float) -> None:
        self._url: Final = _parsed(url)
        self._log: Final = log
        self._timeout_s: Final = timeout_s
        if psycopg is None:
            raise StorageError(
                "PostgreSQL cannot be reached: its driver is not installed",
                hint="`pip install 'concordat-sharing[postgresql]'`",
            )

    @property
    def place(self) -> str:
        host = self._url.host or self._url.query.get("host") or "local socket"
        port = f":{self._url.port}" if self._url.port else ""
        return f"{host}{port}/{self._url.database or ''}"

    @property
    def at_hand(self) -> bool:
        return False

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        return (psycopg.Error,)

    def make(self) -> None:
        with self._told(), self._connect() as connection:
            if self._form(connection) is None and not self._has(connection, "entry"):
                self._bring_up(connection)
                return
            # An office whose making broke off later left its tables, and nothing in them.
            log = connection.execute("SELECT log FROM origin").fetchone()
            kept = connection.execute("SELECT 1 FROM entry LIMIT 1").fetchone()
            if log != (self._log,) or kept is not None:
                raise StorageError(
                    f"there are records in `{self.place}` already",
                    hint="give each office a database of its own: `createdb`",
                )

    def upgrade(self) -> tuple[int, int]:
        with self._told(), self._connect() as connection:
            form = self._form(connection)
            if form is None:
                raise self._none_here()
            self._refuse_newer(form)
            self._refuse_other_log(connection)
            if form < FORM:
                self._bring_up(connection)
            return form, FORM

    def engine(self) -> Engine:
        made = create_engine(
            f"{SCHEME}://", creator=self._opened, poolclass=QueuePool, max_overflow=40
        )
        event.listen(made, "begin", _begin)
        return made

    def tend(self) -> Callable[[], None]:
        return lambda: None  # The server does so itself.

    def in_transaction(self, connection: Connection) -> bool:
        driver = _driver(connection)
        return driver.info.transaction_status == psycopg.pq.TransactionStatus.INTRANS

    def first(self, connection: Connection, statement: str) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = _driver(connection).execute(statement).fetchone()
        return found

    def insert(self, connection: Connection, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        filled = {name: found for name, found in rows.items() if found}
        if filled:
            columns = [zip(*found, strict=True) for found in filled.values()]
            given = [list(column) for column in chain.from_iterable(columns)]
            _driver(connection).execute(_inserts(tuple(filled)), given)

    def complaints(self, connection: Connection) -> list[str]:
        return sql_server_promises.complaints(_driver(connection))

    def told(self, fault: BaseException) -> StorageError:
        return told(self.place, fault)

    def was_unbegun(self, fault: BaseException) -> bool:
        return is_lost(fault)

    def ends_appending(self, fault: BaseException) -> bool:  # noqa: ARG002 -- whatever it was:
        # a server that could not flush starts anew, and says by its head what it kept.
        return False

    # ---- connections

    def _told(self) -> Any:  # Any: a context of another module's making.
        return faults_told(self.errors, lambda fault: told(self.place, fault, connected=False))

    def _connect(self) -> "psycopg.Connection[Any]":
        """A connection whose every wait has an end."""
        milliseconds = int(self._timeout_s * 1000)
        asked = self._url.translate_connect_args(username="user", database="dbname")
        wanted = {
            "connect_timeout": _CONNECT_S,
            "application_name": "concordat",
            "keepalives_idle": 10,
            "keepalives_interval": 5,
            "keepalives_count": 3,
            **asked,
            **self._url.query,
        }
        connection = psycopg.connect(**wanted, autocommit=True)
        for name, value in (
            ("lock_timeout", f"{milliseconds}ms"),
            ("statement_timeout", f"{max(milliseconds * 2, 60_000)}ms"),
            ("idle_in_transaction_session_timeout", f"{_IDLE_S}s"),
            ("synchronous_commit", "on"),
            ("search_path", "public"),
        ):
            connection.execute("SELECT set_config(%s, %s, false)", (name, value))
        return connection

    def _opened(self) -> "psycopg.Connection[Any]":
        """A connection that keeps safely what it is given, to the log it is meant for."""
        with self._told():
            connection = self._connect()
        try:
            form = self._form(connection)
            if form is None:
                raise self._none_here()
            self._refuse_newer(form)
            if form < FORM:
                raise StorageError(
                    f"records in `{self.place}` are written in form {form}; this version reads"
                    f" form {FORM}",
                    hint="stop every worker, then `concordat upgrade`",
                )
            self._refuse_other_log(connection)
            for loose in sql_server_promises.looseness(connection):
                raise StorageError(
                    f"records in `{self.place}` cannot be kept safely: {loose}",
                    hint="docs/postgresql.md says how the server must be set",
                )
        except BaseException:
            connection.close()
            raise
        return connection

    # ---- the tables

    def _bring_up(self, connection: "psycopg.Connection[Any]") -> None:
        """Give a database the form that this version reads, all of it or nothing."""
        from engine.adapters.sql_upgrade import run

        # The connection stays the caller's: nobody here closes it.
        engine = create_engine(f"{SCHEME}://", creator=lambda: connection, poolclass=StaticPool)
        event.listen(engine, "begin", _begin)
        with (
            engine.connect().execution_options(**{WRITES: True}) as shared,
            shared.begin(),
        ):
            # Another program may have done it meanwhile, or even one newer than this.
            form = self._form(connection) or 0
            self._refuse_newer(form)
            if form != FORM:
                run(shared, log=self._log)

    def _form(self, connection: "psycopg.Connection[Any]") -> int | None:
        if not self._has(connection, "alembic_version"):
            return None
        found = connection.execute("SELECT version_num FROM alembic_version").fetchone()
        return int(found[0]) if found and found[0].isdecimal() else None

    @staticmethod
    def _has(connection: "psycopg.Connection[Any]", table: str) -> bool:
        found = connection.execute("SELECT to_regclass(%s)", (f"public.{table}",)).fetchone()
        return bool(found and found[0])

    def _none_here(self) -> StorageError:
        return StorageError(
            f"`{self.place}` does not hold the records of an office",
            hint="`concordat init --store` makes them; or mend `[store] url`",
        )

    def _refuse_newer(self, form: int) -> None:
        if form > FORM:
            raise StorageError(
                f"records in `{self.place}` are written in form {form}; this version reads form"
                f" {FORM}",
                hint="install the version of concordat that wrote them, or a newer one",
            )

    def _refuse_other_log(self, connection: "psycopg.Connection[Any]") -> None:
        found = [log for (log,) in connection.execute("SELECT log FROM origin")]
        if found != [self._log]:
            raise StorageError(
                f"`{self.place}` holds the log `{', '.join(found)}`, not `{self._log}`",
                hint="give each office a database of its own, and mend `[store] url`",
            )


def _begin(connection: Connection) -> None:
    """Open a transaction, alone in it if the connection is going to append."""
    options = connection.get_execution_options()
    begins = _BEGIN_BESIDE if options.get(BESIDE) else _BEGIN_READ
    # Two statements sent as one, so never prepared.
    _driver(connection).execute(_BEGIN_WRITE if options.get(WRITES) else begins, prepare=False)


def _driver(connection: Connection) -> "psycopg.Connection[Any]":
    # Any: what `_opened` made.
    driver: Any = connection.connection.driver_connection
    if not isinstance(driver, psycopg.Connection):
        raise StorageError("connection to the records was closed")
    return driver


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as fault:
        raise _no_address() from fault
    if parsed.drivername not in (SCHEME, "postgresql") or not parsed.database:
        raise _no_address()
    return parsed


def _no_address() -> StorageError:
    # What was written is not said again: it may hold a password.
    return StorageError(
        "`[store] url` is not the address of a PostgreSQL database",
        hint=f"such as `{SCHEME}://office@db.example/concordat`",
    )
