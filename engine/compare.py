"""What a new version of an agreement changes, by meaning: the questions it answers otherwise.

Exact: each version is the set of questions that it permits and the set that it
refers, made of boxes read from the policies that are enforced, and the sets are
subtracted. Compared is what the office would answer if the new version were signed
beside the old: from the instant the new one is in force it replaces the old; before
that nothing changes. ``docs/compare.md`` says how to read the result.

Compared are questions whose facts are known. Where the look-up of consent failed, or
conditions of a handling code are not said, the office asks again as if they were
given: what is newly permitted is then newly referred, unless it was referred before.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from engine import canonical
from engine.bundle import Slice, make_slice
from engine.collecting import uncollected
from engine.compare_lists import Weighed
from engine.compare_rows import Row
from engine.compare_text import TextChange, text_change
from engine.compile import Compiled
from engine.cover import Box
from engine.dimensions import Dimensions
from engine.law import Law
from engine.meaning import (
    ClauseMeant,
    Meaning,
    Read,
    clauses_of,
    lay_out,
    regions,
    same_clauses,
)


@dataclass(frozen=True, slots=True)
class Named:
    """One version of an agreement, and its exact text."""

    id: str
    version: str
    terms_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What putting one version in the place of another changes.

    Attributes:
        old: The version replaced; none if there was none.
        new: The version that replaces it; none if it only ends.
        newly_permitted, no_longer_permitted: What one permits and the other does not.
        newly_referred, no_longer_referred: What one puts to a human and the other does not.
        text: The fields of the text that differ.
    """

    law: Law
    dimensions: Dimensions
    old: Named | None
    new: Named | None
    newly_permitted: tuple[Row, ...]
    no_longer_permitted: tuple[Row, ...]
    newly_referred: tuple[Row, ...]
    no_longer_referred: tuple[Row, ...]
    text: TextChange

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row, of all four lists."""
        return (
            *self.newly_permitted,
            *self.no_longer_permitted,
            *self.newly_referred,
            *self.no_longer_referred,
        )

    @property
    def same(self) -> bool:
        """Whether the two texts are the same."""
        return not self.rows and not self.text.paths


def compare(law: Law, old: Slice | Compiled | None, new: Slice | Compiled | None) -> Change:
    """Say what putting one version in the place of another changes, by meaning.

    Args:
        law: What both are judged by.
        old: The version replaced; none to say all that the new one opens.
        new: The version that replaces it; none to say all that ending the old one closes.

    Raises:
        PolicyError: A policy holds a construct that cannot be compared.
    """
    with uncollected():
        return _compared(law, _side(law, old), _side(law, new))


def _compared(law: Law, before: Slice | None, after: Slice | None) -> Change:
    clauses = _clauses(side for side in (before, after) if side is not None)
    laid_out = lay_out(law, clauses)
    known: dict[int, tuple[Box, ...]] = {}
    was, becomes = (
        Meaning.of(laid_out, clauses[side] if side else (), known) for side in (before, after)
    )
    lists = Weighed(laid_out, regions(laid_out, before, after), was, becomes).lists()
    text = text_change(
        None if before is None else before.agreement,
        None if after is None else after.agreement,
        same_clauses(was, becomes),
        told=any(lists),
    )
    return Change(law, laid_out, _named(before), _named(after), *lists, text)


def _clauses(sides: Iterable[Slice]) -> dict[Slice, list[ClauseMeant]]:
    read: Read = {}
    return {side: clauses_of(side, read) for side in sides}


def _side(law: Law, version: Slice | Compiled | None) -> Slice | None:
    return make_slice(law, version) if isinstance(version, Compiled) else version


def _named(side: Slice | None) -> Named | None:
    if side is None:
        return None
    return Named(*side.key, canonical.digest_hex(side.agreement_json))
