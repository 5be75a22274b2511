"""What stands behind the `?` of a request, read as strictly as a body.

Promises that a parameter that is misspelt, or given twice, is told and never passed
over: without it, the answer would be to another question than was meant.
"""

from collections.abc import Collection, Mapping
from datetime import datetime

from fastapi import Request

from agreements.values import parse_instant
from api.problems import malformed


def read(request: Request, *names: str) -> dict[str, str]:
    """The parameters of a request, each there once.

    Args:
        names: Those it may have.

    Raises:
        ProblemError: There is another, or one twice or empty.
    """
    return hold(request.query_params.multi_items(), names)


def hold(pairs: Collection[tuple[str, str]], names: Collection[str]) -> dict[str, str]:
    """Hold parameters to the names that they may have."""
    found: dict[str, str] = {}
    for name, value in pairs:
        if name not in names:
            known = ", ".join(f"`{each}`" for each in names) or "none"
            raise malformed(f"`{_plain(name)}` is not asked here", hint=f"what is asked: {known}")
        if name in found:
            raise malformed(f"`{name}` is asked twice")
        if not value:
            raise malformed(f"`{name}` is empty", hint="leave it out, or say what is meant")
        found[name] = value
    return found


def instant(found: Mapping[str, str], name: str) -> datetime | None:
    """An instant among the parameters: a date, or an instant in UTC; none if it is not there.

    Raises:
        ProblemError: It is written otherwise.
    """
    if name not in found:
        return None
    try:
        return parse_instant(found[name])
    except ValueError as fault:
        raise malformed(
            f"`{name}` is no instant", hint="write 2026-11-23 or 2026-11-23T16:50:00Z"
        ) from fault


def choice(found: Mapping[str, str], name: str, known: Collection[str]) -> str | None:
    """One of a closed set of words among the parameters; none if it is not there.

    Raises:
        ProblemError: It is no such word.
    """
    if name in found and found[name] not in known:
        raise malformed(
            f"`{_plain(found[name])}` is no `{name}`", hint=f"one of: {', '.join(known)}"
        )
    return found.get(name)


def number(found: Mapping[str, str], name: str, least: int, most: int, usual: int) -> int:
    """A whole number among the parameters; the usual one if it is not there.

    Raises:
        ProblemError: It is none, or out of bounds.
    """
    said = found.get(name, str(usual))
    if not (said.isascii() and said.isdecimal() and len(said) < 17 and least <= int(said) <= most):
        raise malformed(f"`{name}` is not a number from {least} to {most}")
    return int(said)


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() and c != "`" else "?" for c in name[:64])
