"""The draft of an agreement, which its author may change, and write a party into."""

from collections.abc import Callable
from functools import partial
from typing import Any, Final

from fastapi import APIRouter, Request
from fastapi.responses import Response

from agreements import document
from agreements.document import Document
from agreements.errors import DocumentError
from agreements.vocabulary import Kind
from api import body, queries, said
from api.agreements import AsOf, has_draft, require, unknown, visible
from api.auth.caller import Caller
from api.entrance import within
from api.etags import etag, hold, refuse_changed, refuse_unseen
from api.problems import ProblemError, unfit
from api.refusals import steps_told
from api.repeats import Answer, answered, named, once
from api.routes.agreements import AGREEMENTS
from api.routes.texts import YAML, findings_of, sent_words, with_findings
from api.step_shapes import Joining
from api.steps import refuse_others
from engine import canonical
from engine.compile import agencies_of, agreement_bytes
from engine.errors import NotFoundError
from engine.service import Office
from engine.service.signing import draft_name
from engine.service.texts import DRAFT, refuse_name

DRAFTS: Final = AGREEMENTS + "/{agreement}/versions/" + DRAFT


def router() -> APIRouter:
    """The draft: read, written, and joined."""
    made = APIRouter()

    @made.put(DRAFTS)
    async def write(request: Request, agreement: str) -> Response:
        """Put a text in the place of the draft, or begin one."""
        queries.read(request)
        data = await body.read(
            request.stream(), request.headers, kind=YAML, max_bytes=body.MAX_BYTES
        )
        return await _changed(
            request,
            data,
            lambda office, caller: _write(office, caller, agreement, data, request.headers),
            lambda office: _written(office, agreement, data),
        )

    @made.post(AGREEMENTS + "/{agreement}/accede")
    async def accede(request: Request, agreement: str) -> Response:
        """Write a party into the draft, as a version that everybody then signs."""
        queries.read(request)
        data, joining = await said.read(request, Joining)
        return await _changed(
            request,
            data,
            lambda office, caller: _accede(office, caller, agreement, joining, request.headers),
            lambda office: _acceded(office, agreement, joining),
        )

    @made.get(DRAFTS)
    async def draft(request: Request, agreement: str) -> Response:
        """The draft, likewise; it is as it is, and was never otherwise."""
        queries.read(request)
        return await sent_words(request, agreement, DRAFT, AsOf())

    return made


async def _changed(
    request: Request,
    data: bytes,
    change: Callable[[Office, Caller], Answer],
    done: Callable[[Office], Answer | None],
) -> Response:
    """Change the draft once, for an agency that writes it in this office.

    Args:
        data: The body, as it came.
        done: The answer if it was changed so, though nobody was told.
    """
    asked = named(request, data)
    hold(request.headers)

    def work(office: Office, caller: Caller) -> Answer:
        refuse_others(office, caller)
        return once(
            office, caller, asked, partial(change, office, caller), done=lambda _: done(office)
        )

    return (await within(request, work, data)).sent()


def _write(
    office: Office, caller: Caller, agreement: str, data: bytes, headers: Any
) -> Answer:  # Any: the framework's headers.
    register, name = office.premises.register, _draft_of(agreement)
    if not register.holds(name):
        _refuse_foreign(office, caller, agreement)
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
    # Last: what could not be done anyway is told as that (RFC 9110, section 13.2.1).
    refuse_unseen(headers, None if begins else etag(YAML, register.read(name)))
    with steps_told():
        office.author.write(agreement, data)
    return _answer(office, read, data, 201 if begins else 200)


def _accede(
    office: Office, caller: Caller, agreement: str, joining: Joining, headers: Any
) -> Answer:  # Any: the framework's headers.
    require(office, caller, agreement)
    if not has_draft(office, caller, agreement):
        raise unknown()
    words = office.shelf.current().bundle.law.vocabulary
    if not words.has(Kind.BODY, joining.kind):
        near = " or ".join(f"`{each}`" for each in words.suggest(Kind.BODY, joining.kind))
        hint = f"did you mean {near}?" if near else ""
        raise unfit(f"`{joining.kind}` is not a known kind of body", hint=hint)
    with steps_told():
        refuse_changed(headers, etag(YAML, office.premises.register.read(draft_name(agreement))))
        office.lifecycle.accede(
            agreement,
            joining.agency,
            name=joining.name,
            kind=joining.kind,
            class_=joining.class_,
        )
    return _drafted(office, agreement)


def _acceded(office: Office, agreement: str, joining: Joining) -> Answer | None:
    """The answer to a party that was written in, though nobody was told."""
    register, name = office.premises.register, _draft_of(agreement)
    if not register.holds(name):
        return None
    joined = agencies_of(document.parse(register.read(name)).agreement)
    return _drafted(office, agreement) if joining.agency in joined else None


def _drafted(office: Office, agreement: str) -> Answer:
    data = office.premises.register.read(draft_name(agreement))
    return _answer(office, document.parse(data), data, 200)


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
    told = with_findings(read, findings_of(office, agreement, AsOf()))
    return answered(said | told, status, ETag=etag(YAML, data))
