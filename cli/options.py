"""Options that several commands take, each written once."""

import re
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.exits import UsageError

if TYPE_CHECKING:
    from engine.service import Office

HELD: Final = ExitStack()
"""Every office that a command opened, let go of when the command ends."""

OfficeFolder = Annotated[
    Path | None,
    typer.Option(
        "--office",
        metavar="DIR",
        envvar="CONCORDAT_OFFICE",
        help="The office's folder; else the current folder or one above it.",
        show_default=False,
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print the result as JSON.")]
At = Annotated[
    str | None,
    typer.Option(
        "--at",
        metavar="INSTANT",
        help="Ask as of a date or an instant: `2026-11-23`, `2026-11-23T16:50:00Z`.",
        show_default=False,
    ),
]
KnownAt = Annotated[
    str | None,
    typer.Option(
        "--known-at",
        metavar="INSTANT",
        help="By what was on record then: a date or an instant that is past; else by all there is.",
        show_default=False,
    ),
]
TrustFile = Annotated[
    str | None,
    typer.Option(
        "--trust",
        metavar="FILE",
        help="The trust root: whose keys to believe. Obtained apart from the evidence.",
        show_default=False,
    ),
]


def instant(text: str | None, option: str = "--at") -> datetime | None:
    """Read an instant that somebody typed for an option.

    Raises:
        UsageError: It is no date and no UTC instant.
    """
    if text is None:
        return None
    from agreements.values import parse_instant

    try:
        return parse_instant(text)
    except ValueError as fault:
        said = str(fault) if str(fault).startswith("must") else "is not a day of the calendar"
        raise UsageError(
            f"`{option}`: `{text}` {said}",
            hint="write a date such as 2026-11-23 or an instant such as 2026-11-23T16:50:00Z",
        ) from None


def usable_id(text: str, called: str) -> str:
    """Refuse what cannot be an id, before anything is made of it.

    Args:
        called: The argument or option it was given as.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{0,62}", text):
        raise UsageError(
            f"{called}: `{text}` cannot be an id",
            hint="lower-case letters, digits, dots and hyphens, such as `northshire-council`",
        )
    return text


def found(chosen: Path | None) -> Path:
    """Find the office that was named, or the one around the current folder."""
    from engine.bootstrap import find_office

    return find_office(Path.cwd(), None if chosen is None else str(chosen))


def opened(chosen: Path | None) -> "Office":
    """Open the office that was named, or the one around the current folder, for this command."""
    from engine.bootstrap import open_office

    return HELD.enter_context(open_office(found(chosen)))
