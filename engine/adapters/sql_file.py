"""The SQLite file: how it is made, opened, and seen to keep what it is given.

Promises that a connection which leaves here writes ahead and flushes fully; a
file system that cannot do so is refused, never used more loosely. A file of an
older form is brought to this one when it is opened, in one transaction.
"""

import os
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import QueuePool, StaticPool

from engine.adapters.disk import sync_folder
from engine.adapters.sql_checkpoints import Checkpoints
from engine.adapters.sql_database import AT_ONCE, BESIDE, WRITES
from engine.adapters.sql_file_faults import file_faults_told, kept_nothing, told
from engine.adapters.sql_tables import FORM, LOG_TABLES, TABLES
from engine.errors import StorageError

APPLICATION_ID: Final = (
    0x436E6344  # "CncD", so that another program's database is not taken for ours.
)
_OLDEST: Final = 1
_PAGE_BYTES: Final = 8192
"""A record takes some 3 KB, of which half a smaller page would stay empty."""
_INSERTS: Final = tuple(
    (table.name, f"INSERT INTO {table.name} VALUES ({', '.join('?' * len(table.columns))})")  # noqa: S608 -- ours.
    for table in TABLES
)
_SAFEGUARDS: Final = {
    *(f"{table}_never_update" for table in LOG_TABLES),
    *(f"{table}_never_delete" for table in LOG_TABLES if table != "disclosure"),
    *("entry_in_order", "head_grows"),
}

_PRAGMAS: Final = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: with NORMAL a power cut takes back records that were answered.
    "foreign_keys": 1,
    "recursive_triggers": 1,  # Without it, REPLACE deletes behind the backs of the triggers.
    "trusted_schema": 0,
    "cell_size_check": 1,
    "secure_delete": 1,  # What is erased is overwritten, not only forgotten.
}


