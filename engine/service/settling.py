"""Settles a question by what is on the shelf and what is looked up now; nothing is recorded."""

from dataclasses import dataclass
from datetime import UTC, datetime

from engine.decide import Decision, decide
from engine.errors import RequestError
from engine.request import Facts
from engine.service.consent_book import ConsentBook
from engine.service.facts import facts_for
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
        instant, facts = self.looked_up(shelved, put, at)
        decision = decide(shelved.bundle, put.asked, facts, instant)
        return narrowing.narrowed(put.asked, decision) if narrowing else decision, facts

    def looked_up(self, shelved: Shelved, put: Put, at: datetime | None) -> tuple[datetime, Facts]:
        """The instant that is meant, and what the office looks up for it."""
        instant = self._instant(at)
        as_of = None if at is None else instant
        known_s = shelved.known_s
        consent = self.consents.state(shelved.bundle, put.asked, as_of, known_s=known_s)
        evidence = put.asking.evidence() if put.asking else None
        return instant, facts_for(
            put.asked, shelved.standing, shelved.statuses, consent, instant, evidence
        )

    def _instant(self, at: datetime | None) -> datetime:
        if at is None:
            return self.premises.now()
        if at.tzinfo is None:
            raise RequestError(
                "the instant asked about has no time zone", hint="write it in UTC, with a `Z`"
            )
        return at.astimezone(UTC).replace(microsecond=0)
