"""Whether a form for consent can be recorded, and what the person was told of each party."""

from collections.abc import Iterator
from datetime import datetime

from agreements.model import Contact
from agreements.vocabulary import Kind
from engine.bundle import Bundle
from engine.consent import LASTING, ConsentState
from engine.consent_terms import ConsentForm, ConsentParty
from engine.errors import RequestError

_IN_NOTICE = "as the notice says"


def refuse_unfit(form: ConsentForm, bundle: Bundle, state: ConsentState, now: datetime) -> None:
    """Refuse a form that cannot be answered so, or names what nobody knows.

    Raises:
        RequestError: The message names the first fault.
    """
    for word, said in _unknown(form, bundle):
        raise RequestError(f"`{word}` {said}", hint="`docs/consent.md` says what a form holds")
    if form.said_at is not None and form.said_at > now:
        raise RequestError("`said_at` is still to come", hint="leave it out: it is now")
    if form.override is not None and state is not ConsentState.REFUSED:
        raise RequestError("`override` is for sharing in spite of a refusal")
    if state not in LASTING:
        return
    try:
        form.refuse_unfit_to_give()
    except ValueError as fault:
        raise RequestError(str(fault)) from fault
    if form.expires is not None and form.expires <= now:
        raise RequestError("`expires` is past already", hint="consent lasts until a date to come")


def _unknown(form: ConsentForm, bundle: Bundle) -> Iterator[tuple[str, str]]:
    words = bundle.law.vocabulary
    for code in form.information:
        if not words.has(Kind.INFORMATION, code):
            yield code, "is not a known category of information"
        elif code not in bundle.law.categories:
            yield code, "is a group; consent names each category"
    for code in form.purposes:
        if not words.has(Kind.PURPOSE, code):
            yield code, "is not a known purpose"
    bases = (Kind.ARTICLE6, Kind.ARTICLE9, Kind.LE_BASIS)
    for code in form.lawful_basis:
        if not any(words.has(kind, code) for kind in bases):
            yield code, "is not a known lawful basis"


def told_parties(form: ConsentForm, bundle: Bundle) -> list[ConsentParty]:
    """Each controller and recipient, from the form or else from the published agreements."""
    told = {each.id: each for each in form.parties}
    known = {**_published(bundle), **told}
    named = dict.fromkeys((*form.controllers, *form.recipients))
    return [known.get(agency) or _party(agency, agency, "agency", None) for agency in named]


def _published(bundle: Bundle) -> dict[str, ConsentParty]:
    found = {}
    for each in bundle.slices.values():
        for party in each.agreement.parties:
            if not party.class_of:
                found[party.id] = _party(party.id, party.name, party.kind, party.contact)
            for member in party.members:
                found[member.agency] = _party(member.agency, member.name, party.kind, party.contact)
    return found


def _party(agency: str, name: str, kind: str, contact: Contact | None) -> ConsentParty:
    reached = None if contact is None else contact.email or contact.telephone or contact.role
    address = None if contact is None else contact.address
    return ConsentParty(
        id=agency,
        name=name,
        address=address or _IN_NOTICE,
        contact=reached or _IN_NOTICE,
        type=kind,
    )
