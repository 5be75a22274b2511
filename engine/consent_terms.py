"""What is written down when somebody is asked for consent, as a form that is read strictly.

Promises that a consent which is read here has everything that makes it one: to
whom, of what, for what, until when, in which words, from whom and in what
capacity, and how it is withdrawn. Nothing is looked up here.

Source:
    ISO/IEC TS 27560:2023, mandatory fields; UK GDPR Articles 4(11), 7 and 9(2)(a).
"""

from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import AfterValidator, Field, StringConstraints, model_validator

from agreements.values import Code, Duration, Id, Instant, Line, Words
from engine.consent import ConsentKind


def _each_once(listed: tuple[str, ...]) -> tuple[str, ...]:
    if len(set(listed)) != len(listed):
        raise ValueError("lists something twice")
    return listed


Some = Field(min_length=1, max_length=64)
Once = AfterValidator(_each_once)
Digest = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]

CONSENT_BASES: Final = frozenset({"6-1-a", "9-2-a", "LE-consent"})
"""The lawful bases that are consent."""


class Capacity(StrEnum):
    """In what capacity somebody speaks for the person."""

    SUBJECT = "subject"
    PARENTAL_RESPONSIBILITY = "parental-responsibility"
    ATTORNEY = "attorney"
    DEPUTY = "deputy"


class CapacityBasis(StrEnum):
    """Why whoever speaks is taken to be able to (MCA 2005; DPA 2018 s.208 in Scotland)."""

    PRESUMED = "presumed"
    GILLICK = "gillick"
    ASSESSED = "assessed"


class Expressed(StrEnum):
    """How it was said."""

    WRITTEN = "written"
    VERBAL = "verbal"
    ELECTRONIC = "electronic"


class ConsentParty(Words):
    """A controller or recipient as the person was told of it."""

    id: Id
    name: Line
    address: Line
    contact: Line
    type: Code


class GivenBy(Words):
    """Who said it, and what shows that they could."""

    capacity: Capacity = Capacity.SUBJECT
    evidence: Line | None = None
    capacity_basis: CapacityBasis = CapacityBasis.PRESUMED
    assessed_by: Line | None = None
    assessed_on: Instant | None = None
    expressed: Expressed
    witness: Line | None = None
    support: Line | None = None

    @model_validator(mode="after")
    def _is_shown(self) -> Self:
        if self.capacity is not Capacity.SUBJECT and self.evidence is None:
            raise ValueError("whoever speaks for another shows by `evidence` that they may")
        assessed = self.assessed_by is not None and self.assessed_on is not None
        if self.capacity_basis is not CapacityBasis.PRESUMED and not assessed:
            raise ValueError("capacity that was assessed says `assessed_by` and `assessed_on`")
        if self.expressed is Expressed.VERBAL and self.witness is None:
            raise ValueError("what was said aloud has a `witness`")
        return self


class Override(Words):
    """Why it was shared although consent was refused."""

    basis: Line
    reason: Line
    decided_by: Line


class ConsentForm(Words):
    """What somebody was asked to consent to, and how."""

    kind: ConsentKind
    controllers: Annotated[tuple[Id, ...], Some, Once]
    recipients: Annotated[tuple[Id, ...], Some, Once]
    information: Annotated[tuple[Code, ...], Some, Once]
    purposes: Annotated[tuple[Code, ...], Some, Once]
    lawful_basis: Annotated[tuple[Code, ...], Field(max_length=8), Once] = ()
    explicit: bool = False
    lifts_confidence: bool = False
    expires: Instant | None = None
    said_at: Instant | None = None
    wording_sha256: Digest | None = None
    given_by: GivenBy
    notice: Line
    language: Code = "en"
    jurisdiction: Line
    storage: Line
    retention: Duration
    withdrawal_method: Line
    told_can_refuse: bool
    parties: Annotated[tuple[ConsentParty, ...], Field(max_length=128)] = ()
    override: Override | None = None

    @model_validator(mode="after")
    def _is_of_one_kind(self) -> Self:
        resting = CONSENT_BASES & set(self.lawful_basis)
        basis = self.kind is ConsentKind.DP_BASIS
        for holds, said in (
            (not basis or resting, "`dp-basis` names in `lawful_basis` the basis that is consent"),
            (basis or not resting, f"`{self.kind}` is no consent that is a lawful basis"),
            ("9-2-a" not in resting or self.explicit, "consent under `9-2-a` must be `explicit`"),
            (
                self.kind in (ConsentKind.DP_BASIS, ConsentKind.CONFIDENTIALITY)
                or not self.lifts_confidence,
                f"`{self.kind}` does not lift the duty of confidence",
            ),
        ):
            if not holds:
                raise ValueError(said)
        return self

    def refuse_unfit_to_give(self) -> None:
        """Refuse a form that can be refused or asked for, but not consented to.

        Raises:
            ValueError: The message names what is missing.
        """
        for holds, said in (
            (self.expires, "`expires` is missing: consent lasts until a date"),
            (self.wording_sha256, "`wording_sha256` is missing: consent is to certain words"),
            (self.told_can_refuse, "`told_can_refuse` is false: consent is free"),
            (self.override is None, "`override` is for sharing in spite of a refusal"),
        ):
            if not holds:
                raise ValueError(said)
