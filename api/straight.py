"""The straight way of an evaluation: from its bytes to the bytes of its answer, past the framework.

A framework's machinery between the socket and a handler costs more than deciding and
signing. So what is plainly an evaluation is answered here, by the very steps that the
framework's own route takes: the same reading of token and body, the same answers and
the same problems. Promises that whatever goes wrong ends in a problem and never in a
permit, and that every request is written down and counted, however it was answered.
"""

import asyncio
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any, Final, NamedTuple

import orjson
from starlette.datastructures import State

from api import body, evaluation
from api.auth.caller import bearer
from api.counter import Counter
from api.doorway import EVERY, GONE, ByName, Headers, broken, seen, unanswered
from api.entrance import refuse_doubled, twice
from api.observation import Observation
from api.once import SeenOnce
from api.routes.access import EVALUATION, EVALUATIONS, asked
from api.scopes import Scopes, needed
from api.sighting import Sighting
from api.site import Site
from engine.errors import ConcordatError
from engine.service.guards import UnheardError

METHOD: Final = "POST"


class Way(NamedTuple):
    """A way in that is gone straight."""

    path: str
    prepare: evaluation.Prepare
    needs: Scopes


WAYS: Final[Mapping[bytes, Way]] = {
    path.encode(): Way(path, prepare, needed((METHOD, path)))
    for path, prepare in ((EVALUATION, evaluation.one), (EVALUATIONS, evaluation.several))
}
"""By the target of a request."""

ANSWERED: Final = ((b"content-type", b"application/json"), *EVERY)
"""What is said beside every answer, but for the request's id."""

_UNREAD: Final = frozenset({b"host", b"content-length", b"accept", b"user-agent", b"connection"})
"""What most requests say and nothing here asks for."""

Reply = Callable[[int, Headers, bytes, bytes], bool]
"""Sends a status, headers, the request's id and a body; whether anybody is there to take them."""


@dataclass(slots=True)
class Came:
    """A request that came.

    Attributes:
        headers: By name, in lower case; the first of several.
        doubled: Those that stand there more than once.
        peer: Who sent it, by address.
        name: Its id, as it is answered.
        since_s: When it came, by a clock that never goes back.
    """

    way: Way
    headers: Mapping[str, str]
    doubled: Collection[str]
    peer: str
    name: bytes
    sighting: Sighting
    since_s: float


class Straight:
    """Answers evaluations.

    Args:
        state: Of the application; what all its rooms share is there once it is open.
    """

    def __init__(self, counter: Counter, observation: Observation, state: State) -> None:
        self._counter: Final = counter
        self._observation: Final = observation
        self._state: Final = state
        self._shared: tuple[Site, SeenOnce] | None = None
        self._tasks: Final[set[asyncio.Task[None]]] = set()

    @property
    def open(self) -> bool:
        """Whether anything can be answered yet."""
        if self._shared is None and hasattr(self._state, "site"):
            self._shared = self._state.site, self._state.seen
        return self._shared is not None

    def came(self, way: Way, headers: Headers, named: ByName, peer: str) -> Came:
        """Take in the head of a request."""
        own_id, sighting = seen(headers, named)
        sighting.route = way.path
        said = {
            name.decode("latin-1"): value.decode("latin-1")
            for name, value in named.items()
            if name not in _UNREAD
        }
        doubled = twice(headers) if len(named) != len(headers) else ()
        return Came(way, said, doubled, peer, own_id, sighting, perf_counter())

    def take(self, came: Came, data: bytes, reply: Reply) -> None:
        """Answer a request, once its record is durable."""
        try:
            question = self._question(came, data)
            self._counter.put(question, partial(self._tell, came, question, reply))
        except Exception as fault:  # noqa: BLE001 -- The last line of defence is closed.
            self._refuse(came, reply, fault)

    def _question(self, came: Came, data: bytes) -> evaluation.Asked:
        assert self._shared is not None  # noqa: S101 -- Only what is open takes a request.
        site, seen_once = self._shared
        if came.doubled:
            refuse_doubled(came.doubled, site)
        way = came.way
        who = bearer(
            came.headers,
            site,
            seen_once,
            method=METHOD,
            path=way.path,
            needs=way.needs,
            peer=came.peer,
            sighting=came.sighting,
        )
        body.refuse_other(came.headers, body.JSON)
        return asked(who, data, body.parse(data), way.prepare, site)

    def _tell(self, came: Came, question: evaluation.Asked, reply: Reply, answer: Any) -> None:
        if isinstance(answer, UnheardError):
            hearing = self._heard(came, question, reply, answer)
            task = asyncio.get_running_loop().create_task(hearing)
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        else:
            self._answer(came, reply, answer)

    async def _heard(
        self, came: Came, question: evaluation.Asked, reply: Reply, unheard: UnheardError
    ) -> None:
        try:
            answer = await self._counter.heard(question, unheard)
        except Exception as fault:  # noqa: BLE001 -- As above.
            answer = fault
        self._answer(came, reply, answer)

    def _answer(self, came: Came, reply: Reply, answer: Any) -> None:
        if isinstance(answer, Exception):
            self._refuse(came, reply, answer)
            return
        try:
            self._reply(came, reply, 200, ANSWERED, orjson.dumps(answer))
        except Exception as fault:  # noqa: BLE001 -- As above.
            self._refuse(came, reply, fault)

    def _refuse(self, came: Came, reply: Reply, fault: Exception) -> None:
        foreseen = isinstance(fault, ConcordatError)
        said = (unanswered if foreseen else broken)(came.sighting, fault)
        headers = [each for each in said.raw_headers if each[0] != b"content-length"]
        try:
            self._reply(came, reply, said.status_code, (*headers, *EVERY), bytes(said.body))
        except Exception as worse:  # noqa: BLE001 -- There is nobody left to tell.
            broken(came.sighting, worse)

    def _reply(self, came: Came, reply: Reply, status: int, headers: Headers, data: bytes) -> None:
        there = reply(status, headers, came.name, data)
        seconds = perf_counter() - came.since_s
        self._observation.answered(came.sighting, METHOD, status if there else GONE, seconds)
