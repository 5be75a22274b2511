"""Who must sign an agreement: one seat for each agency and each office that signs for it.

Pure: the same for everybody who reads the same text. A seat of an agency whose
time in the agreement is over before the version begins is nobody's to fill.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from agreements import ends
from agreements.model import Agreement, Party, Signatory
from agreements.values import earliest
from agreements.vocabulary import Kind, Vocabulary

AUTHORISED: Final = "authorised-signatory"
"""Who signs for a party that names nobody."""

GUARDIAN: Final = "caldicott-guardian"
HEALTH: Final = "health"
GUARDED: Final = (
    "nhs-trust", "icb", "gp-practice", "ambulance", "council-adults", "council-public-health",
    "care-provider",
)  # fmt: skip
"""Health and adult social care bodies, which have a Caldicott Guardian.

Source:
    National Data Guardian, guidance on the appointment of Caldicott Guardians (2021).
"""


@dataclass(frozen=True, slots=True)
class Seat:
    """One signature that a version needs.

    Attributes:
        until: From when the agency is no longer bound; none if that is not said.
    """

    agency: str
    role: str
    until: datetime | None = None

    def __str__(self) -> str:
        return f"{self.agency} ({self.role})"


def seats(agreement: Agreement) -> tuple[Seat, ...]:
    """Every seat of an agreement, in the order of its parties; of a class, each member's."""
    found: dict[tuple[str, str], Seat] = {}
    for party in agreement.parties:
        bound = party.members if party.class_of else ()
        until = {member.agency: earliest(member.until, party.until) for member in bound}
        for agency in party.agencies:
            for role in roles_of(party):
                ends_at = until.get(agency, party.until)
                found.setdefault((agency, role), Seat(agency, role, ends_at))
    return tuple(found.values())


def roles_of(party: Party) -> tuple[str, ...]:
    """The offices that sign for a party."""
    return tuple(each.role for each in party.signatories) or (AUTHORISED,)


def needed(agreement: Agreement, at: datetime) -> tuple[Seat, ...]:
    """The seats that must be filled for a version that begins at an instant."""
    return tuple(seat for seat in seats(agreement) if seat.until is None or at < seat.until)


def signatories_for(agreement: Agreement, agency: str) -> tuple[Signatory, ...]:
    """The offices that sign for an agency, in the order of the text; none if it has no part."""
    found: dict[str, Signatory] = {}
    for party in agreement.parties:
        if agency in party.agencies:
            for each in party.signatories or (Signatory(role=AUTHORISED),):
                found.setdefault(each.role, each)
    return tuple(found.values())


def deputies_for(agreement: Agreement, agency: str, role: str, at: datetime) -> tuple[str, ...]:
    """Who may sign in the place of an agency's signatory at an instant."""
    found = [each for each in signatories_for(agreement, agency) if each.role == role]
    return tuple(each.role for one in found for each in one.deputies if each.stands_in(at))


def without_guardian(agreement: Agreement, vocabulary: Vocabulary) -> tuple[Party, ...]:
    """Parties through whose hands health information passes, and no Caldicott Guardian signs.

    Health and adult social care bodies only: others have no such guardian.
    """
    concerned: dict[str, Party] = {}
    for clause in agreement.clauses:
        if not clause.exclude and any(_is_health(code, vocabulary) for code in clause.information):
            for party in ends.participants(agreement, clause):
                concerned[party.id] = party
    return tuple(
        party
        for party in agreement.parties
        if party.id in concerned
        and _lies_in(party.kind, GUARDED, Kind.BODY, vocabulary)
        and GUARDIAN not in roles_of(party)
    )


def _is_health(code: str, vocabulary: Vocabulary) -> bool:
    """Whether a category or a group holds health information."""
    if not vocabulary.has(Kind.INFORMATION, code):
        return False
    health = vocabulary.descendants(Kind.INFORMATION, HEALTH)
    return bool(health & vocabulary.descendants(Kind.INFORMATION, code))


def _lies_in(code: str, listed: Iterable[str], kind: Kind, vocabulary: Vocabulary) -> bool:
    return vocabulary.has(kind, code) and not {code, *vocabulary.ancestors(kind, code)}.isdisjoint(
        listed
    )
