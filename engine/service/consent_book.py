"""The book of consent: who is found in it, and what it says of one disclosure.

Promises that whatever cannot be found out about a consent is unknown, which never
counts as given. Changes nothing.
"""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Final

from agreements.values import epoch_s
from engine.consent import (
    PSEUDONYM_KEY_BYTES,
    ConsentKind,
    Sought,
    pseudonym,
    state_for,
)
from engine.consent_record import BorneOut, read_kept
from engine.errors import ConcordatError, NotFoundError, StorageError
from engine.request import Consent, Disclosure
from engine.service.facts import ConsentFound
from engine.service.premises import Premises


class ConsentBook:
    """Finds what was recorded of a person's consent."""

    def __init__(self, premises: Premises) -> None:
        self._premises: Final = premises

    def state(
        self,
        asked: Disclosure,
        kinds: Collection[ConsentKind],
        at: datetime | None,
        *,
        known_s: int | None = None,
    ) -> ConsentFound:
        """Whether there is consent to a disclosure, of each kind on which it turns.

        A look-up that fails is an answer of its own, and never that consent was given.

        Args:
            kinds: Those on which it turns.
            at: As of when; as of everything that is recorded if none is given.
            known_s: Leave out what was recorded later than that.
        """
        if not kinds:
            return ConsentFound()
        try:
            found = self._look_up(asked, kinds, at, known_s)
        except ConcordatError:
            found = dict.fromkeys(kinds, Consent.UNKNOWN)
        return ConsentFound(found.get(ConsentKind.DP_BASIS), found.get(ConsentKind.CONFIDENTIALITY))

    def _look_up(
        self,
        asked: Disclosure,
        kinds: Iterable[ConsentKind],
        at: datetime | None,
        known_s: int | None,
    ) -> dict[ConsentKind, Consent]:
        subject = asked.subject
        if subject is None or not self.has_key():
            return dict.fromkeys(kinds, Consent.NOT_RECORDED)
        person = self.pseudonym(subject)
        found = [each.event for each in self.read(person=person)]
        events = [each for each in found if known_s is None or each.recorded_s <= known_s]
        newest_s = max((each.recorded_s for each in events), default=0)
        # A clock may step back a little; what is recorded is never overlooked for that.
        at_s = max(self._premises.now_s(), newest_s) if at is None else epoch_s(at)
        return {
            kind: state_for(
                events,
                Sought(
                    person=person,
                    holder=asked.holder,
                    recipient=asked.recipient,
                    categories=frozenset(asked.information),
                    purpose=asked.purpose,
                    kind=kind,
                    explicit=kind is ConsentKind.DP_BASIS and asked.basis.article9 == "9-2-a",
                ),
                at_s,
            )
            for kind in kinds
        }

    def has_key(self) -> bool:
        """Whether anybody can be found; without a key there must be nobody to find."""
        try:
            self._premises.keys.pseudonym_key()
        except NotFoundError as fault:
            if self._premises.records.consents():
                raise StorageError(
                    "key under which consents are recorded is gone: `keys/pseudonym.key`",
                    hint="restore it from your backup of keys",
                ) from fault
            return False
        return True

    def pseudonym(self, reference: str) -> str:
        """Name a person as this office does."""
        return pseudonym(self._premises.keys.pseudonym_key(), reference)

    def first_pseudonym(self, reference: str) -> str:
        """Name a person of whom something is about to be recorded.

        An office of before consent was recorded gets its key now.
        """
        if not self.has_key():
            self._premises.keys.pseudonym_key(self._premises.chance.draw(PSEUDONYM_KEY_BYTES))
        return self.pseudonym(reference)

    def read(self, *, person: str | None = None, consent: str | None = None) -> list[BorneOut]:
        """The records of consent, of one person or of one consent if named, in order.

        Raises:
            ConcordatError: One of them is not borne out by its signature.
        """
        root = self._premises.trust()
        return [read_kept(each, root) for each in self._premises.records.consents(person, consent)]
