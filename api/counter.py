"""The one place where requests meet the office: one at a time, in order, and decisions together.

The office is synchronous and its log has one writer. Decisions that arrive in one
tick of the event loop are made together and share one flush to the disk; an answer
leaves only after it. That is done on the loop itself where the disk is quick, since
handing over costs more than it; but what would have to wait, for another program
that is appending or for a slow disk, is handed to a thread of the office, so that the
loop never stands still. All else is done in that thread.

Promises that a longer queue than can be served is refused at once, that nothing
overtakes what came before it, and that what was begun is finished though whoever
asked has gone.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Final, TypeVar

from api.beforehand import TIMEOUT_S, Beforehand
from api.problems import unavailable
from engine.errors import BusyError, ConcordatError
from engine.service import Office
from engine.service.guards import UnheardError
from engine.service.settings import Settings

MAX_WAITING: Final = 256
MAX_TOGETHER: Final = 64
"""The most decisions made in one tick, so that one more request is soon looked at."""
SLOW_DISK_S: Final = 0.02
"""How long the loop may be held up before that counts as slow."""
SLOW_TIMES: Final = 3
"""How often in a row, before a thread waits for the next flushes; once may be chance."""
SLOW_FOR_S: Final = 1.0
"""For how long a disk that was slow is taken to be."""
_HEARINGS: Final = 3

T = TypeVar("T")

# Any: what is asked and what is told is for `api.evaluation` to say.
Together = Callable[[Office, Sequence[Any]], Sequence[Any]]
"""Answers requests together: for each its answer, or the exception that is its own."""

Tell = Callable[[Any], None]
"""Is told an answer, or the exception that is instead of it; raises nothing."""

_Waiting = tuple[Any, Tell]


class Counter:
    """An office, and whoever waits for it.

    Args:
        folder: The office's.
        together: Makes decisions.
        max_waiting: How many may wait; whoever comes then is told to come again.
        timeout_s: How long to wait for another program that is appending to the log.
        beforehand: The office, if it is open already.
    """

    def __init__(
        self,
        folder: Path,
        together: Together,
        *,
        max_waiting: int = MAX_WAITING,
        timeout_s: float = TIMEOUT_S,
        beforehand: Beforehand | None = None,
    ) -> None:
        self._folder: Final = folder
        self._together: Final = together
        self._timeout_s: Final = timeout_s
        self._max_waiting: Final = max_waiting
        self._beforehand = beforehand
        self._office: Office | None = None
        self._open = False
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="office")
        self._in_thread = 0
        self._asked: Final[deque[_Waiting]] = deque()
        self._deciding = 0
        self._due = False
        self._idle: Final = asyncio.Event()
        self._idle.set()
        self._slow_times = 0
        self._slow_until_s = 0.0

    @property
    def waiting(self) -> int:
        """How many wait, and how many are being worked at."""
        return len(self._asked) + self._deciding + self._in_thread

    @property
    def office(self) -> Office:
        """The office, once it is open; for what neither decides nor appends."""
        if self._office is None:
            raise unavailable("the office is not open yet")
        return self._office

    @property
    def settings(self) -> Settings:
        """Those of the office, once it is open."""
        return self.office.settings

    async def open(self) -> str:
        """Open the office, unless it is open already; the marks of the register that was read.

        Raises:
            ConcordatError: It will not open.
        """
        marks, self._office = await self._run(self._opened_office)
        self._open = True
        return marks

    def _opened_office(self) -> Beforehand:
        opened, self._beforehand = self._beforehand, None
        opened = opened or Beforehand.of(self._folder, timeout_s=self._timeout_s)
        opened.office.premises.records.tend()
        return opened

    async def close(self) -> None:
        """Finish what was begun, then let go of the office."""
        self._open = False
        await self._idle.wait()
        if self._office is not None:
            with suppress(ConcordatError):
                await self._run(self._office.close)
        self._thread.shutdown(wait=True)

    # ---- anything but a decision

    async def ask(self, work: Callable[[Office], T]) -> T:
        """Have something done in the office.

        Raises:
            ProblemError: Too many wait already, or the office is not open.
        """
        office = self._opened()
        return await self._run(lambda: work(office))

    async def _run(self, work: Callable[[], T]) -> T:
        self._in_thread += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        # Counted until it is done, even if whoever asked has gone by then.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: "asyncio.Future[T]") -> None:
        self._in_thread -= 1
        if not future.cancelled():
            future.exception()  # Looked at, so that nobody complains that nobody did.

    def _opened(self) -> Office:
        if self._office is None or not self._open:
            raise unavailable("the office is not open")
        if self.waiting >= self._max_waiting:
            raise unavailable("too many questions wait already")
        return self._office

    # ---- decisions

    async def decide(self, question: Any) -> Any:
        """Have a decision made, and wait until its record is durable.

        Raises:
            ProblemError: Too many wait already, or the office is not open.
            Exception: Whatever is wrong with this question, or with the office.
        """
        try:
            return await self._decide(question)
        except UnheardError as fault:
            return await self.heard(question, fault)

    async def heard(self, question: Any, unheard: UnheardError) -> Any:
        """Have guards heard first, as a question asks for that was put, and then decide.

        Raises:
            Exception: As `decide`.
        """
        for left in reversed(range(_HEARINGS)):
            # Nothing was kept. Meanwhile everybody else is served.
            heard = self._opened().guards.hear_soon(unheard.questions)
            question = question.having_heard(await asyncio.wrap_future(heard))
            try:
                # What is permitted otherwise than guards were asked, so many times, is closed.
                return await self._decide(question if left else question.once_for_all())
            except UnheardError as fault:
                unheard = fault
        raise unheard  # Whoever is asked once for all is told to hear nobody.

    async def _decide(self, question: Any) -> Any:
        told = asyncio.get_running_loop().create_future()
        self.put(question, partial(_settle, told))
        return await told

    def put(self, question: Any, tell: Tell) -> None:
        """Have a decision made; who asked is told in the tick in which its record is durable.

        Raises:
            ProblemError: Too many wait already, or the office is not open.
        """
        self._opened()
        self._asked.append((question, tell))
        self._idle.clear()
        self._soon()

    def _soon(self) -> None:
        if not self._due:
            self._due = True
            asyncio.get_running_loop().call_soon(self._drain)

    def _drain(self) -> None:
        """Take what waits, and have it decided here or in the thread."""
        self._due = False
        # While one lot is with the thread the next gathers, to share one flush in its turn.
        if self._deciding or not self._asked:
            return
        lot = [self._asked.popleft() for _ in range(min(len(self._asked), MAX_TOGETHER))]
        self._deciding = len(lot)
        if not self._in_thread and time.monotonic() >= self._slow_until_s:
            with suppress(BusyError):
                self._tell(lot, self._decided_at_once(lot))
                return
        loop = asyncio.get_running_loop()
        self._in_thread += 1
        future = loop.run_in_executor(self._thread, self._decided, lot)
        future.add_done_callback(self._done)
        future.add_done_callback(lambda done: self._tell(lot, done.result()))

    def _decided_at_once(self, lot: Sequence[_Waiting]) -> Sequence[Any]:
        """Decide on the loop.

        Raises:
            BusyError: Another program is appending; nothing was done.
        """
        office = self._office
        assert office is not None  # noqa: S101 -- Asked only of an office that is open.
        began_s, worked_s = time.perf_counter(), time.thread_time()
        with office.premises.records.at_once():
            found = self._decided(lot, busy=BusyError)
        waited_s = time.perf_counter() - began_s - (time.thread_time() - worked_s)
        self._slow_times = self._slow_times + 1 if waited_s > SLOW_DISK_S else 0
        if self._slow_times >= SLOW_TIMES:
            self._slow_until_s = time.monotonic() + SLOW_FOR_S
        return found

    def _decided(
        self, lot: Sequence[_Waiting], busy: tuple[()] | type[Exception] = ()
    ) -> Sequence[Any]:
        office = self._office
        assert office is not None  # noqa: S101 -- As above.
        try:
            return self._together(office, [question for question, _ in lot])
        except busy:
            raise
        except Exception as fault:  # noqa: BLE001 -- Raised again before each asker.
            return [fault] * len(lot)

    def _tell(self, lot: Sequence[_Waiting], found: Sequence[Any]) -> None:
        self._deciding = 0
        for (_, tell), answer in zip(lot, found, strict=True):
            tell(answer)
        if self._asked:
            self._soon()
        else:
            self._idle.set()


def _settle(told: "asyncio.Future[Any]", answer: Any) -> None:
    if told.done():
        return  # Whoever asked has gone.
    if isinstance(answer, Exception):
        told.set_exception(answer)
    else:
        told.set_result(answer)
