"""Consent: what people said, taken down by an application of an agency that it is about."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any, Final, Literal

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import StringConstraints, ValidationError

from agreements.values import Instant
from api import pages, queries, said
from api.auth.caller import Caller
from api.doorway import sent
from api.entrance import within
from api.gathering import sent_page
from api.problems import malformed, unfit
from api.repeats import Answer, answered, carried_out
from api.viewpoint import instant, known_at, may_know, not_ours, recorder_of, told
from engine.consent import ConsentState
from engine.consent_terms import Capacity, ConsentForm
from engine.errors import NotFoundError, RecordError
from engine.service import Office
from engine.service.consent_rows import ConsentRow
from engine.service.scanning import Part

CONSENTS: Final = "/v1/consents"
_SPOKEN: Final = r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$"
_Person = Annotated[str, StringConstraints(min_length=1, max_length=1024, pattern=_SPOKEN)]
_Reason = Annotated[
    str, StringConstraints(min_length=1, max_length=1024, pattern=r"^[^\x00-\x1f\x7f]+$")
]
_Id = Annotated[str, StringConstraints(min_length=1, max_length=64)]


class Given(said.Said):
    """What somebody answered when they were asked; `form` is docs/consent.md's."""

    person: _Person
    state: Literal["requested", "given", "refused"]
    form: dict[str, Any]  # Any: read by `ConsentForm`.
    consent: _Id | None = None


class Withdrawn(said.Said):
    """That a consent is withdrawn."""

    person: _Person
    capacity: Capacity = Capacity.SUBJECT
    reason: _Reason | None = None


class Renewed(said.Said):
    """That a consent is given again, in the same words."""

    person: _Person
    expires: Instant


class Whose(said.Said):
    """Of which person the consents are looked for."""

    person: _Person


def router() -> APIRouter:
    """Consent, from its first word to its last."""
    made = APIRouter()
    _writing(made)
    _reading(made)
    return made


def _writing(made: APIRouter) -> None:
    @made.post(CONSENTS)
    async def give(request: Request) -> Response:
        """Take down that somebody was asked for consent, gave it, or refused it."""
        data, wanted = await said.read(request, Given)

        def work(office: Office, caller: Caller) -> Answer:
            # Within: that its parts do not go together is told after what is malformed.
            return _give(office, caller, wanted, _form(wanted.form))

        return await carried_out(request, data, work)

    @made.post(CONSENTS + "/{consent}/withdraw")
    async def withdraw(request: Request, consent: str) -> Response:
        """Take down that it is withdrawn; the very next answer heeds it."""
        data, wanted = await said.read(request, Withdrawn)
        return await carried_out(request, data, lambda o, c: _withdraw(o, c, consent, wanted))

    @made.post(CONSENTS + "/{consent}/renew")
    async def renew(request: Request, consent: str) -> Response:
        """Take down that it is given again, until a later date."""
        data, wanted = await said.read(request, Renewed)
        return await carried_out(request, data, lambda o, c: _renew(o, c, consent, wanted))


def _reading(made: APIRouter) -> None:
    @made.post(CONSENTS + "/find")
    async def find(request: Request) -> Response:
        """The consents of one person; their reference is in the body, and in no address."""
        data, wanted = await said.read(request, Whose)

        def found(office: Office, caller: Caller) -> list[dict[str, Any]]:
            rows = office.consents.listed(wanted.person)
            ours = (row for row in rows if caller.agency in (*row.controllers, *row.recipients))
            return [_row(row) for row in ours]

        return sent({"consents": await within(request, found, data)})

    @made.get(CONSENTS)
    async def consents(request: Request) -> Response:
        """Those that the caller's agency is one end of, newest first."""
        found = queries.read(request, "state", "at", "known_at", *pages.NAMES)
        asked = pages.wanted(request, found)
        state = queries.choice(found, "state", tuple(ConsentState))
        at = queries.instant(found, "at")

        def piece(office: Office, caller: Caller, before: int, limit: int) -> Part[Any]:
            known = known_at(office, found)
            part = office.consents.page(
                caller.agency, at=at, known_at=known, before=before, look_at=limit
            )
            rows = ((at, row) for at, row in part.found if state in (None, row.state))
            return Part(tuple((at, _row(row)) for at, row in rows), part.on)

        return await sent_page(request, "consents", asked, piece)

    @made.get(CONSENTS + "/{consent}")
    async def one(request: Request, consent: str) -> Response:
        """One consent, as it stands."""
        found = queries.read(request, "at", "known_at")
        at = queries.instant(found, "at")

        def row(office: Office, caller: Caller) -> dict[str, Any]:
            known = known_at(office, found)
            return _row(_mine(office, caller, consent, at=at, known_at=known))

        return sent(await within(request, row))

    @made.get(CONSENTS + "/{consent}/receipt")
    async def receipt(request: Request, consent: str) -> Response:
        """The receipt for the person, from the agency that took the consent down."""
        found = await within(request, lambda office, caller: _receipt(office, caller, consent))
        return Response(orjson.dumps(found), media_type="application/ld+json")


