"""The guards of an office: whom a permit concerns, asking all of them at once, and a fuse each.

Promises an answer of each guard asked within its own deadline, whatever the others do:
all are asked at once, in a thread of their own, and what does not come counts as a veto.
Nothing is asked again. After `OPENS_AFTER` failures in a row a guard is not tried for
`PROBES_EVERY_S` seconds; permits that concern it stay closed meanwhile.
"""

import asyncio
import logging
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from engine.guard import Answer, Failure, GuardAnswer
from engine.guard_question import GuardQuestion
from engine.ports_guard import Guard, UnusableError
from engine.service.guard_settings import GuardSettings

OPENS_AFTER: Final = 5
PROBES_EVERY_S: Final = 5.0
MAX_IN_FLIGHT: Final = 256
"""How many questions one guard may have before it at once."""

_LOG: Final = logging.getLogger("concordat.guards")

Answers = tuple[GuardAnswer, ...]
Heard = Mapping[GuardQuestion, Answers]
"""What the guards concerned made of each question."""


class UnheardError(Exception):
    """Guards have to be heard first, by whoever may wait for them.

    Attributes:
        questions: What to put to them.
    """

    def __init__(self, questions: Sequence[GuardQuestion]) -> None:
        super().__init__("the guards concerned were not heard yet")
        self.questions = tuple(questions)


class Fuse(StrEnum):
    """Whether a guard is tried."""

    CLOSED = "closed"
    OPEN = "open"
    PROBING = "probing"


@dataclass(slots=True)
class _Breaker:
    """Keeps a guard that fails from holding up whoever asks."""

    clock: Callable[[], float]
    failures: int = 0
    state: Fuse = Fuse.CLOSED
    _since: float = 0.0

    def lets_through(self) -> bool:
        if self.state is Fuse.OPEN and self.clock() - self._since >= PROBES_EVERY_S:
            self.state = Fuse.PROBING
            return True
        return self.state is Fuse.CLOSED

    def answered(self) -> None:
        self.failures, self.state = 0, Fuse.CLOSED

    def failed(self) -> bool:
        """Count a failure; tell whether the fuse blew by it."""
        self.failures += 1
        if self.state is not Fuse.PROBING and self.failures < OPENS_AFTER:
            return False
        blew, self.state, self._since = self.state is not Fuse.OPEN, Fuse.OPEN, self.clock()
        return blew

    def abandoned(self) -> None:
        """A probe whose end nobody saw: the next may try at once."""
        if self.state is Fuse.PROBING:
            self.state = Fuse.OPEN


@dataclass(slots=True)
class _Post:
    """A guard in its place."""

    settings: GuardSettings
    guard: Guard
    breaker: _Breaker
    in_flight: int = 0
    last_failure: str = ""

    def unavailable(self, failure: Failure) -> GuardAnswer:
        return GuardAnswer(
            self.settings.agency, self.settings.kind, Answer.UNAVAILABLE, failure.value
        )


@dataclass(slots=True)
class _Loop:
    """The thread in which guards are asked, once one is."""

    loop: asyncio.AbstractEventLoop = field(default_factory=asyncio.new_event_loop)
    thread: threading.Thread | None = None

    def start(self) -> None:
        self.thread = threading.Thread(target=self.loop.run_forever, name="guards", daemon=True)
        self.thread.start()

    def stop(self) -> None:
        self.loop.call_soon_threadsafe(self.loop.stop)
        if self.thread is not None:
            self.thread.join()
        self.loop.close()


