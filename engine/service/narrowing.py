"""Permits of one round of questions, and what the guards concerned make of them.

Promises that a permit about now stands only by an answer of each guard concerned to that
very question. Guards are asked before the log is held, never while: what was looked up
meanwhile and made a permit of something else is closed, and says so.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field

from engine.decide import Decision, Outcome
from engine.guard import GuardAnswer
from engine.guard_question import GuardQuestion, guard_question
from engine.guarded import guarded
from engine.request import Disclosure
from engine.service.guards import Guards, UnheardError
from engine.service.series import Series

Permit = tuple[Disclosure, Decision]


@dataclass(slots=True)
class Narrowing:
    """What guards made of permits so far.

    Attributes:
        heard: Their answers; kept when questions are tried again, so that none is asked twice.
        about_now: Whether the questions are; of another instant guards are asked nothing.
    """

    guards: Guards
    about_now: bool
    heard: dict[GuardQuestion, tuple[GuardAnswer, ...]] = field(default_factory=dict)

    def hear_first(self, series: Series, permits: Iterable[Permit]) -> UnheardError | None:
        """See that guards were heard of what a series would be permitted, before any is kept.

        Returns:
            What to put to them elsewhere, if its asker may not wait for them here.
        """
        if not self.about_now:
            return None
        self.heard.update(series.heard or {})
        questions = [] if series.complete else self._unheard(permits)
        if questions and series.heard is not None:
            return UnheardError(questions)
        if questions:
            self.heard.update(self.guards.hear(questions))
        return None

    def _unheard(self, permits: Iterable[Permit]) -> list[GuardQuestion]:
        questions = [
            guard_question(asked, permit)
            for asked, permit in permits
            if permit.outcome is Outcome.PERMIT
            and self.guards.concerns(asked.holder, asked.recipient)
        ]
        return [each for each in dict.fromkeys(questions) if each not in self.heard]

    def narrowed(self, asked: Disclosure, decision: Decision) -> Decision:
        """A decision once its guards are heard; nobody is asked here."""
        if decision.outcome is not Outcome.PERMIT:
            return decision
        ends = asked.holder, asked.recipient
        if not self.guards.concerns(*ends):
            return decision
        if not self.about_now:
            return guarded(decision, self.guards.not_asked(*ends))
        question = guard_question(asked, decision)
        # INVARIANT: a permit to which no guard has answered is closed.
        return guarded(decision, self.heard.get(question) or self.guards.overtaken(question))
