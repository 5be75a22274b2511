"""Settles a question by what is on the shelf and what is looked up now; nothing is recorded."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.decide import Decision
from engine.errors import ConcordatError, RequestError
from engine.request import Facts
from engine.service.consent_book import ConsentBook
from engine.service.facts import ConsentFound, facts_for, turns_on
from engine.service.narrowing import Narrowing
from engine.service.premises import Premises
from engine.service.series import Put
from engine.service.shelf import Shelved


@dataclass(frozen=True, slots=True)
class Settling:
    """Looks up what an office knows, and decides."""

    premises: Premises
    consents: ConsentBook

    def settle(
        self, shelved: Shelved, put: Put, at: datetime | None, narrowing: Narrowing | None
    ) -> tuple[Decision, Facts]:
        """Decide, and have a permit narrowed by what guards said; none is asked here."""
        instant = self.instant(at)
        consent = self._consent(shelved, put, None if at is None else instant)
        return _settled(shelved, put, consent, instant, narrowing)

    def beforehand(
        self, shelved: Shelved, put: Put, instant: datetime | None, narrowing: Narrowing | None
    ) -> tuple[Decision, Facts] | None:
        """As `settle`, before anything is kept: not what turns on consent, and not what fails.

        What fails does so again in its place, and is told there.
        """
        if instant is None:
            return None
        try:
            if turns_on(shelved.bundle, put.asked):
                return None
            return _settled(shelved, put, ConsentFound(), instant, narrowing)
        except ConcordatError:
            return None

    def instant_beforehand(self, at: datetime | None) -> datetime | None:
        """The instant that is meant; none where finding it fails, to be told in its place."""
        try:
            return self.instant(at)
        except ConcordatError:
            return None

    def looked_up(self, shelved: Shelved, put: Put, at: datetime | None) -> tuple[datetime, Facts]:
        """The instant that is meant, and what the office looks up for it."""
        instant = self.instant(at)
        consent = self._consent(shelved, put, None if at is None else instant)
        standing, statuses = shelved.standing, shelved.statuses
        evidence = put.asking.evidence() if put.asking else None
        return instant, facts_for(put.asked, standing, statuses, consent, instant, evidence)

    def _consent(self, shelved: Shelved, put: Put, as_of: datetime | None) -> ConsentFound:
        kinds = turns_on(shelved.bundle, put.asked)
        return self.consents.state(put.asked, kinds, as_of, known_s=shelved.known_s)

    def instant(self, at: datetime | None) -> datetime:
        """The instant that is meant, in whole seconds; now if none is given.

        Raises:
            RequestError: It has no time zone.
        """
        if at is None:
            return self.premises.now()
        if at.tzinfo is None:
            raise RequestError(
                "the instant asked about has no time zone", hint="write it in UTC, with a `Z`"
            )
        return at.astimezone(UTC).replace(microsecond=0)


def _settled(
    shelved: Shelved,
    put: Put,
    consent: ConsentFound,
    instant: datetime,
    narrowing: Narrowing | None,
) -> tuple[Decision, Facts]:
    evidence = put.asking.evidence() if put.asking else None
    decision, facts = shelved.settled.settle(put.asked, consent, instant, evidence)
    return narrowing.narrowed(put.asked, decision) if narrowing else decision, facts
