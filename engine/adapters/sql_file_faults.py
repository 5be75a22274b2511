"""What SQLite complains of, told in the words of an operator.

Nothing here opens a database.
"""

import sqlite3
from contextlib import AbstractContextManager
from functools import partial
from pathlib import Path
from typing import Final

from engine.adapters.sql_faults import UNKNOWN, faults_told, in_one_line, original
from engine.errors import BusyError, StorageError

_PRIMARY: Final = 0xFF  # The low byte of an extended result code names its family.

_SAID: Final = {
    sqlite3.SQLITE_BUSY: (
        "records in `{}` are locked by another program",
        "wait for it to finish, or find it: `fuser {}`",
    ),
    sqlite3.SQLITE_LOCKED: (
        "records in `{}` are locked by another program",
        "wait for it to finish, or find it: `fuser {}`",
    ),
    sqlite3.SQLITE_FULL: (
        "no room left to keep a record in `{}`",
        "free some space on that disk, then ask again; no record is half written",
    ),
    sqlite3.SQLITE_READONLY: (
        "records in `{}` cannot be written: file or folder is read-only",
        "give the user who runs this office write access to the folder that holds it",
    ),
    sqlite3.SQLITE_IOERR: (
        "disk failed while records in `{}` were read or written",
        "check the disk and its free space, then run `concordat doctor`",
    ),
    sqlite3.SQLITE_CORRUPT: (
        "records in `{}` are damaged",
        "keep the file as it is, and restore the newest backup beside it",
    ),
    sqlite3.SQLITE_NOTADB: (
        "`{}` holds no records: it is not a database",
        "put the office's own `log.sqlite` back, from a backup if need be",
    ),
    sqlite3.SQLITE_CANTOPEN: (
        "records in `{}` cannot be opened",
        "check that the file is there and that you may read and write its folder",
    ),
    sqlite3.SQLITE_CONSTRAINT: (
        "records in `{}` refuse a change to what is already kept",
        "run `concordat doctor`; somebody may have altered the file",
    ),
}


def code_of(fault: BaseException) -> int:
    """The family of SQLite's result code behind an exception; 0 if there is none."""
    return int(getattr(original(fault), "sqlite_errorcode", 0) or 0) & _PRIMARY


def kept_nothing(fault: BaseException) -> bool:
    """Whether after this failure it is certain that nothing was kept.

    After a failed flush it is not: the bytes may reach the disk or may not.
    """
    return code_of(fault) in (
        sqlite3.SQLITE_BUSY,
        sqlite3.SQLITE_CONSTRAINT,
        sqlite3.SQLITE_FULL,
        sqlite3.SQLITE_READONLY,
    )


def told(path: Path, fault: BaseException) -> StorageError:
    """Say what went wrong."""
    known = _SAID.get(code_of(fault))
    if known is None:
        return StorageError(UNKNOWN.format(path, in_one_line(fault)))
    message, hint = known
    kind = BusyError if code_of(fault) == sqlite3.SQLITE_BUSY else StorageError
    return kind(message.format(path), hint=hint.format(path))


def file_faults_told(path: Path) -> AbstractContextManager[None]:
    """Let no exception of SQLite out but as a `StorageError`."""
    return faults_told((sqlite3.Error,), partial(told, path))