class SqliteFile:
    """One file that holds the records of one office.

    Args:
        path: The file.
        log: Which log it holds.
        timeout_s: How long to wait for another program that is appending.
    """

    errors: Final = (sqlite3.Error,)

    def __init__(self, path: Path, *, log: str, timeout_s: float) -> None:
        self._path: Final = path
        self._log: Final = log
        self._timeout_s: Final = timeout_s
        self._tended = False

    @property
    def place(self) -> str:
        return str(self._path)

    @property
    def at_hand(self) -> bool:
        return True

    def make(self) -> None:
        path = self._path
        try:
            os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
            # SQLite flushes the names of its journals, not that of the file itself.
            sync_folder(path.parent)
        except FileExistsError as fault:
            raise StorageError(f"there is something at `{path}` already") from fault
        except OSError as fault:
            raise StorageError(f"cannot make `{path}`: {fault.strerror}") from fault
        with file_faults_told(path), closing(self._connect()) as connection:
            connection.execute(f"PRAGMA page_size = {_PAGE_BYTES}")
            self._set(connection)
            self._bring_up(connection)

    def upgrade(self) -> tuple[int, int]:
        with file_faults_told(self._path):
            self._refuse_absent()
            with closing(self._connect()) as connection:
                self._refuse_other_schema(connection)
                before = _form(connection)
            with closing(self.opened()) as connection:
                return before, _form(connection)

    def engine(self) -> Engine:
        made = create_engine("sqlite://", creator=self.opened, poolclass=QueuePool, max_overflow=40)
        event.listen(made, "begin", begin)
        return made

    def opened(self) -> sqlite3.Connection:
        """Open the file, and see that it will keep what it is given.

        Raises:
            StorageError: It is not there, is no office's, or cannot keep records safely.
        """
        self._refuse_absent()
        connection = self._connect()
        try:
            # First of all: another program's database must not be changed by a setting.
            self._refuse_other_schema(connection)
            self._set(connection)
            if self._tended:
                connection.execute("PRAGMA wal_autocheckpoint = 0")
            if _form(connection) != FORM:
                with file_faults_told(self._path):
                    self._bring_up(connection)
            self._refuse_other_log(connection)
        except BaseException:
            connection.close()
            raise
        return connection

    def tend(self) -> Callable[[], None]:
        checkpoints = Checkpoints(self._path, self.opened())
        # From now on every connection leaves it to that thread.
        self._tended = True
        return checkpoints.end

    def in_transaction(self, connection: Connection) -> bool:
        # A read that fails can make SQLite roll back all by itself. What is written after
        # that would be kept row by row, and the commit would succeed.
        return _driver(connection).in_transaction

    def first(self, connection: Connection, statement: str) -> tuple[Any, ...] | None:
        found: tuple[Any, ...] | None = _driver(connection).execute(statement).fetchone()
        return found

    def insert(self, connection: Connection, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        driver = _driver(connection)
        for name, statement in _INSERTS:
            if found := rows.get(name):
                driver.executemany(statement, found)

    def complaints(self, connection: Connection) -> list[str]:
        checked = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
        found = [str(line) for line in checked if line != "ok"]
        loose = connection.exec_driver_sql("PRAGMA foreign_key_check")
        found += [f"row {row[1]} of `{row[0]}` refers to a row that is not there" for row in loose]
        named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        there = set(connection.exec_driver_sql(named).scalars())
        return found + [f"safeguard `{name}` is gone" for name in sorted(_SAFEGUARDS - there)]

    def told(self, fault: BaseException) -> StorageError:
        return told(self._path, fault)

    def was_unbegun(self, fault: BaseException) -> bool:  # noqa: ARG002 -- a file is there or not.
        return False

    def ends_appending(self, fault: BaseException) -> bool:
        # SQLite itself cannot say what reached the disk.
        return not kept_nothing(fault)

    def _connect(self) -> sqlite3.Connection:
        return sqlite3.connect(
            f"file:{quote(str(self._path))}?mode=rw",
            uri=True,
            timeout=self._timeout_s,
            isolation_level=None,
            check_same_thread=False,
        )

    def _set(self, connection: sqlite3.Connection) -> None:
        for name, value in _PRAGMAS.items():
            connection.execute(f"PRAGMA {name} = {value}")
            (found,) = connection.execute(f"PRAGMA {name}").fetchone()
            if found != value:
                raise StorageError(
                    f"records in `{self._path}` cannot be kept safely: `{name}` is {found},"
                    f" not {value}",
                    hint="keep the office on a local disk; network disks cannot do this",
                )

    def _bring_up(self, connection: sqlite3.Connection) -> None:
        """Give a file the form that this version reads, all of it or nothing."""
        from engine.adapters.sql_upgrade import run

        # The connection stays the caller's: nobody here closes it.
        engine = create_engine("sqlite://", creator=lambda: connection, poolclass=StaticPool)
        event.listen(engine, "begin", begin)
        with (
            engine.connect().execution_options(**{WRITES: True}) as shared,
            shared.begin(),
        ):
            # Another program may have done it meanwhile, or even one newer than this.
            if _form(connection):
                self._refuse_other_schema(connection)
            if _form(connection) != FORM:
                run(shared, log=self._log)
                connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
                connection.execute(f"PRAGMA user_version = {FORM}")

    def _refuse_absent(self) -> None:
        path = self._path
        if path.is_dir():
            raise StorageError(f"records are not in `{path}`: it is a folder")
        if not path.exists():
            raise StorageError(
                f"no records at `{path}`", hint="put `log.sqlite` back, from a backup if need be"
            )

    def _refuse_other_schema(self, connection: sqlite3.Connection) -> None:
        (owner,) = connection.execute("PRAGMA application_id").fetchone()
        form = _form(connection)
        if owner != APPLICATION_ID:
            raise StorageError(
                f"`{self._path}` does not hold the records of an office",
                hint="put the office's own `log.sqlite` back, from a backup if need be",
            )
        if not _OLDEST <= form <= FORM:
            raise StorageError(
                f"records in `{self._path}` are written in form {form}; this version reads form"
                f" {FORM}",
                hint="install the version of concordat that wrote them, or a newer one",
            )

    def _refuse_other_log(self, connection: sqlite3.Connection) -> None:
        found = [log for (log,) in connection.execute("SELECT log FROM origin")]
        if found != [self._log]:
            raise StorageError(
                f"`{self._path}` holds the log `{', '.join(found)}`, not `{self._log}`",
                hint="put the office's own `log.sqlite` back, or the `log` in `office.toml`",
            )


def _form(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def begin(connection: Connection) -> None:
    """Open a transaction, as its writer if the connection is one."""
    # IMMEDIATE takes the writer's lock at once, so that no two programs can read the same
    # last entry and both append after it.
    options, driver = connection.get_execution_options(), _driver(connection)
    if not options.get(WRITES) and not options.get(BESIDE):
        driver.execute("BEGIN")
    elif not options.get(AT_ONCE):
        driver.execute("BEGIN IMMEDIATE")
    else:
        _begin_at_once(driver)


def _begin_at_once(driver: sqlite3.Connection) -> None:
    """Take the writer's lock if it is free, and do not wait for it."""
    (waits_ms,) = driver.execute("PRAGMA busy_timeout").fetchone()
    driver.execute("PRAGMA busy_timeout = 0")
    try:
        driver.execute("BEGIN IMMEDIATE")
    finally:
        driver.execute(f"PRAGMA busy_timeout = {int(waits_ms)}")


def _driver(connection: Connection) -> sqlite3.Connection:
    driver = connection.connection.driver_connection
    assert isinstance(driver, sqlite3.Connection)  # noqa: S101 -- What `opened` made.
    return driver
