"""A disk on which the power can be cut at any moment, below SQLite as Python has it.

Every write, truncation, flush, creation and removal that SQLite asks of its files is
written down while the office works. From that, what a cut at any point could leave
is put together afterwards: what was flushed is there; of the rest any sector may be,
in any of the versions it had since, whatever came before or after it. Killing a
process shows none of this, because the operating system lives on and writes.

What the disk is taken to promise is what SQLite takes it to: a sector of 512 bytes
is written whole or not at all, and flushing a new journal flushes its name.
"""

import _sqlite3
import ctypes
import random
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, TypeAlias

SECTOR_BYTES: Final = 512
SQLITE_OK: Final = 0


# ---- what is written down


@dataclass(frozen=True)
class Write:
    path: str
    offset: int
    data: bytes


@dataclass(frozen=True)
class Truncation:
    path: str
    size: int


@dataclass(frozen=True)
class Flush:
    path: str


@dataclass(frozen=True)
class Creation:
    path: str


@dataclass(frozen=True)
class Removal:
    path: str
    flushed: bool


@dataclass(frozen=True)
class Promise:
    """Something somebody was told by now."""

    said: Any


Event: TypeAlias = "Write | Truncation | Flush | Creation | Removal | Promise"


# ---- writing it down


class _Vfs(ctypes.Structure):
    """`sqlite3_vfs`, version 3, as far as it is replaced."""

    _fields_ = [
        ("version", ctypes.c_int),
        ("file_bytes", ctypes.c_int),
        ("max_pathname", ctypes.c_int),
        ("next", ctypes.c_void_p),
        ("name", ctypes.c_char_p),
        ("app_data", ctypes.c_void_p),
        ("open", ctypes.c_void_p),
        ("delete", ctypes.c_void_p),
        ("rest", ctypes.c_void_p * 14),
    ]


_P, _I, _L = ctypes.c_void_p, ctypes.c_int, ctypes.c_int64
_OPEN = ctypes.CFUNCTYPE(_I, _P, _P, _P, _I, _P)
_DELETE = ctypes.CFUNCTYPE(_I, _P, ctypes.c_char_p, _I)
_WRITE = ctypes.CFUNCTYPE(_I, _P, _P, _I, _L)
_TRUNCATE = ctypes.CFUNCTYPE(_I, _P, _L)
_SYNC = ctypes.CFUNCTYPE(_I, _P, _I)
_METHODS = _P * 19  # `sqlite3_io_methods`, version 3: its number, then its functions.
_WRITES, _TRUNCATES, _SYNCS = 3, 4, 5


def sqlite_library() -> ctypes.CDLL | None:
    """The very SQLite that Python's own module uses, if its functions can be reached."""
    library = ctypes.CDLL(_sqlite3.__file__)
    if not hasattr(library, "sqlite3_vfs_register"):
        return None
    library.sqlite3_vfs_find.restype = ctypes.POINTER(_Vfs)
    return library


class _Watch:
    """Stands before the files of one SQLite, lets everything through and writes it down."""

    def __init__(self, usual: _Vfs) -> None:
        self.events: list[Event] = []
        self.vfs: Final = _Vfs.from_buffer_copy(usual)
        self.vfs.name = b"watched"
        self._names: dict[int, str] = {}
        self._opens, self._deletes = _OPEN(self.vfs.open), _DELETE(self.vfs.delete)
        replaced = _OPEN(self._open), _DELETE(self._delete)
        self.vfs.open, self.vfs.delete = (ctypes.cast(each, _P).value for each in replaced)
        self._held: list[object] = [*replaced]  # SQLite calls these as long as a file is open.

    def _open(self, vfs: int, name: int | None, file: int, flags: int, out: int | None) -> int:
        path = ctypes.string_at(name).decode() if name else ""
        new = bool(path) and not Path(path).exists()
        code = int(self._opens(vfs, name, file, flags, out))
        if code == SQLITE_OK and path:
            self._names[file] = path
            self.events += [Creation(path)] if new else []
            self._watch(file)
        return code

    def _delete(self, vfs: int, name: bytes, flush: int) -> int:
        code = int(self._deletes(vfs, name, flush))
        if code == SQLITE_OK:
            self.events.append(Removal(name.decode(), bool(flush)))
        return code

    def _watch(self, file: int) -> None:
        methods = ctypes.cast(file, ctypes.POINTER(ctypes.POINTER(_METHODS)))
        ours = _METHODS.from_buffer_copy(methods[0].contents)
        writes, truncates = _WRITE(ours[_WRITES] or 0), _TRUNCATE(ours[_TRUNCATES] or 0)
        syncs = _SYNC(ours[_SYNCS] or 0)

        def write(file: int, data: int, size: int, offset: int) -> int:
            self.events.append(Write(self._names[file], offset, ctypes.string_at(data, size)))
            return int(writes(file, data, size, offset))

        def truncate(file: int, size: int) -> int:
            self.events.append(Truncation(self._names[file], size))
            return int(truncates(file, size))

        def sync(file: int, flags: int) -> int:
            code = int(syncs(file, flags))
            self.events += [Flush(self._names[file])] if code == SQLITE_OK else []
            return code

        replaced = _WRITE(write), _TRUNCATE(truncate), _SYNC(sync)
        for place, function in zip((_WRITES, _TRUNCATES, _SYNCS), replaced, strict=True):
            ours[place] = ctypes.cast(function, _P).value
        self._held += [ours, *replaced]
        methods[0] = ctypes.pointer(ours)


