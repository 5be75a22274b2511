"""What is asked of Cedar, and what it said: one agreement heard on every category of a question.

Cedar's answers are taken down as they are, and weighed elsewhere
(``engine.decide``). The law is put to it apart from the clauses of the agreement, and
a category opens only if it says Allow to both. An error is taken down as an error and
never as a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from engine import request as question
from engine.bundle import Slice
from engine.judge import Situation
from engine.law import Law
from engine.request import Disclosure, Facts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Cedar said of one agreement: policy ids by category.

    Attributes:
        asks_human: Whether what it would permit is left to a human: its review is overdue, or
            the status of an end is unclear.
    """

    slice: Slice
    asks_human: bool
    permitted: dict[str, Sequence[str]]
    referred: dict[str, Sequence[str]]
    forbidden: dict[str, Sequence[str]]
    errors: list[str]


def situation_of(law: Law, disclosure: Disclosure, facts: Facts, at: datetime) -> Situation:
    """The context of a question, as every agreement is asked about it."""
    return Situation.of(question.context(disclosure, facts, at, known=law.knows))


def hear(
    law: Law, each: Slice, disclosure: Disclosure, situation: Situation, *, asks_human: bool
) -> Verdict:
    """Put every category of a question to one agreement: to disclose, and else to refer.

    What is left to a human, it refers instead of permitting.
    """
    verdict = Verdict(each, asks_human, {}, {}, {}, [])
    allowed = verdict.referred if asks_human else verdict.permitted
    categories = disclosure.information
    _put(law, verdict, disclosure.recipient, situation, "disclose", categories, allowed)
    rest = [category for category in categories if category not in allowed]
    if rest:
        _put(law, verdict, disclosure.recipient, situation, "refer", rest, verdict.referred)
    return verdict


def would_permit(
    law: Law,
    verdict: Verdict,
    disclosure: Disclosure,
    situation: Situation,
    categories: Sequence[str],
) -> dict[str, Sequence[str]]:
    """Which categories an agreement heard before would permit in another context, and why."""
    if verdict.asks_human:
        return {}
    supposed = Verdict(verdict.slice, verdict.asks_human, {}, {}, {}, [])
    recipient = disclosure.recipient
    _put(law, supposed, recipient, situation, "disclose", categories, supposed.permitted)
    return supposed.permitted


def _put(
    law: Law,
    verdict: Verdict,
    recipient: str,
    situation: Situation,
    action: str,
    categories: Sequence[str],
    allowed: dict[str, Sequence[str]],
) -> None:
    clauses = verdict.slice.clauses().policies
    by_law = law.judge.hear(law.policies, recipient, action, categories, situation)
    by_clauses = law.judge.hear(clauses, recipient, action, categories, situation)
    for category, lawful, agreed in zip(categories, by_law, by_clauses, strict=True):
        if lawful.errors or agreed.errors:
            verdict.errors.extend((*lawful.errors, *agreed.errors))
        elif lawful.allows and agreed.allows:
            allowed[category] = agreed.reasons
        elif action == "disclose":
            # Of what is allowed the reasons are permits; only a denial names what forbids.
            forbids = [p for said in (lawful, agreed) if not said.allows for p in said.reasons]
            if forbids:
                verdict.forbidden[category] = forbids
