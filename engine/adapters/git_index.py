"""What git takes to be in the working folder: written anew where it changed, and nowhere else.

git's library makes an object of each entry and writes all of them again, which takes longer
than the rest of a commit once thousands of files stand in a register. Here an entry that
did not change stays the bytes it is. A list of a form that is not known here is left to
the library.

Source:
    git, "gitformat-index", version 2.
"""

import hashlib
import os
import stat
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from dulwich.file import GitFile
from dulwich.objects import Blob
from dulwich.repo import Repo

from engine.ports_sync import PLAIN_FILE

_HEAD: Final = struct.Struct(">4sLL")
_STATED: Final = struct.Struct(">10L20sH")
"""Times, device, number, mode, owner, group and size; then the file's id, and its flags."""
_FLAGS: Final = struct.Struct(">H")
_EXTENSION: Final = struct.Struct(">4sL")
_SIGNATURE: Final = b"DIRC"
_VERSION: Final = 2
_DIGEST_BYTES: Final = 20
_NAME_BYTES: Final = 0xFFF
"""Of the flags, how long the name is; all of it set if it is longer than that can say."""
_EXTENDED: Final = 0x4000
_FIELD: Final = 0xFFFF_FFFF


class _UnknownError(Exception):
    """The list is of a form that is not known here."""


def stage(repository: Repo, names: Sequence[str]) -> None:
    """Take in files of the working folder as they stand, or that they are gone.

    Args:
        names: Files that may have changed, by their places in the folder.
    """
    root, index = Path(repository.path), Path(repository.index_path())
    found = {name: _stated(root, name) for name in map(os.fsencode, names)}
    try:
        made = _with(index.read_bytes() if index.exists() else b"", found)
    except _UnknownError:
        # The register's own settings: those of whoever runs the office might
        # rewrite line endings, and with them what was signed.
        repository.get_worktree().stage(list(found), config=repository.get_config())
        return
    with GitFile(index, "wb") as file:
        file.write(made)


def _stated(root: Path, name: bytes) -> bytes:
    """The entry of a file as it stands; empty if there is none."""
    path = root / os.fsdecode(name)
    try:
        state = path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return b""
    if not stat.S_ISREG(state.st_mode):
        return b""
    mode = PLAIN_FILE | (0o111 if state.st_mode & 0o100 else 0)
    seconds = (divmod(at, 1_000_000_000) for at in (state.st_ctime_ns, state.st_mtime_ns))
    fields = (
        *(part for pair in seconds for part in pair),
        *(state.st_dev, state.st_ino, mode, state.st_uid, state.st_gid, state.st_size),
    )
    own = bytes.fromhex(Blob.from_string(path.read_bytes()).id.decode("ascii"))
    head = _STATED.pack(*(each & _FIELD for each in fields), own, min(len(name), _NAME_BYTES))
    return _filled(head + name)


def _filled(entry: bytes) -> bytes:
    """An entry with the one to eight empty bytes at its end, so that all begin at eights."""
    return entry + bytes(8 - len(entry) % 8)


def _with(index: bytes, found: Mapping[bytes, bytes]) -> bytes:
    """The list in which some files stand as they were found.

    Raises:
        _UnknownError: It is of a form that is not known here, or damaged.
    """
    try:
        count, entries = _entries_with(index or _NONE, found)
    except (struct.error, ValueError) as fault:
        raise _UnknownError from fault
    made = _HEAD.pack(_SIGNATURE, _VERSION, count) + entries
    return made + _digest(made)


def _entries_with(index: bytes, found: Mapping[bytes, bytes]) -> tuple[int, bytes]:
    """How many entries there are then, and all of them in their order."""
    signature, version, count = _HEAD.unpack_from(index)
    if (signature, version) != (_SIGNATURE, _VERSION):
        raise _UnknownError
    waiting = sorted(found, reverse=True)
    parts: list[bytes] = []
    same_from = place = _HEAD.size
    left = count
    for _ in range(count):
        name, after = _entry(index, place)
        while waiting and waiting[-1] < name:
            fresh = found[waiting.pop()]
            parts += index[same_from:place], fresh
            same_from, left = place, left + bool(fresh)
        if waiting and waiting[-1] == name:
            # Of a file that git could not merge there are several, all of one name.
            parts.append(index[same_from:place])
            same_from, left = after, left - 1
        place = after
    _refuse_unknown(index, place)
    fresh_ones = [found[name] for name in reversed(waiting)]
    left += sum(map(bool, fresh_ones))
    return left, b"".join((*parts, index[same_from:place], *fresh_ones))


def _entry(index: bytes, place: int) -> tuple[bytes, int]:
    """The name of the entry at a place, and where the next one begins."""
    (flags,) = _FLAGS.unpack_from(index, place + _STATED.size - _FLAGS.size)
    if flags & _EXTENDED:
        raise _UnknownError
    begin = place + _STATED.size
    size = flags & _NAME_BYTES
    end = begin + size if size < _NAME_BYTES else index.index(b"\0", begin)
    return index[begin:end], end + 8 - (end - place) % 8


def _refuse_unknown(index: bytes, place: int) -> None:
    """What follows the entries may be left out, unless it says how they are to be read."""
    end = len(index) - _DIGEST_BYTES
    if index[end:] not in (_digest(index[:end]), bytes(_DIGEST_BYTES)):
        raise _UnknownError
    while place < end:
        name, size = _EXTENSION.unpack_from(index, place)
        if not name[:1].isupper():
            raise _UnknownError
        place += _EXTENSION.size + size
    if place != end:
        raise _UnknownError


def _digest(data: bytes) -> bytes:
    return hashlib.sha1(data, usedforsecurity=False).digest()


_NONE: Final = _HEAD.pack(_SIGNATURE, _VERSION, 0) + bytes(_DIGEST_BYTES)
"""The list of no file; git lets the digest of one be left out."""
