"""Agreements that the caller's agency is a party to: where they stand, and what they change."""

from itertools import islice
from typing import Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agreements.lifecycle import State
from api import pages, queries
from api.agreements import Asked, AsOf, is_own, require, stands, summaries, text, unknown
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within_tagged
from api.etags import hold
from api.problems import unfit
from api.refusals import steps_told
from api.routes.agencies import as_of
from engine.bundle import Slice
from engine.change_document import change_document, document_sha256
from engine.compare import Change
from engine.service import Office
from engine.service.documents import stand_document
from engine.service.texts import DRAFT

AGREEMENTS: Final = "/v1/agreements"
_AS_OF: Final = ("at", "known_at")


def router() -> APIRouter:
    """All of them, one, and what a version of one changes."""
    made = APIRouter()

    @made.get(AGREEMENTS)
    async def listed(request: Request) -> Response:
        """Every agreement that the caller's agency is a party to, by id."""
        found = queries.read(request, *_AS_OF, "party", "state", *pages.NAMES)
        state = queries.choice(found, "state", [each.value for each in State])
        asked = Asked(as_of(found), found.get("party"), state)
        wanted = pages.wanted(request, found)

        def work(office: Office, caller: Caller) -> Response:
            with steps_told():
                rows = summaries(office, caller, asked, wanted.after)
                # One more than stands on the page tells whether another follows.
                some = list(islice(rows, wanted.limit + 1))
            page = pages.cut(some, wanted, lambda each: str(each["id"]))
            return pages.sent_list("agreements", page, wanted, **asked.when.document(office))

        return await within_tagged(request, work)

    @made.get(AGREEMENTS + "/{agreement}")
    async def one(request: Request, agreement: str) -> Response:
        """Where each version stands: who signed it, who acted on it, what is possible."""
        when = as_of(queries.read(request, *_AS_OF))

        def work(office: Office, caller: Caller) -> Response:
            with steps_told():
                found = stands(office, caller, agreement, when)
            said = {"id": agreement, "versions": [stand_document(each) for each in found]}
            return sent(said | when.document(office))

        return await within_tagged(request, work)

    @made.get(AGREEMENTS + "/{agreement}/diff")
    async def diff(request: Request, agreement: str) -> Response:
        """What a version changes, by meaning: the document that whoever signs it signs as well."""
        found = queries.read(request, "from", "to", *_AS_OF)
        when = as_of(found)
        hold(request.headers)
        if "from" in found and "to" not in found:
            raise unfit("`from` stands there without `to`", hint="name both, or `to` alone")
        if "from" in found and len(found) > 2:
            raise unfit(
                "both versions are named, so there is no instant to find one by",
                hint="`to` alone is held against the version in force at `at`",
            )

        def work(office: Office, caller: Caller) -> Response:
            require(office, caller, agreement)
            with steps_told():
                change = _change(office, caller, agreement, found, when)
            document = change_document(change)
            said = document | {"change_sha256": document_sha256(document)}
            return sent(said | (when.document(office) if "from" not in found else {}))

        return await within_tagged(request, work)

    return made


def _change(
    office: Office, caller: Caller, agreement: str, found: dict[str, str], when: AsOf
) -> Change:
    if "from" in found:
        before: Slice | None = _slice(office, caller, agreement, found["from"])
    else:
        # Whoever signs a text signs what it changes, a party that joins by it included.
        before = office.what_if.running(agreement, at=when.at, known_at=when.known_at)
    after = found.get("to") or _open(office, caller, agreement)
    return office.what_if.change(before, _slice(office, caller, agreement, after))


def _open(office: Office, caller: Caller, agreement: str) -> str:
    """The version that whoever signs would sign: what is open for signature, else the draft."""
    of = office.author.proposals.to_sign(agreement)
    if of.state is not State.DRAFT:
        return of.key[1]
    if not is_own(office, caller):
        raise unknown()
    return DRAFT


def _slice(office: Office, caller: Caller, agreement: str, version: str) -> Slice:
    return office.what_if.read(text(office, caller, agreement, version, AsOf()).agreement)
