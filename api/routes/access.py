"""AuthZEN: may this be disclosed?"""

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import body, evaluation
from api.auth.caller import Bearer, known, with_body
from api.counter import Counter
from api.doorway import json_body, sent
from api.entrance import bearing
from api.site import Site

EVALUATION = "/access/v1/evaluation"
EVALUATIONS = "/access/v1/evaluations"


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
        lambda clients: known(bound, clients, site),
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
