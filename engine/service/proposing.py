"""From a draft to a text that everybody has signed.

Promises that a text is fixed before anybody signs it, that it is fixed once, and
that each signature is over the fixed text and over the change its signer was
shown: whatever speaks against signing is found before the change is shown, and if
the change is another one by then, nothing is signed. A draft that is signed is
proposed by that: it binds nobody before.
"""

from collections.abc import Callable, Sequence
from typing import Final, TypeAlias, Unpack

from agreements import validate
from agreements.document import Document
from agreements.errors import AgreementError
from agreements.lifecycle import Act, State, step
from agreements.model import Agreement
from agreements.signatories import without_guardian
from engine import canonical, execution
from engine.bundle import Slice
from engine.compare import Change, compare
from engine.compile import agreement_bytes, compile_agreement
from engine.keys import PrivateKey
from engine.service.countersigning import checked_signature, keep_signature, refuse_second
from engine.service.offers import Offer, Proposed, Signed, Signing, refuse_another
from engine.service.premises import PARTY_KEY, Premises
from engine.service.publishing import refuse_findings
from engine.service.shelf import Shelf
from engine.service.signing import (
    CANONICAL,
    TEXT,
    draft_name,
    office_of,
    proposal_name,
    refuse_stranger,
)
from engine.service.stand import Stand, instant, named, open_proposals, running, stand

Drafts: TypeAlias = Callable[[str], Document]
"""Reads the text of an agreement as it now stands in the register."""


