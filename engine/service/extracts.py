"""What is taken out of the log piece by piece: lists of records, and the log of decisions.

Promises that whoever asks as an agency finds what that agency is one end of, and no
sign of anything else. What it takes to answer does not grow with the log; a piece in
which nothing was found says where to go on. Changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine import decision_log
from engine.canonical import Json, digest_hex
from engine.decision_log import Detail, Logged
from engine.errors import NotFoundError
from engine.ports import Entry, RecordStore
from engine.record import Kind
from engine.service.evidence import EntryRow, row_of
from engine.service.filing import read_entry, shown
from engine.service.premises import Premises
from engine.service.scanning import (
    PIECE,
    Part,
    backwards,
    glanced,
    onwards,
    place_after,
    place_of,
)

_COMPLETING: Final = frozenset({Kind.APPROVAL.value, Kind.EMERGENCY_REVIEW.value})
"""Kinds whose ends are those of the record that they complete."""
_BETWEEN: Final = frozenset({Kind.DECISION.value, Kind.EMERGENCY.value}) | _COMPLETING


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records are looked for.

    Attributes:
        agency: Those of which this agency is one end; all if none is named.
        kind, outcome: As the log calls them.
        agreement: Those that name this agreement, of whichever version.
        since_s, until_s: Made at or after, and before, in seconds since 1970-01-01T00:00:00Z.
    """

    agency: str | None = None
    kind: str | None = None
    outcome: str | None = None
    agreement: str | None = None
    since_s: int | None = None
    until_s: int | None = None

    def takes_row(self, entry: Entry) -> bool:
        """Whether an entry is looked for, as far as can be told without opening it."""
        if self.kind not in (None, entry.kind) or self.outcome not in (None, entry.outcome):
            return False
        return self.agency is None or entry.kind in _BETWEEN

    def takes(self, records: RecordStore, said: Mapping[str, Any]) -> bool:
        """Whether a record is looked for, by what it says. Any: not checked yet."""
        made_s = said.get("iat", 0)
        if self.since_s is not None and made_s < self.since_s:
            return False
        if self.until_s is not None and made_s >= self.until_s:
            return False
        if self.agreement is not None and self.agreement not in _agreements(said):
            return False
        return self.agency is None or self.agency in ends(records, said)


def ends(records: RecordStore, said: Mapping[str, Any]) -> tuple[str, ...]:
    """The two agencies that a record is about; none if it is about another kind of thing.

    Any: not checked; whatever is shown is.
    """
    kind = said.get("type")
    if kind in _COMPLETING:
        first = records.entry(said["of"]["jti"])
        return ends(records, glanced(first)) if first else ()
    return (said["from"], said["to"]) if kind in _BETWEEN else ()


def _agreements(said: Mapping[str, Any]) -> set[str]:
    named = [*said.get("agreements", ()), *filter(None, [said.get("agreement")])]
    return {each["id"] for each in named}


class Extracts:
    """For auditors, and for whoever keeps a log of their own of what was decided."""

    def __init__(self, premises: Premises) -> None:
        self._premises: Final = premises

    def start(self, wanted: Wanted, before: int | None) -> int:
        """The place before which to begin looking backwards."""
        records = self._premises.records
        places = [records.head().size]
        places += [] if before is None else [before]
        places += [] if wanted.until_s is None else [place_after(records, wanted.until_s)]
        return max(0, min(places))

    def end(self, wanted: Wanted) -> int:
        """The place at which to end looking backwards."""
        return 0 if wanted.since_s is None else place_of(self._premises.records, wanted.since_s)

    def records(
        self, wanted: Wanted, *, before: int, end: int = 0, limit: int = PIECE, look_at: int = PIECE
    ) -> Part[EntryRow]:
        """Look through one piece of the log backwards.

        Args:
            wanted: Which records are looked for.
            before: Look at what stands before this place (`start`).
            end: And not before this one (`end`).
            limit: The most that are found.
            look_at: The most that are looked at.
        """
        records, found = self._premises.records, list[tuple[int, EntryRow]]()
        entries = [each for each in backwards(records, before, look_at) if each.index >= end]
        for entry in entries:
            if wanted.takes_row(entry) and wanted.takes(records, glanced(entry)):
                found.append((entry.index, row_of(entry)))
                if len(found) == limit:
                    break
        last = found[-1][0] if len(found) == limit else entries[-1].index if entries else end
        return Part(tuple(found), last if last > end else None)

    def entry(self, jti: str, agency: str | None) -> Entry:
        """One record, of which an agency must be one end if it is named.

        Raises:
            NotFoundError: There is none, or it is others'; nobody learns which.
        """
        records = self._premises.records
        entry = records.entry(jti)
        if entry is None or (
            agency is not None and agency not in ends(records, dict(read_entry(entry).payload))
        ):
            raise NotFoundError("there is no such record", hint="look at its number")
        return entry

    def decisions(
        self,
        detail: Detail,
        *,
        start: int,
        since_s: int | None = None,
        until_s: int | None = None,
        limit: int = PIECE,
        persons: bool = False,
        agency: str | None = None,
    ) -> Part[dict[str, Json]]:
        """Write the decisions of one piece of the log, oldest first, for a log of decisions.

        Args:
            detail: How much of each is told.
            start: The first place that is looked at.
            since_s, until_s: Only what was made at or after this instant, and before that one.
            limit: The most that are looked at.
            persons: Whether to tell who asked, about whom, and what they wrote freely.
            agency: Only those of which this agency is one end; all if none is named.
        """
        premises, found = self._premises, list[tuple[int, dict[str, Json]]]()
        entries = onwards(premises.records, start, limit)
        for entry in entries:
            if entry.kind != Kind.DECISION.value:
                continue
            record = read_entry(entry)
            if agency is not None and agency not in ends(premises.records, record.payload):
                continue
            if (since_s or 0) <= record.iat and (until_s is None or record.iat < until_s):
                sha256 = digest_hex(entry.jws.encode())
                said = Logged(record, entry.index, sha256, shown(premises, entry.jti))
                found.append((entry.index, decision_log.line(said, detail, persons=persons)))
        on = entries[-1].index + 1 if entries else start
        ended = until_s is not None and on >= place_after(premises.records, until_s)
        return Part(tuple(found), None if ended or on >= premises.records.head().size else on)

    def first_place(self, since_s: int | None) -> int:
        """The place at which to begin looking onwards."""
        return 0 if since_s is None else place_of(self._premises.records, since_s)
