"""The counter, put together."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import cache
from pathlib import Path

from fastapi import APIRouter, Depends, FastAPI, Request
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.types import Receive, Scope, Send

from api.beforehand import TIMEOUT_S, Beforehand
from api.counter import MAX_WAITING, Counter
from api.doorway import App, Doorway, told
from api.entrance import let_in
from api.evaluation import answer_together
from api.observation import Observation
from api.opening import Opening
from api.rates import Rates
from api.routes import (
    access,
    agencies,
    agreements,
    consents,
    decision_log,
    drafts,
    emergencies,
    hooks,
    log,
    mais,
    oauth,
    public,
    records,
    referrals,
    reports,
    searches,
    steps,
    texts,
    watching,
)
from api.scopes import methods
from api.site import Site, token_key
from api.straight import Straight
from concordat import __version__
from engine.errors import ConcordatError
from engine.service import Office


class Application(FastAPI):
    """The framework's application, with a straight way past it if there is one."""

    straight: Straight | None = None
    shut: App | None = None
    """What answers in place of everything while the office will not open."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take one request, or the start and end of the whole."""
        if self.shut is not None and scope["type"] == "http":
            await self.shut(scope, receive, send)
        else:
            await super().__call__(scope, receive, send)


def create_app(
    office: Path,
    *,
    url: str = "",
    max_waiting: int = MAX_WAITING,
    timeout_s: float = TIMEOUT_S,
    hot: bool = True,
    waits: bool = False,
    worker: int = 0,
    beforehand: Beforehand | None = None,
) -> FastAPI:
    """Make the application of one office; it opens the office when it is started.

    Args:
        office: The office's folder.
        url: Where applications reach it, if `office.toml` does not say.
        max_waiting: How many questions may wait before more are refused.
        timeout_s: How long to wait for another program that is appending to the log.
        hot: Whether evaluations take the straight way, where the server has one; the answers
            are the same.
        waits: Whether it answers 503 while the office will not open, and tries again.
        worker: Which one this is, if several answer; the first pulls from the shared register.
        beforehand: The office, if it is open already.
    """
    counter = Counter(
        office,
        answer_together,
        max_waiting=max_waiting,
        timeout_s=timeout_s,
        beforehand=beforehand,
    )
    observation = Observation()
    observation.metrics.gauge(
        "waiting", "Requests that wait for the office", lambda: counter.waiting
    )

    opening = Opening(
        office, counter, observation, lambda here: _site(here, url), waits=waits, worker=worker
    )

    @asynccontextmanager
    async def opened(_: FastAPI) -> AsyncIterator[None]:
        await opening.begin(app)
        try:
            yield
        finally:
            await opening.end()

    app = Application(
        title="Concordat",
        version=__version__,
        lifespan=opened,
        openapi_url=None,  # Written once every resource stands; until then docs/http.md.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        dependencies=[Depends(let_in)],
    )
    for router in _routers():
        app.include_router(router)
    app.add_exception_handler(ConcordatError, told)
    app.add_exception_handler(HTTPException, _not_routed)
    app.add_middleware(Doorway, observation=observation)
    app.straight = Straight(counter, observation, app.state) if hot else None
    return app


@cache
def _routers() -> tuple[APIRouter, ...]:
    """The routes of every room, made once: each finds its application in the request."""
    rooms = (
        *(public, oauth, access, searches, mais, records, log, decision_log),
        *(consents, referrals, emergencies, reports, watching, hooks),
        *(agencies, agreements, drafts, texts, steps),
    )
    return tuple(room.router() for room in rooms)


async def _not_routed(request: Request, fault: Exception) -> Response:
    """Answer what no route takes; of a method, by which ones the path is asked."""
    if isinstance(fault, HTTPException) and fault.status_code == 405:
        # The framework names those of the first route that fits, and there may be another.
        allowed = ", ".join(methods(request.url.path))
        fault = HTTPException(405, headers={"Allow": allowed})
    return await told(request, fault)


def _site(office: Office, url: str) -> Site:
    premises = office.premises
    return Site(
        url=premises.settings.url or url or premises.settings.issuer,
        plain_bearer=premises.settings.plain_bearer,
        key=token_key(premises),
        opened_s=premises.now_s(),
        now_s=premises.now_s,
        draw=premises.chance.draw,
        clients=Rates(premises.settings.per_client),
        peers=Rates(premises.settings.per_peer),
        certificate_header=premises.settings.certificate_header.lower(),
        proxies=frozenset(
            filter(None, (each.strip() for each in premises.settings.proxies.split(",")))
        ),
    )
