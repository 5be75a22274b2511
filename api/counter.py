"""The one place where requests meet the office: a queue, and one thread behind it.

The office is synchronous and its log has one writer, so one thread works through
what is asked, in order. Promises that the event loop never waits for a disk, that
a longer queue than can be served is refused at once, and that an answer leaves
only after its record is durable, since the work returns only then.
"""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Final, TypeVar

from api.problems import unavailable
from engine.bootstrap import open_office
from engine.errors import ConcordatError
from engine.service import Office
from engine.service.settings import Settings

MAX_WAITING: Final = 256
TIMEOUT_S: Final = 5.0

T = TypeVar("T")


class Counter:
    """An office and the thread that works in it.

    Args:
        folder: The office's.
        max_waiting: How many may wait; whoever comes then is told to come again.
        timeout_s: How long to wait for another program that is appending to the log.
    """

    def __init__(
        self, folder: Path, *, max_waiting: int = MAX_WAITING, timeout_s: float = TIMEOUT_S
    ) -> None:
        self._folder: Final = folder
        self._timeout_s: Final = timeout_s
        self._max_waiting: Final = max_waiting
        self._waiting = 0
        self._office: Office | None = None
        self._thread: Final = ThreadPoolExecutor(1, thread_name_prefix="office")

    @property
    def waiting(self) -> int:
        """How many wait, and how many are being worked at."""
        return self._waiting

    @property
    def settings(self) -> Settings:
        """Those of the office, once it is open."""
        if self._office is None:
            raise unavailable("the office is not open yet")
        return self._office.settings

    async def open(self) -> None:
        """Open the office.

        Raises:
            ConcordatError: It will not open.
        """
        self._office = await self._run(lambda: open_office(self._folder, timeout_s=self._timeout_s))

    async def close(self) -> None:
        """Finish what was begun, then let go of the office."""
        if self._office is not None:
            with suppress(ConcordatError):
                await self._run(self._office.close)
        self._thread.shutdown(wait=True)

    async def ask(self, work: Callable[[Office], T]) -> T:
        """Have something done in the office.

        Raises:
            ProblemError: Too many wait already, or the office is not open.
        """
        office = self._office
        if office is None:
            raise unavailable("the office is not open yet")
        if self._waiting >= self._max_waiting:
            raise unavailable("too many questions wait already")
        return await self._run(lambda: work(office))

    async def _run(self, work: Callable[[], T]) -> T:
        self._waiting += 1
        future = asyncio.get_running_loop().run_in_executor(self._thread, work)
        # Counted until it is done, even if whoever asked has gone by then.
        future.add_done_callback(self._done)
        return await asyncio.shield(future)

    def _done(self, future: "asyncio.Future[T]") -> None:
        self._waiting -= 1
        if not future.cancelled():
            future.exception()  # Looked at, so that nobody complains that nobody did.
