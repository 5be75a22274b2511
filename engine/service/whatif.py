"""What another text would change: between two versions, and in what was decided already.

Promises that nothing is recorded and nothing signed here. A recorded question is asked
again with the facts of its record, of one version in the place of another.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Final

from agreements.model import Agreement
from agreements.values import epoch_s
from engine import canonical, request
from engine.bundle import Bundle, Slice, SliceKey, assemble, make_slice
from engine.compare import Change, compare
from engine.compile import compile_agreement
from engine.decide import Decision, decide
from engine.english import Names
from engine.guard import GuardAnswer
from engine.guarded import guarded
from engine.law import Law
from engine.lint import Linted, lint
from engine.record import Kind, Record
from engine.replay import recorded_facts
from engine.service.author import Author
from engine.service.filing import of_kind, shown
from engine.service.premises import Premises
from engine.service.shelf import Shelf
from engine.service.stand import running
from engine.standing import Standing, State, state_at


@dataclass(frozen=True, slots=True)
class Flip:
    """One recorded decision that would come out otherwise.

    Attributes:
        jti: Its record.
        at_s: The instant it was asked about, in seconds since 1970-01-01T00:00:00Z.
        then, would_be: The outcome and its code, as recorded and with the other version.
        changed: The categories that would come out otherwise.
    """

    jti: str
    at_s: int
    holder: str
    recipient: str
    purpose: str
    then: tuple[str, str]
    would_be: tuple[str, str]
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """What recorded decisions would have been.

    Attributes:
        asked_again: How many were decided again.
        withheld: How many could not be, since the question was erased.
        flips: Those that come out otherwise, newest first.
    """

    asked_again: int
    withheld: int
    flips: tuple[Flip, ...]


class WhatIf:
    """For whoever wants to know what another text would change."""

    def __init__(self, premises: Premises, shelf: Shelf, author: Author) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._author: Final = author

    @property
    def law(self) -> Law:
        """The law of this office."""
        return self._shelf.current().bundle.law

    def version(self, agreement_id: str, version: str | None = None) -> Slice:
        """One version of an agreement, published or proposed; the draft if none is named.

        Raises:
            NotFoundError: There is no such version.
            CompileError: A clause cannot become a policy.
        """
        if version is None:
            return self.read(self._author.read(agreement_id).agreement)
        shelved, key = self._shelf.current(), (agreement_id, version)
        if key in shelved.bundle.slices:
            return shelved.bundle.slices[key]
        return self.read(self._author.text(agreement_id, version).document.agreement)

    def read(self, agreement: Agreement) -> Slice:
        """A text as it would be enforced.

        Raises:
            CompileError: A clause cannot become a policy.
        """
        return make_slice(self.law, compile_agreement(agreement, self.law.vocabulary))

    def running(
        self, agreement_id: str, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> Slice | None:
        """The version that binds at an instant, by what was on record at another; none if none.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        shelved = self._shelf.at(known_at)
        key = running(shelved, agreement_id, self._at_s(at))
        return shelved.bundle.slices[key] if key else None

    def _at_s(self, at: datetime | None) -> int:
        return self._premises.now_s() if at is None else epoch_s(at)

    def change(self, old: Slice | None, new: Slice) -> Change:
        """What putting one version in the place of another changes."""
        return compare(self.law, old, new)

    def newest(
        self,
        *,
        drafts: bool = False,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[Slice]:
        """The newest published version of each agreement that has not ended, by id.

        Args:
            drafts: With the drafts of the register, each in the place of what is published.
            at: That has not ended at this instant; now if none is given.
            known_at: By what was on record then.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        shelved, now_s = self._shelf.at(known_at), self._at_s(at)
        found: dict[str, Slice] = {}
        for agreement_id, versions in shelved.bundle.versions.items():
            newest = max(versions, key=lambda each: each.version)
            if state_at(newest, shelved.standing[newest.key], now_s) is not State.EXPIRED:
                found[agreement_id] = newest
        for row in self._author.drafts() if drafts else ():
            if not row.fault:
                found[row.id] = self.version(row.id)
        return [found[agreement_id] for agreement_id in sorted(found)]

    def lint(self, slices: Sequence[Slice]) -> Linted:
        """What agreements say together that none of them says alone."""
        return lint(self.law, slices)

    def names(self, slices: Sequence[Slice]) -> Names:
        """What some agreements call agencies and conditions."""
        vocabulary = self.law.vocabulary
        agencies: dict[str, str] = {}
        conditions: dict[str, str] = {}
        for each in slices:
            own = Names.of(each.agreement, vocabulary)
            agencies |= own.agencies
            conditions |= own.conditions
        return Names(vocabulary, agencies, conditions)

    def replay(self, old: Slice, new: Slice, since_s: int) -> Replayed:
        """Ask recorded questions again, with one version in the place of another.

        The new version is taken to be in force from when the old one is, and to stand in
        the log as the old one did when the question was asked.

        Args:
            since_s: Only of records made at or after this instant.
        """
        placed = replace(new, in_force_s=old.in_force_s)
        supposed = self._supposed(old, placed)
        flips: list[Flip] = []
        asked_again = withheld = 0
        for _, record in of_kind(self._premises, Kind.DECISION):
            if record.iat < since_s:
                break
            if not _concerns(record, old, new):
                continue
            hidden = shown(self._premises, record.jti).get("request")
            if hidden is None:
                withheld += 1
                continue
            asked_again += 1
            again = _decided(supposed, record, hidden, old.key, new.key)
            flips += _flips(record, again)
        return Replayed(asked_again, withheld, tuple(flips))

    def _supposed(self, old: Slice, new: Slice) -> Bundle:
        """The bundle of this office without any version of the old, and with the new."""
        slices = self._shelf.current().bundle.slices.values()
        ids = {old.key[0], new.key[0]}
        return assemble(self.law, [*(each for each in slices if each.key[0] not in ids), new])


def _concerns(record: Record, old: Slice, new: Slice) -> bool:
    ends = {record.payload["from"], record.payload["to"]}
    named = any(each["id"] == old.key[0] for each in record.payload["agreements"])
    return named or ends <= new.agencies


# Any: the shape was checked when the record was kept.
def _decided(
    supposed: Bundle,
    record: Record,
    hidden: Mapping[str, Any],
    old: SliceKey,
    new: SliceKey,
) -> Decision:
    facts = recorded_facts(hidden["facts"])
    standing = {key: known for key, known in facts.standing.items() if key[0] != old[0]}
    standing[new] = facts.standing.get(old, Standing(activated_s=0))
    asked = request.parse(canonical.encode(hidden["disclosure"]))
    at = datetime.fromtimestamp(record.payload["at"], UTC)
    again = decide(supposed, asked, replace(facts, standing=standing), at)
    # What a guard said then is taken to be what it would say again.
    return guarded(again, [GuardAnswer.read(each) for each in record.payload.get("guards", ())])


def _flips(record: Record, again: Decision) -> Iterator[Flip]:
    said = record.payload
    split = said["information"]
    changed = [
        category
        for name in ("permitted", "referred", "refused")
        for category in split[name]
        if category not in getattr(again, name)
    ]
    if changed or said["decision"] != again.outcome.value:
        yield Flip(
            jti=record.jti,
            at_s=said["at"],
            holder=said["from"],
            recipient=said["to"],
            purpose=said["purpose"],
            then=(said["decision"], said["code"]),
            would_be=(again.outcome.value, again.code.value),
            changed=tuple(changed),
        )
