"""The short way for the evaluations: in front of the framework, by the very same steps.

A framework's machinery between the socket and a handler costs more than deciding and
signing. So these paths are recognised here, and everything behind them is what the
framework's own route would call: the same reading of token and body, the same
answers and the same problems. What is not one of them goes on to the framework.
"""

from typing import Final

from starlette.requests import Request

from api import evaluation
from api.doorway import Message, Receive, Send, told
from api.routes.access import EVALUATION, EVALUATIONS, answered
from api.sighting import sighting_of
from engine.errors import ConcordatError

_PREPARE: Final = {EVALUATION: evaluation.one, EVALUATIONS: evaluation.several}


def takes(scope: Message) -> bool:
    """Whether a request goes the short way."""
    return (
        scope["type"] == "http"
        and scope["path"] in _PREPARE
        and scope["method"] == "POST"
        and not scope.get("root_path")
    )


async def short_way(scope: Message, receive: Receive, send: Send) -> None:
    """Answer an evaluation."""
    request = Request(scope, receive)
    sighting_of(scope).route = scope["path"]
    try:
        response = await answered(request, _PREPARE[scope["path"]])
    except ConcordatError as fault:
        response = await told(request, fault)
    await response(scope, receive, send)
