"""From a draft to a text that everybody has signed.

Promises that a text is fixed before anybody signs it, that it is fixed once, and
that each signature is over the fixed text and over the change its signer was
shown. A draft that is signed is proposed by that: it binds nobody before.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias

from agreements.document import Document
from agreements.errors import AgreementError, TransitionError
from agreements.lifecycle import Act, State, step
from agreements.model import Agreement
from agreements.signatories import Seat, without_guardian
from engine import canonical, execution
from engine.compare import Change, change_sha256, compare
from engine.compile import agreement_bytes, compile_agreement
from engine.keys import PrivateKey
from engine.service.premises import PARTY_KEY, Premises
from engine.service.shelf import Shelf
from engine.service.signing import (
    CANONICAL,
    TEXT,
    draft_name,
    office_of,
    proposal_name,
    refuse_stranger,
    signature_name,
)
from engine.service.stand import Stand, instant, named, open_proposals, running, stand

Drafts: TypeAlias = Callable[[str], Document]
"""Reads the text of an agreement as it now stands in the register."""


@dataclass(frozen=True, slots=True)
class Proposed:
    """One text, just fixed.

    Attributes:
        terms_sha256: Digest of the text, in hex.
        missing: Who is to sign.
    """

    agreement: str
    version: str
    terms_sha256: str
    path: Path
    missing: tuple[Seat, ...]


@dataclass(frozen=True, slots=True)
class Signed:
    """One signature, just made.

    Attributes:
        role: The office it was made for.
        deputy: The office of whoever signed in that one's place; none if nobody did.
        terms_sha256: Digest of the text that was signed, in hex.
        change_sha256: Digest of the change that was shown, in hex.
        missing: Who has yet to sign it.
        proposed: Whether signing has proposed the text as well.
    """

    agreement: str
    version: str
    party: str
    role: str
    deputy: str | None
    kid: str
    terms_sha256: str
    change_sha256: str
    path: Path
    missing: tuple[Seat, ...]
    proposed: bool


class Proposals:
    """Fixes texts, and has them signed."""

    def __init__(self, premises: Premises, shelf: Shelf, drafts: Drafts) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._drafts: Final = drafts
        self._compared: tuple[object, Change] | None = None

    def propose(self, agreement_id: str) -> Proposed:
        """Fix the text of a draft, so that it can be signed.

        Raises:
            AgreementError: A health or care body shares health information under it, and no
                Caldicott Guardian signs for that body.
            TransitionError: This version was proposed before, or is published.
        """
        draft = self._drafts(agreement_id)
        agreement, premises = draft.agreement, self._premises
        key = agreement.id, agreement.version
        step(self._stand(key).state, Act.PROPOSE, about=named(key))
        self._refuse_unguarded(agreement)
        text, folder = agreement_bytes(agreement), proposal_name(key)
        premises.register.commit(
            {
                draft_name(agreement_id): premises.register.read(draft_name(agreement_id)),
                f"{folder}/{TEXT}": draft.text.encode(),
                # Last: without its one form, a text is not proposed.
                f"{folder}/{CANONICAL}": text,
            },
            f"{key[0]} {key[1]}: proposed",
            premises.clock.now(),
        )
        return Proposed(
            agreement=key[0],
            version=key[1],
            terms_sha256=canonical.digest_hex(text),
            path=premises.register.path(f"{folder}/{TEXT}"),
            missing=self._stand(key).missing,
        )

    def to_sign(self, agreement_id: str) -> Stand:
        """The version that is open for signature: the newest that wants one, else the draft."""
        found = self._open(agreement_id)
        if found and found[-1].missing:
            return found[-1]
        draft = self._drafts(agreement_id).agreement
        of = self._stand((draft.id, draft.version))
        return found[-1] if found and of.state is not State.DRAFT else of

    def to_publish(self, agreement_id: str) -> Stand:
        """The version that is to be published: the newest signed by all, else the open one."""
        found = [each for each in self._open(agreement_id) if each.state is State.SIGNED]
        return found[-1] if found else self.to_sign(agreement_id)

    def _open(self, agreement_id: str) -> list[Stand]:
        return open_proposals(self._premises, self._shelf.current(), agreement_id)

    def change(self, agreement: Agreement) -> Change:
        """What a text would change, which a signer is shown: from the version now in force.

        Raises:
            CompileError: A clause cannot become a policy, so nobody can say what it means.
        """
        shelved = self._shelf.current()
        law = shelved.bundle.law
        before = running(shelved, agreement.id, self._premises.now_s())
        old = shelved.bundle.slices[before] if before else None
        asked = before, canonical.digest_hex(agreement_bytes(agreement))
        if self._compared is None or self._compared[0] != asked:
            new = compile_agreement(agreement, law.vocabulary)
            self._compared = asked, compare(law, old, new)
        return self._compared[1]

    def change_of(self, agreement_id: str) -> Change:
        """What signing an agreement would change, which its signer is shown first."""
        of = self.to_sign(agreement_id)
        return self.change(of.agreement or self._drafts(agreement_id).agreement)

    def sign(
        self,
        agreement_id: str,
        party_agency: str,
        *,
        role: str | None = None,
        deputy: str | None = None,
    ) -> Signed:
        """Sign a version for one of its agencies; a draft is proposed by that.

        Args:
            agreement_id: One of the register.
            party_agency: The agency to sign for; its key must be here.
            role: The office to sign for; the first that has not signed if none is given.
            deputy: The office of whoever signs in that one's place.

        Raises:
            AgreementError: The agency has no part in it, or the office may not sign.
            TransitionError: The version is in no state to be signed, or its draft was
                changed after it was proposed.
        """
        of = self.to_sign(agreement_id)
        draft = self._drafts(agreement_id).agreement
        if of.state is State.DRAFT:
            refuse_stranger(draft, party_agency, role or office_of(draft, party_agency))
            self._key(party_agency)
            self.propose(agreement_id)
            fixed = self._stand(of.key)
        else:
            step(of.state, Act.SIGN, about=named(of.key))
            fixed = of
        agreement, text = fixed.proposed()
        if draft.version == of.key[1] and agreement_bytes(draft) != text:
            raise TransitionError(
                f"`{draft_name(agreement_id)}` was changed after {named(of.key)} was proposed",
                hint="give the changed text a new `version`, or put the words back",
            )
        premises = self._premises
        signing_as = role or office_of(agreement, party_agency, fixed.missing)
        iat = premises.now_s()
        refuse_stranger(agreement, party_agency, signing_as, deputy=deputy, at=instant(iat))
        name = signature_name(of.key, party_agency, signing_as)
        if premises.register.holds(name):
            raise TransitionError(
                f"`{party_agency}` has signed {named(of.key)} as {signing_as} already",
                hint="`concordat status` says who is still to sign",
            )
        key = self._key(party_agency)
        premises.trust().party_key(key.public.kid, party_agency, iat)
        shown = change_sha256(self.change(agreement))
        jws = execution.countersign(
            text,
            *of.key,
            party=party_agency,
            role=signing_as,
            change_sha256=shown,
            iat=iat,
            key=key,
            deputy=deputy,
        )
        said = f"{of.key[0]} {of.key[1]}: signed by {party_agency} as {signing_as}"
        premises.register.commit({name: jws.encode()}, said, premises.clock.now())
        return Signed(
            agreement=of.key[0],
            version=of.key[1],
            party=party_agency,
            role=signing_as,
            deputy=deputy,
            kid=key.public.kid,
            terms_sha256=fixed.terms_sha256,
            change_sha256=shown,
            path=premises.register.path(name),
            missing=self._stand(of.key).missing,
            proposed=of.state is State.DRAFT,
        )

    def _stand(self, key: tuple[str, str]) -> Stand:
        return stand(self._premises, self._shelf.current(), key)

    def _key(self, agency: str) -> PrivateKey:
        return self._premises.keys.read(f"{PARTY_KEY}{agency}")

    def _refuse_unguarded(self, agreement: Agreement) -> None:
        law = self._shelf.current().bundle.law
        found = without_guardian(agreement, law.vocabulary)
        if found:
            names = ", ".join(f"`{party.id}`" for party in found)
            raise AgreementError(
                f"{names} would give or get health information, and no Caldicott Guardian signs",
                hint="add `{role: caldicott-guardian}` to the `signatories` of each",
            )
