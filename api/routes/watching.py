"""What whoever runs the office may ask of the service itself."""

from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth.caller import Bearer
from api.counter import Counter
from api.metrics import CONTENT_TYPE
from api.observation import Observation
from api.problems import ProblemError
from api.routes.access import bearing, identify
from api.site import Site
from engine.service import Office
from engine.service.clients import Scope

METRICS: Final = "/metrics"


def router() -> APIRouter:
    """What is counted."""
    made = APIRouter()

    @made.get(METRICS)
    async def metrics(request: Request) -> Response:
        """What is counted: for the scope `audit` or `admin`.

        A proxy makes every request look as if it came from this machine, so where it came
        from counts for nothing; `metrics.port` shows the same without a token.
        """
        who = bearing(request)
        counter: Counter = request.app.state.counter
        observation: Observation = request.app.state.observation
        await counter.ask(partial(_refuse_others, who, request.app.state.site))
        return Response(observation.metrics.text(), media_type=CONTENT_TYPE)

    return made


def _refuse_others(who: Bearer, site: Site, office: Office) -> None:
    try:
        identify(who, site, Scope.AUDIT, office)
    except ProblemError as fault:
        if fault.kind != "scope":
            raise
        identify(who, site, Scope.ADMIN, office)
