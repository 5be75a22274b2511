"""What was shared because it could not wait: recording it, and reviewing it afterwards."""

from dataclasses import asdict
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from agreements.values import Line
from agreements.vocabulary import Kind as Terms
from api import said
from api.auth.caller import Caller
from api.cases import ALL, Cases, Seen
from api.doorway import json_body
from api.repeats import Answer, answered, carried_out
from api.viewpoint import instant, may_know, recorder_of, refuse_foreign, refuse_role, told
from engine.service import Office
from engine.service.emergencies import EmergencyCase, Review
from engine.service.emergency_form import Emergency, parse
from engine.service.scanning import Part

EMERGENCIES: Final = "/v1/emergencies"
_ROLE: Final = Terms.ROLE
_HIDDEN: Final = ("shared", "shared_with", "why", "by", "subject", "case_reference")
_Words = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]


class Reviewed(said.Said):
    """What came of looking at an emergency."""

    finding: _Words
    role: Line
    by: Line | None = None


def router() -> APIRouter:
    """Emergencies; none is a permit."""
    made = APIRouter()

    @made.post(EMERGENCIES)
    async def record(request: Request) -> Response:
        """Record what was shared; nothing is asked and nothing is permitted."""
        data, _ = await json_body(request)
        emergency = parse(data)
        return await carried_out(
            request, data, lambda office, caller: _record(office, caller, emergency, data)
        )

    @made.get(EMERGENCIES)
    async def emergencies(request: Request) -> Response:
        """The newest first; only those that wait for review, if that is asked."""
        return await _CASES.listed(request)

    @made.get(EMERGENCIES + "/{jti}")
    async def emergency(request: Request, jti: str) -> Response:
        """One emergency."""
        return await _CASES.one(request, jti)

    @made.post(EMERGENCIES + "/{jti}/review")
    async def review(request: Request, jti: str) -> Response:
        """Record that somebody of either end looked at it, and what they found; once."""
        data, wanted = await said.read(request, Reviewed)

        def settle(office: Office, caller: Caller, case: EmergencyCase) -> dict[str, Any]:
            return _review(office, caller, case, wanted)

        return await _CASES.settled(request, data, jti, settle)

    return made


def _page(office: Office, seen: Seen) -> Part[EmergencyCase]:
    return office.emergencies.page(
        seen.agency,
        unreviewed=not seen.settled_too,
        known_at=seen.known_at,
        before=seen.place,
        limit=seen.limit,
    )


def _record(office: Office, caller: Caller, emergency: Emergency, data: bytes) -> Answer:
    refuse_foreign(caller, (emergency.holder, emergency.recipient))
    with told():
        words = office.shelf.current().bundle.law.vocabulary
        if emergency.role in words.codes(_ROLE):
            refuse_role(caller, emergency.role)
        made = office.emergencies.record(data, recorder=recorder_of(caller))
    body = _shown(office, caller, made)
    return answered(body, 201, Location=f"{EMERGENCIES}/{made.jti}")


def _review(
    office: Office, caller: Caller, case: EmergencyCase, wanted: Reviewed
) -> dict[str, Any]:
    refuse_foreign(caller, (case.holder, case.recipient))
    with told():
        made = office.emergencies.review(
            case.jti,
            finding=wanted.finding,
            role=wanted.role,
            by=wanted.by,
            recorder=recorder_of(caller),
        )
    return _reviewed(office, caller, made)


def _shown(office: Office, caller: Caller, case: EmergencyCase) -> dict[str, Any]:
    said = asdict(case) | {"recorded_at": instant(case.iat), "shared_at": instant(case.at)}
    said |= {"record": case.jti, "from": case.holder, "to": case.recipient}
    for name in ("iat", "at", "jti", "holder", "recipient"):
        del said[name]
    if not may_know(office, caller, case.recorded_by):
        said |= dict.fromkeys(_HIDDEN)
    said["review"] = None if case.review is None else _reviewed(office, caller, case.review)
    return said


def _reviewed(office: Office, caller: Caller, review: Review) -> dict[str, Any]:
    said = asdict(review) | {"reviewed_at": instant(review.iat), "record": review.jti}
    del said["iat"], said["jti"]
    if not may_know(office, caller, review.recorded_by):
        said["by"] = said["finding"] = None
    return said


_CASES: Final = Cases(
    name=("emergencies", "emergency"),
    waiting="unreviewed",
    unless_said=ALL,
    page=_page,
    show=lambda office, jti: office.emergencies.show(jti),
    shown=_shown,
)
