"""What the office's own data-protection officer should look at."""

from dataclasses import asdict
from datetime import timedelta
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agreements.values import FIRST, epoch_s, format_instant
from api import queries
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within
from api.gathering import caught_up
from api.problems import unfit
from api.viewpoint import instant, known_at, not_ours, recorded
from engine.service import Office
from engine.service.reasks import WITHIN_S, Asked, ReAsk, re_asks
from engine.service.scanning import place_after, place_of

REPORTS: Final = "/v1/reports"
_WITHIN: Final = timedelta(days=7)
"""How far back re-asks are looked for at a time."""
MAX_PLACES: Final = 2_000
"""And among how many records."""


def router() -> APIRouter:
    """What needs attention, and what was asked again."""
    made = APIRouter()

    @made.get(f"{REPORTS}/attention")
    async def attention(request: Request) -> Response:
        """What needs attention, the most pressing first."""
        found = queries.read(request, "at", "known_at")
        at = queries.instant(found, "at")

        def said(office: Office, caller: Caller) -> dict[str, Any]:
            _refuse_others(office, caller)
            known = known_at(office, found)
            rows = [
                asdict(each) | {"on": each.on and format_instant(each.on)}
                for each in office.attention(at, known_at=known)
            ]
            bundle = office.shelf.at(known).bundle.sha256
            return {"attention": rows, "bundle": f"sha256:{bundle}"}

        await caught_up(request)
        return sent(await within(request, said))

    @made.get(f"{REPORTS}/re-asks")
    async def asked_again(request: Request) -> Response:
        """What was refused and asked again within a day for another purpose; of a week at most."""
        found = queries.read(request, "since", "at", "known_at")
        since = queries.instant(found, "since")

        def said(office: Office, caller: Caller) -> dict[str, Any]:
            until = recorded(office, found)
            _refuse_others(office, caller)
            last = until or office.premises.now()
            first = since or max(last - _WITHIN, FIRST)
            if last - first > _WITHIN:
                said = f"`since` is more than {_WITHIN.days} days before the end"
                raise unfit(said, hint="ask for a part of it at a time")
            _refuse_many(office, epoch_s(first) - WITHIN_S, epoch_s(last))
            rows = re_asks(office.premises, since_s=epoch_s(first), known_at=until)
            told = [_row(caller, each) for each in rows]
            return {"re_asks": told, "since": format_instant(first), "until": format_instant(last)}

        return sent(await within(request, said))

    return made


def _refuse_others(office: Office, caller: Caller) -> None:
    """Whoever looks an office over is of its own agency."""
    if caller.agency != office.settings.agency:
        raise not_ours("the caller's agency is not the office's own")


def _refuse_many(office: Office, since_s: int, until_s: int) -> None:
    """Refuse what would hold up whoever asks for a decision meanwhile."""
    records = office.premises.records
    if place_after(records, until_s) - place_of(records, since_s) > MAX_PLACES:
        raise unfit(
            f"more than {MAX_PLACES} records were made in that time, or on the day before it",
            hint="ask for less with `since`, or at the office's terminal",
        )


def _row(caller: Caller, each: ReAsk) -> dict[str, Any]:
    mine = each.asked_by == caller.agency
    return {
        "from": each.holder,
        "to": each.recipient,
        "asked_by": each.asked_by,
        "information": list(each.information),
        "first": _asked(each.first, mine=mine),
        "again": _asked(each.again, mine=mine),
    }


def _asked(asked: Asked, *, mine: bool) -> dict[str, Any]:
    said = {
        "evaluation_id": asked.jti,
        "answered_at": instant(asked.iat),
        "purpose": asked.purpose,
        "outcome": asked.outcome,
        "code": asked.code,
    }
    # Who asked is hidden in the record, and shown to the agency that asked alone.
    return said | ({"requester": asked.requester} if mine else {})
