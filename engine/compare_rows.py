"""The rows of a comparison: boxes put together into as few as say it exactly, in agreement terms.

A row is a product again, but of what a reader has a word for: of the kinds of person
asked about it lists ways in which they may come together, and of the things given
likewise. Nothing here compares anything.
"""

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.cover import Box, Cover, is_within
from engine.dimensions import Dimensions

Ways = frozenset[frozenset[tuple[str, int]]]
"""Alternatives, each of which says of some yes or no dimensions what they must be."""

ANY_WAY: Final[Ways] = frozenset([frozenset()])


class Where(StrEnum):
    """Where the law puts the questions of a row."""

    ANYWHERE = "anywhere"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Save(StrEnum):
    """What is left out of a row, so that it need not be many small ones."""

    PERMITTED = "permitted"
    """What the version that refers it permits anyway."""
    IN_BOTH = "in-both"
    """What comes out so in both versions."""


@dataclass(frozen=True, slots=True)
class Row:
    """Questions that come out otherwise, as a product.

    Attributes:
        limits: The box in all dimensions of one value, sorted; what is not named is not limited.
        about: Ways in which kinds of person may come together.
        given: Ways in which things may be given or left out.
        where: Of these, all questions, or those to which the law does or does not
            forbid a disclosure. The law is the same for both versions.
        save: What is left out of these.
    """

    limits: tuple[tuple[str, int], ...]
    about: Ways
    given: Ways
    where: Where
    save: frozenset[Save] = frozenset()

    def boxes(self) -> list[Box]:
        """The same questions as boxes."""
        return [
            {**dict(self.limits), **dict(people), **dict(things)}
            for people in sorted(self.about, key=sorted)
            for things in sorted(self.given, key=sorted)
        ]

    def holds(self, question: Box) -> bool:
        """Whether a question, as a box of one value in each dimension, lies in the boxes."""
        return any(is_within(question, box) for box in self.boxes())


def rows_of(
    dimensions: Dimensions,
    boxes: Iterable[Box],
    where: Where,
    save: frozenset[Save] = frozenset(),
) -> list[Row]:
    """Put boxes together into as few rows as say the same."""
    rows = [_row(box, where, save) for box in boxes]
    while True:
        fewer = rows
        for part in _parts(fewer):
            fewer = _joined(dimensions, fewer, part)
        if len(fewer) == len(rows):
            order = {row: _order(row) for row in fewer}
            return sorted(_needed(dimensions, fewer, order), key=order.__getitem__)
        rows = fewer


def _needed(
    dimensions: Dimensions, rows: list[Row], order: Mapping[Row, tuple[object, ...]]
) -> list[Row]:
    """The rows without those that the others say together, the narrowest looked at first."""
    boxes = {row: row.boxes() for row in rows}
    owner = {id(box): row for row, own in boxes.items() for box in own}
    cover = Cover([box for own in boxes.values() for box in own])
    kept = dict.fromkeys(sorted(rows, key=lambda row: (-len(row.limits), order[row])))
    for row in list(kept):

        def others(box: Box, row: Row = row) -> list[Box]:
            near = ((owner[id(each)], each) for each in cover.near(box))
            return [each for whose, each in near if whose is not row and whose in kept]

        if all(dimensions.space.is_empty(box, others(box)) for box in boxes[row]):
            del kept[row]
    return list(kept)


def _row(box: Box, where: Where, save: frozenset[Save]) -> Row:
    limits, people, things = [], [], []
    for item in box.items():
        name = item[0]
        if ":" not in name:
            limits.append(item)
        elif name.startswith("about:"):
            people.append(item)
        else:
            things.append(item)
    limits.sort()
    ways = frozenset([frozenset(people)]), frozenset([frozenset(things)])
    return Row(tuple(limits), *ways, where, save)


_FIRST = ("purpose", "role", "information", "recipient", "holder")
_LAST = ("at", "about", "given")


def _parts(rows: Sequence[Row]) -> list[str]:
    """The parts in which rows may differ, in the order in which they are joined."""
    named = {name for row in rows for name, _ in row.limits}
    middle = sorted(named - {*_FIRST, *_LAST})
    return [*(name for name in _FIRST if name in named), *middle, *_LAST]


def _joined(dimensions: Dimensions, rows: list[Row], part: str) -> list[Row]:
    """Make one row of those that differ in one part alone."""
    groups: dict[object, list[Row]] = {}
    for row in rows:
        groups.setdefault(_but(row, part), []).append(row)
    if len(groups) == len(rows):
        return rows
    return [_as_one(dimensions, group, part) for group in groups.values()]


def _but(row: Row, part: str) -> object:
    place = bisect_left(row.limits, (part,))
    named = place < len(row.limits) and row.limits[place][0] == part
    limits = row.limits[:place] + row.limits[place + 1 :] if named else row.limits
    about = None if part == "about" else row.about
    given = None if part == "given" else row.given
    return limits, about, given, row.where, row.save


def _as_one(dimensions: Dimensions, rows: Sequence[Row], part: str) -> Row:
    first = rows[0]
    if len(rows) == 1:
        return first
    limits, about, given = dict(first.limits), first.about, first.given
    if part == "about":
        about = _simplest([way for row in rows for way in row.about])
    elif part == "given":
        given = _simplest([way for row in rows for way in row.given])
    else:
        full = dimensions.space.full[part]
        mask = 0
        for row in rows:
            mask |= dict(row.limits).get(part, full)
        limits.pop(part, None)
        if mask != full:
            limits[part] = mask
    return Row(tuple(sorted(limits.items())), about, given, first.where, first.save)


def _simplest(ways: Iterable[frozenset[tuple[str, int]]]) -> Ways:
    """The same ways without those that another one includes, and opposites joined."""
    found = set(ways)
    while True:
        found = {way for way in found if not any(other < way for other in found)}
        joined = {
            way - {(name, mask)}
            for way in found
            for name, mask in way
            if (way - {(name, mask)}) | {(name, 3 - mask)} in found
        }
        if not joined - found:
            return frozenset(found)
        found |= joined


def _order(row: Row) -> tuple[object, ...]:
    ways = (sorted(map(sorted, row.about)), sorted(map(sorted, row.given)))
    return row.where.value, sorted(row.save), row.limits, ways
