"""Through which every request comes and every answer goes.

Promises that each answer carries the caller's `X-Request-ID`, or one of ours, is
never cached, that whatever goes wrong ends here, in a problem and never in a
permit, and that every request is written down and counted, however it was answered.
"""

import re
from collections.abc import Awaitable, Callable, Mapping, MutableMapping, Sequence
from random import getrandbits
from time import perf_counter
from typing import Any, Final

import orjson
from fastapi import Request
from fastapi.responses import JSONResponse, Response
from starlette.exceptions import HTTPException

from api import body, journal
from api.observation import Observation
from api.problems import MEDIA_TYPE, ProblemError, problem
from api.sighting import Sighting, begun, sighting_of

REQUEST_ID: Final = b"x-request-id"
EVERY: Final = ((b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff"))
"""What every answer says, beside the request's id."""

_TRACEPARENT: Final = b"traceparent"
_REQUEST_ID: Final = re.compile(rb"[\x21-\x7e]{1,128}")
_TRACE: Final = re.compile(
    rb"00-(?!0{32})([0-9a-f]{32})-(?!0{16})([0-9a-f]{16})-[0-9a-f]([0-9a-f])"
)
GONE: Final = 499
"""What is noted of a request whose caller went before it was answered."""

# ASGI's own shapes, which it types no closer.
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = Sequence[tuple[bytes, bytes]]
ByName = Mapping[bytes, bytes]
"""Headers by name, the first of several."""
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
        name, sighting = seen(scope["headers"])
        begun(scope, sighting)
        status = GONE

        async def signed_off(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message["headers"], (REQUEST_ID, name), *EVERY]
            await send(message)

        try:
            await self._app(scope, receive, signed_off)
        except Exception as fault:  # noqa: BLE001 -- The last line of defence is closed.
            answer = broken(sighting, fault)
            if status == GONE:
                await answer(scope, receive, signed_off)
        finally:
            if not sighting.route:
                sighting.route = getattr(scope.get("route"), "path", "")
            self._observation.answered(sighting, scope["method"], status, perf_counter() - since)


def by_name(headers: Headers) -> ByName:
    """Headers by their names."""
    return dict(reversed(headers))


def seen(headers: Headers, named: ByName | None = None) -> tuple[bytes, Sighting]:
    """The id of a request, its own or one of ours, and what is seen of it so far.

    Of which trace it is part stands in the form of W3C Trace Context, section 3.2.

    Args:
        named: The headers by name, if that is known already.
    """
    named = by_name(headers) if named is None else named
    own, trace = named.get(REQUEST_ID, b""), named.get(_TRACEPARENT, b"")
    if len(named) != len(headers):  # One that stands there twice says nothing.
        names = [name for name, _ in headers]
        own = own if names.count(REQUEST_ID) == 1 else b""
        trace = trace if names.count(_TRACEPARENT) == 1 else b""
    if not (own and _REQUEST_ID.fullmatch(own)):
        # To be told from others, not to be hard to guess.
        own = b"%032x" % getrandbits(128)
    sighting = Sighting(own.decode())
    if trace and (found := _TRACE.fullmatch(trace)):
        sighting.trace_id, sighting.parent_id = found[1].decode(), found[2].decode()
        sighting.sampled = bool(int(found[3], 16) & 1)
    return own, sighting


def broken(sighting: Sighting, fault: Exception) -> Response:
    """Answer a request that ended in a fault nobody foresaw."""
    # Where and what kind; the message may hold what was asked, so it is left out.
    journal.note("error", "fault", **journal.of_fault(fault))
    sighting.refused = "error"
    return refusal(fault)


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
    return unanswered(sighting_of(request.scope), fault)


def unanswered(sighting: Sighting, fault: Exception) -> Response:
    """Answer a request that came to nothing, for a reason that was foreseen."""
    said = problem(fault)
    if said.status >= 500:
        journal.note("error", "unanswered", **journal.of_fault(fault))
    sighting.refused = str(said.body["code"])
    return refusal(fault)


def peer_of(request: Request) -> str:
    """Who sent a request, by address: the proxy, or the caller itself; empty if nobody can say."""
    return request.client.host if request.client else ""


async def json_body(request: Request) -> tuple[bytes, body.Said]:
    """The JSON object that a request carries, with its bytes as they came."""
    data = await body.read(
        request.stream(), request.headers, kind=body.JSON, max_bytes=body.MAX_BYTES
    )
    return data, body.parse(data)


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
