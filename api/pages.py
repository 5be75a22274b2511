"""Long lists, a page at a time.

Promises that whoever follows `next` to its end sees once each thing that was there
from the first page to the last, whatever was added meanwhile. A cursor says where a
page ended and nothing else: it opens nothing, and one of another list is refused.

Source:
    RFC 8288, for the header `Link`.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar
from urllib.parse import urlencode

import orjson
from fastapi import Request
from fastapi.responses import Response

from api.problems import ProblemError, malformed
from engine import canonical
from engine.errors import ConcordatError

LIMIT: Final = 50
"""How much stands on a page if nobody says."""
MAX_LIMIT: Final = 200
_MAX_CURSOR: Final = 1_024
NAMES: Final = ("limit", "after")
"""The parameters by which every list is asked for a page."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which page of which list.

    Attributes:
        limit: How much may stand on it.
        after: Where the page before it ended, in the list's own words; none of the first.
        path: The list's.
        filters: The other parameters, which the next page is asked with again.
    """

    limit: int
    after: str | None
    path: str
    filters: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """One page.

    Attributes:
        ends: Where it ends, in the list's own words; none if nothing comes after it.
    """

    items: tuple[T, ...]
    ends: str | None = None


def wanted(request: Request, found: Mapping[str, str]) -> Wanted:
    """Which page a request asks for.

    Args:
        found: All its parameters, as `api.queries` read them.

    Raises:
        ProblemError: `limit` is out of bounds, or `after` is no cursor of this list.
    """
    filters = tuple(sorted((name, found[name]) for name in found if name not in NAMES))
    limit, path = found.get("limit", str(LIMIT)), request.url.path
    if not (limit.isascii() and limit.isdecimal() and 1 <= int(limit[:5]) <= MAX_LIMIT):
        raise malformed(f"`limit` is not a number from 1 to {MAX_LIMIT}")
    after = _place(found["after"], path, filters) if "after" in found else None
    return Wanted(int(limit), after, path, filters)


def cut(rows: Sequence[T], asked: Wanted, place: Callable[[T], str]) -> Page[T]:
    """Cut a page out of a list that is at hand as a whole.

    Args:
        rows: In the order of their places.
        place: Where a row stands; no two stand at the same.
    """
    left = [each for each in rows if asked.after is None or place(each) > asked.after]
    page = tuple(left[: asked.limit])
    return Page(page, place(page[-1]) if len(left) > len(page) else None)


def listed(
    name: str, page: Page[Any], asked: Wanted, **beside: Any
) -> tuple[bytes, dict[str, str]]:  # Any: JSON.
    """Write a page: its body, and the headers that belong to it.

    Args:
        name: What the list is called in the answer.
        page: Its items are JSON.
        beside: What else stands in the answer.
    """
    body: dict[str, Any] = {name: list(page.items), **beside, "next": None}
    if page.ends is None:
        return orjson.dumps(body), {}
    query = [*asked.filters, ("limit", str(asked.limit)), ("after", _cursor(page.ends, asked))]
    body["next"] = f"{asked.path}?{urlencode(query)}"
    return orjson.dumps(body), {"Link": f'<{body["next"]}>; rel="next"'}


def sent_list(name: str, page: Page[Any], asked: Wanted, **beside: Any) -> Response:  # Any: JSON.
    """A page as a response."""
    body, headers = listed(name, page, asked, **beside)
    return Response(body, headers=headers, media_type="application/json")


def _cursor(ends: str, asked: Wanted) -> str:
    named = [ends, _list_sha256(asked.path, asked.filters)]
    return canonical.b64url_encode(orjson.dumps(named))


def _place(cursor: str, path: str, filters: tuple[tuple[str, str], ...]) -> str:
    try:
        if len(cursor) > _MAX_CURSOR:
            raise ValueError
        ends, of = orjson.loads(canonical.b64url_decode(cursor))
        if not isinstance(ends, str) or of != _list_sha256(path, filters):
            raise ValueError
    except (ValueError, TypeError, ConcordatError) as fault:
        raise ProblemError(
            400,
            "cursor",
            "`after` is no place in this list",
            hint="follow `next` as it was given, or begin anew without `after`",
        ) from fault
    return ends


def _list_sha256(path: str, filters: tuple[tuple[str, str], ...]) -> str:
    """Names a list shortly, so that a cursor of one is none of another."""
    return canonical.digest_hex(orjson.dumps([path, filters]))[:16]
