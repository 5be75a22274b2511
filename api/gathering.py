"""A page of a long log, gathered piece by piece, so that nobody else waits for the whole of it.

Promises that what it takes does not grow with the log: after so many pieces the page is
given as it is, perhaps short or empty, and says where to go on.
"""

from collections.abc import Callable
from functools import partial
from typing import Final, TypeVar

from api.counter import Counter
from api.pages import Page, Wanted
from api.problems import ProblemError
from engine.service import Office
from engine.service.scanning import Part

PIECES: Final = 10

T = TypeVar("T")

Start = Callable[[Office], int | None]
"""Says the place from which to look; none if there is nothing to look at."""


async def gathered(
    counter: Counter, start: Start, piece: Callable[[Office, int, int], Part[T]], asked: Wanted
) -> Page[T]:
    """Gather a page.

    Args:
        piece: Looks from a place on, for so many at most.
    """
    found, place = list[T](), await counter.ask(start)
    for _ in range(PIECES):
        if place is None or len(found) >= asked.limit:
            break
        part = await counter.ask(partial(_looked, piece, place, asked.limit - len(found)))
        found += [each for _, each in part.found]
        place = part.on
    return Page(tuple(found), None if place is None else str(place))


def _looked(
    piece: Callable[[Office, int, int], Part[T]], place: int, limit: int, office: Office
) -> Part[T]:
    return piece(office, place, limit)


async def caught_up(counter: Counter) -> None:
    """Have everything seen that came of what was referred, and of emergencies."""
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
