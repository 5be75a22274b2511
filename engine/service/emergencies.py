"""What was shared because it could not wait, recorded afterwards and reviewed.

Promises that an emergency is never a permit: nothing is asked and nothing is
answered; what was done is stated by whoever did it, and stays listed for the
data-protection officer until somebody has reviewed it.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements.values import epoch_s
from engine.asking import Recorder, recorded_by
from engine.canonical import Json, digest_hex
from engine.errors import RequestError, TransitionError
from engine.ports import Entry
from engine.record import Kind
from engine.service.emergency_form import CLOCK_SKEW, parse, refuse_unfit
from engine.service.filing import entry_in, file, find, read_entry, shown
from engine.service.premises import Premises
from engine.service.scanning import Part
from engine.service.sequels import Sequels
from engine.service.shelf import Shelf, known_to


@dataclass(frozen=True, slots=True)
class Review:
    """What came of looking at an emergency afterwards.

    Attributes:
        by, finding: Who looked, and what they found; none if not said, or erased.
        recorded_by: The agency whose application had it recorded; none if it was the terminal.
    """

    jti: str
    index: int
    iat: int
    role: str
    by: str | None = None
    finding: str | None = None
    recorded_by: str | None = None


@dataclass(frozen=True, slots=True)
class EmergencyCase:
    """One emergency on record.

    Attributes:
        iat: When it was recorded, in seconds since 1970-01-01T00:00:00Z.
        at: When it was shared, likewise.
        shared, shared_with, why, by, subject, case_reference: As stated; none once erased.
        review: What came of it; none until it is reviewed.
        recorded_by: The agency whose application had it recorded; none if it was the terminal.
    """

    jti: str
    index: int
    iat: int
    at: int
    holder: str
    recipient: str
    information: tuple[str, ...]
    about: tuple[str, ...]
    role: str
    shared: str | None = None
    shared_with: str | None = None
    why: str | None = None
    by: str | None = None
    subject: str | None = None
    case_reference: str | None = None
    review: Review | None = None
    recorded_by: str | None = None


class Emergencies:
    """For whoever shared what could not wait, and for whoever reviews it."""

    def __init__(self, premises: Premises, shelf: Shelf, sequels: Sequels) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._sequels: Final = sequels

    def record(self, document: bytes, *, recorder: Recorder | None = None) -> EmergencyCase:
        """Record what was shared in an emergency.

        Args:
            document: What was done, as JSON.
            recorder: The application that has it recorded; none at the terminal.

        Raises:
            RequestError: It is malformed, is still to come, or uses a word nobody knows.
            StorageError: The record could not be kept.
        """
        said = parse(document)
        refuse_unfit(said, self._shelf.current().bundle.law.vocabulary)
        now = self._premises.now()
        at = said.at or now
        if at > now + CLOCK_SKEW:
            raise RequestError(
                "`at`: an emergency is recorded once it has happened", hint="write when, in UTC"
            )
        claims: dict[str, Json] = {
            "from": said.holder,
            "to": said.recipient,
            "information": list(said.information),
            "about": list(said.about),
            "role": said.role,
            "at": epoch_s(at),
            **recorded_by(recorder),
        }
        hidden: dict[str, Json] = {
            "by": said.by,
            "subject": said.subject,
            "shared": said.shared,
            "shared_with": said.shared_with,
            "why": said.why,
            "case_ref": said.case_reference,
        }
        _, jti = file(self._premises, self._shelf, Kind.EMERGENCY, claims, hidden)
        return self.show(jti)

    def list(
        self, *, unreviewed: bool = False, known_at: datetime | None = None
    ) -> "list[EmergencyCase]":
        """The emergencies, newest first; only those nobody has reviewed, if so wished.

        Args:
            unreviewed: Only those.
            known_at: As they stood by what was on record then.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        known_s = known_to(self._premises, known_at)
        self._sequels.catch_up()
        found = self._sequels.emergencies(known_s=known_s, open_only=unreviewed)
        return [self._in(each.place, known_s) for each in reversed(found)]

    def page(
        self,
        agency: str | None,
        *,
        unreviewed: bool = False,
        known_at: datetime | None = None,
        before: int | None = None,
        limit: int,
    ) -> Part[EmergencyCase]:
        """Some of the emergencies before a place in the log, newest first, as far as seen.

        Args:
            agency: Only those of which this agency is one end; all if none is named.
            unreviewed: Only those nobody has reviewed.
            known_at: As they stood by what was on record then.
            before: The place; the end of the log if none is given.
            limit: The most that are listed.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        known_s = known_to(self._premises, known_at)
        found = [
            each.place
            for each in self._sequels.emergencies(known_s=known_s, open_only=unreviewed)
            if (before is None or each.place < before) and (agency is None or agency in each.ends)
        ][::-1]
        listed = tuple((place, self._in(place, known_s)) for place in found[:limit])
        return Part(listed, found[limit - 1] if len(found) > limit else None)

    def show(self, jti: str, *, known_at: datetime | None = None) -> EmergencyCase:
        """One emergency.

        Raises:
            NotFoundError: This office has no such emergency.
        """
        entry, _ = find(self._premises, jti, Kind.EMERGENCY)
        return self._case(entry, known_to(self._premises, known_at))

    def review(
        self,
        jti: str,
        *,
        finding: str,
        role: str,
        by: str | None = None,
        recorder: Recorder | None = None,
    ) -> Review:
        """Record that somebody looked at an emergency, and what they found.

        Args:
            jti: The record of the emergency.
            finding: What they found; hidden in the record.
            role: The office held by whoever looked.
            by: Who looked; hidden in the record.
            recorder: The application that has it recorded; none at the terminal.

        Raises:
            NotFoundError: This office has no such emergency.
            TransitionError: It was reviewed before.
        """
        entry, _ = find(self._premises, jti, Kind.EMERGENCY)

        def refuse() -> None:
            if self._sequels.of(jti) is not None:
                raise TransitionError(
                    f"emergency `{jti}` was reviewed before",
                    hint="`concordat emergency list` shows what was found",
                )

        of: dict[str, Json] = {"jti": jti, "sha256": digest_hex(entry.jws.encode())}
        hidden: dict[str, Json] = {"by": by, "finding": finding}
        claims: dict[str, Json] = {"of": of, "role": role, **recorded_by(recorder)}
        self._sequels.catch_up()  # So that nobody who wants to append waits for it.
        place, _ = file(
            self._premises, self._shelf, Kind.EMERGENCY_REVIEW, claims, hidden, refuse=refuse
        )
        return self._review(entry_in(self._premises, place))

    def _review(self, entry: Entry) -> Review:
        record, hidden = read_entry(entry), shown(self._premises, entry.jti)
        return Review(
            jti=entry.jti,
            index=entry.index,
            iat=record.iat,
            role=record.payload["role"],
            by=hidden.get("by"),
            finding=hidden.get("finding"),
            recorded_by=record.payload.get("recorded_by", {}).get("agency"),
        )

    def _in(self, place: int, known_s: int | None) -> EmergencyCase:
        return self._case(entry_in(self._premises, place), known_s)

    def _case(self, entry: Entry, known_s: int | None) -> EmergencyCase:
        record, hidden = read_entry(entry), shown(self._premises, entry.jti)
        said, reviewed = record.payload, self._sequels.of(entry.jti, known_s=known_s)
        return EmergencyCase(
            jti=entry.jti,
            index=entry.index,
            iat=record.iat,
            at=said["at"],
            holder=said["from"],
            recipient=said["to"],
            information=tuple(said["information"]),
            about=tuple(said["about"]),
            role=said["role"],
            shared=hidden.get("shared"),
            shared_with=hidden.get("shared_with"),
            why=hidden.get("why"),
            by=hidden.get("by"),
            subject=hidden.get("subject"),
            case_reference=hidden.get("case_ref"),
            review=None if reviewed is None else self._review(entry_in(self._premises, reviewed)),
            recorded_by=said.get("recorded_by", {}).get("agency"),
        )
