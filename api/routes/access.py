"""AuthZEN: may this be disclosed?"""

from dataclasses import replace

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import evaluation
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
    for name in filter(None, ("authorization", "dpop", site.certificate_header)):
        if len(request.headers.getlist(name)) > 1:
            raise malformed(f"the header `{name}` stands there twice")
    seen: SeenOnce = request.app.state.seen
    came = bearer(
        request.headers,
        site,
        seen,
        method=request.method,
        path=request.url.path,
        peer=peer_of(request),
    )
    return replace(came, sighting=sighting_of(request.scope))


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
    site: Site = request.app.state.site
    counter: Counter = request.app.state.counter
    bound = with_body(who, data, site)
    asked = evaluation.Asked(
        lambda clients: known(bound, clients, site, Scope.DECIDE), prepare, said
    )
    return sent(await counter.decide(asked))


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
