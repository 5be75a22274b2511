"""The rules of the terminal, kept in one place.

Results go to stdout, words about them to stderr, as ``concordat: error: …`` and
``concordat: hint: …``. Colour carries intent and never meaning alone: every
coloured word also says what it is. None is written to a pipe, under ``NO_COLOR``
or to a dumb terminal. Nothing that came from a file or a caller reaches the
terminal with a control character in it.
"""

import json
import os
import shutil
import sys
import textwrap
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

WIDEST = 100
"""Lines of prose are no longer than this, however wide the terminal."""

_UNBROKEN = 4096
_STYLES = {
    "good": "32",
    "bad": "31",
    "warn": "33",
    "name": "36",
    "strong": "1",
    "quiet": "2",
    "permit": "1;32",
    "refer": "1;33",
    "deny": "1;31",
}


def coloured(stream: IO[str]) -> bool:
    """Whether colour may be written there."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    return bool(os.environ.get("FORCE_COLOR")) or stream.isatty()


def plain(text: object) -> str:
    """A text in one line without anything that would move a terminal's cursor."""
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in str(text))


def paint(style: str, text: object, stream: IO[str] | None = None) -> str:
    """Colour a text by what it means, where colour may be written."""
    words = plain(text)
    if not style or not coloured(stream or sys.stdout):
        return words
    return f"\033[{_STYLES[style]}m{words}\033[0m"


def width() -> int:
    """How wide a line may be, in characters."""
    return min(WIDEST, shutil.get_terminal_size((WIDEST, 40)).columns)


def say(text: str = "") -> None:
    """Write one line of the result."""
    sys.stdout.write(text + "\n")


def tell(text: object, *, indent: int = 0, first: str = "", style: str = "") -> None:
    """Write a paragraph of the result, wrapped, with a hanging indent.

    Args:
        first: What stands before the first line, within the indent and painted already.
    """
    lines = textwrap.wrap(
        plain(text), max(20, width() - indent), break_long_words=False, break_on_hyphens=False
    ) or [""]
    for place, line in enumerate(lines):
        margin = " " * indent if place or not first else first
        say(f"{margin}{paint(style, line)}".rstrip())


def document(text: str) -> None:
    """Write a whole text as it is, such as YAML or Cedar."""
    for line in text.rstrip("\n").split("\n"):
        say(plain(line.expandtabs(4)))


def document_json(value: object) -> None:
    """Write a result for a machine."""
    say(json.dumps(value, indent=2, ensure_ascii=False))


def note(text: object) -> None:
    """Say something beside the result."""
    _aside(paint("quiet", f"concordat: {plain(text)}", sys.stderr))


def error(message: object, hint: str = "") -> None:
    """Say that no answer could be given, and what to do next."""
    _aside(f"{paint('bad', 'concordat: error:', sys.stderr)} {plain(message)}")
    if hint:
        _aside(f"{paint('name', 'concordat: hint:', sys.stderr)} {plain(hint)}")


def _aside(text: str) -> None:
    sys.stdout.flush()
    sys.stderr.write(text + "\n")
    sys.stderr.flush()


def console(*, wrapped: bool = True) -> "Console":
    """Where tables are drawn.

    Args:
        wrapped: Whether a line may be broken for a program that reads it, as for a person.
    """
    from rich.console import Console

    return Console(
        width=width() if wrapped or sys.stdout.isatty() else _UNBROKEN,
        highlight=False,
        force_terminal=coloured(sys.stdout),
        no_color=not coloured(sys.stdout),
    )


@contextmanager
def working(on: str) -> Iterator[None]:
    """Show that something is under way, to a person and to nobody else."""
    if not sys.stderr.isatty() or not coloured(sys.stderr):
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(on):
        yield
