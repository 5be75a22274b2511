"""Whether a clause can ever do anything, in the cases that are plain to see.

Findings here are warnings: a text may say something for the avoidance of doubt.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from agreements import ends
from agreements.findings import Finding, Severity
from agreements.model import Agreement, Clause
from agreements.vocabulary import Kind, Vocabulary

DECISION = "how a decision is made"
"""The practice behind this rule: docs/decision.md, part 2."""

_Codes = frozenset[str]


@dataclass(frozen=True)
class Box:
    """What a clause reaches in each direction; in a list an empty set means everything."""

    number: int
    clause: Clause
    holders: _Codes
    recipients: _Codes
    leaves: _Codes

    @property
    def lists(self) -> tuple[_Codes, _Codes, _Codes]:
        """Whom it is about, for what, and who asks."""
        clause = self.clause
        return frozenset(clause.about), frozenset(clause.purposes), frozenset(clause.roles)

    def meets(self, other: "Box") -> bool:
        """Whether some disclosure lies within both."""
        sides = ((self.holders, other.holders), (self.recipients, other.recipients))
        if self.leaves.isdisjoint(other.leaves) or any(a.isdisjoint(b) for a, b in sides):
            return False
        pairs = zip(self.lists, other.lists, strict=True)
        return not any(a and b and a.isdisjoint(b) for a, b in pairs)

    def covers(self, other: "Box") -> bool:
        """Whether every disclosure of another clause lies within this one, at all times."""
        if self.clause.since or self.clause.until:
            return False
        if not set(self.clause.needs) <= set(other.clause.needs):
            return False
        sides = ((self.holders, other.holders), (self.recipients, other.recipients))
        if not self.leaves >= other.leaves or not all(a >= b for a, b in sides):
            return False
        pairs = zip(self.lists, other.lists, strict=True)
        return all(not a or (b and a >= b) for a, b in pairs)


def check(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """S08: every clause can be met, and every exclusion takes something away."""
    boxes = reached(agreement, vocabulary)
    exclusions = [box for box in boxes if box.clause.exclude]
    others = [box for box in boxes if not box.clause.exclude]
    for box in exclusions:
        if len(boxes) == len(agreement.clauses) and not any(box.meets(other) for other in others):
            message = f"clause `{box.clause.id}` excludes what no clause grants or refers"
            yield _warning(box, message, "take it away, or correct its `information`")
    for box in others:
        over = next((other for other in exclusions if other.covers(box)), None)
        if over:
            message = f"clause `{over.clause.id}` excludes all that clause `{box.clause.id}` allows"
            yield _warning(box, message, "narrow the exclusion, or take this clause away")
    for box in boxes:
        yield from _out_of_time(agreement, box)


def reached(agreement: Agreement, vocabulary: Vocabulary) -> list[Box]:
    """What each clause reaches, in order; without clauses that reach nothing or name no term."""
    boxes = [
        _box(agreement, vocabulary, number, clause)
        for number, clause in enumerate(agreement.clauses)
        if all(vocabulary.has(Kind.INFORMATION, code) for code in clause.information)
    ]
    return [box for box in boxes if box.holders and box.recipients]


def _box(agreement: Agreement, vocabulary: Vocabulary, number: int, clause: Clause) -> Box:
    holding = ends.agencies(ends.holders(agreement, clause))
    receiving = ends.agencies(ends.recipients(agreement, clause))
    codes = (vocabulary.descendants(Kind.INFORMATION, code) for code in clause.information)
    return Box(number, clause, holding, receiving, frozenset().union(*codes))


def _out_of_time(agreement: Agreement, box: Box) -> Iterator[Finding]:
    begins, stops = agreement.in_force_from, agreement.end.on if agreement.end else None
    since, until = box.clause.since, box.clause.until
    if _not_after(until, begins) or _not_after(stops, since):
        message = f"clause `{box.clause.id}` is never open while the agreement is in force"
        yield _warning(box, message, "correct its `since` and `until`")


def _not_after(one: datetime | None, other: datetime | None) -> bool:
    return one is not None and other is not None and one <= other


def _warning(box: Box, message: str, mend: str) -> Finding:
    path = ("clauses", box.number)
    return Finding("S08", Severity.WARNING, path, message, DECISION, mend)
