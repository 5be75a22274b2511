"""Past which every request comes that needs a token, before anything else of it is read.

Promises that what a way in needs is looked up in `api.scopes` and nowhere else: once
in the token, and once more in the list of clients as it stands when the office works.
"""

from collections.abc import Callable, Container, Sequence
from typing import Final, TypeVar

from fastapi import Request
from fastapi.responses import Response

from api.auth.caller import Bearer, Caller, bearer, known, with_body
from api.counter import Counter
from api.doorway import peer_of
from api.etags import etag, hold, tagged
from api.once import SeenOnce
from api.problems import malformed
from api.scopes import ANYBODY, needed, way_of
from api.sighting import sighting_of
from api.site import Site
from engine.service import Office

_BEARER: Final = "concordat.bearer"

T = TypeVar("T")


async def let_in(request: Request) -> None:
    """Stop whoever has no token that is good for this way in.

    Raises:
        ProblemError: 401, 403 or 429.
    """
    if way_of(request.scope) not in ANYBODY:
        bearing(request)


def bearing(request: Request) -> Bearer:
    """The token of a request, checked once.

    Raises:
        ProblemError: 401, there is none, or it is not good; 403, it is for something else.
    """
    found = request.scope.get(_BEARER)
    if isinstance(found, Bearer):
        return found
    site: Site = request.app.state.site
    refuse_doubled(twice(request.headers.raw), site)
    seen: SeenOnce = request.app.state.seen
    came = bearer(
        request.headers,
        site,
        seen,
        method=request.method,
        path=request.url.path,
        needs=needed(way_of(request.scope)),
        peer=peer_of(request),
        sighting=sighting_of(request.scope),
    )
    request.scope[_BEARER] = came
    return came


async def within(
    request: Request, work: Callable[[Office, Caller], T], data: bytes | None = None
) -> T:
    """Have something done in the office for whoever calls.

    Args:
        data: The body, as it came, if there is one.

    Raises:
        ConcordatError: The caller may not, or whatever `work` raises.
    """
    who, site = bearing(request), request.app.state.site
    if data is not None:
        who = with_body(who, data, site)
    return await counter_of(request).ask(lambda office: work(office, identify(who, site, office)))


async def within_tagged(request: Request, work: Callable[[Office, Caller], Response]) -> Response:
    """As `within`, answered with the tag of what is answered; only that to who has it already.

    Raises:
        ConcordatError: The tags of the request are misspelled, which is told before anything
            else, or whatever `within` raises.
    """
    hold(request.headers)
    response = await within(request, work)
    return tagged(response, etag(bytes(response.body)), request.headers)


def counter_of(request: Request) -> Counter:
    """Where the office is asked, one request after the other."""
    counter: Counter = request.app.state.counter
    return counter


def twice(headers: Sequence[tuple[bytes, bytes]]) -> set[str]:
    """The headers that stand there more than once, by name."""
    names = [name for name, _ in headers]
    if len(set(names)) == len(names):
        return set()
    return {name.decode("latin-1") for name in names if names.count(name) > 1}


def refuse_doubled(doubled: Container[str], site: Site) -> None:
    """Refuse a request that says twice who sends it.

    Raises:
        ProblemError: It does.
    """
    for name in ("authorization", "dpop", site.certificate_header):
        if name and name in doubled:
            raise malformed(f"the header `{name}` stands there twice")


def identify(said: Bearer, site: Site, office: Office) -> Caller:
    """Who is calling, by the register of clients as it stands now.

    Raises:
        ProblemError: 401, it is no longer registered; 403, it lacks the scope now.
    """
    return known(said, office.clients.all(), site)
