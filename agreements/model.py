"""What an agreement is: its parties, its clauses, and what each rests on.

Everything here is a frozen value. Nothing is looked up: whether a term exists
and whether the law is satisfied is for ``agreements.validate``; what a clause
means to the judge is for ``engine.compile``. The particulars that describe an
agreement without deciding anything stand in ``agreements.particulars``.
"""

from typing import Annotated, Self

from pydantic import Field, model_validator

from agreements.asking import Asking
from agreements.particulars import Particulars
from agreements.parties import (
    CompetentAuthority,
    Contact,
    Deputy,
    Direction,
    Identifier,
    Member,
    Party,
    Signatory,
    Succession,
)
from agreements.values import (
    MAX_LIST,
    ClauseId,
    Code,
    Codes,
    Duration,
    Id,
    Ids,
    Instant,
    Line,
    Lines,
    Text,
    Version,
    Words,
)

__all__ = [
    "Agreement",
    "Asking",
    "Basis",
    "Clause",
    "CompetentAuthority",
    "Condition",
    "ConsentTerms",
    "Contact",
    "Deputy",
    "Direction",
    "End",
    "Identifier",
    "Member",
    "Obligation",
    "Parent",
    "Party",
    "PolicyDocument",
    "Referral",
    "Signatory",
    "Succession",
]


class ConsentTerms(Words):
    """How consent is taken and given up again (UK GDPR Art 7; DPA 2018 s.40A)."""

    kind: Code
    withdrawal_method: Line | None = None
    pre_ticked: bool = False
    valid_for: Duration | None = None
    review_every: Duration | None = None


class PolicyDocument(Words):
    """The appropriate policy document (DPA 2018 s.42; Sch 1 para 39)."""

    reference: Line
    dated: Instant


class Basis(Words):
    """The law one party relies on for its own part in a clause.

    Lists name alternatives: whoever asks must rely on one of them.
    """

    regime: Code
    article6: Codes = ()
    annex1: Codes = ()
    article9: Codes = ()
    schedule1: Codes = ()
    official_authority: Line | None = None
    law_enforcement: Codes = ()
    schedule8: Codes = ()
    strictly_necessary: bool = False
    gateways: Codes = ()
    duty: Line | None = None
    function: Line | None = None
    law: Line | None = None
    consent: ConsentTerms | None = None
    policy_document: PolicyDocument | None = None


class Obligation(Words):
    """What whoever is permitted must then do."""

    do: Code
    after: Duration | None = None
    since: Code | None = Field(default=None, alias="from")
    within: Duration | None = None
    text: Line | None = None


class Referral(Words):
    """The human who decides what the text leaves open."""

    role: Line
    contact: Line | None = None


class Condition(Words):
    """A fact of the single case that a clause asks the requester to confirm."""

    id: Id
    text: Line


class Clause(Words):
    """One numbered grant, exclusion or referral; becomes exactly one Cedar policy.

    An empty ``from``, ``to``, ``about``, ``purposes`` or ``roles`` means that the
    clause does not limit that dimension.
    """

    id: ClauseId
    title: Line
    wording: Text | None = None
    exclude: bool = False
    refer: bool = False
    holders: Ids = Field(default=(), alias="from")
    recipients: Ids = Field(default=(), alias="to")
    information: Annotated[tuple[Code, ...], Field(min_length=1, max_length=MAX_LIST)]
    about: Codes = ()
    purposes: Codes = ()
    roles: Codes = ()
    basis: Annotated[dict[Id, Basis], Field(max_length=32)] = Field(default_factory=dict)
    needs: Codes = ()
    since: Instant | None = None
    until: Instant | None = None
    confidence: Code | None = None
    refer_to: Referral | None = None
    obligations: Annotated[tuple[Obligation, ...], Field(max_length=32)] = ()
    reason: Text | None = None

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if self.exclude and self.refer:
            raise ValueError("a clause either excludes or refers, not both")
        if self.exclude and (self.obligations or self.basis or self.refer_to):
            raise ValueError("an exclusion carries no basis, obligations or referral")
        return self


class End(Words):
    """When the agreement ends: on a date, on an event, or not until somebody ends it."""

    on: Instant | None = None
    event: Line | None = None
    open_ended: bool = False

    @model_validator(mode="after")
    def _is_one_thing(self) -> Self:
        if sum((self.on is not None, self.event is not None, self.open_ended)) != 1:
            raise ValueError("an end is one of `on`, `event` or `open_ended: true`")
        return self


class Parent(Words):
    """The agreement that this one stands under."""

    id: Id
    version: Version | None = None
    title: Line | None = None


class Agreement(Words):
    """The text the parties sign.

    Its status and its signatures stand beside it in the register, not in it.
    """

    concordat: Annotated[str, Field(pattern="^1$")]
    id: Id
    version: Version
    title: Line
    kind: Code
    jurisdiction: Annotated[tuple[Code, ...], Field(min_length=1, max_length=8)]
    in_force_from: Instant | None = None
    end: End | None = None
    review_due: Instant | None = None
    review_grace: Duration | None = None
    review_period: Duration | None = None
    tier: Annotated[int, Field(ge=0, le=2)] | None = None
    parent: Parent | None = None
    parties: Annotated[tuple[Party, ...], Field(min_length=2, max_length=MAX_LIST)]
    owner: Contact | None = None
    contact: Contact | None = None
    purposes: Codes = ()
    not_for: Codes = ()
    about: Codes = ()
    conditions: Annotated[tuple[Condition, ...], Field(max_length=64)] = ()
    asking: Asking | None = None
    clauses: Annotated[tuple[Clause, ...], Field(min_length=1, max_length=200)]
    silent_on: Lines = ()
    particulars: Particulars = Particulars()

    def party(self, party_id: str) -> Party | None:
        """The party of that id, if the agreement has it."""
        return next((party for party in self.parties if party.id == party_id), None)
