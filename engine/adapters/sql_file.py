"""The SQLite file itself: how it is made, opened, and seen to keep what it is given.

Promises that a connection which leaves here writes ahead and flushes fully; a
file system that cannot do so is refused, never used more loosely.
"""

import os
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final
from urllib.parse import quote

from sqlalchemy import Connection
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateTable

from engine.adapters.disk import sync_folder
from engine.adapters.sql_faults import faults_told
from engine.adapters.sql_tables import (
    APPLICATION_ID,
    INDEXES,
    OLDEST_VERSION,
    SCHEMA_VERSION,
    TABLES,
    TRIGGERS,
)
from engine.errors import StorageError

WRITES: Final = "concordat_writes"
"""The execution option of a connection that is going to append."""

_PRAGMAS: Final = {
    "journal_mode": "wal",
    "synchronous": 2,  # FULL: with NORMAL a power cut takes back records that were answered.
    "foreign_keys": 1,
    "recursive_triggers": 1,  # Without it, REPLACE deletes behind the backs of the triggers.
    "trusted_schema": 0,
    "cell_size_check": 1,
}


def make_file(path: Path, timeout_s: float) -> None:
    """Make a file with empty tables.

    Raises:
        StorageError: There is something already, or it cannot be written.
    """
    try:
        os.close(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
        # SQLite flushes the names of its journals, not that of the file itself.
        sync_folder(path.parent)
    except FileExistsError as fault:
        raise StorageError(f"there is something at `{path}` already") from fault
    except OSError as fault:
        raise StorageError(f"cannot make `{path}`: {fault.strerror}") from fault
    with faults_told(path), closing(_connect(path, timeout_s)) as connection:
        _set(connection, path)
        connection.execute("BEGIN IMMEDIATE")
        _make_missing(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute("COMMIT")


def open_file(path: Path, timeout_s: float) -> sqlite3.Connection:
    """Open the file of an office, and see that it will keep what it is given.

    Raises:
        StorageError: It is not there, is no office's, or cannot keep records safely.
    """
    if path.is_dir():
        raise StorageError(f"records are not in `{path}`: it is a folder")
    if not path.exists():
        raise StorageError(
            f"no records at `{path}`", hint="put `log.sqlite` back, from a backup if need be"
        )
    connection = _connect(path, timeout_s)
    try:
        # First of all: another program's database must not be changed by a setting.
        _refuse_other_schema(connection, path)
        _set(connection, path)
        _bring_up(connection, path)
    except BaseException:
        connection.close()
        raise
    return connection


def _make_missing(connection: sqlite3.Connection) -> None:
    """Make every table, index and safeguard that is not there; change none that is."""
    _set_aside_narrow_standing(connection)
    there = {name for (name,) in connection.execute("SELECT name FROM sqlite_master")}
    for table in TABLES:
        if table.name not in there:
            # STRICT refuses a value of another type, which SQLite would otherwise keep.
            made = str(CreateTable(table).compile(dialect=sqlite.dialect()))
            connection.execute(f"{made} STRICT".replace("VARCHAR", "TEXT"))
    for made in (*INDEXES, *TRIGGERS):
        if made.split()[2] not in there:
            connection.execute(made)
    connection.execute(f"PRAGMA user_version = {SCHEMA_VERSION}")


def _set_aside_narrow_standing(connection: sqlite3.Connection) -> None:
    """Drop a table of an older form, which says less than the records it is held to."""
    columns = [row[1] for row in connection.execute("PRAGMA table_info(standing)")]
    if columns and "party" not in columns:
        connection.execute("DROP TABLE standing")


def _bring_up(connection: sqlite3.Connection, path: Path) -> None:
    """Give a file of an older form the tables it lacks, all of them or none."""
    if _version(connection) == SCHEMA_VERSION:
        return
    with faults_told(path):
        connection.execute("BEGIN IMMEDIATE")
        # Another program may have done it meanwhile, or even one newer than this.
        _refuse_other_schema(connection, path)
        if _version(connection) < SCHEMA_VERSION:
            _make_missing(connection)
        connection.execute("COMMIT")


def _version(connection: sqlite3.Connection) -> int:
    return int(connection.execute("PRAGMA user_version").fetchone()[0])


def _connect(path: Path, timeout_s: float) -> sqlite3.Connection:
    return sqlite3.connect(
        f"file:{quote(str(path))}?mode=rw",
        uri=True,
        timeout=timeout_s,
        isolation_level=None,
        check_same_thread=False,
    )


def _set(connection: sqlite3.Connection, path: Path) -> None:
    for name, value in _PRAGMAS.items():
        connection.execute(f"PRAGMA {name} = {value}")
        (found,) = connection.execute(f"PRAGMA {name}").fetchone()
        if found != value:
            raise StorageError(
                f"records in `{path}` cannot be kept safely: `{name}` is {found}, not {value}",
                hint="keep the office on a local disk; network disks cannot do this",
            )


def _refuse_other_schema(connection: sqlite3.Connection, path: Path) -> None:
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    version = _version(connection)
    if owner != APPLICATION_ID:
        raise StorageError(
            f"`{path}` does not hold the records of an office",
            hint="put the office's own `log.sqlite` back, from a backup if need be",
        )
    if not OLDEST_VERSION <= version <= SCHEMA_VERSION:
        raise StorageError(
            f"records in `{path}` are written in form {version}; this version reads form"
            f" {SCHEMA_VERSION}",
            hint="install the version of concordat that wrote them, or a newer one",
        )


def begin(connection: Connection) -> None:
    """Open a transaction, as its writer if the connection is one."""
    # IMMEDIATE takes the writer's lock at once, so that no two programs can read the same
    # last entry and both append after it.
    writes = connection.get_execution_options().get(WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def complaints(connection: Connection) -> list[str]:
    """What the database finds wrong with itself; empty if nothing."""
    checked = connection.exec_driver_sql("PRAGMA integrity_check").scalars()
    found = [str(line) for line in checked if line != "ok"]
    loose = connection.exec_driver_sql("PRAGMA foreign_key_check")
    found += [f"row {row[1]} of `{row[0]}` refers to a row that is not there" for row in loose]
    named = "SELECT name FROM sqlite_master WHERE type = 'trigger'"
    there = set(connection.exec_driver_sql(named).scalars())
    wanted = {trigger.split()[2] for trigger in TRIGGERS}
    return found + [f"safeguard `{name}` is gone" for name in sorted(wanted - there)]
