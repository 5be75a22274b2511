"""The question: a proposed disclosure, the facts beside it, and their form for the judge.

The disclosure is what a caller says; the facts are what the office looked up
itself. The two never mix: nothing a caller writes can reach a fact. Cedar is
given only values built here from typed fields, never a caller's own JSON.
"""

from collections.abc import Container, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from operator import itemgetter
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from agreements.values import Code, Id, Line, Words, epoch_s
from engine import canonical
from engine.asking import Evidence
from engine.bundle import SliceKey
from engine.canonical import Json
from engine.errors import RecordError, RequestError
from engine.standing import Standing

MAX_BYTES = 65_536
"""The longest question that is read, in bytes of JSON."""

MAX_CATEGORIES = 64
"""The most categories one disclosure may ask for."""

_SEE_HELP = "`concordat ask --help` shows every field"

GIVEN_BY_STATEMENT = (
    "necessity",
    "no_consent_reason",
    "public_task_statement",
    "handling_conditions",
)
"""What is given by making the statement itself, and can't merely be confirmed."""


Statement = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"),
]
"""What a requester writes out, up to 2,000 characters."""


class LawfulBasis(Words):
    """The lawful basis that one end of a disclosure asserts for itself."""

    regime: Code = "UKGDPR"
    article6: Code | None = None
    annex1: Code | None = None
    article9: Code | None = None
    schedule1: Code | None = None
    law_enforcement: Code | None = None
    schedule8: Code | None = None
    gateway: Code | None = None

    @property
    def rests_on_consent(self) -> bool:
        """Whether consent is what makes this lawful."""
        return (
            self.article6 == "6-1-a"
            or self.article9 == "9-2-a"
            or self.law_enforcement == "LE-consent"
        )


class Disclosure(Words):
    """What is proposed: from, to, information, about whom, for what, resting on what."""

    holder: Id = Field(alias="from")
    recipient: Id = Field(alias="to")
    information: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MAX_CATEGORIES)]
    about: Annotated[tuple[Code, ...], Field(min_length=1, max_length=16)]
    purpose: Code
    role: Code
    basis: LawfulBasis = LawfulBasis()
    asked_by: Id | None = None
    necessity: Statement | None = None
    no_consent_reason: Code | None = None
    public_task_statement: Statement | None = None
    classification: Code | None = None
    handling: Code | None = None
    handling_conditions: Statement | None = None
    collected_under: Code | None = None
    confirms: Annotated[tuple[Code, ...], Field(max_length=64)] = ()
    agreement: Id | None = None
    requester: Line | None = None
    subject: Line | None = None
    case_reference: Line | None = None

    @property
    def asker(self) -> str:
        """The end that asserts the lawful basis."""
        return self.asked_by or self.recipient

    @model_validator(mode="after")
    def _is_between_two(self) -> Self:
        if self.holder == self.recipient:
            raise ValueError("the agency that gives and the agency that receives are the same")
        if self.asker not in (self.holder, self.recipient):
            raise ValueError("`asked_by` must be the agency that gives or the one that receives")
        for name, listed in (
            ("information", self.information),
            ("about", self.about),
            ("confirms", self.confirms),
        ):
            if len(listed) > 1 and len(set(listed)) != len(listed):
                raise ValueError(f"`{name}` lists something twice")
        for confirmed in self.confirms:
            if confirmed in GIVEN_BY_STATEMENT:
                raise ValueError(f"`{confirmed}` is given by writing it out, not by confirming it")
        return self

    def given(self) -> list[str]:
        """Everything supplied or confirmed, sorted."""
        given = [name for name in GIVEN_BY_STATEMENT if getattr(self, name) is not None]
        return sorted((*given, *self.confirms))

    def looked_at(self) -> tuple[object, ...]:
        """All of it that a decision can turn on: no person, no case, no wording of a statement."""
        said = vars(self)
        made = [statement is not None for statement in _STATEMENTS(said)]
        return (*_WORDS(said), *_BASIS(vars(self.basis)), *made)

    def impersonal(self) -> tuple[object, ...]:
        """All of it but the person and the case: who asks, about whom and where."""
        return (*_IMPERSONAL(vars(self)), *_BASIS(vars(self.basis)))


