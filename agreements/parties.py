"""Who takes part in an agreement: parties, their members, and who signs for them.

Frozen values like those of ``agreements.model``, which they are a part of.
"""

from datetime import datetime
from enum import StrEnum
from typing import Annotated, Self

from pydantic import Field, model_validator

from agreements.values import AgencyId, Code, Instant, Line, Lines, Words, earliest, latest


class Contact(Words):
    """Who answers for something, by role rather than by name."""

    role: Line
    email: Line | None = None
    telephone: Line | None = None
    address: Line | None = None


class Identifier(Words):
    """How a register elsewhere knows a body (ODS code, ICO number, company number …)."""

    scheme: Code
    value: Line


class Direction(StrEnum):
    """Whether a party gives information, receives it, or both."""

    PROVIDE = "provide"
    RECEIVE = "receive"
    BOTH = "both"


class Succession(Words):
    """The body that another one follows, and what shows it; nothing is inherited silently."""

    body: Line
    since: Instant | None = None
    evidence: Line | None = None


class Member(Words):
    """One body in a party that is a class, from its joining until its leaving."""

    agency: AgencyId
    name: Line
    since: Instant | None = None
    until: Instant | None = None
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=16)] = ()
    successor_of: Succession | None = None


class CompetentAuthority(Words):
    """Why a party may process for law enforcement (DPA 2018 s.30)."""

    schedule7: bool = False
    function: Line | None = None


class Deputy(Words):
    """Who may sign in a signatory's place, and from when until when."""

    role: Line
    since: Instant | None = None
    until: Instant | None = None

    def stands_in(self, at: datetime) -> bool:
        """Whether the deputy may sign at an instant."""
        return (self.since is None or self.since <= at) and (self.until is None or at < self.until)


class Signatory(Words):
    """An office whose holder signs for a party, and who may stand in."""

    role: Code
    deputies: Annotated[tuple[Deputy, ...], Field(max_length=8)] = ()


class Party(Words):
    """An agency in the agreement, named or by class, with its own role and capacity."""

    id: AgencyId
    name: Line
    kind: Code
    members: Annotated[tuple[Member, ...], Field(max_length=2000)] = ()
    class_of: Line | None = None
    class_citation: Line | None = None
    identifiers: Annotated[tuple[Identifier, ...], Field(max_length=16)] = ()
    departments: Lines = ()
    direction: Direction = Direction.BOTH
    capacity: Code
    since: Instant | None = None
    until: Instant | None = None
    public_authority: bool | None = None
    competent_authority: CompetentAuthority | None = None
    contact: Contact | None = None
    senior_responsible_officer: Contact | None = None
    signatories: Annotated[tuple[Signatory, ...], Field(max_length=8)] = ()
    processor_contract: Line | None = None
    assurance: Code | None = None
    accepted_parent: Instant | None = None
    successor_of: Succession | None = None

    @model_validator(mode="after")
    def _is_named_or_a_class(self) -> Self:
        if self.members and not self.class_of:
            raise ValueError("a party with `members` says in `class_of` what they have in common")
        if self.class_citation and not self.class_of:
            raise ValueError("a party with `class_citation` says in `class_of` which class it is")
        return self

    @property
    def agencies(self) -> tuple[str, ...]:
        """The agencies this party stands for: its members if it is a class, else itself."""
        return tuple(member.agency for member in self.members) if self.class_of else (self.id,)

    @property
    def bindings(self) -> tuple[tuple[str, datetime | None, datetime | None], ...]:
        """Each agency it stands for, and the instants from which and up to which it is bound."""
        if not self.class_of:
            since = latest(self.since, self.accepted_parent)
            return ((self.id, since, self.until),)
        return tuple(
            (
                member.agency,
                latest(self.since, self.accepted_parent, member.since),
                earliest(self.until, member.until),
            )
            for member in self.members
        )
