"""Writing a party into a running agreement: the next version of its text, for all to sign.

Promises that nobody joins a text that others signed without their signatures, and
that every comment and every other word stays as it was.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from agreements import document
from agreements.errors import AgreementError, VocabularyError
from agreements.lifecycle import State
from agreements.model import Agreement
from agreements.spelling import Json
from agreements.vocabulary import Kind, Vocabulary
from engine.canonical import escaped
from engine.service.premises import Premises
from engine.service.proposing import Drafts
from engine.service.shelf import Shelf
from engine.service.signing import draft_name
from engine.service.stand import stand

CAPACITY: Final = "controller"


@dataclass(frozen=True, slots=True)
class Acceded:
    """A party written into a text.

    Attributes:
        before: The version that the text was.
        version: The version that it is now.
    """

    agreement: str
    before: str
    version: str
    agency: str
    path: Path


def accede(
    premises: Premises,
    shelf: Shelf,
    drafts: Drafts,
    agreement_id: str,
    agency: str,
    *,
    name: str,
    kind: str,
    class_: str | None = None,
) -> Acceded:
    """Write a party into the text of an agreement, as a version of its own.

    Args:
        agency: The agency that joins, by id.
        name: What it is called.
        kind: What body it is, by the vocabulary.
        class_: The class of parties it becomes a member of; else a party of its own.

    Raises:
        AgreementError: It is a party already, or there is no such class or kind of body.
        DocumentError: The text with it is no agreement.
    """
    read = drafts(agreement_id)
    agreement = read.agreement
    _refuse_unknown(kind, shelf.current().bundle.law.vocabulary)
    if any(agency in party.agencies for party in agreement.parties):
        raise AgreementError(
            f"`{escaped(agency)}` is a party to `{agreement_id}` already",
            hint="`concordat show` lists its parties",
        )
    state = stand(premises, shelf.current(), (agreement.id, agreement.version)).state
    # A draft that nobody has proposed can still take the party in.
    version = agreement.version if state is State.DRAFT else _next(agreement.version)
    text = document.edit(read.text, ("version",), version)
    if class_ is None:
        joins: Json = {"id": agency, "name": name, "kind": kind, "capacity": CAPACITY}
        text = document.edit(text, ("parties", len(agreement.parties)), joins)
    else:
        number = _class(agreement, class_)
        place = ("parties", number, "members", len(agreement.parties[number].members))
        text = document.edit(text, place, {"agency": agency, "name": name})
    document.parse(text)
    draft = draft_name(agreement_id)
    message = f"{agreement_id} {version}: {agency} accedes"
    premises.register.commit({draft: text.encode()}, message, premises.clock.now())
    path = premises.register.path(draft)
    return Acceded(agreement_id, agreement.version, version, agency, path)


def _refuse_unknown(kind: str, vocabulary: Vocabulary) -> None:
    try:
        vocabulary.term(Kind.BODY, kind)
    except VocabularyError as fault:
        hint = fault.hint or "such as `council`, `police-force` or `nhs-trust`"
        raise AgreementError(str(fault), hint=hint) from fault


def _next(version: str) -> str:
    *before, last = version.split(".")
    return ".".join([*before, str(int(last) + 1)]) if before else f"{last}.1"


def _class(agreement: Agreement, class_: str) -> int:
    for number, party in enumerate(agreement.parties):
        if party.id == class_ and party.class_of:
            return number
    classes = [party.id for party in agreement.parties if party.class_of]
    known = ", ".join(f"`{each}`" for each in classes) or "none"
    raise AgreementError(
        f"`{escaped(class_)}` is no class of parties in `{agreement.id}`",
        hint=f"its classes: {known}",
    )