_WORDED: Final = ("necessity", "public_task_statement", "handling_conditions")
_PERSONAL: Final = ("requester", "subject", "case_reference")
_STATEMENTS: Final = itemgetter(*_WORDED)
_BASIS: Final = itemgetter(*LawfulBasis.model_fields)
_IMPERSONAL: Final = itemgetter(
    *(name for name in Disclosure.model_fields if name not in ("basis", *_PERSONAL))
)
# Whatever is not known to be of no account is looked at.
_WORDS: Final = itemgetter(
    *(name for name in Disclosure.model_fields if name not in ("basis", *_WORDED, *_PERSONAL))
)


class Consent(StrEnum):
    """The state of consent as the office found it; only ``given`` counts.

    Source:
        ISO/IEC TS 27560:2023, consent states.
    """

    GIVEN = "given"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    NOT_RECORDED = "not-recorded"
    UNKNOWN = "unknown"
    """The look-up itself failed."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What the office looked up for one question; no caller supplies any of it.

    Attributes:
        consent: Consent as the lawful basis; none if the question does not rest on it.
        confidence_consent: Consent against the duty of confidence; none if no clause asks for it.
        evidence: How well requester, role and purpose are known; none at the terminal.
        status_unclear: Whether the agency register says of an end that it had ended by then.
    """

    standing: Mapping[SliceKey, Standing] = field(default_factory=dict)
    consent: Consent | None = None
    confidence_consent: Consent | None = None
    asker_public_authority: bool = True
    asker_competent_authority: bool = False
    holder_kind: str = ""
    recipient_kind: str = ""
    status_unclear: bool = False
    evidence: Mapping[str, Evidence] | None = None


def parse(document: bytes) -> Disclosure:
    """Read a proposed disclosure from JSON, strictly.

    Raises:
        RequestError: It isn't strict JSON, or a field is missing, unknown or of
            the wrong kind; the message names the first such field.
    """
    try:
        said = canonical.parse(document, max_bytes=MAX_BYTES)
    except RecordError as fault:
        raise RequestError(f"the question: {fault}", hint=fault.hint or _SEE_HELP) from fault
    if not isinstance(said, dict):
        raise RequestError("the question is not a JSON object", hint=_SEE_HELP)
    try:
        return Disclosure.model_validate_json(document, by_alias=True, by_name=False)
    except ValidationError as fault:
        raise RequestError(_first_fault(fault), hint=_SEE_HELP) from fault


def _first_fault(fault: ValidationError) -> str:
    first = fault.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    match first["type"]:
        case "missing":
            said = "is missing"
        case "extra_forbidden":
            said = "is not a field of a disclosure"
        case "string_pattern_mismatch":
            said = "is not written as an identifier or a code is"
    said = said[:1].lower() + said[1:]
    return f"`{where}`: {said}" if where else said


def context(
    disclosure: Disclosure, facts: Facts, at: datetime, *, known: Container[str]
) -> dict[str, Json]:
    """Say for Cedar everything about a disclosure but the recipient and the category.

    The keys are those of ``Disclosure`` in ``policies/concordat.cedarschema``.

    Args:
        known: The words of the law's schema. What an older one does not know is left out: no
            policy under it can look at that, and Cedar would refuse the question for it.
    """
    basis = disclosure.basis
    said: dict[str, Json] = {
        "holder": disclosure.holder,
        "asker": disclosure.asker,
        "purpose": disclosure.purpose,
        "role": disclosure.role,
        "about": list(disclosure.about),
        "given": disclosure.given(),
        "at": epoch_s(at),
        "regime": basis.regime,
        "asker_public_authority": facts.asker_public_authority,
        "asker_competent_authority": facts.asker_competent_authority,
        "holder_kind": facts.holder_kind,
        "recipient_kind": facts.recipient_kind,
    }
    for name in ("classification", "handling", "collected_under"):
        stated = getattr(disclosure, name)
        if stated is not None:
            said[name] = stated
    for name in (
        "article6",
        "annex1",
        "article9",
        "schedule1",
        "law_enforcement",
        "schedule8",
        "gateway",
    ):
        asserted = getattr(basis, name)
        if asserted is not None:
            said[name] = asserted
    for name, level in (facts.evidence or {}).items():
        said[f"{name}_evidence"] = level
    if facts.consent is not None:
        said["consent"] = facts.consent
    if facts.confidence_consent is not None:
        said["confidence_consent"] = facts.confidence_consent
    return {name: value for name, value in said.items() if name in known}
