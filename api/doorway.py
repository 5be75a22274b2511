"""Through which every request comes and every answer goes.

Promises that each answer carries the caller's `X-Request-ID`, or one of ours, is
never cached, that whatever goes wrong ends here, in a problem and never in a
permit, and that every request is written down and counted, however it was answered.
"""

import re
from collections.abc import Awaitable, Callable, MutableMapping
from time import perf_counter
from typing import Any, Final
from uuid import uuid4

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api import body, journal
from api.observation import Observation
from api.problems import MEDIA_TYPE, ProblemError, problem
from api.sighting import Sighting, begun, sighting_of
from engine.errors import ConcordatError

_REQUEST_ID: Final = re.compile(r"[\x21-\x7e]{1,128}")
_HEADER: Final = "X-Request-ID"
_TRACE: Final = re.compile(
    rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]([0-9a-f])"
)
GONE: Final = 499
"""What is noted of a request whose caller went before it was answered."""

# ASGI's own shapes, which it types no closer.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]


class Doorway:
    """Stands around the whole application."""

    def __init__(self, app: App, observation: Observation) -> None:
        self._app: Final = app
        self._observation: Final = observation

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Let one request through."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        since = perf_counter()
        name = _named(scope)
        sighting = Sighting(name.decode("latin-1"))
        _traced(scope, sighting)
        begun(scope, sighting)
        status = GONE

        async def signed_off(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [
                    *message["headers"],
                    (_HEADER.lower().encode(), name),
                    (b"cache-control", b"no-store"),
                    (b"x-content-type-options", b"nosniff"),
                ]
            await send(message)

        try:
            await self._app(scope, receive, signed_off)
        except Exception as fault:  # noqa: BLE001 -- The last line of defence is closed.
            # Where and what kind; the message may hold what was asked, so it is left out.
            journal.note("error", "fault", **journal.of_fault(fault))
            sighting.refused = "error"
            if status == GONE:
                await refusal(fault)(scope, receive, signed_off)
        finally:
            if not sighting.route:
                sighting.route = getattr(scope.get("route"), "path", "")
            self._observation.answered(sighting, scope["method"], status, perf_counter() - since)


def _traced(scope: Message, sighting: Sighting) -> None:
    """Note of which trace a request is part (W3C Trace Context, section 3.2)."""
    given = [value for name, value in scope["headers"] if name == b"traceparent"]
    if len(given) == 1 and (found := _TRACE.fullmatch(given[0])):
        sighting.trace_id, sighting.parent_id = found[1].decode(), found[2].decode()
        sighting.sampled = bool(int(found[3], 16) & 1)


def _named(scope: Message) -> bytes:
    given = [value for name, value in scope["headers"] if name == _HEADER.lower().encode()]
    if len(given) == 1 and _REQUEST_ID.fullmatch(given[0].decode("latin-1")):
        return bytes(given[0])
    return str(uuid4()).encode()


def refusal(fault: Exception) -> Response:
    """A problem as a response."""
    told = problem(fault)
    return JSONResponse(told.body, told.status, told.headers, media_type=MEDIA_TYPE)


async def told(request: Request, fault: Exception) -> Response:
    """Answer a request that came to nothing."""
    if isinstance(fault, HTTPException):
        code, message = ("not-found", "there is nothing at this path")
        if fault.status_code == 405:
            code, message = "method", "this path is not asked with this method"
        headers = dict(fault.headers or {})
        fault = ProblemError(fault.status_code, code, message, headers=headers)
    elif isinstance(fault, ConcordatError) and problem(fault).status >= 500:
        journal.note("error", "unanswered", **journal.of_fault(fault))
    sighting_of(request.scope).refused = str(problem(fault).body["code"])
    return refusal(fault)


def peer_of(request: Request) -> str:
    """Who sent a request, by address: the proxy, or the caller itself; empty if nobody can say."""
    return request.client.host if request.client else ""


async def json_body(request: Request) -> tuple[bytes, dict[str, Any]]:
    """The JSON object that a request carries, with its bytes as they came."""
    data = await body.read(
        request.stream(), request.headers, kind="application/json", max_bytes=body.MAX_BYTES
    )
    return data, body.parse_object(data)


async def json_object(request: Request) -> dict[str, Any]:
    """The JSON object that a request carries."""
    return (await json_body(request))[1]


async def form(request: Request) -> dict[str, str]:
    """The form that a request carries."""
    data = await body.read(
        request.stream(),
        request.headers,
        kind="application/x-www-form-urlencoded",
        max_bytes=body.MAX_FORM_BYTES,
    )
    return body.parse_form(data)


def sent(value: object, status: int = 200) -> Response:
    """An answer, in JSON."""
    return Response(orjson.dumps(value), status, media_type="application/json")
