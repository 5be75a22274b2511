"""The words of a version, in each form; and what is to be known of them."""

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from agreements import validate
from agreements.document import Document
from agreements.findings import Finding, Severity
from agreements.model import Agreement
from api import queries
from api.accepts import chosen
from api.agreements import AsOf, text
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within, within_tagged
from api.etags import etag, hold, tagged
from api.refusals import steps_told
from api.routes.agencies import as_of
from api.routes.agreements import AGREEMENTS
from engine.compile import agreement_bytes, compile_agreement
from engine.english import Names, in_english
from engine.service import Office
from engine.service.documents import findings_document

YAML: Final = "application/yaml"
_JSON: Final = "application/json"
_AS_OF: Final = ("at", "known_at")
_VERSION: Final = AGREEMENTS + "/{agreement}/versions/{version}"


def router() -> APIRouter:
    """A version's words, its plain English, and what was found in it."""
    made = APIRouter()

    @made.get(_VERSION)
    async def words(request: Request, agreement: str, version: str) -> Response:
        """The text: in the words of its author, or in the one form that is signed."""
        when = as_of(queries.read(request, *_AS_OF))
        return await sent_words(request, agreement, version, when)

    @made.get(_VERSION + "/english")
    async def english(request: Request, agreement: str, version: str) -> Response:
        """What each clause means, read from what the engine enforces."""
        when = as_of(queries.read(request, *_AS_OF))

        def work(office: Office, caller: Caller) -> Response:
            read = _found(office, caller, agreement, version, when).agreement
            with steps_told():
                said = _in_english(office, read)
            whose = {"id": read.id, "version": read.version, "title": read.title}
            return sent(whose | {"clauses": said} | when.document(office))

        return await within_tagged(request, work)

    @made.get(_VERSION + "/findings")
    async def findings(request: Request, agreement: str, version: str) -> Response:
        """Everything to know about a text before it is signed, as of a day."""
        at = queries.instant(queries.read(request, "at"), "at")

        def work(office: Office, caller: Caller) -> Response:
            read = _found(office, caller, agreement, version, AsOf())
            found = findings_of(office, read.agreement, AsOf(at))
            whose = {"id": agreement, "version": read.agreement.version}
            return sent(whose | with_findings(read, found) | AsOf(at).document(office))

        return await within_tagged(request, work)

    return made


async def sent_words(request: Request, agreement: str, version: str, when: AsOf) -> Response:
    """The text of a version that the caller may see, in the form it asks for.

    Raises:
        ProblemError: 406, in no form that there is.
        NotFoundError: There is no such version.
    """
    hold(request.headers)
    form = chosen(request.headers.get("accept"), (_JSON, YAML))
    found = await within(
        request, lambda office, caller: _found(office, caller, agreement, version, when)
    )
    data = found.text.encode() if form == YAML else agreement_bytes(found.agreement)
    response = Response(data, headers={"Vary": "Accept"}, media_type=form)
    return tagged(response, etag(form, data), request.headers)


def _found(office: Office, caller: Caller, agreement: str, version: str, when: AsOf) -> Document:
    with steps_told():
        return text(office, caller, agreement, version, when)


def _in_english(office: Office, agreement: Agreement) -> list[dict[str, Any]]:  # Any: JSON.
    vocabulary = office.shelf.current().bundle.law.vocabulary
    compiled = compile_agreement(agreement, vocabulary)
    policies = orjson.loads(compiled.policies_json)["staticPolicies"]
    names = Names.of(agreement, vocabulary)
    return [
        {
            "id": clause.id,
            "title": clause.title,
            "english": in_english(policies[f"{agreement.id}/{clause.id}"], names),
        }
        for clause in agreement.clauses
    ]


def findings_of(office: Office, agreement: Agreement, when: AsOf) -> tuple[Finding, ...]:
    """All there is to know about a text, as of a day."""
    day = (when.at or office.premises.now()).date()
    return validate.check(agreement, office.shelf.current().bundle.law.vocabulary, now=day)


def with_findings(read: Document, found: tuple[Finding, ...]) -> dict[str, Any]:
    """The same as it is told; with how much of it would keep the text from being proposed."""
    faults = sum(each.severity is Severity.ERROR for each in found)
    return {"faults": faults, "findings": findings_document(read, found)}
