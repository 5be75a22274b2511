"""What is answered while an office will not open: that it will not, and nothing else.

A cold start without a register that holds decides nothing; it is tried again until it does.
"""

from datetime import UTC, datetime
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api import journal
from api.doorway import Message, Receive, Send, sent, told
from api.sighting import sighting_of
from engine.errors import ConcordatError

HEALTH: Final = "/health"


class Shut:
    """A counter that is shut.

    Args:
        fault: Why.
        since: Since when; now if nothing is given.
    """

    def __init__(self, fault: ConcordatError, since: datetime | None = None) -> None:
        self.since: Final = since or datetime.now(UTC)  # noqa: TID251 -- Shown, decides nothing.
        self._fault: Final = fault

    @property
    def said(self) -> str:
        """Why, in words."""
        return str(self._fault)

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        response = await self._answered(Request(scope))
        await response(scope, receive, send)

    async def _answered(self, request: Request) -> Response:
        if request.url.path != HEALTH:
            return await told(request, self._fault)
        sighting_of(request.scope).route = HEALTH
        wrong = {
            "of": "office",
            "code": self._fault.code,
            "said": journal.plain(self.said),
            "since": self.since.strftime("%Y-%m-%dT%H:%M:%SZ"),
        }
        return sent({"status": "shut", "unsound": [wrong]})
