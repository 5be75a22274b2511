"""Records, for the two agencies they are about, and for auditors."""

from collections.abc import Mapping
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from api import pages, queries
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within
from api.etags import etag, hold, tagged
from api.gathering import place_in, sent_page
from api.viewpoint import instant, may_know, recorded, view_of
from engine.canonical import Json
from engine.decide import Outcome
from engine.errors import NotFoundError
from engine.record import Kind
from engine.service import Office
from engine.service.clients import Scope
from engine.service.evidence import EntryRow, row_of
from engine.service.extracts import Wanted
from engine.service.filing import read_entry
from engine.service.scanning import Part, glanced
from engine.service.shelf import known_to

RECORDS: Final = "/v1/records"
FILTERS: Final = (
    *("kind", "outcome", "agreement", "evaluation_id"),
    *("since", "until", "at", "known_at"),
)


def router() -> APIRouter:
    """Records, one by one and many, and their proofs."""
    made = APIRouter()

    @made.get(RECORDS)
    async def records(request: Request) -> Response:
        """The newest first: what the caller's agency is one end of; all, for auditors."""
        found = queries.read(request, *FILTERS, *pages.NAMES)
        asked, filters = pages.wanted(request, found), _filters(found)
        place = place_in(asked)

        def start(office: Office, caller: Caller) -> int | None:
            return office.extracts.start(_wanted(office, caller, filters, found), place)

        def piece(office: Office, caller: Caller, before: int, limit: int) -> Part[Json]:
            wanted = _wanted(office, caller, filters, found)
            if "evaluation_id" in found:
                return _named(office, wanted, found["evaluation_id"])
            end = office.extracts.end(wanted)
            part = office.extracts.records(wanted, before=before, end=end, limit=limit)
            return Part(tuple((place, _row(row)) for place, row in part.found), part.on)

        return await sent_page(request, "records", asked, piece, start)

    @made.get(RECORDS + "/{jti}")
    async def record(request: Request, jti: str) -> Response:
        """One record: for both its ends, and for auditors."""
        hold(request.headers)
        body = await within(request, lambda office, caller: _record(office, caller, jti))
        return tagged(sent(body), etag(body["record"]), request.headers)

    @made.get(RECORDS + "/{jti}/proof")
    async def proof(request: Request, jti: str) -> Response:
        """Its proof; with its hidden claims for the agency that asked, or had it recorded."""
        found = await within(request, lambda office, caller: _proof(office, caller, jti))
        return Response(found, media_type="application/json")

    return made


def _filters(found: Mapping[str, str]) -> Wanted:
    since, until = queries.instant(found, "since"), queries.instant(found, "until")
    return Wanted(
        kind=queries.choice(found, "kind", tuple(Kind)),
        outcome=queries.choice(found, "outcome", tuple(Outcome)),
        agreement=found.get("agreement"),
        since_s=None if since is None else int(since.timestamp()),
        until_s=None if until is None else int(until.timestamp()),
    )


def _wanted(office: Office, caller: Caller, filters: Wanted, found: Mapping[str, str]) -> Wanted:
    known_s = known_to(office.premises, recorded(office, found))
    ends = [each for each in (filters.until_s, known_s and known_s + 1) if each is not None]
    return Wanted(
        agency=view_of(office, caller),
        kind=filters.kind,
        outcome=filters.outcome,
        agreement=filters.agreement,
        since_s=filters.since_s,
        until_s=min(ends, default=None),
    )


def _named(office: Office, wanted: Wanted, jti: str) -> Part[Json]:
    try:
        entry = office.extracts.entry(jti, wanted.agency)
    except NotFoundError:
        return Part((), None)
    is_wanted = wanted.takes_row(entry) and wanted.takes(office.premises.records, glanced(entry))
    return Part(((entry.index, _row(row_of(entry))),) if is_wanted else (), None)


def _row(row: EntryRow) -> dict[str, Json]:
    said: dict[str, Json] = {"evaluation_id": row.jti, "index": row.index, "kind": row.kind}
    said["made"] = instant(row.iat)
    more: dict[str, Json] = {
        "outcome": row.outcome,
        "code": row.code,
        "from": row.holder,
        "to": row.recipient,
        "agreement": row.agreement,
        "of": row.of,
        "act": row.act,
        "party": row.party,
        "counts_from": instant(row.from_s),
    }
    return {**said, **{name: value for name, value in more.items() if value is not None}}


def _record(office: Office, caller: Caller, jti: str) -> dict[str, Any]:
    entry = office.extracts.entry(jti, view_of(office, caller))
    return {"jti": entry.jti, "index": entry.index, "record": entry.jws}


def _proof(office: Office, caller: Caller, jti: str) -> bytes:
    entry = office.extracts.entry(jti, view_of(office, caller))
    said = read_entry(entry).payload
    asked_by = said.get("asked_by") or said.get("recorded_by", {}).get("agency")
    # Who only audits sees that a record holds, and no word that it hides.
    hidden = caller.scopes != {Scope.AUDIT} and may_know(office, caller, asked_by)
    return office.evidence.proof(entry.jti, hidden=hidden)
