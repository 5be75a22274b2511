"""What is put before whoever proposes or signs a text, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

from agreements.errors import TransitionError
from agreements.model import Agreement
from agreements.signatories import Seat
from engine.change_document import change_sha256
from engine.compare import Change
from engine.service.stand import named


class Signing(TypedDict, total=False):
    """How an agency signs.

    Attributes:
        role: The office to sign for; the first that has not signed if none is given.
        deputy: The office of whoever signs in that one's place.
        accept_findings: Rules whose errors are let pass, by id, where this proposes a draft.
    """

    role: str | None
    deputy: str | None
    accept_findings: Sequence[str]


@dataclass(frozen=True, slots=True)
class Offer:
    """What is put before whoever proposes or signs a text, before that is done.

    Attributes:
        before: The text it would replace; none of a first version.
        change: What it would change.
        agreement, text: What is proposed or signed, and its canonical form.
        role: The office to sign for; empty of a proposal.
        proposes: Whether the text is a draft, which is proposed by this.
    """

    before: Agreement | None
    change: Change
    agreement: Agreement
    text: bytes
    role: str
    proposes: bool

    @property
    def change_sha256(self) -> str:
        """Digest of the change, in hex: it binds both texts and the law."""
        return change_sha256(self.change)


@dataclass(frozen=True, slots=True)
class Proposed:
    """One text, just fixed.

    Attributes:
        terms_sha256: Digest of the text, in hex.
        change_sha256: Digest of what it would change now, in hex.
        missing: Who is to sign.
    """

    agreement: str
    version: str
    terms_sha256: str
    change_sha256: str
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


def refuse_another(offer: Offer, shown: str | None) -> None:
    """Refuse if what would be changed is no longer what somebody was shown."""
    if shown is not None and shown != offer.change_sha256:
        key = offer.agreement.id, offer.agreement.version
        raise TransitionError(
            f"what {named(key)} changes is no longer what was shown",
            hint="its text or the version in force changed meanwhile: look again",
        )
