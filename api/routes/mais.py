"""The social-care door: a MAIS `Request`, answered PERMIT, DENY or REVIEW."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import mais, mais_request
from api.auth.caller import Caller
from api.doorway import json_body, sent
from api.entrance import within
from api.evaluation import evaluate
from api.site import Site
from engine.service import Office

REQUESTS: Final = "/mais/v1/requests"


def router() -> APIRouter:
    """Where requests come in."""
    made = APIRouter()

    @made.post(REQUESTS)
    async def asked(request: Request) -> Response:
        """Answer a request under the first of its policies that permits it."""
        data, said = await json_body(request)
        site: Site = request.app.state.site

        def work(office: Office, caller: Caller) -> dict[str, Any]:
            return _answer(office, caller, said.members, site.url)

        return sent(await within(request, work, data))

    return made


def _answer(office: Office, caller: Caller, said: Mapping[str, Any], url: str) -> dict[str, Any]:
    request, client = mais_request.read(said), caller.client
    role = client.roles[0] if len(client.roles) == 1 else None
    bundle = office.shelf.current().bundle
    # An agreement among others is answered like one that is not there.
    mine = {key: each for key, each in bundle.slices.items() if client.agency in each.bound}
    agreements = {key: each.agreement for key, each in mine.items()}
    # All are understood before any is asked, so that a fault in the last leaves no record.
    found = [mais.named(policy, agreements) for policy in request.policies]
    puts = [
        mais.evaluation(request, each, client.agency, role, bundle.law.vocabulary) for each in found
    ]
    told = []
    for put in puts:
        told.append(evaluate(office, caller, put))
        if told[-1]["decision"]:
            break
    answers = list(zip(found, told, strict=False))
    best = min(answers, key=lambda each: list(mais.RESPONSES).index(_outcome(each[1])))
    return mais.response(said, request, *best, url)


def _outcome(told: Mapping[str, Any]) -> str:
    return str(told["context"]["outcome"])
