"""The bench office's agreements in plain words, from which each engine's own form is made.

Only what those agreements and questions can touch: a clause grants, excludes or refers
categories of information, for purposes, to roles, about kinds of person, with what must be
given; an agreement holds between its parties, from a day until its review is due.
"""

from dataclasses import dataclass

from agreements.model import Agreement, Clause
from agreements.values import epoch_s
from agreements.vocabulary import Kind, current

SPECIAL, OFFENCE = "special-category", "offence"
FROM_LAW = (SPECIAL, OFFENCE)
"""The kinds of information of which the law demands more."""


@dataclass(frozen=True)
class PlainClause:
    """One clause, with all that lies within a word written out.

    Attributes:
        effect: `grant`, `exclude` or `refer`.
    """

    effect: str
    purposes: tuple[str, ...]
    information: tuple[str, ...]
    roles: tuple[str, ...]
    about: tuple[str, ...]
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Plain:
    """One agreement.

    Attributes:
        parties: The two agencies it is between, sorted.
        from_s, until_s: Within which instants it permits; half-open.
    """

    parties: tuple[str, str]
    from_s: int
    until_s: int
    clauses: tuple[PlainClause, ...]


def plain(agreement: Agreement) -> Plain:
    """An agreement of the bench office in plain words.

    Raises:
        AssertionError: It says something that is not said here.
    """
    first, second = sorted(agency for party in agreement.parties for agency in party.agencies)
    since, review = agreement.in_force_from, agreement.review_due
    assert since is not None
    assert review is not None
    assert agreement.asking is None
    return Plain(
        (first, second),
        epoch_s(since),
        epoch_s(review),
        tuple(map(_clause, agreement.clauses)),
    )


def _clause(clause: Clause) -> PlainClause:
    # What the others are not told of is not in these agreements.
    said = clause.holders, clause.recipients, clause.basis, clause.since, clause.until
    assert not any(said)
    assert clause.confidence != "consent"
    assert set(clause.needs) <= {"necessity"}
    return PlainClause(
        "exclude" if clause.exclude else "refer" if clause.refer else "grant",
        _within(Kind.PURPOSE, clause.purposes),
        _within(Kind.INFORMATION, clause.information),
        clause.roles,
        _within(Kind.SUBJECT, clause.about),
        clause.needs,
    )


def _within(kind: Kind, codes: tuple[str, ...]) -> tuple[str, ...]:
    words = current()
    return tuple(
        sorted({*codes, *(term for code in codes for term in words.descendants(kind, code))})
    )


def beneath(code: str) -> tuple[str, ...]:
    """A category of information, and all that lies within it."""
    return _within(Kind.INFORMATION, (code,))
