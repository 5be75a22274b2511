"""Cases that agreements leave to a person: for the two agencies they are about."""

from dataclasses import asdict
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from agreements.values import Code, Line
from api import said
from api.auth.caller import Caller
from api.cases import Cases, Seen
from api.gathering import Start, place_in
from api.pages import Wanted
from api.viewpoint import instant, may_know, not_ours, recorder_of, refuse_foreign, told
from engine.decide import Outcome
from engine.service import Office
from engine.service.cases import Closing, ReferralCase
from engine.service.scanning import Part

REFERRALS: Final = "/v1/referrals"
_Words = Annotated[
    str, StringConstraints(min_length=1, max_length=4_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$")
]


class Close(said.Said):
    """How a person settled a case."""

    outcome: Literal[Outcome.PERMIT, Outcome.DENY]
    reason: _Words
    role: Line
    by: Line
    categories: Annotated[tuple[Code, ...], Field(max_length=256)] = ()


def router() -> APIRouter:
    """What waits for a person, and what they decided."""
    made = APIRouter()

    @made.get(REFERRALS)
    async def referrals(request: Request) -> Response:
        """Who waits longest comes first; the open ones, and the closed ones if that is asked."""
        return await _CASES.listed(request)

    @made.get(REFERRALS + "/{jti}")
    async def referral(request: Request, jti: str) -> Response:
        """One case."""
        return await _CASES.one(request, jti)

    @made.post(REFERRALS + "/{jti}/close")
    async def close(request: Request, jti: str) -> Response:
        """Record what a person of either end decided; once."""
        data, wanted = await said.read(request, Close)

        def settle(office: Office, caller: Caller, case: ReferralCase) -> dict[str, Any]:
            return _close(office, caller, case, wanted)

        return await _CASES.settled(request, data, jti, settle)

    return made


def _page(office: Office, seen: Seen) -> Part[ReferralCase]:
    return office.cases.page(
        seen.agency,
        closed_too=seen.settled_too,
        known_at=seen.known_at,
        after=seen.place,
        limit=seen.limit,
    )


def _oldest(asked: Wanted) -> Start:
    place = place_in(asked)
    return lambda _, __: -1 if place is None else place


def _close(office: Office, caller: Caller, case: ReferralCase, wanted: Close) -> dict[str, Any]:
    refuse_foreign(caller, (case.holder, case.recipient))
    # The answer names the person by their office; whoever decides speaks for that one.
    asked_of = [role for role, _ in case.refer_to]
    if asked_of and wanted.role not in asked_of:
        raise not_ours("it was left to somebody else, whom `refer_to` names")
    with told():
        closing = office.cases.close(
            case.jti,
            wanted.outcome,
            reason=wanted.reason,
            role=wanted.role,
            by=wanted.by,
            categories=wanted.categories,
            recorder=recorder_of(caller),
        )
    return _closing(office, caller, closing)


def _shown(office: Office, caller: Caller, case: ReferralCase) -> dict[str, Any]:
    closing = None if case.closing is None else _closing(office, caller, case.closing)
    return {
        "evaluation_id": case.jti,
        "index": case.index,
        "referred_at": instant(case.iat),
        "from": case.holder,
        "to": case.recipient,
        "purpose": case.purpose,
        "about": list(case.about),
        "permitted": list(case.permitted),
        "referred": list(case.referred),
        "refer_to": [{"role": role, "contact": contact} for role, contact in case.refer_to],
        "state": "open" if closing is None else "closed",
        "closing": closing,
    }


def _closing(office: Office, caller: Caller, closing: Closing) -> dict[str, Any]:
    said = asdict(closing) | {"closed_at": instant(closing.iat), "outcome": closing.outcome.value}
    said["record"] = said.pop("jti")
    del said["iat"]
    if not may_know(office, caller, closing.recorded_by):
        said["by"] = said["reason"] = None
    return said


_CASES: Final = Cases(
    name=("referrals", "referral"),
    waiting="open",
    unless_said="open",
    page=_page,
    show=lambda office, jti: office.cases.show(jti),
    shown=_shown,
    start=_oldest,
)
