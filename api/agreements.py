"""What an application may see of agreements: those that its agency is a party to.

Promises that an agreement of others is answered like one that is not there, version by
version; and that a draft, which binds nobody, is shown to the office's own agency alone.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agreements.document import Document
from agreements.lifecycle import State
from agreements.model import Agreement
from agreements.values import epoch_s
from api.auth.caller import Caller
from engine.bundle import SliceKey
from engine.compile import agencies_of
from engine.errors import ConcordatError, NotFoundError
from engine.service import Office
from engine.service.borne import PROPOSALS
from engine.service.documents import or_none
from engine.service.shelf import Shelved
from engine.service.signing import draft_name, proposed
from engine.service.stand import Stand, published_state, stand
from engine.service.texts import DRAFT, fixed, refuse_name

IN_FORCE: Final = "in-force"
"""What stands in the place of a number for the version by which is decided."""


@dataclass(frozen=True, slots=True)
class AsOf:
    """As of which instant something is asked, and by what was known at another.

    Attributes:
        at: Now if none is given.
        known_at: Everything that is on record counts if none is given.
    """

    at: datetime | None = None
    known_at: datetime | None = None

    def document(self, office: Office) -> dict[str, Any]:  # Any: JSON.
        """What stands beside an answer: both instants, and the bundle it was made by."""
        bundle = office.shelf.at(self.known_at).bundle.sha256
        return {
            "as_of": or_none(self.at),
            "known_at": or_none(self.known_at),
            "bundle": f"sha256:{bundle}",
        }


def unknown() -> NotFoundError:
    """That there is no such agreement, or none that the caller may know of: nobody learns which."""
    return NotFoundError(
        "there is no such agreement, or no such version of it",
        hint="`GET /v1/agreements` lists those your agency is a party to",
    )


def is_own(office: Office, caller: Caller) -> bool:
    """Whether the caller is of the agency whose office this is."""
    return caller.agency == office.settings.agency


def visible(
    office: Office, caller: Caller, agreement_id: str, known_at: datetime | None = None
) -> dict[SliceKey, Agreement]:
    """The versions of an agreement whose text was fixed and that the caller's agency is in.

    Args:
        known_at: Only those published by then; proposals as well if none is given.
    """
    shelved = office.shelf.at(known_at)
    published = shelved.bundle.versions.get(agreement_id, ())
    found = {each.key: each.agreement for each in published if caller.agency in each.bound}
    if known_at is None:
        found |= {
            key: agreement
            for key, agreement in _proposals(office, shelved, agreement_id)
            if caller.agency in agencies_of(agreement)
        }
    return found


def _proposals(
    office: Office, shelved: Shelved, agreement_id: str
) -> Iterator[tuple[SliceKey, Agreement]]:
    """What was proposed and is not published; what is not borne out is nobody's to see."""
    register = office.premises.register
    for version in register.names(f"{PROPOSALS}/{agreement_id}"):
        key = agreement_id, version
        if key in shelved.activations:
            continue
        with suppress(ConcordatError):
            found = proposed(register, key)
            if found is not None:
                yield key, found[0]


def require(office: Office, caller: Caller, agreement_id: str) -> dict[SliceKey, Agreement]:
    """The versions that the caller may see, if it may know of the agreement at all.

    Raises:
        NotFoundError: There is none, or the caller's agency has no part in it.
    """
    try:
        refuse_name(agreement_id)
    except NotFoundError as fault:
        raise unknown() from fault
    found = visible(office, caller, agreement_id)
    if not found and not has_draft(office, caller, agreement_id):
        raise unknown()
    return found


def has_draft(office: Office, caller: Caller, agreement_id: str) -> bool:
    """Whether there is a draft that the caller may see."""
    return is_own(office, caller) and office.premises.register.holds(draft_name(agreement_id))


def stands(office: Office, caller: Caller, agreement_id: str, when: AsOf) -> list[Stand]:
    """Where each version stands that the caller may see, the newest last.

    Raises:
        NotFoundError: There is none.
        RequestError: Nobody knows yet what will be known then.
    """
    require(office, caller, agreement_id)
    try:
        found = office.lifecycle.versions(agreement_id, at=when.at, known_at=when.known_at)
    except NotFoundError as fault:
        raise unknown() from fault
    seen = visible(office, caller, agreement_id, when.known_at)
    own = is_own(office, caller)
    left = [each for each in found if each.key in seen or (own and each.state is State.DRAFT)]
    if not left:
        raise unknown()
    return left


