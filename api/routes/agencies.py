"""Agencies, as the office knows them: by its list, and by agreements of the caller's own."""

from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import pages, queries
from api.agreements import AsOf
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within_tagged
from api.refusals import steps_told
from engine.errors import NotFoundError
from engine.service import Office
from engine.service.documents import agency_document

AGENCIES: Final = "/v1/agencies"
_AS_OF: Final = ("at", "known_at")
_KIND: Final = "its kind"


def router() -> APIRouter:
    """All of them, and one."""
    made = APIRouter()

    @made.get(AGENCIES)
    async def listed(request: Request) -> Response:
        """Every agency that the caller may know of, by id."""
        found = queries.read(request, *_AS_OF, *pages.NAMES)
        wanted, when = pages.wanted(request, found), as_of(found)

        def work(office: Office, caller: Caller) -> Response:
            with steps_told():
                rows = _rows(office, caller, when)
            page = pages.cut(rows, wanted, lambda each: str(each["id"]))
            return pages.sent_list("agencies", page, wanted, **when.document(office))

        return await within_tagged(request, work)

    @made.get(AGENCIES + "/{agency}")
    async def one(request: Request, agency: str) -> Response:
        """One agency."""
        when = as_of(queries.read(request, *_AS_OF))

        def work(office: Office, caller: Caller) -> Response:
            with steps_told():
                rows = _rows(office, caller, when)
            row = next((each for each in rows if each["id"] == agency), None)
            if row is None:
                raise NotFoundError(
                    "there is no such agency", hint="`GET /v1/agencies` lists those there are"
                )
            return sent(row | when.document(office))

        return await within_tagged(request, work)

    return made


def as_of(found: dict[str, str]) -> AsOf:
    """As of when a request asks, by its parameters."""
    return AsOf(queries.instant(found, "at"), queries.instant(found, "known_at"))


def _rows(office: Office, caller: Caller, when: AsOf) -> list[dict[str, Any]]:  # Any: JSON.
    rows = office.agencies(when.at, known_at=when.known_at, seen_by=caller.agency)
    return [_unsaid(agency_document(row)) for row in rows]


def _unsaid(said: dict[str, Any]) -> dict[str, Any]:
    """What an agency is may rest on an agreement of others, which is not named."""
    for name in ("public_authority", "competent_authority"):
        if said[name]["by"].startswith(_KIND):
            said[name]["by"] += ", or an agreement of others"
    return said
