"""What whoever runs the office may ask of the service itself."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth.caller import Caller
from api.entrance import within
from api.metrics import CONTENT_TYPE
from api.observation import Observation
from api.viewpoint import not_ours
from engine.service import Office

METRICS: Final = "/metrics"


def router() -> APIRouter:
    """What is counted."""
    made = APIRouter()

    @made.get(METRICS)
    async def metrics(request: Request) -> Response:
        """What is counted: for the scope `audit` or `admin`, and the agency whose office this is.

        A proxy makes every request look as if it came from this machine, so where it came
        from counts for nothing; `metrics.port` shows the same without a token.
        """
        observation: Observation = request.app.state.observation
        await within(request, _refuse_others)
        return Response(observation.metrics.text(), media_type=CONTENT_TYPE)

    return made


def _refuse_others(office: Office, caller: Caller) -> None:
    # Sums by agreement tell of every agency's agreements, and how much is asked under each.
    if caller.agency != office.settings.agency:
        raise not_ours("what the service counts is for the agency whose office this is")