def text(office: Office, caller: Caller, agreement_id: str, version: str, when: AsOf) -> Document:
    """The words of a version that the caller may see.

    Args:
        version: Its number, `draft`, or `in-force`.

    Raises:
        NotFoundError: There is none, or none was known by then.
    """
    require(office, caller, agreement_id)
    if version == DRAFT:
        if when.known_at is not None or not has_draft(office, caller, agreement_id):
            raise unknown()
        return office.author.read(agreement_id)
    seen = visible(office, caller, agreement_id, when.known_at)
    if version == IN_FORCE:
        try:
            found = office.lifecycle.text_at(agreement_id, at=when.at, known_at=when.known_at)
        except NotFoundError as fault:
            raise unknown() from fault
        version = found.agreement.version
    key = agreement_id, version
    if key not in seen:
        raise unknown()
    return fixed(office.premises, office.shelf.current(), key)


@dataclass(frozen=True, slots=True)
class Asked:
    """What a list of agreements is asked for.

    Attributes:
        party: Only versions in which this agency is, as well as the caller's.
        state: Only versions that stand so.
    """

    when: AsOf
    party: str | None = None
    state: str | None = None

    def party_to(self, agreement: Agreement) -> bool:
        """Whether the agency that is asked for is in a text."""
        return self.party is None or self.party in agencies_of(agreement)


def summaries(
    office: Office, caller: Caller, asked: Asked, after: str | None
) -> Iterator[dict[str, Any]]:  # Any: JSON.
    """Each agreement that the caller may see, by id, with the versions that are asked for."""
    shelved = office.shelf.at(asked.when.known_at)
    for agreement_id in _ids(office, caller, shelved, asked.when):
        if after is not None and agreement_id <= after:
            continue
        found = list(_versions(office, caller, shelved, agreement_id, asked))
        if found:
            yield {"id": agreement_id, "versions": found}


def _ids(office: Office, caller: Caller, shelved: Shelved, when: AsOf) -> list[str]:
    found = {*shelved.bundle.versions}
    if when.known_at is None:
        found |= {*office.premises.register.names(PROPOSALS)}
        if is_own(office, caller):
            found |= {*office.author.draft_ids()}
    return sorted(found)


def _versions(
    office: Office, caller: Caller, shelved: Shelved, agreement_id: str, asked: Asked
) -> Iterator[dict[str, Any]]:
    at = asked.when.at
    at_s = office.premises.now_s() if at is None else epoch_s(at)
    seen = visible(office, caller, agreement_id, asked.when.known_at)
    for key, agreement in seen.items():
        if not asked.party_to(agreement):
            continue
        with suppress(ConcordatError):  # Whoever asks for it alone is told.
            state = _state(office, shelved, key, at_s)
            if asked.state in (None, state.value):
                yield _version(agreement, state)
    if asked.when.known_at is None and asked.state in (None, State.DRAFT.value):
        draft = _draft(office, caller, agreement_id)
        if draft and asked.party_to(draft) and (draft.id, draft.version) not in seen:
            yield _version(draft, State.DRAFT)


def _state(office: Office, shelved: Shelved, key: SliceKey, at_s: int) -> State:
    if key in shelved.activations:
        return published_state(shelved, key, at_s)
    return stand(office.premises, shelved, key).state


def _draft(office: Office, caller: Caller, agreement_id: str) -> Agreement | None:
    """What a draft says; none if there is none, or it cannot be read, as `versions/draft` tells."""
    if not has_draft(office, caller, agreement_id):
        return None
    try:
        return office.author.read(agreement_id).agreement
    except ConcordatError:
        return None


def _version(agreement: Agreement, state: State) -> dict[str, Any]:
    return {
        "version": agreement.version,
        "state": state.value,
        "title": agreement.title,
        "parties": sorted(agencies_of(agreement)),
        "in_force_from": or_none(agreement.in_force_from),
        "review_due": or_none(agreement.review_due),
    }
