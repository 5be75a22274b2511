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

from engine.canonical import Json, digest_hex, escaped
from engine.decide import Outcome
from engine.errors import RequestError, TransitionError
from engine.ports import Entry
from engine.record import Kind, Record
from engine.service.filing import file, find, of_kind, read_entry, shown
from engine.service.premises import Premises
from engine.service.shelf import Shelf, known_to


@dataclass(frozen=True, slots=True)
class Closing:
    """How a person settled a case.

    Attributes:
        jti: The record that closed it.
        iat: When, in seconds since 1970-01-01T00:00:00Z.
        role: The office held by whoever settled it.
        by, reason: Who, and why; none once erased.
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

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf

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
        closings, known_s = self._closings(known_at), known_to(self._premises, known_at)
        entries = self._premises.records.newest(
            self._premises.records.head().size, Kind.DECISION.value, Outcome.REFER.value
        )
        found = [
            self._case(entry, closings.get(entry.jti))
            for entry in reversed(entries)
            if closed_too or entry.jti not in closings
        ]
        return [each for each in found if known_s is None or each.iat <= known_s]

    def show(self, jti: str) -> ReferralCase:
        """One case, with who settled it and why.

        Raises:
            NotFoundError: This office has no such answer.
            RequestError: That answer left nothing to a person.
        """
        entry, record = find(self._premises, jti, Kind.DECISION)
        _refuse_settled(record)
        return self._case(entry, self._closings().get(jti))

    def close(
        self,
        jti: str,
        outcome: Outcome,
        *,
        reason: str,
        role: str,
        by: str,
        categories: Sequence[str] = (),
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
        }

        def refuse() -> None:
            closing = self._closings().get(jti)
            if closing is not None:
                raise TransitionError(
                    f"case `{jti}` is closed: {closing[1].payload['outcome']}",
                    hint=f"`concordat refer show {jti}` says by whom and why; ask again if the"
                    " circumstances have changed",
                )

        hidden = {"by": by, "reason": reason}
        file(self._premises, self._shelf, Kind.APPROVAL, claims, hidden, refuse=refuse)
        return self._closing(*self._closings()[jti])

    def _closings(self, known_at: datetime | None = None) -> dict[str, tuple[Entry, Record]]:
        found = of_kind(self._premises, Kind.APPROVAL, known_at=known_at)
        return {record.payload["of"]["jti"]: (entry, record) for entry, record in found}

    def _case(self, entry: Entry, closing: tuple[Entry, Record] | None) -> ReferralCase:
        record = read_entry(entry)
        said = record.payload
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
            closing=None if closing is None else self._closing(*closing),
        )

    def _closing(self, entry: Entry, record: Record) -> Closing:
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
