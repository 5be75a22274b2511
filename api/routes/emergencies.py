"""What was shared because it could not wait: recording it, and reviewing it afterwards."""

from dataclasses import asdict
from functools import partial
from typing import Annotated, Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StringConstraints

from agreements.values import Line
from agreements.vocabulary import Kind as Terms
from api import pages, queries, repeats, said
from api.auth.caller import Caller
from api.counter import Counter
from api.doorway import json_body, sent
from api.entrance import bearing, identify
from api.gathering import caught_up, gathered, place_in
from api.viewpoint import (
    instant,
    may_know,
    recorded,
    recorder_of,
    refuse_foreign,
    refuse_role,
    told,
    view_of,
)
from engine.errors import NotFoundError
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
        who, counter = bearing(request), _counter(request)
        data, _ = await json_body(request)
        emergency, named = parse(data), repeats.named(request, data)
        site = request.app.state.site

        def done(office: Office) -> repeats.Answer:
            caller = identify(who, site, office)
            work = partial(_record, office, caller, emergency, data)
            return repeats.once(office, caller, named, work)

        return (await counter.ask(done)).sent()

    @made.get(EMERGENCIES)
    async def emergencies(request: Request) -> Response:
        """The newest first; only those that wait for review, if that is asked."""
        who, counter = bearing(request), _counter(request)
        found = queries.read(request, "state", "at", "known_at", *pages.NAMES)
        asked = pages.wanted(request, found)
        waiting = queries.choice(found, "state", ("unreviewed", "all")) == "unreviewed"
        place, caller = place_in(asked), partial(identify, who, request.app.state.site)

        def start(office: Office) -> int | None:
            return office.premises.records.head().size if place is None else place

        def piece(office: Office, before: int, limit: int) -> Part[Any]:
            here = caller(office)
            part = office.emergencies.page(
                view_of(office, here),
                unreviewed=waiting,
                known_at=recorded(office, found),
                before=before,
                limit=limit,
            )
            return Part(tuple((at, _shown(office, here, case)) for at, case in part.found), part.on)

        await caught_up(counter)
        return pages.sent_list("emergencies", await gathered(counter, start, piece, asked), asked)

    @made.get(EMERGENCIES + "/{jti}")
    async def emergency(request: Request, jti: str) -> Response:
        """One emergency."""
        who, counter = bearing(request), _counter(request)
        caller = partial(identify, who, request.app.state.site)
        await caught_up(counter)
        return sent(await counter.ask(lambda office: _one(office, caller(office), jti)))

    @made.post(EMERGENCIES + "/{jti}/review")
    async def review(request: Request, jti: str) -> Response:
        """Record that somebody of either end looked at it, and what they found; once."""
        who, counter = bearing(request), _counter(request)
        data, wanted = await said.read(request, Reviewed)
        named, site = repeats.named(request, data), request.app.state.site
        await caught_up(counter)

        def done(office: Office) -> repeats.Answer:
            caller = identify(who, site, office)
            work = partial(_review, office, caller, jti, wanted)
            return repeats.once(office, caller, named, work)

        return (await counter.ask(done)).sent()

    return made


def _counter(request: Request) -> Counter:
    counter: Counter = request.app.state.counter
    return counter


def _record(office: Office, caller: Caller, emergency: Emergency, data: bytes) -> repeats.Answer:
    refuse_foreign(caller, (emergency.holder, emergency.recipient))
    with told():
        words = office.shelf.current().bundle.law.vocabulary
        if emergency.role in words.codes(_ROLE):
            refuse_role(caller, emergency.role)
        made = office.emergencies.record(data, recorder=recorder_of(caller))
    body = _shown(office, caller, made)
    return repeats.answered(body, 201, Location=f"{EMERGENCIES}/{made.jti}")


def _case(office: Office, caller: Caller, jti: str) -> EmergencyCase:
    """An emergency that the caller may know of.

    Raises:
        NotFoundError: There is none, or it is others'; nobody learns which.
    """
    missing = NotFoundError("there is no such emergency", hint="look at its number")
    try:
        case = office.emergencies.show(jti)
    except NotFoundError as fault:
        raise missing from fault
    if view_of(office, caller) not in (None, case.holder, case.recipient):
        raise missing
    return case


def _one(office: Office, caller: Caller, jti: str) -> dict[str, Any]:
    return _shown(office, caller, _case(office, caller, jti))


def _review(office: Office, caller: Caller, jti: str, wanted: Reviewed) -> repeats.Answer:
    case = _case(office, caller, jti)
    refuse_foreign(caller, (case.holder, case.recipient))
    with told():
        made = office.emergencies.review(
            jti,
            finding=wanted.finding,
            role=wanted.role,
            by=wanted.by,
            recorder=recorder_of(caller),
        )
    return repeats.answered({"of": jti, **_reviewed(office, caller, made)}, 201)


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
