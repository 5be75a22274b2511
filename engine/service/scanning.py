"""Reading the log piece by piece, so that nobody who waits for an answer waits for a reader.

Promises that one piece takes no longer however long the log is. The names of records
begin with the instant they were made, and stand in the log in that order; so an instant
is found by halving, and nothing beside the log has to be kept for it.

Source:
    RFC 9562, section 5.7.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from engine.canonical import b64url_decode, parse
from engine.ports import Entry, RecordStore

PIECE: Final = 200
"""How many entries are looked at in one go, unless somebody says otherwise."""
CLOCK_S: Final = 60
"""How far a clock may have been put back between two records and both still be found."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Part(Generic[T]):
    """What was found in one piece of the log.

    Attributes:
        found: In the order in which it was looked for; each with its place.
        on: The place to go on from; none if there is no more.
    """

    found: tuple[tuple[int, T], ...]
    on: int | None


def backwards(records: RecordStore, before: int, most: int = PIECE) -> list[Entry]:
    """The entries before a place, newest first."""
    return records.newest(most, None, before=before) if before > 0 else []


def onwards(records: RecordStore, start: int, most: int = PIECE) -> list[Entry]:
    """The entries from a place on, oldest first."""
    found = records.newest(most, None, before=start + most)
    return [each for each in reversed(found) if each.index >= start]


def place_of(records: RecordStore, at_s: int) -> int:
    """The first place in the log at which a record of that instant, or a later one, can stand."""
    low, high = 0, records.head().size
    while low < high:
        middle = (low + high) // 2
        entry = records.entry_at(middle)
        if entry is None or made_s(entry.jti) < at_s - CLOCK_S:
            low = middle + 1
        else:
            high = middle
    return low


def place_after(records: RecordStore, at_s: int) -> int:
    """The first place behind every record of that instant."""
    return place_of(records, at_s + 1 + 2 * CLOCK_S)


def made_s(jti: str) -> int:
    """When a record was named, in seconds since 1970-01-01T00:00:00Z."""
    return int(jti.replace("-", "")[:12], 16) // 1000


def glanced(entry: Entry) -> dict[str, Any]:
    """What an entry says, to tell whether it is looked for; read it strictly before showing it.

    Any: nothing of it was checked.
    """
    payload = parse(b64url_decode(entry.jws.split(".")[1]))
    return payload if isinstance(payload, dict) else {}


def all_of(
    records: RecordStore, kind: str | None, outcome: str | None = None, *, before: int | None = None
) -> Iterator[Entry]:
    """Every entry before a place, newest first, of one kind or outcome if named."""
    while found := records.newest(PIECE, kind, outcome, before=before):
        yield from found
        before = found[-1].index
