"""The words of a version, in each form; and the draft, which its author may change."""

from typing import Any, Final

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from agreements import document, validate
from agreements.document import Document
from agreements.errors import DocumentError
from agreements.findings import Finding, Severity
from agreements.model import Agreement
from api import body, queries
from api.accepts import chosen
from api.agreements import AsOf, text, unknown, visible
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within
from api.etags import etag, refuse_unseen, tagged
from api.problems import ProblemError
from api.refusals import steps_told
from api.repeats import Answer, answered, named, once
from api.routes.agencies import as_of
from api.routes.agreements import AGREEMENTS
from api.steps import refuse_others
from engine import canonical
from engine.compile import agencies_of, agreement_bytes, compile_agreement
from engine.english import Names, in_english
from engine.errors import NotFoundError
from engine.service import Office
from engine.service.documents import findings_document
from engine.service.signing import draft_name
from engine.service.texts import DRAFT, refuse_name

YAML: Final = "application/yaml"
_JSON: Final = "application/json"
_AS_OF: Final = ("at", "known_at")
_VERSION: Final = AGREEMENTS + "/{agreement}/versions/{version}"
DRAFTS: Final = AGREEMENTS + "/{agreement}/versions/" + DRAFT


def router() -> APIRouter:
    """A version's words, its plain English, what was found in it; and the draft."""
    made = APIRouter()

    @made.put(DRAFTS)
    async def write(request: Request, agreement: str) -> Response:
        """Put a text in the place of the draft, or begin one."""
        queries.read(request)
        data = await body.read(
            request.stream(), request.headers, kind=YAML, max_bytes=body.MAX_BYTES
        )
        asked = named(request, data)

        def work(office: Office, caller: Caller) -> Answer:
            refuse_others(office, caller)
            return once(
                office,
                caller,
                asked,
                lambda: _write(office, caller, agreement, data, request.headers),
                done=lambda _: _written(office, agreement, data),
            )

        return (await within(request, work, data)).sent()

    @made.get(_VERSION)
    async def words(request: Request, agreement: str, version: str) -> Response:
        """The text: in the words of its author, or in the one form that is signed."""
        when = as_of(queries.read(request, *_AS_OF))
        form = chosen(request.headers.get("accept"), (_JSON, YAML))
        found = await within(
            request, lambda office, caller: _found(office, caller, agreement, version, when)
        )
        data = found.text.encode() if form == YAML else agreement_bytes(found.agreement)
        response = Response(data, headers={"Vary": "Accept"}, media_type=form)
        return tagged(response, etag(form, data), request.headers)

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

        response = await within(request, work)
        return tagged(response, etag(bytes(response.body)), request.headers)

    @made.get(_VERSION + "/findings")
    async def findings(request: Request, agreement: str, version: str) -> Response:
        """Everything to know about a text before it is signed, as of a day."""
        at = queries.instant(queries.read(request, "at"), "at")

        def work(office: Office, caller: Caller) -> Response:
            read = _found(office, caller, agreement, version, AsOf())
            found = _findings(office, read.agreement, AsOf(at))
            whose = {"id": agreement, "version": read.agreement.version}
            return sent(whose | _told(read, found) | AsOf(at).document(office))

        response = await within(request, work)
        return tagged(response, etag(bytes(response.body)), request.headers)

    return made


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


def _findings(office: Office, agreement: Agreement, when: AsOf) -> tuple[Finding, ...]:
    day = (when.at or office.premises.now()).date()
    return validate.check(agreement, office.shelf.current().bundle.law.vocabulary, now=day)


def _told(read: Document, found: tuple[Finding, ...]) -> dict[str, Any]:
    faults = sum(each.severity is Severity.ERROR for each in found)
    return {"faults": faults, "findings": findings_document(read, found)}


# --- the draft


def _write(
    office: Office, caller: Caller, agreement: str, data: bytes, headers: Any
) -> Answer:  # Any: the framework's headers.
    register, name = office.premises.register, _draft_of(agreement)
    if not register.holds(name):
        _refuse_foreign(office, caller, agreement)
    refuse_unseen(headers, etag(YAML, register.read(name)) if register.holds(name) else None)
    begins = not register.holds(name)
    try:
        read = document.parse(data)
    except DocumentError as fault:
        place = f"line {fault.line}, column {fault.column}: " if fault.line else ""
        raise ProblemError(400, fault.code, f"{place}{fault}", hint=fault.hint) from fault
    if caller.agency not in agencies_of(read.agreement):
        raise ProblemError(
            403,
            "caller",
            f"`{caller.agency}` is no party to the text",
            hint="put it among the parties; nobody else's agreements are written here",
        )
    if read.agreement.id != agreement:
        raise ProblemError(
            400, "document", "the text has another `id` than the path", hint="make them the same"
        )
    with steps_told():
        office.author.write(agreement, data)
    return _answer(office, read, data, 201 if begins else 200)


def _refuse_foreign(office: Office, caller: Caller, agreement: str) -> None:
    """Refuse to begin a draft under the id of an agreement of others."""
    register, shelved = office.premises.register, office.shelf.current()
    taken = agreement in shelved.bundle.versions or register.names(f"proposals/{agreement}")
    if taken and not visible(office, caller, agreement):
        raise unknown()


def _draft_of(agreement: str) -> str:
    try:
        refuse_name(agreement)
    except NotFoundError as fault:
        raise unknown() from fault
    return draft_name(agreement)


def _written(office: Office, agreement: str, data: bytes) -> Answer | None:
    """The answer to a draft that was written, though nobody was told."""
    register, name = office.premises.register, _draft_of(agreement)
    if not register.holds(name) or register.read(name) != data:
        return None
    return _answer(office, document.parse(data), data, 200)


def _answer(office: Office, read: Document, data: bytes, status: int) -> Answer:
    agreement = read.agreement
    said = {
        "id": agreement.id,
        "version": agreement.version,
        "state": "draft",
        "terms_sha256": canonical.digest_hex(agreement_bytes(agreement)),
    }
    told = _told(read, _findings(office, agreement, AsOf()))
    return answered(said | told, status, ETag=etag(YAML, data))
