"""A page of a long log, gathered piece by piece, so that nobody else waits for the whole of it.

Promises that what it takes does not grow with the log: after so many pieces the page is
given as it is, perhaps short or empty, and says where to go on.
"""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from fastapi import Request
from fastapi.responses import Response

from api.auth.caller import Caller
from api.entrance import counter_of, within
from api.pages import Page, Wanted, sent_list
from api.problems import ProblemError
from engine.service import Office
from engine.service.scanning import Part

PIECES: Final = 10

Piece = Callable[[Office, Caller, int, int], Part[Any]]  # Any: JSON.
"""Looks from a place on, for so many at most."""
Start = Callable[[Office, Caller], int | None]
"""Says the place from which to look; none if there is nothing to look at."""


async def sent_page(
    request: Request, name: str, asked: Wanted, piece: Piece, start: Start | None = None
) -> Response:
    """Answer with a page, gathered for whoever calls.

    Args:
        name: What the list is called in the answer.
        start: From the newest record on if none is given, or where the page before ended.

    Raises:
        ConcordatError: The caller may not see it, or `after` is no place in it.
    """
    found, place = list[Any](), await within(request, start or _newest(asked))
    for _ in range(PIECES):
        if place is None or len(found) >= asked.limit:
            break
        look = partial(_looked, piece, place, asked.limit - len(found))
        part = await within(request, look)
        found += [each for _, each in part.found]
        place = part.on
    page = Page(tuple(found), None if place is None else str(place))
    return sent_list(name, page, asked)


def _looked(piece: Piece, place: int, limit: int, office: Office, caller: Caller) -> Part[Any]:
    return piece(office, caller, place, limit)


def _newest(asked: Wanted) -> Start:
    place = place_in(asked)

    def start(office: Office, _: Caller) -> int:
        return office.premises.records.head().size if place is None else place

    return start


async def caught_up(request: Request) -> None:
    """Have everything seen that came of what was referred, and of emergencies."""
    counter = counter_of(request)
    while not await counter.ask(lambda office: office.sequels.catch_up(1000)):
        pass


def place_in(asked: Wanted) -> int | None:
    """The place after which a page begins; none if it is the first.

    Raises:
        ProblemError: It is no place.
    """
    if asked.after is None:
        return None
    if not (asked.after.isascii() and asked.after.isdecimal() and len(asked.after) < 19):
        raise ProblemError(
            400, "cursor", "`after` is no place in this list", hint="begin anew without `after`"
        )
    return int(asked.after)