def _form(given: dict[str, Any]) -> ConsentForm:
    try:
        return ConsentForm.model_validate_json(orjson.dumps(given))
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False, include_context=False)[0]
        where = ".".join(("form", *map(str, first["loc"])))[:200]
        message = f"`{where}`: {first['msg'].removeprefix('Value error, ')}"
        if first["type"] == "value_error" and first["loc"] in ((), ("given_by",)):
            raise unfit(message, hint="docs/consent.md") from fault
        raise malformed(message, hint="docs/consent.md says what a form holds") from fault


def _refuse_opening_others(caller: Caller, controllers: Any, recipients: Any) -> None:
    """INVARIANT: whatever a consent could open has the caller's agency as one end."""
    if {caller.agency} not in (set(controllers), set(recipients)):
        raise not_ours("the caller's agency is not an end of every disclosure that this would open")


def _give(office: Office, caller: Caller, wanted: Given, form: ConsentForm) -> Answer:
    _refuse_opening_others(caller, form.controllers, form.recipients)
    if wanted.consent is not None:
        _mine(office, caller, wanted.consent)
    with told(), _same_to_all():
        row = office.consents.answer(
            wanted.person,
            form,
            ConsentState(wanted.state),
            consent=wanted.consent,
            recorder=recorder_of(caller),
        )
    return answered(_row(row), 201, Location=f"{CONSENTS}/{row.consent}")


def _withdraw(office: Office, caller: Caller, consent: str, wanted: Withdrawn) -> Answer:
    _mine(office, caller, consent)
    with told(), _same_to_all():
        row = office.consents.follow(
            wanted.person,
            ConsentState.WITHDRAWN,
            consent=consent,
            capacity=wanted.capacity,
            reason=wanted.reason,
            recorder=recorder_of(caller),
        )
    return answered(_row(row), 201)


def _renew(office: Office, caller: Caller, consent: str, wanted: Renewed) -> Answer:
    before = _mine(office, caller, consent)
    _refuse_opening_others(caller, before.controllers, before.recipients)
    with told(), _same_to_all():
        row = office.consents.follow(
            wanted.person,
            ConsentState.RENEWED,
            consent=consent,
            expires=wanted.expires,
            recorder=recorder_of(caller),
        )
    return answered(_row(row), 201)


@contextmanager
def _same_to_all() -> Iterator[None]:
    """Have what is not there, is others', or is of another person answered alike."""
    try:
        yield
    except (NotFoundError, RecordError) as fault:
        raise _missing() from fault


def _missing() -> NotFoundError:
    return NotFoundError("there is no such consent", hint="look at its number, and at the person")


def _mine(office: Office, caller: Caller, consent: str, **when: Any) -> ConsentRow:
    """A consent of which the caller's agency is one end.

    Raises:
        NotFoundError: There is none, or it is others'; nobody learns which.
    """
    with _same_to_all():
        row = office.consents.find(consent, **when)
        if caller.agency not in (*row.controllers, *row.recipients):
            raise NotFoundError("it is others'")
    return row


def _receipt(office: Office, caller: Caller, consent: str) -> dict[str, Any]:
    row = _mine(office, caller, consent)
    if not may_know(office, caller, row.recorded_by):
        raise _missing()
    with _same_to_all():
        return office.consents.receipt(consent).document()


def _row(row: ConsentRow) -> dict[str, Any]:
    return {
        "consent": row.consent,
        "person": row.person,
        "kind": row.kind.value,
        "state": row.state.value,
        "controllers": list(row.controllers),
        "recipients": list(row.recipients),
        "information": list(row.information),
        "purposes": list(row.purposes),
        "expires": instant(row.expires_s),
        "recorded_at": instant(row.recorded_s),
        "record": row.jti,
        "index": row.index,
    }
