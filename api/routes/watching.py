"""What whoever runs the office may ask of the service itself."""

from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.entrance import within
from api.metrics import CONTENT_TYPE
from api.observation import Observation

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
        observation: Observation = request.app.state.observation
        await within(request, lambda _, __: None)
        return Response(observation.metrics.text(), media_type=CONTENT_TYPE)

    return made
