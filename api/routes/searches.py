"""AuthZEN: to whom, what, or how might this be disclosed?"""

from contextlib import suppress
from functools import partial
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import search
from api.auth.caller import Caller, known, with_body
from api.doorway import json_body, sent
from api.entrance import bearing, counter_of
from api.problems import unavailable
from api.search import MovedError, Plan, Tried
from api.site import Site
from api.sought import Sought
from engine.service import Office

SEARCHES: Final = {each: f"/access/v1/search/{each.value}" for each in Sought}
_TRIES: Final = 3


def router() -> APIRouter:
    """The three searches."""
    made = APIRouter()

    @made.post(SEARCHES[Sought.SUBJECT])
    async def subjects(request: Request) -> Response:
        return await _searched(request, Sought.SUBJECT)

    @made.post(SEARCHES[Sought.RESOURCE])
    async def resources(request: Request) -> Response:
        return await _searched(request, Sought.RESOURCE)

    @made.post(SEARCHES[Sought.ACTION])
    async def actions(request: Request) -> Response:
        return await _searched(request, Sought.ACTION)

    return made


async def _searched(request: Request, sought: Sought) -> Response:
    """Search, a few candidates at a time, so that whoever asks meanwhile is answered meanwhile."""
    who = bearing(request)
    data, read = await json_body(request)
    said = read.members
    site: Site = request.app.state.site
    counter = counter_of(request)
    bound = with_body(who, data, site)

    def caller(office: Office) -> Caller:
        return known(bound, office.clients.all(), site)

    def tried(plan: Plan, places: range, office: Office) -> Tried:
        return search.tried(office, caller(office), plan, places)

    for _ in range(_TRIES):
        plan = await counter.ask(lambda office: search.plan(office, caller(office), sought, said))
        with suppress(MovedError):
            parts = [await counter.ask(partial(tried, plan, each)) for each in plan.steps()]
            return sent(search.answer(plan, parts))
    raise unavailable("what is decided by changes faster than it can be searched")
