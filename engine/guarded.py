"""A permit, once the guards of the agencies concerned have been heard.

INVARIANT: guards only narrow. What Cedar did not permit is handed back as it was,
whatever any guard said of it; what Cedar permitted stands only if each guard stood aside.
"""

from collections.abc import Sequence
from dataclasses import replace

from engine.decide import Code, Decision, Outcome
from engine.guard import GuardAnswer


def guarded(decision: Decision, answers: Sequence[GuardAnswer]) -> Decision:
    """Let a permit stand, or turn it into a denial; nothing else is changed.

    The clauses that permitted it stay its reasons, so that whoever reads the record sees what
    the guard stood against.

    Args:
        decision: The answer by the law and the agreements.
        answers: What each guard concerned made of it; none if none is.
    """
    if decision.outcome is not Outcome.PERMIT or not answers:
        return decision
    heard = replace(decision, guards=tuple(sorted(answers, key=lambda each: each.agency)))
    if not any(each.stands_against for each in answers):
        return heard
    return replace(
        heard,
        outcome=Outcome.DENY,
        code=Code.FORBIDDEN_BY_GUARD,
        permitted=(),
        refused=decision.permitted,
        obligations=(),
        relied_on=(),
    )
