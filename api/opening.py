"""How a counter is opened, kept and closed.

Promises that a service whose office will not open answers 503 and tries again, rather
than permit anything or go away; and that what was begun is finished before it closes.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Final, Protocol

from starlette.datastructures import State

from api import journal
from api.auth.fetching import keep
from api.counter import Counter
from api.doorway import App, Doorway
from api.lookout import Lookout
from api.observation import Observation
from api.once import SeenOnce, SharedOnce
from api.shut import Shut
from api.site import Site, token_key
from concordat import __version__
from engine.errors import ConcordatError, StorageError
from engine.ports_answers import AnswerBook
from engine.service import Office
from engine.service.issuers import Issuer
from engine.whereabouts import settings_of

AGAIN_S: Final = 5.0
"""How often an office that would not open is tried again."""


class Openable(Protocol):
    """An application that can be shut."""

    state: State
    shut: App | None


class Opening:
    """The life of one counter.

    Args:
        folder: The office's.
        site: Makes what all rooms share, once the office is open.
        waits: Whether an office that will not open is tried again.
        worker: Which one of several this is; the first pulls from the shared register.
    """

    def __init__(
        self,
        folder: Path,
        counter: Counter,
        observation: Observation,
        site: Callable[[Office], Site],
        *,
        waits: bool,
        worker: int,
    ) -> None:
        self._folder: Final = folder
        self._counter: Final = counter
        self._observation: Final = observation
        self._site: Final = site
        self._waits: Final = waits
        self._worker: Final = worker
        self._tasks: Final[list[asyncio.Task[None]]] = []
        self._stops: Final[list[Callable[[], None]]] = []
        self._shut: Shut | None = None

    async def begin(self, app: Openable) -> None:
        """Open the office, or shut the counter until it opens.

        Raises:
            ConcordatError: It will not open, and is not to be waited for; or its settings cannot
                be read.
        """
        app.state.observation = self._observation
        settings = settings_of(self._folder)
        self._trace(settings.traces_endpoint)
        try:
            await self._open(app)
        except ConcordatError as fault:
            if not self._waits:
                raise
            self._close(app, fault)
            self._tasks.append(asyncio.create_task(self._until_open(app)))
        if port := settings.metrics_port:
            self._stops.append(self._observation.metrics.listen(port + self._worker))

    def _trace(self, endpoint: str) -> None:
        if not endpoint:
            return
        try:
            from api.traces import Traces
        except ImportError as fault:
            raise StorageError(
                "`traces.endpoint` is set, and what sends traces is not installed",
                hint="`pip install 'concordat-sharing[traces]'`",
            ) from fault
        self._observation.traces = traces = Traces(endpoint)
        self._stops.append(traces.close)

    async def end(self) -> None:
        """Finish what was begun, and close."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._counter.close()
        for stop in self._stops:
            stop()
        journal.note("info", "stop")

    async def _open(self, app: Openable) -> None:
        counter = self._counter
        marks = await counter.open()
        site = await counter.ask(self._site)

        async def issuers() -> Sequence[Issuer]:
            return await counter.ask(lambda here: here.clients.registry().issuers)

        with suppress(ConcordatError):  # A list that cannot be read lets nobody in anyway.
            site.issuers.know(await issuers())
        metrics = self._observation.metrics
        lookout = Lookout(
            self._folder,
            counter,
            metrics,
            marks=marks,
            pulls=not self._worker,
            renew=lambda here: site.renew_key(token_key(here.premises)),
        )
        app.state.counter, app.state.site, app.state.lookout = counter, site, lookout
        answers = counter.office.premises.answers
        shared = SharedOnce(partial(_take, answers, site.now_s)) if answers.is_shared else None
        app.state.seen = seen = SeenOnce(shared=shared)
        self._stops.append(seen.close)
        app.shut = self._shut = None
        journal.note("info", "start", version=__version__)
        self._tasks.append(asyncio.create_task(keep(site.issuers, issuers, site.now_s)))
        self._tasks.append(asyncio.create_task(lookout.keep()))

    def _close(self, app: Openable, fault: ConcordatError) -> None:
        if self._shut is None or self._shut.said != str(fault):
            journal.note("error", "shut", code=fault.code, said=journal.plain(str(fault)))
        self._shut = Shut(fault, self._shut.since if self._shut else None)
        app.shut = Doorway(self._shut, self._observation)

    async def _until_open(self, app: Openable) -> None:
        while app.shut is not None:
            await asyncio.sleep(AGAIN_S)
            try:
                await self._open(app)
            except ConcordatError as fault:
                self._close(app, fault)


def _take(
    answers: AnswerBook, now_s: Callable[[], int], names: Mapping[str, int]
) -> frozenset[str]:
    return answers.take(names, now_s=now_s())
