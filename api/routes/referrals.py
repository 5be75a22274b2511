"""Cases that agreements leave to a person: for the two agencies they are about."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field, StringConstraints

from agreements.values import Code, Line
from api import pages, queries, repeats, said
from api.auth.caller import Caller
from api.counter import Counter
from api.doorway import sent
from api.entrance import bearing, identify
from api.gathering import caught_up, gathered, place_in
from api.viewpoint import (
    instant,
    may_know,
    not_ours,
    recorded,
    recorder_of,
    told,
    view_of,
)
from engine.decide import Outcome
from engine.errors import NotFoundError, RequestError
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
        who, counter = bearing(request), _counter(request)
        found = queries.read(request, "state", "at", "known_at", *pages.NAMES)
        asked, place = pages.wanted(request, found), None
        every = queries.choice(found, "state", ("open", "all")) == "all"
        place, caller = place_in(asked), partial(identify, who, request.app.state.site)

        def piece(office: Office, after: int, limit: int) -> Part[Any]:
            here = caller(office)
            part = office.cases.page(
                view_of(office, here),
                closed_too=every,
                known_at=recorded(office, found),
                after=after,
                limit=limit,
            )
            return Part(tuple((at, _shown(office, here, case)) for at, case in part.found), part.on)

        await caught_up(counter)
        page = await gathered(counter, lambda _: -1 if place is None else place, piece, asked)
        return pages.sent_list("referrals", page, asked)

    @made.get(REFERRALS + "/{jti}")
    async def referral(request: Request, jti: str) -> Response:
        """One case."""
        who, counter = bearing(request), _counter(request)
        caller = partial(identify, who, request.app.state.site)
        await caught_up(counter)
        return sent(await counter.ask(lambda office: _one(office, caller(office), jti)))

    @made.post(REFERRALS + "/{jti}/close")
    async def close(request: Request, jti: str) -> Response:
        """Record what a person of either end decided; once."""
        who, counter = bearing(request), _counter(request)
        data, wanted = await said.read(request, Close)
        named, site = repeats.named(request, data), request.app.state.site
        await caught_up(counter)

        def closed(office: Office) -> repeats.Answer:
            caller = identify(who, site, office)
            work = partial(_close, office, caller, jti, wanted)
            return repeats.once(office, caller, named, work)

        return (await counter.ask(closed)).sent()

    return made


def _counter(request: Request) -> Counter:
    counter: Counter = request.app.state.counter
    return counter


def _case(office: Office, caller: Caller, jti: str) -> ReferralCase:
    """A case that the caller may know of.

    Raises:
        NotFoundError: There is none, or it is others'; nobody learns which.
    """
    missing = NotFoundError("there is no such referral", hint="look at its number")
    try:
        case = office.cases.show(jti)
    except (NotFoundError, RequestError) as fault:
        raise missing from fault
    if view_of(office, caller) not in (None, case.holder, case.recipient):
        raise missing
    return case


def _one(office: Office, caller: Caller, jti: str) -> dict[str, Any]:
    return _shown(office, caller, _case(office, caller, jti))


def _close(office: Office, caller: Caller, jti: str, wanted: Close) -> repeats.Answer:
    case = _case(office, caller, jti)
    if caller.agency not in (case.holder, case.recipient):
        raise not_ours("the caller's agency is neither of the two ends")
    # The answer names the person by their office; whoever decides speaks for that one.
    asked_of = [role for role, _ in case.refer_to]
    if asked_of and wanted.role not in asked_of:
        raise not_ours("it was left to somebody else, whom `refer_to` names")
    with told():
        closing = office.cases.close(
            jti,
            wanted.outcome,
            reason=wanted.reason,
            role=wanted.role,
            by=wanted.by,
            categories=wanted.categories,
            recorder=recorder_of(caller),
        )
    return repeats.answered({"of": jti, **_closing(office, caller, closing)}, 201)


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
