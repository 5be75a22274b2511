"""Every finding on an agreement: how it is put together, and what the law asks of it.

Findings are returned, all of them; nothing here raises. Rules S01 to S12 are
about the text itself, rules R01 onwards about the law and good practice.
"""

from collections.abc import Iterator
from datetime import date

from agreements import disclosing, governance, reach, repealed, statute, structure
from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.model import Agreement, Party
from agreements.vocabulary import Vocabulary

__all__ = ["Finding", "Severity", "check"]


def check(
    agreement: Agreement, vocabulary: Vocabulary, *, now: date | None = None
) -> tuple[Finding, ...]:
    """Look an agreement over.

    Args:
        now: Today, for what depends on it: whether a review is overdue.

    Returns:
        Every finding once, in the order of the agreement and then of the rule.
    """
    slots = tuple(structure.walk(agreement))
    found = {
        finding: None
        for findings in (
            structure.check(agreement, vocabulary),
            reach.check(agreement, vocabulary),
            statute.check(agreement, vocabulary),
            disclosing.check(agreement, vocabulary),
            governance.check(agreement, vocabulary, now),
            repealed.check(agreement, slots),
            _who_they_are(agreement),
            _when_it_ends(agreement),
        )
        for finding in findings
    }
    order = {slot.path: number for number, slot in enumerate(slots)}
    return tuple(sorted(found, key=lambda finding: (_position(finding, order), finding.rule)))


def _position(finding: Finding, order: dict[tuple[str | int, ...], int]) -> int:
    """Where a finding stands; if its field is missing, where what should hold it stands."""
    path = finding.path
    while path and path not in order:
        path = path[:-1]
    return order.get(path, 0)


def _who_they_are(agreement: Agreement) -> Iterator[Finding]:
    """R28: each party can be told apart and asked."""
    for number, party in enumerate(agreement.parties):
        if party.contact is None:
            yield Finding(
                "R28",
                Severity.ERROR,
                ("parties", number, "contact"),
                f"`{party.id}` has no contact",
                CITATIONS["R28"],
                "name a role and how to reach it in `contact`",
            )
        yield from _identified(number, party)


def _identified(number: int, party: Party) -> Iterator[Finding]:
    mend = "write `scheme` and `value` of a register in `identifiers`, such as the ICO number"
    if not party.class_of and not party.identifiers:
        path: tuple[str | int, ...] = ("parties", number, "identifiers")
        message = f"`{party.id}` has no identifier of its legal identity"
        yield Finding("R28", Severity.ERROR, path, message, CITATIONS["R28"], mend)
    for row, member in enumerate(party.members if party.class_of else ()):
        if not member.identifiers:
            path = ("parties", number, "members", row, "identifiers")
            message = f"`{member.agency}`, of `{party.id}`, has no identifier of its legal identity"
            yield Finding("R28", Severity.WARNING, path, message, CITATIONS["R28"], mend)


def _when_it_ends(agreement: Agreement) -> Iterator[Finding]:
    """R31: an agreement ends, or says that it does not and when it is looked at again."""
    if agreement.end is None:
        message, field = "the agreement does not say when it ends", "end"
        mend = "write `on`, `event` or `open_ended: true` in `end`"
    elif agreement.end.open_ended and agreement.review_due is None:
        message, field = "the agreement is open-ended and has no date of review", "review_due"
        mend = "write the date of the next review in `review_due`"
    else:
        return
    yield Finding("R31", Severity.ERROR, (field,), message, CITATIONS["R31"], mend)
