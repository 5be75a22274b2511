"""What kind of body a party is before the law: a public authority, a competent authority.

What the party says of itself in the agreement outweighs its kind of body. A kind
that the vocabulary lacks counts as a public authority and as no competent
authority, which closes more than it opens.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from agreements.model import Agreement, Party
from agreements.vocabulary import Kind, Vocabulary


@dataclass(frozen=True, slots=True)
class Status:
    """What kind of body an agency is before the law.

    Attributes:
        kind: A body of the vocabulary; empty if no agreement has the agency.
    """

    public_authority: bool = True
    competent_authority: bool = False
    kind: str = ""


UNKNOWN: Final = Status()
"""The status of an agency that no agreement has."""


def statuses(agreements: Iterable[Agreement], vocabulary: Vocabulary) -> dict[str, Status]:
    """What each agency is, by everything the agreements say of it."""
    found: dict[str, Status] = {}
    for agreement in agreements:
        for party in agreement.parties:
            public = is_public_authority(party, vocabulary)
            competent = is_competent_authority(party, vocabulary)
            for agency in party.agencies:
                known = found.get(agency, Status(public_authority=False))
                found[agency] = Status(
                    public or known.public_authority,
                    competent or known.competent_authority,
                    known.kind or party.kind,
                )
    return found


def is_public_authority(party: Party, vocabulary: Vocabulary) -> bool:
    """Whether a party is a public authority (DPA 2018 s.7)."""
    if party.public_authority is not None:
        return party.public_authority
    return _is(party, "public_authority", vocabulary, unknown=True)


def is_competent_authority(party: Party, vocabulary: Vocabulary) -> bool:
    """Whether a party is a competent authority, by Schedule 7 or a function it names (s.30)."""
    claim = party.competent_authority
    if claim is not None:
        return claim.schedule7 or claim.function is not None
    return _is(party, "schedule7", vocabulary, unknown=False)


def _is(party: Party, flag: str, vocabulary: Vocabulary, *, unknown: bool) -> bool:
    if not vocabulary.has(Kind.BODY, party.kind):
        return unknown
    return bool(vocabulary.term(Kind.BODY, party.kind).extra.get(flag, unknown))
