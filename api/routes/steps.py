"""What an agency does about an agreement over HTTP: the very steps of the terminal.

Each step is a resource of the agreement, to which it is posted, once or again under the
same name.
"""

from collections.abc import Callable
from typing import Final, TypeVar

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agreements.lifecycle import Act
from api import acts, queries, said, steps
from api.auth.caller import Caller
from api.entrance import within
from api.repeats import Answer, named, once
from api.routes.agreements import AGREEMENTS
from api.step_shapes import Acting, Asking, Proposing, Publishing, Signing
from engine.service import Office

STEP: Final = AGREEMENTS + "/{agreement}/"

S = TypeVar("S", bound=said.Said)


def router() -> APIRouter:
    """Every step."""
    made = APIRouter()

    @made.post(STEP + "propose")
    async def propose(request: Request, agreement: str) -> Response:
        """Fix the text of the draft, so that every party signs the same one."""
        return await _taken(request, agreement, Proposing, steps.propose)

    @made.post(STEP + "sign")
    async def sign(request: Request, agreement: str) -> Response:
        """Sign, for the caller's agency, the text and the change that it was shown."""
        return await _taken(request, agreement, Signing, steps.sign)

    @made.post(STEP + "publish")
    async def publish(request: Request, agreement: str) -> Response:
        """Bring a version that all have signed into force."""
        return await _taken(request, agreement, Publishing, steps.publish)

    @made.post(STEP + "send-back")
    async def send_back(request: Request, agreement: str) -> Response:
        """Send a proposed version back with a question."""
        return await _taken(request, agreement, Asking, acts.send_back)

    for act in acts.FOR_A_REASON:
        _acts(made, act)
    return made


def _acts(made: APIRouter, act: Act) -> None:
    @made.post(STEP + act.value)
    async def done(request: Request, agreement: str) -> Response:
        return await _taken(request, agreement, Acting, acts.by_a_party(act))


async def _taken(
    request: Request,
    agreement: str,
    shape: type[S],
    takes: Callable[[Office, Caller, str, S], steps.Step],
) -> Response:
    """Take a step once, however often it is asked for under one name."""
    queries.read(request)
    data, asked = await said.read(request, shape)
    name = named(request, data)

    def work(office: Office, caller: Caller) -> Answer:
        step = takes(office, caller, agreement, asked)
        return once(office, caller, name, step.take, done=step.taken)

    return (await within(request, work, data)).sent()
