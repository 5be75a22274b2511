"""The small values an agreement is made of: identifiers, texts, instants, durations.

Each has one spelling. A date stands for the start of that day in UTC, so
``2026-04-01`` is right and ``2026-04-01T00:00:00Z`` is refused: two spellings
of one instant would give one agreement two digests.
"""

import re
from datetime import UTC, date, datetime
from typing import Annotated

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    StringConstraints,
)

MAX_LIST = 256
"""The longest list an agreement may hold, in items."""

_DAY = (
    r"([1-9][0-9]{3}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])|(0[469]|11)-(0[1-9]|[12][0-9]|30)"
    r"|02-(0[1-9]|1[0-9]|2[0-8]))|([1-9][0-9](0[48]|[2468][048]|[13579][26])"
    r"|([2468][048]|[13579][26])00)-02-29)"
)
_TIME = (
    r"T((0[1-9]|1[0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]|00:(0[1-9]|[1-5][0-9]):[0-5][0-9]"
    r"|00:00:(0[1-9]|[1-5][0-9]))Z"
)
INSTANT_PATTERN = f"^{_DAY}({_TIME})?$"
"""What an instant looks like, to the day: months as long as they are, no midnight spelt out.

Years begin at 1000, which are the ones that are written with four digits everywhere.
"""
FIRST = datetime(1000, 1, 1, tzinfo=UTC)
"""The first instant that there is a spelling for."""
_INSTANT = re.compile(f"{_DAY}({_TIME})?")
_SPELLING = re.compile(r"[1-9]\d{3}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", re.ASCII)


class Words(BaseModel):
    """A value read strictly: frozen, no unknown fields, no coercion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, populate_by_name=True)


def parse_instant(text: object) -> datetime:
    """Read a date or a UTC instant.

    Args:
        text: ``YYYY-MM-DD`` (the start of that day, UTC) or ``YYYY-MM-DDTHH:MM:SSZ``.

    Raises:
        ValueError: It is neither, or no day that there is, or midnight is spelt out.

    Source:
        RFC 3339, section 5.6, narrowed to one spelling.
    """
    if isinstance(text, datetime):
        return text
    if not isinstance(text, str) or not _SPELLING.fullmatch(text):
        raise ValueError("must be a date `YYYY-MM-DD` or an instant `YYYY-MM-DDTHH:MM:SSZ`")
    if text.endswith("T00:00:00Z"):
        raise ValueError(f"must be written as the date `{text[:10]}`")
    if not _INSTANT.fullmatch(text):
        raise ValueError("is not a day of the calendar")
    if len(text) == 10:
        return datetime.combine(date.fromisoformat(text), datetime.min.time(), UTC)
    return datetime.fromisoformat(text)


def format_instant(at: datetime) -> str:
    """Write an instant in its one spelling, the inverse of :func:`parse_instant`."""
    spelt = at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    return spelt.removesuffix("T00:00:00Z")


def epoch_s(at: datetime) -> int:
    """Count the whole seconds since 1970-01-01T00:00:00Z."""
    return int(at.timestamp())


def latest(*instants: datetime | None) -> datetime | None:
    """The last of some instants; None if none is given."""
    return max((at for at in instants if at is not None), default=None)


def earliest(*instants: datetime | None) -> datetime | None:
    """The first of some instants; None if none is given."""
    return min((at for at in instants if at is not None), default=None)


Id = Annotated[str, StringConstraints(pattern=r"^[a-z0-9][a-z0-9.-]{0,62}$")]
"""An identifier: lower-case ASCII letters, digits, dots and hyphens, at most 63."""

_STAND_IN = re.compile(r"unknown-[0-9]+")


def _no_stand_in(name: str) -> str:
    if _STAND_IN.fullmatch(name):
        raise ValueError(
            "must not name an agency: a record states it where a word stood that nobody knows"
        )
    return name


AgencyId = Annotated[Id, AfterValidator(_no_stand_in)]
"""The identifier of an agency: any but those that records put in place of unknown words."""

ClauseId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$")]
"""The number a clause carries in the text, such as ``4.2``."""

Version = Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+){0,2}$")]
"""A version number such as ``1``, ``1.2`` or ``1.2.3``."""

Code = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$")]
"""A term of the vocabulary; ``agreements.validate`` checks that it exists."""

Line = Annotated[
    str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")
]
"""One line of words, up to 1,024 characters."""

Text = Annotated[
    str, StringConstraints(min_length=1, max_length=20_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]
"""Any words, up to 20,000 characters."""

Duration = Annotated[
    str, StringConstraints(pattern=r"^P([1-9][0-9]{0,3}[YMD]|T[1-9][0-9]{0,3}[HM])$")
]
"""A length of time as ISO 8601 writes it, in one unit, such as ``P6Y`` or ``PT24H``."""

Instant = Annotated[
    datetime,
    BeforeValidator(parse_instant),
    PlainSerializer(format_instant, return_type=str, when_used="json"),
]
"""A moment, written as a date or as a UTC instant."""

Codes = Annotated[tuple[Code, ...], Field(max_length=MAX_LIST)]
Ids = Annotated[tuple[Id, ...], Field(max_length=MAX_LIST)]
Lines = Annotated[tuple[Line, ...], Field(max_length=MAX_LIST)]
