"""What was settled lately, for whoever asks the very same again.

Promises the very facts and the very decision that would be found anew: questions are the
same only in all that is looked at by what decides, and of the instant its place among those
at which anything changes. What was not put to Cedar, and what holds an error, is never
remembered. Nothing here decides.
"""

from collections.abc import Mapping
from datetime import datetime
from math import inf
from typing import Final, NamedTuple

from agreements.bodies import UNKNOWN, Status
from agreements.values import epoch_s
from engine.asking import Evidence
from engine.bundle import Bundle, SliceKey
from engine.decide import Decision, decide
from engine.lately import Lately
from engine.regard import AT
from engine.request import Disclosure, Facts
from engine.service.facts import ConsentFound, facts_for
from engine.standing import ANSWERING, Standing, turns_of

REMEMBERED_BYTES: Final = 48 * 1024 * 1024
"""How much is remembered, in memory."""

_ENTRY_BYTES: Final = 4_500
_WORD_BYTES: Final = 200
"""What one thing settled takes in memory, and beside it each word in its lists."""

_Key = tuple[object, ...]


def _weight(key: _Key) -> int:
    listed = sum(len(words) for words in key if isinstance(words, tuple))
    return _ENTRY_BYTES + _WORD_BYTES * listed


class _Settled(NamedTuple):
    """What was settled, from when up to when it holds, and its context about the instant."""

    decision: Decision
    facts: Facts
    since_s: float
    until_s: float
    before: str
    behind: str


class SettledLately:
    """Settles questions by one bundle as it stands, and remembers.

    Args:
        standing: What the log says of each version.
        statuses: What kind of body each agency is.
    """

    def __init__(
        self,
        bundle: Bundle,
        standing: Mapping[SliceKey, Standing],
        statuses: Mapping[str, Status],
    ) -> None:
        self._bundle: Final = bundle
        self._standing: Final = standing
        self._statuses: Final = statuses
        self.remembered: Final[Lately[_Key, _Settled]] = Lately(REMEMBERED_BYTES, _weight)

    def settle(
        self,
        asked: Disclosure,
        consent: ConsentFound,
        at: datetime,
        evidence: Mapping[str, Evidence] | None,
    ) -> tuple[Decision, Facts]:
        """Decide as of an instant, by what was found of consent and is known of who asks."""
        known_of = () if evidence is None else tuple(evidence.items())
        key = (*asked.looked_at(), consent, evidence is None, known_of)
        at_s = epoch_s(at)
        found = self.remembered.get(key)
        if found is not None and found.since_s <= at_s < found.until_s:
            return found.decision.as_of(at, f"{found.before}{at_s}{found.behind}"), found.facts
        facts = facts_for(asked, self._standing, self._statuses, consent, at, evidence)
        decision = decide(self._bundle, asked, facts, at)
        self._remember(key, asked, decision, facts, at_s)
        return decision, facts

    def _remember(
        self, key: _Key, asked: Disclosure, decision: Decision, facts: Facts, at_s: int
    ) -> None:
        if decision.errors or not decision.context:
            return
        span = self._span(asked, decision, at_s)
        # No text holds a bare quote, so nothing but the instant itself is written like this.
        before, named, behind = decision.context.partition(f'"{AT}":')
        if span and named:
            behind = behind.removeprefix(str(at_s))
            settled = _Settled(decision, facts, *span, before + named, behind)
            self.remembered.put(key, settled)

    def _span(self, asked: Disclosure, decision: Decision, at_s: int) -> tuple[float, float] | None:
        """From when up to when nothing changes; none if that cannot be stated."""
        put = [each for each, state in decision.candidates if state in ANSWERING]
        turns: list[int] = []
        for policies in (self._bundle.law.policies, *(each.clauses().policies for each in put)):
            if policies.regard is None:
                return None
            turns += policies.regard.bounds
        for each, _ in decision.candidates:
            turns += turns_of(each, self._standing.get(each.key, Standing()))
        for agency in (asked.holder, asked.recipient):
            ended = self._statuses.get(agency, UNKNOWN).ended
            if ended is not None:
                turns.append(epoch_s(ended))
        since_s = max((turn for turn in turns if turn <= at_s), default=-inf)
        return since_s, min((turn for turn in turns if turn > at_s), default=inf)
