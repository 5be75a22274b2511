"""What guards make of an answer, from part 6 of ``docs/decision.md`` and nothing else."""

from collections.abc import Sequence
from dataclasses import replace

from tests.reference.evaluator import Answer


def after_guards(answer: Answer, said: Sequence[str]) -> Answer:
    """Decide what is left of an answer.

    Args:
        said: What each guard concerned made of it, in the words of a record.
    """
    if answer.outcome != "permit" or {"veto", "unavailable"}.isdisjoint(said):
        return answer
    everything = (*answer.permitted, *answer.referred, *answer.refused)
    return replace(
        answer,
        outcome="deny",
        code="forbidden_by_guard",
        permitted=(),
        referred=(),
        refused=everything,
    )
