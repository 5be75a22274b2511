"""Decisions as lines of JSON, for whoever keeps a log of the decisions of many systems."""

from collections.abc import AsyncIterator, Mapping
from typing import Final
from urllib.parse import urlencode

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response, StreamingResponse

from api import queries
from api.auth.caller import Caller
from api.entrance import within
from api.queries import number
from api.viewpoint import recorded, view_of
from engine.canonical import Json
from engine.decision_log import Detail
from engine.service import Office
from engine.service.shelf import known_to

DECISIONS: Final = "/v1/decision-log"
LINES: Final = "application/jsonl"
MAX_PLACES: Final = 10_000
"""How many places of the log are looked at in one request, at most."""
_PLACES: Final = 1_000
_AT_ONCE: Final = 50
"""How many are written in one go, while whoever asks for a decision waits."""
_MAX_SIZE: Final = 2**53 - 1


def router() -> APIRouter:
    """The log of decisions (docs/decision-log.md)."""
    made = APIRouter()

    @made.get(DECISIONS)
    async def decisions(request: Request) -> Response:
        """Decisions as lines of JSON, oldest first (docs/decision-log.md)."""
        found = queries.read(request, "level", "from", "limit", "since", "until", "at", "known_at")
        detail = Detail(number(found, "level", 1, max(Detail), max(Detail)))
        limit = number(found, "limit", 1, MAX_PLACES, _PLACES)
        times = queries.instant(found, "since"), queries.instant(found, "until")
        since_s, until_s = (None if each is None else int(each.timestamp()) for each in times)

        def span(office: Office, _: Caller) -> tuple[int, int, int, int | None]:
            known_s = known_to(office.premises, recorded(office, found))
            ends = [each for each in (until_s, known_s and known_s + 1) if each is not None]
            start = office.extracts.first_place(since_s)
            if "from" in found:
                start = number(found, "from", 0, _MAX_SIZE, 0)
            size = office.premises.records.head().size
            return start, min(start + limit, size), size, min(ends, default=None)

        start, end, size, before_s = await within(request, span)

        async def lines() -> AsyncIterator[bytes]:
            for place in range(start, end, _AT_ONCE):

                def piece(
                    office: Office, caller: Caller, place: int = place
                ) -> list[dict[str, Json]]:
                    part = office.extracts.decisions(
                        detail,
                        start=place,
                        since_s=since_s,
                        until_s=before_s,
                        limit=min(_AT_ONCE, end - place),
                        agency=view_of(office, caller),
                    )
                    return [each for _, each in part.found]

                for each in await within(request, piece):
                    yield orjson.dumps(each, option=orjson.OPT_APPEND_NEWLINE)

        headers = {"Link": f'<{_next(found, end)}>; rel="next"'} if end < size else {}
        return StreamingResponse(lines(), media_type=LINES, headers=headers)

    return made


def _next(found: Mapping[str, str], place: int) -> str:
    return f"{DECISIONS}?{urlencode({**found, 'from': str(place)})}"
