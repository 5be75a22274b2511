"""What was left to a person, what was shared in an emergency, and what came of each.

Found once by going through the log, and from then on in what is new: asking again
costs nothing for what was seen before. Nothing of it is kept but in memory, and all of
it is held to the log: what was seen of records that were never kept in the end is
forgotten. Changes nothing.
"""

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple

from engine.decide import Outcome
from engine.ports import Entry, RecordStore
from engine.record import Kind
from engine.service.scanning import PIECE, all_of, glanced, onwards

_REFERRED: Final = (Kind.DECISION.value, Outcome.REFER.value)
_COMPLETING: Final = (Kind.APPROVAL.value, Kind.EMERGENCY_REVIEW.value)


class First(NamedTuple):
    """A record of which something has to come.

    Attributes:
        place: Where it stands in the log.
        iat: When it was made, in seconds since 1970-01-01T00:00:00Z.
        ends: The agency that gave or would give, and the one that received or would receive.
    """

    place: int
    jti: str
    iat: int
    ends: tuple[str, str]


class Sequel(NamedTuple):
    """The record that completes another: its place in the log, and when it was made."""

    place: int
    iat: int


class Sequels:
    """Remembers what came of what, as far as the log was seen."""

    def __init__(self, records: RecordStore) -> None:
        self._records: Final = records
        self._referred: Final[list[First]] = []
        self._emergencies: Final[list[First]] = []
        self._sequels: Final[dict[str, Sequel]] = {}
        self._seen: Final[list[tuple[int, str]]] = []
        self._ends: Final[dict[tuple[str, str], tuple[str, str]]] = {}

    # ---- seeing

    def catch_up(self, most: int | None = None) -> bool:
        """See what is new; whether all is seen then.

        Args:
            most: How many records are looked at; all there are if none is given.
        """
        self._forget_unkept()
        start = self._next()
        size = self._records.head().size
        if start == 0 and most is None and size:
            for entry in self._everything(size):
                self._see(entry)
            self._mark(size - 1)
            return True
        while start < size:
            entries = onwards(self._records, start, min(most or PIECE, size - start))
            for entry in filter(_matters, entries):
                self._see(entry)
            start = entries[-1].index + 1
            self._mark(entries[-1].index)
            if most is not None:
                break
        return start >= size

    def _next(self) -> int:
        return self._seen[-1][0] + 1 if self._seen else 0

    def _mark(self, index: int) -> None:
        entry = self._records.entry_at(index)
        if entry is not None:
            self._seen.append((index, entry.jti))
            # Old marks matter only if much was never kept, so the farther back the fewer.
            del self._seen[1:-64:2]

    def _everything(self, before: int) -> Iterator[Entry]:
        """Whatever matters, in order; the database looks for it."""
        found = [*all_of(self._records, *_REFERRED, before=before)]
        for kind in (*_COMPLETING, Kind.EMERGENCY.value):
            found += all_of(self._records, kind, before=before)
        yield from sorted(found, key=lambda each: each.index)

    def _see(self, entry: Entry) -> None:
        said = glanced(entry)
        if entry.kind in _COMPLETING:
            self._sequels[said["of"]["jti"]] = Sequel(entry.index, said["iat"])
            return
        ends = (said["from"], said["to"])
        first = First(entry.index, entry.jti, said["iat"], self._ends.setdefault(ends, ends))
        (self._emergencies if entry.kind == Kind.EMERGENCY else self._referred).append(first)

    def _forget_unkept(self) -> None:
        """Forget what was seen of a transaction that came to nothing."""
        while self._seen:
            index, jti = self._seen[-1]
            entry = self._records.entry_at(index)
            if entry is not None and entry.jti == jti:
                return
            self._seen.pop()
            start = self._next()
            for firsts in (self._referred, self._emergencies):
                while firsts and firsts[-1].place >= start:
                    firsts.pop()
            for of in [of for of, each in self._sequels.items() if each.place >= start]:
                del self._sequels[of]

    # ---- what was seen

    def of(self, jti: str, *, known_s: int | None = None) -> int | None:
        """The place of the record that completes one, if there was one by then.

        Looks at the whole log as it stands, and remembers nothing of what it sees anew; so
        it can be asked while a record is sealed.
        """
        sequel = self._sequels.get(jti)
        start = self._next()
        while sequel is None and (entries := onwards(self._records, start)):
            sequel = next((found for each in entries if (found := _completes(each, jti))), None)
            start = entries[-1].index + 1
        return None if sequel is None or not _known(sequel.iat, known_s) else sequel.place

    def referred(self, *, known_s: int | None = None, open_only: bool = False) -> list[First]:
        """The answers that were left to a person, oldest first, as far as they were seen."""
        return self._some(self._referred, known_s, open_only=open_only)

    def emergencies(self, *, known_s: int | None = None, open_only: bool = False) -> list[First]:
        """The emergencies, oldest first, as far as they were seen."""
        return self._some(self._emergencies, known_s, open_only=open_only)

    def _some(
        self, firsts: Sequence[First], known_s: int | None, *, open_only: bool
    ) -> list[First]:
        found = []
        for each in firsts:
            sequel = self._sequels.get(each.jti)
            closed = sequel is not None and _known(sequel.iat, known_s)
            if _known(each.iat, known_s) and not (open_only and closed):
                found.append(each)
        return found


def _matters(entry: Entry) -> bool:
    return (
        (entry.kind, entry.outcome) == _REFERRED
        or entry.kind in _COMPLETING
        or entry.kind == Kind.EMERGENCY
    )


def _completes(entry: Entry, jti: str) -> Sequel | None:
    if entry.kind not in _COMPLETING:
        return None
    said = glanced(entry)
    return Sequel(entry.index, said["iat"]) if said["of"]["jti"] == jti else None


def _known(iat: int, known_s: int | None) -> bool:
    return known_s is None or iat <= known_s
