"""What the desk asks of a guard, as small as its caller. Nothing here does anything."""

from typing import Protocol

from engine.guard import Failure, GuardAnswer
from engine.guard_question import GuardQuestion


class UnusableError(Exception):
    """No answer of a guard can be used; its caller counts that as a veto.

    Attributes:
        failure: Which failure of the closed list it was.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.value)
        self.failure = failure


class Guard(Protocol):
    """One agency's own rules, asked over the network."""

    async def ask(self, question: GuardQuestion) -> GuardAnswer:
        """Ask what it makes of a permit. Whoever calls keeps the deadline, and cancels at it.

        Raises:
            UnusableError: No well-formed answer came.
        """
        ...

    async def close(self) -> None:
        """Let go of its connections."""
        ...
