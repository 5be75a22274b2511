"""By what a change of the register is noticed, without reading any of its files.

Promises that whatever is committed, moved, written over or taken away of what an
office decides by leaves another mark. Says nothing of whether it is sound.
"""

import hashlib
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from engine.errors import StorageError
from engine.service.agencies import ACCEPTED, AGENCIES
from engine.service.premises import TRUST
from engine.service.shelf import POLICIES
from engine.whereabouts import REGISTER

_HEADS: Final = (".git/HEAD", ".git/refs/heads/main", ".git/packed-refs")


def marks_of(office: Path) -> str:
    """The marks of everything an office decides by, as one digest.

    Raises:
        StorageError: The register cannot be looked at.
    """
    register, seen = office / REGISTER, hashlib.sha256()
    if not register.is_dir():
        raise StorageError(f"`{register}` is not there", hint="restore it from a backup")
    try:
        for name in _HEADS:
            path = register / name
            seen.update(path.read_bytes() if path.is_file() else b"-")
        for path in (office / TRUST, office / ACCEPTED, register / AGENCIES):
            seen.update(_mark(os.lstat(path)) if path.exists() else b"-")
        for line in _walk(str(register / POLICIES)):
            seen.update(line)
    except OSError as fault:
        reason = (fault.strerror or "it is refused").lower()
        raise StorageError(f"register cannot be looked at: {reason}") from fault
    return seen.hexdigest()


def _walk(folder: str) -> Iterator[bytes]:
    """A mark of each file below a folder, in an order that is always the same."""
    with os.scandir(folder) as found:
        entries = sorted(found, key=lambda each: each.name)
    for each in entries:
        yield os.fsencode(each.name)
        if each.is_dir(follow_symlinks=False):
            yield from _walk(each.path)
        else:
            yield _mark(each.stat(follow_symlinks=False))


def _mark(of: os.stat_result) -> bytes:
    # The change of a file's inode cannot be dated back by whoever writes the file.
    return f"{of.st_ino} {of.st_size} {of.st_mtime_ns} {of.st_ctime_ns} {of.st_mode};".encode()
