"""Records, for the two agencies they are about."""

from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api.auth.caller import Caller
from api.counter import Counter
from api.doorway import sent
from api.entrance import bearing, identify
from engine import jose
from engine.errors import NotFoundError
from engine.ports import Entry
from engine.record import read
from engine.service import Office

RECORDS: Final = "/v1/records"


def router() -> APIRouter:
    """A record, and its proof."""
    made = APIRouter()

    @made.get(RECORDS + "/{jti}")
    async def record(request: Request, jti: str) -> Response:
        """A decision's record: for both its ends."""
        who = bearing(request)
        counter: Counter = request.app.state.counter
        caller = partial(identify, who, request.app.state.site)
        return sent(await counter.ask(lambda office: _record(office, caller(office), jti)))

    @made.get(RECORDS + "/{jti}/proof")
    async def proof(request: Request, jti: str) -> Response:
        """Its proof with all hidden claims: for the agency that asked, alone."""
        who = bearing(request)
        counter: Counter = request.app.state.counter
        caller = partial(identify, who, request.app.state.site)
        found = await counter.ask(lambda office: _proof(office, caller(office), jti))
        return Response(found, media_type="application/json")

    return made


def _record(office: Office, caller: Caller, jti: str) -> dict[str, Any]:
    entry = _found(office, jti, caller, ("from", "to"))
    return {"jti": entry.jti, "index": entry.index, "record": entry.jws}


def _proof(office: Office, caller: Caller, jti: str) -> bytes:
    return office.evidence.proof(_found(office, jti, caller, ("asked_by",)).jti)


def _found(office: Office, jti: str, caller: Caller, ends: tuple[str, ...]) -> Entry:
    """Find a record in which the caller's agency is one of these ends.

    Raises:
        NotFoundError: There is none, or it is others'; nobody learns which.
    """
    entry = office.premises.records.entry(jti)
    payload = read(jose.split(entry.jws)).payload if entry else {}
    if entry is None or caller.agency not in [payload.get(end) for end in ends]:
        raise NotFoundError("there is no such record", hint="look at its number")
    return entry
