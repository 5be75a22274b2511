"""Files read with a limit and written whole: the old bytes or the new, never half.

Promises that what was written is on the disk, folder entry included, before a
call returns, and that no symbolic link is followed on the last step. Refuses a
folder, a device or an oversized file where a file is wanted, without reading it.
"""

import os
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from engine.errors import NotFoundError, StorageError

PUBLIC: Final = 0o644
PRIVATE: Final = 0o600
SETTLED_NS: Final = 5_000_000_000
"""How long a file must have lain unchanged before its mark is relied on."""

Mark: TypeAlias = tuple[int, int, int, int, int, int]
"""By which a file that was changed, or is another, is told from what it was."""


def read_file(path: Path, *, max_bytes: int, private: bool = False) -> bytes:
    """Read a file of limited size.

    Args:
        path: Where it is.
        max_bytes: The longest that is read.
        private: Whether anybody but its owner being able to open it is a fault.

    Raises:
        NotFoundError: There is no such file.
        StorageError: It is no plain file, is too long, or may not be read.
    """
    descriptor = _open(path)
    try:
        _refuse_odd(path, os.fstat(descriptor), max_bytes=max_bytes, private=private)
        with os.fdopen(descriptor, "rb", closefd=False) as file:
            data = file.read(max_bytes + 1)
    except OSError as fault:
        raise _failed("read", path, fault) from fault
    finally:
        os.close(descriptor)
    if len(data) > max_bytes:
        raise StorageError(f"`{path}` grew while it was read; at most {max_bytes:,} bytes are")
    return data


def is_link(path: str) -> bool:
    """Whether a symbolic link lies there."""
    try:
        return stat.S_ISLNK(os.lstat(path).st_mode)
    except OSError:
        return False  # What is wrong there is told by whoever reads it.


def mark_of(path: str) -> Mark | None:
    """The mark of a file as it lies there; none if it is not there, or was changed just now.

    A clock that ticks slowly could give two contents one mark if the second came at once; the
    time of the last change to an inode cannot be set by whoever writes the file.
    """
    try:
        found = os.lstat(path)
    except OSError:
        return None
    if found.st_ctime_ns + SETTLED_NS > time.time_ns():
        return None
    return (
        found.st_dev,
        found.st_ino,
        found.st_mode,
        found.st_size,
        found.st_mtime_ns,
        found.st_ctime_ns,
    )


def _open(path: Path) -> int:
    try:
        # NONBLOCK: opening a pipe must not wait for somebody to write into it.
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except FileNotFoundError as fault:
        raise NotFoundError(f"there is no `{path}`") from fault
    except OSError as fault:
        if path.is_symlink():
            raise StorageError(
                f"`{path}` is a symbolic link, which is not followed",
                hint="put the file itself there",
            ) from fault
        raise _failed("read", path, fault) from fault


def _refuse_odd(path: Path, found: os.stat_result, *, max_bytes: int, private: bool) -> None:
    mode = stat.S_IMODE(found.st_mode)
    if stat.S_ISDIR(found.st_mode):
        raise StorageError(f"`{path}` is a folder, not a file", hint="name the file in it")
    if not stat.S_ISREG(found.st_mode):
        raise StorageError(f"`{path}` is not a plain file")
    if found.st_size > max_bytes:
        raise StorageError(
            f"`{path}` is {found.st_size:,} bytes long; at most {max_bytes:,} are read"
        )
    if private and mode & 0o077:
        raise StorageError(
            f"`{path}` can be opened by others: its mode is {mode:04o}",
            hint=f"`chmod 600 {path}`; if others could read it, make a new key",
        )


def write_file(path: Path, data: bytes, *, mode: int = PUBLIC) -> None:
    """Replace a file, or make it.

    Raises:
        StorageError: It could not be written; whatever was there before still is.
    """
    temporary = _beside(path, data, mode)
    try:
        temporary.replace(path)
        sync_folder(path.parent)
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise _failed("write", path, fault) from fault


def move_file(path: Path, to: Path) -> None:
    """Let a file take the place of another in the same folder.

    Raises:
        StorageError: It could not be moved; both are where they were.
    """
    try:
        path.replace(to)
        sync_folder(to.parent)
    except OSError as fault:
        raise _failed("move", path, fault) from fault


def create_file(path: Path, data: bytes, *, mode: int = PUBLIC) -> None:
    """Make a file that must not be there yet.

    Raises:
        StorageError: There is something already, or it could not be written.
    """
    temporary = _beside(path, data, mode)
    try:
        # A link, unlike a rename, fails if the name is taken.
        os.link(temporary, path, follow_symlinks=False)
    except FileExistsError as fault:
        raise StorageError(f"there is something at `{path}` already") from fault
    except OSError as fault:
        raise _failed("write", path, fault) from fault
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def sync_folder(folder: Path) -> None:
    """See that the names in a folder are on the disk."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def whole_folder(folder: Path) -> Iterator[Path]:
    """Make a folder, whole or not at all: fill the one that is yielded, and it is put in place.

    Its name is on the disk when this is left, so that what is kept in it can be found again.

    Raises:
        StorageError: There is something in the folder, or it cannot be written.
    """
    if folder.is_symlink() or (folder.exists() and not folder.is_dir()):
        raise StorageError(f"`{folder}` is not a folder")
    if folder.is_dir() and any(folder.iterdir()):
        raise StorageError(
            f"`{folder}` is not empty", hint="name a folder that is empty or not there yet"
        )
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        made = Path(tempfile.mkdtemp(prefix=f".{folder.name}.", dir=folder.parent))
        try:
            yield made
            made.chmod(0o755)
            if folder.is_dir():
                folder.rmdir()
            sync_folder(made)
            made.rename(folder)
            sync_folder(folder.parent)
        except BaseException:
            shutil.rmtree(made, ignore_errors=True)
            raise
    except OSError as fault:
        raise StorageError(f"cannot make `{folder}`: {fault.strerror or fault}") from fault


def _beside(path: Path, data: bytes, mode: int) -> Path:
    """Write bytes to a file of passing name beside the one they are for."""
    if path.is_dir() and not path.is_symlink():
        raise StorageError(f"`{path}` is a folder, not a file")
    temporary = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            temporary.unlink()  # Left by a process of the same number that was killed.
        descriptor = os.open(temporary, os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_NOFOLLOW, mode)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except OSError as fault:
        temporary.unlink(missing_ok=True)
        raise _failed("write", path, fault) from fault
    return temporary


def _failed(what: str, path: Path, fault: OSError) -> StorageError:
    said = (fault.strerror or "unknown fault").lower()
    return StorageError(
        f"cannot {what} `{path}`: {said}",
        hint="check the disk's free space and who may use this folder",
    )
