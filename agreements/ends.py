"""Who stands at the two ends of a clause.

Source:
    docs/decision.md, part 2.
"""

from agreements.model import Agreement, Clause, Direction, Party


def holders(agreement: Agreement, clause: Clause) -> tuple[Party, ...]:
    """The parties that may give information under a clause, in the order of the agreement."""
    return _stand(agreement, clause, clause.holders, Direction.RECEIVE)


def recipients(agreement: Agreement, clause: Clause) -> tuple[Party, ...]:
    """The parties that may be given information under a clause, in the order of the agreement."""
    return _stand(agreement, clause, clause.recipients, Direction.PROVIDE)


def participants(agreement: Agreement, clause: Clause) -> tuple[Party, ...]:
    """The parties at either end of a clause, in the order of the agreement."""
    either = {party.id for end in (holders, recipients) for party in end(agreement, clause)}
    return tuple(party for party in agreement.parties if party.id in either)


def agencies(parties: tuple[Party, ...]) -> frozenset[str]:
    """The agencies that parties stand for, at any time."""
    return frozenset(agency for party in parties for agency in party.agencies)


def _stand(
    agreement: Agreement, clause: Clause, named: tuple[str, ...], barred: Direction
) -> tuple[Party, ...]:
    """Those named, or everyone, without whoever stands at the other end only."""
    return tuple(
        party
        for party in agreement.parties
        if (not named or party.id in named) and (clause.exclude or party.direction is not barred)
    )