class Proposals:
    """Fixes texts, and has them signed."""

    def __init__(self, premises: Premises, shelf: Shelf, drafts: Drafts) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._drafts: Final = drafts
        self._compared: tuple[object, Change] | None = None

    def to_propose(self, agreement_id: str, *, accept_findings: Sequence[str] = ()) -> Offer:
        """A draft that can be proposed, and what it would change.

        Args:
            accept_findings: Rules whose errors are let pass, by id.

        Raises:
            AgreementError: An error stands against it, with which it could not be published.
            AgreementError: A health or care body shares health information under it, and no
                Caldicott Guardian signs for that body.
            CompileError: A clause cannot become a policy, so nobody can say what it means.
            TransitionError: This version was proposed before, or is published.
        """
        agreement = self._drafts(agreement_id).agreement
        self._refuse_unproposable(agreement, accept_findings)
        return self._offer(agreement)

    def propose(
        self, agreement_id: str, *, shown: str | None = None, accept_findings: Sequence[str] = ()
    ) -> Proposed:
        """Fix the text of a draft, so that it can be signed.

        Args:
            agreement_id: One of the register.
            shown: Digest of the change that was shown; nothing is fixed if it is another now.
            accept_findings: Rules whose errors are let pass, by id.

        Raises:
            AgreementError: An error stands against it, with which it could not be published.
            AgreementError: A health or care body shares health information under it, and no
                Caldicott Guardian signs for that body.
            CompileError: A clause cannot become a policy, so nobody can say what it means.
            TransitionError: This version was proposed before, is published, or was changed.
        """
        draft = self._drafts(agreement_id)
        agreement, premises = draft.agreement, self._premises
        self._refuse_unproposable(agreement, accept_findings)
        offer = self._offer(agreement)
        refuse_another(offer, shown)
        key, text = (agreement.id, agreement.version), offer.text
        folder = proposal_name(key)
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
            change_sha256=offer.change_sha256,
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
        law, before = self._shelf.current().bundle.law, self._before(agreement.id)
        asked = before and before.key, canonical.digest_hex(agreement_bytes(agreement))
        if self._compared is None or self._compared[0] != asked:
            new = compile_agreement(agreement, law.vocabulary)
            self._compared = asked, compare(law, before, new)
        return self._compared[1]

    def _before(self, agreement_id: str) -> Slice | None:
        shelved = self._shelf.current()
        before = running(shelved, agreement_id, self._premises.now_s())
        return shelved.bundle.slices[before] if before else None

    def change_of(self, agreement_id: str) -> Offer:
        """What signing an agreement would change, whoever signs; nothing is refused for its state.

        Raises:
            CompileError: A clause cannot become a policy, so nobody can say what it means.
        """
        return self._offer(self.to_be_signed(agreement_id))

    def to_be_signed(self, agreement_id: str) -> Agreement:
        """The text that is open for signature, else the draft."""
        of = self.to_sign(agreement_id)
        return of.agreement or self._drafts(agreement_id).agreement

    def _offer(self, agreement: Agreement, *, role: str = "", proposes: bool = True) -> Offer:
        before = self._before(agreement.id)
        return Offer(
            before=before.agreement if before else None,
            change=self.change(agreement),
            agreement=agreement,
            text=agreement_bytes(agreement),
            role=role,
            proposes=proposes,
        )

    def ready(self, agreement_id: str, party_agency: str, **given: Unpack[Signing]) -> Offer:
        """What an agency would sign, once nothing speaks against its signing.

        Args:
            agreement_id: One of the register.
            party_agency: The agency to sign for; its key must be here.
            given: How it signs.

        Raises:
            AgreementError: The agency has no part in it, or the office may not sign; or an error
                stands against a draft, with which it could not be published.
            CompileError: A clause cannot become a policy, so nobody can say what it means.
            TransitionError: The version is in no state to be signed.
        """
        role, deputy = given.get("role"), given.get("deputy")
        of = self.to_sign(agreement_id)
        if of.state is State.DRAFT:
            agreement, missing = self._drafts(agreement_id).agreement, of.missing
            refuse_stranger(agreement, party_agency, role or office_of(agreement, party_agency))
        else:
            # What is signed is fixed, whatever its draft says by now.
            step(of.state, Act.SIGN, about=named(of.key))
            agreement, missing = of.proposed()[0], of.missing
        signing_as = role or office_of(agreement, party_agency, missing)
        iat = self._premises.now_s()
        refuse_stranger(agreement, party_agency, signing_as, deputy=deputy, at=instant(iat))
        refuse_second(self._premises, of.key, party_agency, signing_as)
        key = self._key(party_agency)
        self._premises.trust().party_key(key.public.kid, party_agency, iat)
        if of.state is State.DRAFT:
            self._refuse_unproposable(agreement, given.get("accept_findings", ()))
        return self._offer(agreement, role=signing_as, proposes=of.state is State.DRAFT)

    def sign(
        self,
        agreement_id: str,
        party_agency: str,
        *,
        shown: str | None = None,
        **given: Unpack[Signing],
    ) -> Signed:
        """Sign a version for one of its agencies; a draft is proposed by that.

        Args:
            agreement_id: One of the register.
            party_agency: The agency to sign for; its key must be here.
            shown: Digest of the change that was shown; nothing is signed if it is another now.
            given: How it signs.

        Raises:
            TransitionError: What it changes is not what was shown; or anything that `ready` raises.
        """
        offer, deputy = self.ready(agreement_id, party_agency, **given), given.get("deputy")
        refuse_another(offer, shown)
        of = offer.agreement.id, offer.agreement.version
        if offer.proposes:
            accept = given.get("accept_findings", ())
            self.propose(agreement_id, shown=offer.change_sha256, accept_findings=accept)
        jws = execution.countersign(
            offer.text,
            *of,
            party=party_agency,
            role=offer.role,
            change_sha256=offer.change_sha256,
            iat=self._premises.now_s(),
            key=self._key(party_agency),
            deputy=deputy,
        )
        found = execution.check(jws, offer.text, self._premises.trust())
        return keep_signature(self._premises, self._shelf, offer, found, jws)

    def take(self, agreement_id: str, jws: str, *, party: str) -> Signed:
        """Take in a signature that an agency made just now, with a key that is held elsewhere.

        Raises:
            TransitionError: The version is in no state to be signed, or what it changes is no
                longer what was signed.
            ConcordatError: The signature does not hold.
        """
        of = self.to_sign(agreement_id)
        step(of.state, Act.SIGN, about=named(of.key))
        offer = self._offer(of.proposed()[0], proposes=False)
        found = checked_signature(self._premises, offer, jws, party)
        return keep_signature(self._premises, self._shelf, offer, found, jws)

    def _stand(self, key: tuple[str, str]) -> Stand:
        return stand(self._premises, self._shelf.current(), key)

    def _key(self, agency: str) -> PrivateKey:
        return self._premises.keys.read(f"{PARTY_KEY}{agency}")

    def _refuse_unproposable(self, agreement: Agreement, accept: Sequence[str]) -> None:
        """Refuse a text that is no draft, that no Caldicott Guardian signs, or that has errors."""
        key = agreement.id, agreement.version
        step(self._stand(key).state, Act.PROPOSE, about=named(key))
        law = self._shelf.current().bundle.law
        found = without_guardian(agreement, law.vocabulary)
        if found:
            names = ", ".join(f"`{party.id}`" for party in found)
            raise AgreementError(
                f"{names} would give or get health information, and no Caldicott Guardian signs",
                hint="add `{role: caldicott-guardian}` to the `signatories` of each",
            )
        # Everybody would sign in vain: it could not be published.
        findings = validate.check(agreement, law.vocabulary)
        refuse_findings(agreement, findings, accept, "proposed")
