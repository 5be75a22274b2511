"""What kind of body a party is before the law: a public authority, a competent authority.

What the party says of itself in the agreement outweighs its kind of body, and
what the agency register says outweighs both. A kind that the vocabulary lacks
counts as a public authority and as no competent authority, which closes more
than it opens.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from agreements.agencies import Agency
from agreements.model import Agreement, CompetentAuthority, Party
from agreements.vocabulary import Kind, Vocabulary


@dataclass(frozen=True, slots=True)
class Status:
    """What kind of body an agency is before the law.

    Attributes:
        kind: A body of the vocabulary; empty if nothing says what the agency is.
        ended: When it ended, if the agency register says that it did.
    """

    public_authority: bool = True
    competent_authority: bool = False
    kind: str = ""
    ended: datetime | None = None

    def has_ended_by(self, at: datetime) -> bool:
        """Whether it no longer is what it was at an instant, as far as is known."""
        return self.ended is not None and self.ended <= at


UNKNOWN: Final = Status()
"""The status of an agency that neither an agreement nor the register has."""


@dataclass(frozen=True, slots=True)
class Claim:
    """What an agreement says one of its agencies is."""

    agency: str
    kind: str
    public_authority: bool | None = None
    competent_authority: CompetentAuthority | None = None


def claims_of(agreement: Agreement) -> tuple[Claim, ...]:
    """What an agreement says each of its agencies is, in the order of its parties."""
    return tuple(
        Claim(agency, party.kind, party.public_authority, party.competent_authority)
        for party in agreement.parties
        for agency in party.agencies
    )


def statuses(
    claims: Iterable[Claim], vocabulary: Vocabulary, agencies: Iterable[Agency] = ()
) -> dict[str, Status]:
    """What each agency is, by everything the agreements and the register say of it.

    Args:
        agencies: The rows of the agency register. What a row says holds; what it leaves
            out is what agreements say of themselves, and then what its kind of body is.
    """
    register = {agency.id: agency for agency in agencies}
    found: dict[str, Status] = {}
    for claim in claims:
        said = _status(_overruled(claim, register.get(claim.agency)), vocabulary)
        known = found.get(claim.agency, Status(public_authority=False))
        found[claim.agency] = Status(
            said.public_authority or known.public_authority,
            said.competent_authority or known.competent_authority,
            known.kind or said.kind,
        )
    for name, row in register.items():
        known = found.get(name) or _status(row, vocabulary)
        found[name] = replace(known, ended=row.ended)
    return found


def _overruled(claim: Claim, row: Agency | None) -> Claim:
    """A claim as it would be if the agreement said what the register does."""
    if row is None:
        return claim
    public, competent = row.public_authority, row.competent_authority
    return Claim(
        claim.agency,
        row.kind,
        claim.public_authority if public is None else public,
        claim.competent_authority if competent is None else competent,
    )


def _status(body: Claim | Agency, vocabulary: Vocabulary) -> Status:
    return Status(
        is_public_authority(body, vocabulary),
        is_competent_authority(body, vocabulary),
        body.kind,
    )


def is_public_authority(body: Party | Claim | Agency, vocabulary: Vocabulary) -> bool:
    """Whether a body is a public authority (DPA 2018 s.7)."""
    if body.public_authority is not None:
        return body.public_authority
    return _is(body, "public_authority", vocabulary, unknown=True)


def is_competent_authority(body: Party | Claim | Agency, vocabulary: Vocabulary) -> bool:
    """Whether a body is a competent authority, by Schedule 7 or a function it names (s.30)."""
    claim = body.competent_authority
    if claim is not None:
        return claim.schedule7 or claim.function is not None
    return _is(body, "schedule7", vocabulary, unknown=False)


def _is(body: Party | Claim | Agency, flag: str, vocabulary: Vocabulary, *, unknown: bool) -> bool:
    if not vocabulary.has(Kind.BODY, body.kind):
        return unknown
    return bool(vocabulary.term(Kind.BODY, body.kind).extra.get(flag, unknown))
