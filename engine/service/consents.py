"""The register of consent: who consented to what, and what became of it.

Promises that a person stands in it as a pseudonym from the first moment on, and
that each event is a record of the log, which cannot follow what it does not follow.
"""

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Final, TypeAlias

from agreements.values import epoch_s
from engine.asking import Recorder, recorded_by
from engine.canonical import Json, escaped
from engine.consent import TRANSITIONS, ConsentState, after
from engine.consent_record import (
    BorneOut,
    claims,
    given_by,
    kind_of,
    later_claims,
    particulars,
)
from engine.consent_terms import Capacity, ConsentForm
from engine.errors import NotFoundError, RequestError
from engine.event import entropy_bytes, seal_event
from engine.ports import Kept
from engine.receipt import Receipt, receipt
from engine.record import Kind, Link
from engine.service.consent_book import ConsentBook
from engine.service.consent_forms import refuse_unfit, told_parties
from engine.service.consent_rows import ConsentRow, known_by, rows
from engine.service.premises import Premises
from engine.service.scanning import PIECE, Part, glanced
from engine.service.shelf import Shelf, known_to
from engine.trust import Role

_Stated: TypeAlias = "Callable[[str, BorneOut | None], tuple[dict[str, Json], dict[str, Json]]]"
"""What a record states and hides, given its name and the record before it."""


