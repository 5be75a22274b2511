"""Every file that somebody names comes in by one door and leaves by another.

A file that is missing, a folder, empty, too large or not text is refused with
what to do next, before much of it is in memory. A file is written whole or not
at all, and may be read by its owner alone.
"""

import stat
import sys
from difflib import get_close_matches
from pathlib import Path

from cli.exits import UsageError
from engine.adapters import disk

MAX_TEXT_BYTES = 1 << 20

_BYTE_ORDER_MARKS = (b"\xff\xfe", b"\xfe\xff")


def read(name: str, *, what: str, limit_bytes: int = MAX_TEXT_BYTES) -> bytes:
    """Read a file, or standard input for ``-``.

    Args:
        what: What it should hold, such as "a question"; said if it does not.

    Raises:
        UsageError: There is nothing there that could be read; the message says why.
    """
    content = _stdin(limit_bytes) if name == "-" else _file(name, what, limit_bytes)
    shown = "standard input" if name == "-" else f"`{name}`"
    if len(content) > limit_bytes:
        raise _too_large(shown, limit_bytes)
    if not content.strip():
        raise UsageError(f"{shown} is empty", hint=f"{what} was expected there")
    try:
        content.decode()
    except UnicodeDecodeError as fault:
        utf16 = content.startswith(_BYTE_ORDER_MARKS)
        raise UsageError(
            f"{shown} is not UTF-8 text: {'it is UTF-16' if utf16 else f'byte {fault.start + 1}'}",
            hint="save it as UTF-8",
        ) from None
    return content


def _stdin(limit_bytes: int) -> bytes:
    if sys.stdin is None or sys.stdin.isatty():
        raise UsageError("nothing was given on standard input", hint="pipe it in, or name a file")
    return sys.stdin.buffer.read(limit_bytes + 1)


def _file(name: str, what: str, limit_bytes: int) -> bytes:
    path = Path(name)
    try:
        about = path.stat()
        if stat.S_ISDIR(about.st_mode):
            raise UsageError(f"`{name}` is a folder", hint=f"name the file that holds {what}")
        if stat.S_ISREG(about.st_mode) and about.st_size > limit_bytes:
            raise _too_large(f"`{name}`", limit_bytes)
        with path.open("rb") as file:
            return file.read(limit_bytes + 1)
    except FileNotFoundError:
        raise UsageError(f"there is no file `{name}`", hint=_near(path)) from None
    except PermissionError:
        hint = "ask its owner, or look at its permissions"
        raise UsageError(f"`{name}` may not be read", hint=hint) from None
    except (OSError, ValueError) as fault:
        reason = (getattr(fault, "strerror", None) or "it is no file name").lower()
        raise UsageError(f"`{name}` cannot be read: {reason}", hint="name another file") from None


def _near(path: Path) -> str:
    """Names in the same folder that may have been meant."""
    try:
        names = [entry.name for entry in path.parent.iterdir()]
    except OSError:
        return f"there is no folder `{path.parent}` either; look at the path"
    near = get_close_matches(path.name, names, n=2)
    if not near:
        return "look at the name, and at the folder you are in"
    meant = " or ".join(f"`{path.parent / name}`" for name in near)
    return f"did you mean {meant}?"


def _too_large(shown: str, limit_bytes: int) -> UsageError:
    limit = f"{limit_bytes >> 20} MiB"
    return UsageError(f"{shown} is larger than {limit}", hint="nothing we read is; look at it")


def refuse_destination(name: str) -> None:
    """Refuse a name no file can be written under, before anything is done for it.

    Raises:
        UsageError: It is a folder, or there is no folder to hold it.
    """
    path = Path(name)
    if path.is_dir():
        raise UsageError(f"`{name}` is a folder", hint="name a file in it")
    if not path.parent.is_dir():
        raise UsageError(f"there is no folder `{path.parent}`", hint="make it first")


def write(name: str, content: bytes) -> None:
    """Write a file whole, replacing what was there, or leave everything as it was.

    Raises:
        UsageError: There is no such folder, or the name is a folder's.
        StorageError: The disk would not keep it.
    """
    refuse_destination(name)
    disk.write_file(Path(name), content, mode=disk.PRIVATE)
