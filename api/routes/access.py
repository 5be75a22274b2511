"""AuthZEN: may this be disclosed?"""

from collections.abc import Container, Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import body, evaluation
from api.auth.caller import Bearer, Caller, bearer, known, with_body
from api.counter import Counter
from api.doorway import json_body, peer_of, sent
from api.once import SeenOnce
from api.problems import malformed
from api.sighting import sighting_of
from api.site import Site
from engine.service import Office
from engine.service.clients import Scope

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"


def bearing(request: Request) -> Bearer:
    """The token of a request, checked before anything else of it is read."""
    site: Site = request.app.state.site
    refuse_doubled(twice(request.headers.raw), site)
    seen: SeenOnce = request.app.state.seen
    return bearer(
        request.headers,
        site,
        seen,
        method=request.method,
        path=request.url.path,
        peer=peer_of(request),
        sighting=sighting_of(request.scope),
    )


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


def identify(said: Bearer, site: Site, needs: Scope, office: Office) -> Caller:
    """Who is calling, by the register of clients as it stands now."""
    return known(said, office.clients.all(), site, needs)


async def answered(request: Request, prepare: evaluation.Prepare) -> Response:
    """Answer one question, or several, once the record of each is durable.

    Raises:
        ConcordatError: There is no answer.
    """
    who = bearing(request)
    data, said = await json_body(request)
    counter: Counter = request.app.state.counter
    return sent(await counter.decide(asked(who, data, said, prepare, request.app.state.site)))


def asked(
    who: Bearer, data: bytes, said: body.Said, prepare: evaluation.Prepare, site: Site
) -> evaluation.Asked:
    """What somebody asks, for the office to look up who it is.

    Raises:
        ProblemError: 401, the proof signs another body.
    """
    bound = with_body(who, data, site)
    return evaluation.Asked(
        lambda clients: known(bound, clients, site, Scope.DECIDE),
        prepare,
        said.members,
        spelled=said.spelled,
    )


def router() -> APIRouter:
    """The two evaluations."""
    made = APIRouter()

    @made.post(EVALUATION)
    async def one(request: Request) -> Response:
        return await answered(request, evaluation.one)

    @made.post(EVALUATIONS)
    async def several(request: Request) -> Response:
        return await answered(request, evaluation.several)

    return made