class Guards:
    """Asks the guards of an office.

    Args:
        posts: Each guard with its settings, in the order of their agencies.
        clock: Seconds that never run backwards.
    """

    def __init__(
        self,
        posts: Iterable[tuple[GuardSettings, Guard]] = (),
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._posts: Final = tuple(_Post(who, guard, _Breaker(clock)) for who, guard in posts)
        self._lock: Final = threading.Lock()
        self._loop: _Loop | None = None

    def __bool__(self) -> bool:
        """Whether there are any."""
        return bool(self._posts)

    def not_asked(self, holder: str, recipient: str) -> tuple[GuardAnswer, ...]:
        """What a record says of the guards concerned in a question about another instant."""
        return tuple(
            GuardAnswer(each.settings.agency, each.settings.kind, Answer.NOT_ASKED)
            for each in self._concerned(holder, recipient)
        )

    def overtaken(self, question: GuardQuestion) -> tuple[GuardAnswer, ...]:
        """What a record says of those that were asked something else than was decided."""
        concerned = self._concerned(question.holder, question.recipient)
        return tuple(each.unavailable(Failure.OVERTAKEN) for each in concerned)

    def concerns(self, holder: str, recipient: str) -> bool:
        """Whether a permit between these two concerns any guard."""
        return bool(self._posts) and bool(self._concerned(holder, recipient))

    def hear(self, questions: Iterable[GuardQuestion]) -> Heard:
        """Ask the guards concerned, and wait for all of them."""
        return self.hear_soon(questions).result()

    def hear_soon(
        self, questions: Iterable[GuardQuestion]
    ) -> "Future[dict[GuardQuestion, Answers]]":
        """Ask the guards concerned, each question once and all at the same time.

        Returns:
            What becomes an answer of each guard to each question, within the longest deadline.
        """
        with self._lock:
            if self._loop is None:
                self._loop = _Loop()
                self._loop.start()
            asked = self._ask_all(tuple(dict.fromkeys(questions)))
            return asyncio.run_coroutine_threadsafe(asked, self._loop.loop)

    def health(self) -> list[dict[str, str | int]]:
        """How each guard does, for whoever runs the office."""
        return [
            {
                "agency": each.settings.agency,
                "kind": each.settings.kind.value,
                "circuit": each.breaker.state.value,
                "failures": each.breaker.failures,
                "last_failure": each.last_failure,
            }
            for each in self._posts
        ]

    def close(self) -> None:
        """Let go of every connection; whoever still waits for a guard gets no answer."""
        with self._lock:
            held, self._loop = self._loop, None
        if held is not None:
            asyncio.run_coroutine_threadsafe(self._let_go(), held.loop).result()
            held.stop()

    def _concerned(self, holder: str, recipient: str) -> list[_Post]:
        ends = (holder, recipient)
        return [each for each in self._posts if each.settings.every or each.settings.agency in ends]

    async def _ask_all(self, questions: Sequence[GuardQuestion]) -> dict[GuardQuestion, Answers]:
        pairs = [
            (question, post)
            for question in questions
            for post in self._concerned(question.holder, question.recipient)
        ]
        answers = await asyncio.gather(*(self._ask(post, question) for question, post in pairs))
        heard: dict[GuardQuestion, Answers] = dict.fromkeys(questions, ())
        for (question, _), answer in zip(pairs, answers, strict=True):
            heard[question] += (answer,)
        return heard

    async def _ask(self, post: _Post, question: GuardQuestion) -> GuardAnswer:
        if post.in_flight >= MAX_IN_FLIGHT:
            return post.unavailable(Failure.BUSY)
        if not post.breaker.lets_through():
            return post.unavailable(Failure.CIRCUIT_OPEN)
        post.in_flight += 1
        try:
            # INVARIANT: one deadline around all of it: waiting, connecting, sending, reading.
            async with asyncio.timeout(post.settings.timeout_ms / 1000):
                answer = await post.guard.ask(question)
        except TimeoutError:
            return self._failed(post, Failure.TIMEOUT)
        except UnusableError as fault:
            return self._failed(post, fault.failure)
        finally:
            post.in_flight -= 1
            post.breaker.abandoned()
        post.breaker.answered()
        return answer

    def _failed(self, post: _Post, failure: Failure) -> GuardAnswer:
        post.last_failure = failure.value
        blew = post.breaker.failed()
        _LOG.warning(
            "guard_unavailable agency=%s failure=%s%s",
            post.settings.agency,
            failure.value,
            " circuit=open" if blew else "",
        )
        return post.unavailable(failure)

    async def _let_go(self) -> None:
        asking = [each for each in asyncio.all_tasks() if each is not asyncio.current_task()]
        for task in asking:
            task.cancel()
        await asyncio.gather(*asking, return_exceptions=True)
        await asyncio.gather(*(each.guard.close() for each in self._posts))
