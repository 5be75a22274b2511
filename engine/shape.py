"""What a document must look like: closed shapes, checked member by member.

Promises that whatever passes has exactly the members named, each of the kind
named, so that a reader may trust it afterwards. Refuses the unknown member as
well as the missing one: what no rule foresees, no rule has judged. Small on
purpose and without pydantic, because checking evidence must start at once.
"""

import re
from collections.abc import Callable, Mapping
from typing import Final, TypeAlias

from engine.canonical import Json, escaped
from engine.errors import RecordError

Check: TypeAlias = Callable[[Json, str], None]
"""Accepts a value that stands at a place, or raises RecordError naming the place."""

MAX_LIST: Final = 4096


def text(pattern: str = r"[^\x00-\x08\x0b-\x1f\x7f]+", *, at_most: int = 20_000) -> Check:
    """Accept text that matches a pattern from end to end."""
    compiled = re.compile(pattern, re.ASCII)

    def check(value: Json, where: str) -> None:
        if not isinstance(value, str) or len(value) > at_most or not compiled.fullmatch(value):
            raise RecordError(f"`{where}` is not written as it must be")

    return check


def whole(minimum: int | None = 0) -> Check:
    """Accept a whole number, not below the minimum."""

    def check(value: Json, where: str) -> None:
        # bool is an int to Python and not to anybody else.
        if not isinstance(value, int) or isinstance(value, bool):
            raise RecordError(f"`{where}` is not a whole number")
        if minimum is not None and value < minimum:
            raise RecordError(f"`{where}` is below {minimum}")

    return check


def flag(value: Json, where: str) -> None:
    """Accept true or false."""
    if not isinstance(value, bool):
        raise RecordError(f"`{where}` is neither true nor false")


def one_of(*words: Json) -> Check:
    """Accept one of a closed list of values."""

    def check(value: Json, where: str) -> None:
        if not any(value == word and type(value) is type(word) for word in words):
            shown = " or ".join(f"`{word}`" for word in words[:6])
            raise RecordError(f"`{where}` is not {shown}")

    return check


def or_null(inner: Check) -> Check:
    """Accept null, or what another check accepts."""

    def check(value: Json, where: str) -> None:
        if value is not None:
            inner(value, where)

    return check


def listed(inner: Check, *, at_least: int = 0, at_most: int = MAX_LIST) -> Check:
    """Accept a list whose every element another check accepts."""

    def check(value: Json, where: str) -> None:
        if not isinstance(value, list) or not at_least <= len(value) <= at_most:
            raise RecordError(f"`{where}` is not a list of {at_least} to {at_most}")
        for place, element in enumerate(value):
            inner(element, f"{where}[{place}]")

    return check


def members(required: Mapping[str, Check], optional: Mapping[str, Check] | None = None) -> Check:
    """Accept an object with exactly these members; the optional ones may be absent."""
    known = {**required, **(optional or {})}

    def check(value: Json, where: str) -> None:
        if not isinstance(value, dict):
            raise RecordError(f"`{where}` is not an object")
        prefix = f"{where}." if where else ""
        for name in value:
            if name not in known:
                raise RecordError(f"member `{prefix}{escaped(name)}` is not allowed")
        for name in required:
            if name not in value:
                raise RecordError(f"member `{prefix}{name}` is missing")
        for name, member in value.items():
            known[name](member, f"{prefix}{name}")

    return check


SHA256: Final = text(r"[0-9a-f]{64}")
DIGEST: Final = text(r"[A-Za-z0-9_-]{43}")
KID: Final = DIGEST
LINE: Final = text(r"[^\x00-\x1f\x7f]+", at_most=1024)
IDENTIFIER: Final = text(r"[a-z0-9][a-z0-9.-]{0,62}")
CODE: Final = text(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
VERSION: Final = text(r"[0-9]+(\.[0-9]+){0,2}")
