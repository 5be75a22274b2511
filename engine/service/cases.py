"""What was left to a person: each case open until a record closes it.

Promises that a case is closed once, by a record that names the answer it
completes, and that nothing is permitted in it but what was referred. A case is
no thing of its own: it is open if the log says that it was referred and says
nothing more of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.asking import Recorder, recorded_by
from engine.canonical import Json, digest_hex, escaped
from engine.decide import Outcome
from engine.errors import RequestError, TransitionError
from engine.ports import Entry
from engine.record import Kind, Record
from engine.service.filing import entry_in, file, find, read_entry, shown
from engine.service.premises import Premises
from engine.service.scanning import Part
from engine.service.sequels import Sequels
from engine.service.shelf import Shelf, known_to


@dataclass(frozen=True, slots=True)
class Closing:
    """How a person settled a case.

    Attributes:
        jti: The record that closed it.
        iat: When, in seconds since 1970-01-01T00:00:00Z.
        role: The office held by whoever settled it.
        by, reason: Who, and why; none once erased.
        recorded_by: The agency whose application had it recorded; none if it was the terminal.
    """

    jti: str
    index: int
    iat: int
    outcome: Outcome
    permitted: tuple[str, ...]
    refused: tuple[str, ...]
    role: str
    by: str | None = None
    reason: str | None = None
    recorded_by: str | None = None


@dataclass(frozen=True, slots=True)
class ReferralCase:
    """One answer that was left to a person.

    Attributes:
        jti: The record of the answer, and the name of the case.
        iat: When it was referred, in seconds since 1970-01-01T00:00:00Z.
        referred: The categories left to a person; the others are in `permitted`.
        refer_to: Whom to ask: role, and contact if there is one.
        closing: How it was settled; none while it is open.
    """

    jti: str
    index: int
    iat: int
    holder: str
    recipient: str
    purpose: str
    about: tuple[str, ...]
    permitted: tuple[str, ...]
    referred: tuple[str, ...]
    refer_to: tuple[tuple[str, str | None], ...]
    closing: Closing | None = None


class Cases:
    """For whoever decides what agreements leave to a person."""

    def __init__(self, premises: Premises, shelf: Shelf, sequels: Sequels) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._sequels: Final = sequels

    def list(
        self, *, closed_too: bool = False, known_at: datetime | None = None
    ) -> "list[ReferralCase]":
        """The cases, oldest first, for who waits longest comes first.

        Args:
            closed_too: Also those that are settled.
            known_at: As they stood by what was on record then.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        known_s = known_to(self._premises, known_at)
        self._sequels.catch_up()
        found = self._sequels.referred(known_s=known_s, open_only=not closed_too)
        return [self._in(each.place, known_s) for each in found]

    def page(
        self,
        agency: str | None,
        *,
        closed_too: bool = False,
        known_at: datetime | None = None,
        after: int = -1,
        limit: int,
    ) -> Part[ReferralCase]:
        """Some of the cases behind a place in the log, oldest first, as far as they were seen.

        Args:
            agency: Only cases of which this agency is one end; all if none is named.
            closed_too: Also those that are settled.
            known_at: As they stood by what was on record then.
            after: The place.
            limit: The most that are listed.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        known_s = known_to(self._premises, known_at)
        found = [
            each.place
            for each in self._sequels.referred(known_s=known_s, open_only=not closed_too)
            if each.place > after and (agency is None or agency in each.ends)
        ]
        listed = tuple((place, self._in(place, known_s)) for place in found[:limit])
        return Part(listed, found[limit - 1] if len(found) > limit else None)

    def show(self, jti: str, *, known_at: datetime | None = None) -> ReferralCase:
        """One case, with who settled it and why.

        Raises:
            NotFoundError: This office has no such answer.
            RequestError: That answer left nothing to a person.
        """
        entry, record = find(self._premises, jti, Kind.DECISION)
        _refuse_settled(record)
        return self._case(entry, known_to(self._premises, known_at))

    def close(
        self,
        jti: str,
        outcome: Outcome,
        *,
        reason: str,
        role: str,
        by: str,
        categories: Sequence[str] = (),
        recorder: Recorder | None = None,
    ) -> Closing:
        """Settle a case: a signed record that names the answer it completes.

        Args:
            jti: The record of the answer.
            outcome: `permit` or `deny`.
            reason: Why; hidden in the record.
            role: The office held by whoever settles it.
            by: Who settles it; hidden in the record.
            categories: Permit these of the categories that were referred, and
                refuse the others; all of them if none is named.
            recorder: The application that has it recorded; none at the terminal.

        Raises:
            NotFoundError: This office has no such answer.
            RequestError: That answer left nothing to a person, or not this category.
            TransitionError: It was settled before.
        """
        entry, record = find(self._premises, jti, Kind.DECISION)
        _refuse_settled(record)
        referred = record.payload["information"]["referred"]
        _refuse_foreign(referred, categories, outcome)
        wanted = categories or referred
        permitted = [c for c in referred if outcome is Outcome.PERMIT and c in wanted]
        refused = [c for c in referred if c not in permitted]
        claims: dict[str, Json] = {
            "of": {"jti": jti, "sha256": digest_hex(entry.jws.encode())},
            "outcome": outcome.value,
            "information": {"permitted": permitted, "refused": refused},
            "role": role,
            **recorded_by(recorder),
        }

        def refuse() -> None:
            place = self._sequels.of(jti)
            if place is not None:
                settled = read_entry(entry_in(self._premises, place)).payload["outcome"]
                raise TransitionError(
                    f"case `{jti}` is closed: {settled}",
                    hint=f"`concordat refer show {jti}` says by whom and why; ask again if the"
                    " circumstances have changed",
                )

        hidden = {"by": by, "reason": reason}
        self._sequels.catch_up()  # So that nobody who wants to append waits for it.
        place, _ = file(self._premises, self._shelf, Kind.APPROVAL, claims, hidden, refuse=refuse)
        return self._closing(entry_in(self._premises, place))

    def _in(self, place: int, known_s: int | None) -> ReferralCase:
        return self._case(entry_in(self._premises, place), known_s)

    def _case(self, entry: Entry, known_s: int | None) -> ReferralCase:
        record = read_entry(entry)
        said, closed = record.payload, self._sequels.of(entry.jti, known_s=known_s)
        return ReferralCase(
            jti=entry.jti,
            index=entry.index,
            iat=record.iat,
            holder=said["from"],
            recipient=said["to"],
            purpose=said["purpose"],
            about=tuple(said["about"]),
            permitted=tuple(said["information"]["permitted"]),
            referred=tuple(said["information"]["referred"]),
            refer_to=tuple((to["role"], to["contact"]) for to in said["refer_to"]),
            closing=None if closed is None else self._closing(entry_in(self._premises, closed)),
        )

    def _closing(self, entry: Entry) -> Closing:
        record = read_entry(entry)
        said, hidden = record.payload, shown(self._premises, entry.jti)
        return Closing(
            jti=entry.jti,
            index=entry.index,
            iat=record.iat,
            outcome=Outcome(said["outcome"]),
            permitted=tuple(said["information"]["permitted"]),
            refused=tuple(said["information"]["refused"]),
            role=said["role"],
            by=hidden.get("by"),
            reason=hidden.get("reason"),
            recorded_by=said.get("recorded_by", {}).get("agency"),
        )


def _refuse_settled(record: Record) -> None:
    outcome = record.payload["decision"]
    if outcome != Outcome.REFER:
        raise RequestError(
            f"answer `{record.jti}` is a {outcome}; only what was referred is left to a person",
            hint="`concordat refer list` shows the open cases",
        )


def _refuse_foreign(referred: Sequence[str], categories: Sequence[str], outcome: Outcome) -> None:
    if categories and outcome is not Outcome.PERMIT:
        raise RequestError("a denial refuses all that was referred", hint="leave out `--category`")
    for category in categories:
        if category not in referred:
            raise RequestError(
                f"`{escaped(category)}` was not referred", hint=f"referred: {', '.join(referred)}"
            )
