"""How a text becomes a version in force, as an application asks for it, step by step.

Promises that nothing is proposed or signed but what was shown, and that a step which was
taken, though nobody was told, is found and not taken twice. Whatever depends on how
things stand is asked within the step, so that a request sent again gets its answer still.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from agreements.findings import Severity
from agreements.lifecycle import Act, State, step
from api.agreements import has_draft, is_own, require, unknown, visible
from api.auth.caller import Caller
from api.problems import ProblemError, malformed
from api.refusals import signatures_told, steps_told
from api.repeats import Answer, answered
from api.said import Said
from api.step_shapes import Proposing, Publishing, Signing
from engine.bundle import SliceKey
from engine.canonical import digest_hex
from engine.compile import agreement_bytes
from engine.service import Office
from engine.service.documents import (
    offer_document,
    proposed_document,
    published_document,
    signed_document,
    stand_document,
)
from engine.service.intake import take_in
from engine.service.offers import Offer
from engine.service.premises import PARTY_KEY
from engine.service.stand import Stand, named

DONE: Final = 201


@dataclass(frozen=True, slots=True)
class Step:
    """One step that is asked for.

    Attributes:
        take: Takes it.
        taken: Looks whether it was taken since an instant, in seconds since
            1970-01-01T00:00:00Z; says what is to be answered if so.
    """

    take: Callable[[], Answer]
    taken: Callable[[int], Answer | None]


def propose(office: Office, caller: Caller, agreement: str, asked: Proposing) -> Step:
    """Fix the text of a draft that was shown.

    Raises:
        ProblemError: The caller is not of this office.
        NotFoundError: There is no such draft.
    """
    refuse_others(office, caller)
    require(office, caller, agreement)
    proposals = office.author.proposals

    def take() -> Answer:
        if not has_draft(office, caller, agreement):
            raise unknown()
        with steps_told():
            offer = proposals.to_propose(agreement, accept_findings=asked.accept)
            refuse_unshown(offer, asked.terms_sha256, asked.change_sha256)
            _, findings = office.author.check(agreement)
            proposed = proposals.propose(
                agreement, shown=asked.change_sha256, accept_findings=asked.accept
            )
        faults = sum(each.severity is Severity.ERROR for each in findings)
        return answered(proposed_document(proposed, faults) | offer_document(offer), DONE)

    def taken(_: int) -> Answer | None:
        for key, text in visible(office, caller, agreement).items():
            if digest_hex(agreement_bytes(text)) == asked.terms_sha256:
                return _stands(office, key)
        return None

    return Step(take, taken)


def sign(office: Office, caller: Caller, agreement: str, asked: Signing) -> Step:
    """Sign what was shown; or take in a signature that was made elsewhere.

    Raises:
        ProblemError: What was shown is not named.
        NotFoundError: There is no such agreement.
    """
    require(office, caller, agreement)
    refuse_both(asked, asked.jws)
    if asked.jws is None and not (asked.terms_sha256 and asked.change_sha256):
        raise malformed(
            "`terms_sha256` and `change_sha256` are missing: what was shown is signed, and that"
            " alone",
            hint=f"`GET /v1/agreements/{agreement}/diff` shows it",
        )
    proposals = office.author.proposals

    def take() -> Answer:
        with steps_told():
            of = proposals.to_sign(agreement)
            refuse_unseen(office, caller, of)
            step(of.state, Act.SIGN, about=named(of.key))
            if asked.jws is not None:
                with signatures_told():
                    signed = proposals.take(agreement, asked.jws, party=caller.agency)
                return answered(signed_document(signed), DONE)
            refuse_without_key(office, caller)
            offer = proposals.ready(agreement, caller.agency, role=asked.role, deputy=asked.deputy)
            refuse_unshown(offer, asked.terms_sha256, asked.change_sha256)
            signed = proposals.sign(
                agreement,
                caller.agency,
                shown=asked.change_sha256,
                role=offer.role,
                deputy=asked.deputy,
            )
        return answered(signed_document(signed), DONE)

    def taken(begun_s: int) -> Answer | None:
        wanted = digest_hex(asked.jws.encode()) if asked.jws else ""
        for key in visible(office, caller, agreement):
            for each in office.lifecycle.stand(key).signatures.valid:
                same = each.sha256 == wanted or (
                    (each.party, each.change_sha256) == (caller.agency, asked.change_sha256)
                    and each.iat >= begun_s
                    and asked.role in (None, each.role)
                )
                if same:
                    return _stands(office, key)
        return None

    return Step(take, taken)


def publish(office: Office, caller: Caller, agreement: str, asked: Publishing) -> Step:
    """Bring a version into force that all have signed.

    Raises:
        ProblemError: The caller is not of this office.
        NotFoundError: There is no such agreement.
    """
    refuse_others(office, caller)
    require(office, caller, agreement)

    def take() -> Answer:
        with steps_told():
            refuse_unseen(office, caller, office.author.proposals.to_publish(agreement))
            published = office.author.publish(agreement, accept_findings=asked.accept)
        return answered(published_document(published), DONE)

    def taken(begun_s: int) -> Answer | None:
        take_in(office.premises, office.shelf)
        activations = office.shelf.current().activations
        for key in visible(office, caller, agreement):
            if key in activations and activations[key][0].iat >= begun_s:
                return _stands(office, key)
        return None

    return Step(take, taken)


def _stands(office: Office, key: SliceKey) -> Answer:
    """What is told of a step that was taken before: where the version stands by it."""
    return answered(stand_document(office.lifecycle.stand(key)), DONE)


# --- whose step it is


def refuse_others(office: Office, caller: Caller) -> None:
    """Refuse whoever is not of the agency whose office this is.

    Raises:
        ProblemError: 403.
    """
    if not is_own(office, caller):
        raise ProblemError(
            403,
            "caller",
            f"this office writes and publishes for `{office.settings.agency}` alone",
            hint="do it in the office of your own agency",
        )


def refuse_without_key(office: Office, caller: Caller) -> None:
    """Refuse to act with a key for any agency but that of this office.

    Raises:
        ProblemError: 403, the caller is of another agency; 409, its key is not here.
    """
    hint = "sign with your agency's own key, and send that as `jws`"
    if not is_own(office, caller):
        raise ProblemError(
            403, "caller", f"this office acts for `{office.settings.agency}` alone", hint=hint
        )
    if f"{PARTY_KEY}{caller.agency}" not in office.premises.keys.names():
        raise ProblemError(409, "trust", f"the key of `{caller.agency}` is not here", hint=hint)


def refuse_unseen(office: Office, caller: Caller, of: Stand) -> None:
    """Refuse a version that the caller may not know of.

    Raises:
        NotFoundError: It is among others, or a draft of this office's own agency.
    """
    if of.state is State.DRAFT:
        if not has_draft(office, caller, of.key[0]):
            raise unknown()
    elif of.key not in visible(office, caller, of.key[0]):
        raise unknown()


def refuse_unshown(offer: Offer, terms_sha256: str | None, change_sha256: str | None) -> None:
    """Refuse to propose or sign anything but what the caller was shown.

    Raises:
        ProblemError: 412, the text or what it changes is another now.
    """
    if (digest_hex(offer.text), offer.change_sha256) != (terms_sha256, change_sha256):
        key = offer.agreement.id, offer.agreement.version
        raise ProblemError(
            412,
            "changed",
            f"what {named(key)} says or changes is not what was shown",
            hint=f"look again: `GET /v1/agreements/{key[0]}/diff`, then send both digests anew",
        )


def refuse_both(asked: Said, jws: str | None) -> None:
    """Refuse a signature with anything beside it: it says itself what it is about.

    Raises:
        ProblemError: 400.
    """
    if jws is not None and len(asked.model_fields_set) > 1:
        raise malformed("`jws` stands there beside other members", hint="send it alone")