class Consents:
    """Records consent and its withdrawal, and says how it stands."""

    def __init__(self, premises: Premises, shelf: Shelf, book: ConsentBook) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._book: Final = book

    def answer(
        self,
        reference: str,
        form: ConsentForm,
        state: ConsentState,
        *,
        consent: str | None = None,
        recorder: Recorder | None = None,
    ) -> ConsentRow:
        """Record that somebody was asked for consent, gave it, or refused it.

        Args:
            reference: Whom it is about; named by a pseudonym at once.
            form: What was asked, and how.
            state: `requested`, `given` or `refused`.
            consent: The request that is answered, if one was recorded.
            recorder: The application that has it recorded; none at the terminal.

        Raises:
            RequestError: The form does not hold what such an answer needs.
            TransitionError: That request was answered already.
        """
        now = self._premises.now()
        bundle = self._shelf.current().bundle
        refuse_unfit(form, bundle, state, now)
        person = self._book.first_pseudonym(reference)
        hidden: dict[str, Json] = {
            "person": person,
            "given_by": given_by(form.given_by),
            "particulars": particulars(form, told_parties(form, bundle)),
        }

        def stated(jti: str, before: BorneOut | None) -> tuple[dict[str, Json], dict[str, Json]]:
            after(before.event.state_at(epoch_s(now)) if before else None, state)
            said = claims(form, state, consent=consent or jti, now=now)
            return said | recorded_by(recorder), hidden

        return self._append(person, state, consent, stated)

    def follow(
        self,
        reference: str,
        state: ConsentState,
        *,
        consent: str | None = None,
        capacity: Capacity = Capacity.SUBJECT,
        reason: str | None = None,
        expires: datetime | None = None,
        recorder: Recorder | None = None,
    ) -> ConsentRow:
        """Record what became of a consent: renewed, withdrawn, revoked or invalidated.

        Args:
            reference: Whose consent it is.
            consent: Which one; the only one that can be so changed if none is named.
            capacity: In what capacity whoever says so speaks.
            reason: Why, if anybody says; nobody must.
            expires: Until when it is renewed.
            recorder: The application that has it recorded; none at the terminal.

        Raises:
            NotFoundError: There is no such consent of this person.
            RequestError: More than one could be meant, or a renewal has no end to come.
            TransitionError: That cannot become of it.
        """
        now = self._premises.now()
        if (state is ConsentState.RENEWED) is (expires is None or expires <= now):
            raise RequestError("a renewal, and nothing else, lasts until a date to come")
        if not self._book.has_key():
            raise _not_found(consent or "")
        person = self._book.pseudonym(reference)
        named = consent or self._only(person, state)
        said: dict[str, Json] = {"capacity": capacity.value}
        said |= {"reason": reason} if reason else {}
        until = None if expires is None else epoch_s(expires)

        def stated(_: str, before: BorneOut | None) -> tuple[dict[str, Json], dict[str, Json]]:
            if before is None:
                raise _not_found(named)
            after(before.event.state_at(epoch_s(now)), state)
            told = before.shown.get("particulars") if state is ConsentState.RENEWED else None
            hidden: dict[str, Json] = {"person": person, "given_by": said, "particulars": told}
            later = later_claims(before.payload, state, at_s=epoch_s(now), expires_s=until)
            return later | recorded_by(recorder), hidden

        return self._append(person, state, named, stated)

    def _append(
        self, person: str, state: ConsentState, consent: str | None, stated: _Stated
    ) -> ConsentRow:
        premises, shelved, stamp = self._premises, self._shelf.current(), self._shelf.stamp()
        kind = kind_of(state)

        def seal(link: Link) -> Kept:
            # Nobody else can append now, so the consent stands as it is read here.
            # Only this consent is read, so that no other, however broken, hinders a withdrawal.
            found = self._book.read(consent=consent) if consent else []
            if consent and [each for each in found if each.event.person == person] == []:
                raise _not_found(consent)
            before = found[-1] if found else None
            jti, iat = premises.made_now()
            said, hidden = stated(jti, before)
            shelved.trust.key(stamp.key.public.kid, Role.DECISION).require_at(iat, "record")
            chance = premises.chance.draw(entropy_bytes(kind))
            sealed = seal_event(
                kind, said, hidden, shelved.bundle, stamp, link, jti=jti, iat=iat, entropy=chance
            )
            return Kept(sealed, kind.value, None, iat, consent=(person, str(said["consent"])))

        _, kept = premises.records.append(seal)
        return self.find(consent or kept.sealed.jti)

    def _only(self, person: str, state: ConsentState) -> str:
        """The one consent of a person of which that can become."""
        open_ = [
            row
            for row in self._rows(self._book.read(person=person))
            if state in TRANSITIONS[row.state]
        ]
        if not open_:
            raise _not_found("")
        if len(open_) > 1:
            listed = ", ".join(f"`{row.consent}`" for row in open_[:4])
            raise RequestError(
                f"more than one consent could be meant: {listed}", hint="name it with `--consent`"
            )
        return open_[0].consent

    # ---- shown

    def listed(
        self,
        reference: str | None = None,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
    ) -> list[ConsentRow]:
        """Every consent as it stands, oldest first.

        Args:
            reference: Of this person alone.
            at: As of this instant; now if none is given.
            known_at: By what was on record then.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        known_s = known_to(self._premises, known_at)
        if not self._book.has_key():
            return []
        person = None if reference is None else self._book.pseudonym(reference)
        return self._rows(known_by(self._book.read(person=person), at, known_s), at)

    def page(
        self,
        agency: str,
        *,
        at: datetime | None = None,
        known_at: datetime | None = None,
        before: int | None = None,
        look_at: int = PIECE,
    ) -> Part[ConsentRow]:
        """Those of which an agency is one end, newest first: some, from a place in the log back.

        Args:
            agency: A controller or a recipient.
            at: As of this instant; now if none is given.
            known_at: By what was on record then.
            before: The place; the end of the log if none is given.
            look_at: The most records that are looked at for it.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        known_s = known_to(self._premises, known_at)
        records, found = self._premises.records, list[tuple[int, ConsentRow]]()
        entries = records.newest(look_at, Kind.CONSENT.value, before=before)
        for entry in entries:
            said = glanced(entry)
            if said["consent"] == entry.jti and agency in (
                *said["controllers"],
                *said["recipients"],
            ):
                every = known_by(self._book.read(consent=entry.jti), at, known_s)
                found += [(entry.index, row) for row in self._rows(every, at)]
        return Part(tuple(found), entries[-1].index if len(entries) == look_at else None)

    def find(
        self, consent: str, *, at: datetime | None = None, known_at: datetime | None = None
    ) -> ConsentRow:
        """One consent as it now stands.

        Args:
            consent: Its id.
            at: As of this instant; now if none is given.
            known_at: By what was on record then.

        Raises:
            NotFoundError: This office has no such consent.
        """
        known_s = known_to(self._premises, known_at)
        found = self._rows(known_by(self._book.read(consent=consent), at, known_s), at)
        if not found:
            raise _not_found(consent)
        return found[0]

    def receipt(self, consent: str) -> Receipt:
        """The receipt of a consent, for the person it is about.

        Raises:
            NotFoundError: This office has no such consent.
            RecordError: What the person was told was erased since.
        """
        records = self._book.read(consent=consent)
        if not records:
            raise _not_found(consent)
        words = self._shelf.current().bundle.law.vocabulary
        return receipt(records, words, self._premises.now_s())

    def _rows(self, records: Iterable[BorneOut], at: datetime | None = None) -> list[ConsentRow]:
        return rows(records, self._premises.now_s() if at is None else epoch_s(at))


def _not_found(consent: str) -> NotFoundError:
    named = f"consent `{escaped(consent)}` of this person" if consent else "such consent"
    return NotFoundError(
        f"office has no {named}", hint="`concordat consent list` shows what is recorded"
    )