@contextmanager
def watched(library: ctypes.CDLL) -> Iterator[list[Event]]:
    """Write down what SQLite does to every file that it opens meanwhile."""
    usual = library.sqlite3_vfs_find(None)
    watch = _Watch(usual.contents)
    library.sqlite3_vfs_register(ctypes.byref(watch.vfs), 1)
    try:
        yield watch.events
    finally:
        library.sqlite3_vfs_register(usual, 1)
        library.sqlite3_vfs_unregister(ctypes.byref(watch.vfs))


# ---- cutting the power


Choice: TypeAlias = Callable[[int], int]
"""Which of so many versions of a sector, oldest first, the disk holds after the cut."""


def choices(chance: random.Random) -> Choice:
    """One kind of cut: nothing was written since, or everything, or any sectors of it."""
    kept = chance.choice((0.0, 0.1, 0.5, 0.9, 1.0))

    def choose(versions: int) -> int:
        if chance.random() < kept:
            return versions - 1
        return chance.randrange(versions) if 0 < kept < 1 else 0

    return choose


@dataclass
class _Contents:
    flushed: bytes = b""
    since: list[Write | Truncation] = field(default_factory=list)

    def flush(self) -> None:
        self.flushed = self.after(lambda versions: versions - 1)
        self.since = []

    def after(self, choose: Choice) -> bytes:
        newest = bytearray(self.flushed)
        sizes, versions = [len(newest)], dict[int, list[bytes]]()
        for event in self.since:
            if isinstance(event, Truncation):
                del newest[event.size :]
                sizes.append(len(newest))
                continue
            end = event.offset + len(event.data)
            first, last = event.offset // SECTOR_BYTES, (end - 1) // SECTOR_BYTES
            for sector in range(first, last + 1):
                versions.setdefault(sector, [_sector(newest, sector)])
            newest.extend(bytes(max(0, end - len(newest))))
            newest[event.offset : end] = event.data
            sizes.append(len(newest))
            for sector in range(first, last + 1):
                versions[sector].append(_sector(newest, sector))
        size = sizes[choose(len(sizes))]
        left = bytearray(newest[:size].ljust(size, b"\0"))
        for sector, found in versions.items():
            start = sector * SECTOR_BYTES
            left[start : start + SECTOR_BYTES] = found[choose(len(found))]
        return bytes(left[:size])


def _sector(data: bytearray, number: int) -> bytes:
    start = number * SECTOR_BYTES
    return bytes(data[start : start + SECTOR_BYTES]).ljust(SECTOR_BYTES, b"\0")


class _Disk:
    """Files by name, and which names were flushed; a name may stand for several files in turn."""

    def __init__(self, before: dict[str, bytes], *, flushes: bool) -> None:
        self._now = {path: _Contents(data) for path, data in before.items()}
        self._flushed = dict(self._now)
        self._since: dict[str, list[_Contents | None]] = {}
        self._flushes: Final = flushes

    def take(self, event: Event) -> None:
        match event:
            case Write() | Truncation():
                self._now[event.path].since.append(event)
            case Creation():
                self._now[event.path] = _Contents()
                self._since.setdefault(event.path, []).append(self._now[event.path])
            case Removal():
                self._now.pop(event.path, None)
                self._since.setdefault(event.path, []).append(None)
                if event.flushed:
                    self._flush_names()
            case Flush() if self._flushes:
                self._now[event.path].flush()
                if event.path in self._since:
                    self._flush_names()

    def _flush_names(self) -> None:
        if self._flushes:
            self._flushed = dict(self._now)
            self._since = {}

    def cut(self, choose: Choice) -> dict[str, bytes]:
        left = dict[str, bytes]()
        for path in sorted(self._flushed.keys() | self._since.keys()):
            been = [self._flushed.get(path), *self._since.get(path, [])]
            found = been[choose(len(been))]
            if found is not None:
                left[path] = found.after(choose)
        return left


def left_by_a_cut(
    before: dict[str, bytes], events: Sequence[Event], choose: Choice, *, flushes: bool = True
) -> dict[str, bytes]:
    """The files as they may be found after the power was cut behind the last of these events.

    Args:
        before: The files as they were, all flushed.
        flushes: Whether the disk does what it is told; one that lies keeps its promises to nobody.
    """
    disk = _Disk(before, flushes=flushes)
    for event in events:
        disk.take(event)
    return disk.cut(choose)
