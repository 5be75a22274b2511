"""What waits for a person, and how it is listed, read and settled: referrals and emergencies alike.

Promises that everything that came of a case is seen before it is told or settled, and
that what a caller may not know of is answered as if it were not there.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Generic, Protocol, TypeVar

from fastapi import Request
from fastapi.responses import Response

from api import pages, queries
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within
from api.gathering import Start, caught_up, sent_page
from api.repeats import Answer, answered, carried_out
from api.viewpoint import recorded, view_of
from engine.errors import NotFoundError, RequestError
from engine.service import Office
from engine.service.scanning import Part


class Case(Protocol):
    """What has two ends."""

    @property
    def holder(self) -> str:
        """The agency that gives."""

    @property
    def recipient(self) -> str:
        """The agency that receives."""


C = TypeVar("C", bound=Case)
ALL: Final = "all"


@dataclass(frozen=True, slots=True)
class Seen:
    """How much of a list a caller may see, and asks for.

    Attributes:
        agency: Cases that this agency is one end of; all if none is given.
        settled_too: Whether those as well that nobody waits for any more.
        known_at: By when a case must have been recorded.
        place, limit: From which place of the log on, and how many.
    """

    agency: str | None
    settled_too: bool
    known_at: datetime | None
    place: int
    limit: int


@dataclass(frozen=True, slots=True)
class Cases(Generic[C]):
    """One kind of case.

    Attributes:
        name: What a list of them is called, and one in a message.
        waiting: The state of those that still wait for somebody.
        unless_said: Which are listed if nobody says.
        page: Looks through the log, from a place on.
        show: Finds one by its number.
        shown: One as it is told to a caller.
        start: Where a list begins; with the newest if none is given.
    """

    name: tuple[str, str]
    waiting: str
    unless_said: str
    page: Callable[[Office, Seen], Part[C]]
    show: Callable[[Office, str], C]
    shown: Callable[[Office, Caller, C], dict[str, Any]]  # Any: JSON.
    start: Callable[[pages.Wanted], Start] | None = None

    async def listed(self, request: Request) -> Response:
        """Those that the caller may know of."""
        found = queries.read(request, "state", "at", "known_at", *pages.NAMES)
        asked = pages.wanted(request, found)
        state = queries.choice(found, "state", (self.waiting, ALL)) or self.unless_said

        def piece(office: Office, caller: Caller, place: int, limit: int) -> Part[Any]:
            seen = Seen(
                view_of(office, caller), state == ALL, recorded(office, found), place, limit
            )
            part = self.page(office, seen)
            rows = ((at, self.shown(office, caller, each)) for at, each in part.found)
            return Part(tuple(rows), part.on)

        start = None if self.start is None else self.start(asked)
        await caught_up(request)
        return await sent_page(request, self.name[0], asked, piece, start)

    async def one(self, request: Request, jti: str) -> Response:
        """One that the caller may know of."""
        await caught_up(request)
        return sent(
            await within(
                request,
                lambda office, caller: self.shown(office, caller, self._known(office, caller, jti)),
            )
        )

    async def settled(
        self,
        request: Request,
        data: bytes,
        jti: str,
        settle: Callable[[Office, Caller, C], dict[str, Any]],  # Any: JSON.
    ) -> Response:
        """Record what became of one.

        Args:
            settle: Says what is told of it.
        """
        await caught_up(request)

        def work(office: Office, caller: Caller) -> Answer:
            said = settle(office, caller, self._known(office, caller, jti))
            return answered({"of": jti, **said}, 201)

        return await carried_out(request, data, work)

    def _known(self, office: Office, caller: Caller, jti: str) -> C:
        missing = NotFoundError(f"there is no such {self.name[1]}", hint="look at its number")
        try:
            case = self.show(office, jti)
        except (NotFoundError, RequestError) as fault:
            raise missing from fault
        if view_of(office, caller) not in (None, case.holder, case.recipient):
            raise missing
        return case
