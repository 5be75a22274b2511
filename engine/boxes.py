"""Boxes: sets of questions that are products of one finite set for each dimension.

A clause of an agreement is a box, or a few of them: these agencies, times these
categories, times these purposes, and so on. Here boxes are met, subtracted,
covered and merged, exactly. Nothing here knows what a dimension means.

A mask of a box is never zero and never everything, so that one set of questions
has one spelling as a box.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from engine.cover import Box, Cover, both, is_within, meet

EVERYTHING: Box = {}
"""The box that leaves nothing out."""

MAX_RESPECTS = 2
"""In how many respects one box may cut another before the pieces are too many to read."""

MANY = 32
"""From how many boxes on it pays to sort them."""

MAX_PIECES = 600
"""How many overlapping pieces are kept before a difference is cut into disjoint ones instead."""


@dataclass(frozen=True, eq=False)
class Space:
    """The dimensions there are, and how many values each has.

    Attributes:
        full: By dimension, the mask of all its values.
        impossible: Boxes in which there is no question that could be asked.
    """

    full: Mapping[str, int]
    impossible: tuple[Box, ...] = ()

    @cached_property
    def _never(self) -> "Cover":
        return Cover(self.impossible)

    def box(self, masks: Mapping[str, int]) -> Box | None:
        """Spell masks as a box; None if one of them is empty."""
        spelt = {name: mask for name, mask in masks.items() if mask != self.full[name]}
        return None if 0 in spelt.values() else spelt

    def sharp(self, box: Box, other: Box) -> list[Box]:
        """What is left of a box without another, as the largest boxes that hold it.

        They may overlap: each is the whole box with one dimension cut.
        """
        if not meet(box, other):
            return [box]
        return [piece for name in other if (piece := self._cut(box, name, other[name]))]

    def parted(self, box: Box, other: Box) -> Iterator[Box]:
        """What is left of a box without another, as boxes that do not overlap."""
        if not meet(box, other):
            yield box
            return
        rest = dict(box)
        for name, mask in other.items():
            piece = self._cut(rest, name, mask)
            if piece is not None:
                yield piece
                rest[name] = rest.get(name, self.full[name]) & mask

    def _cut(self, box: Box, name: str, mask: int) -> Box | None:
        left = box.get(name, self.full[name]) & ~mask
        return {**box, name: left} if left else None

    def covers(self, cover: Sequence[Box], box: Box) -> bool:
        """Whether every question in a box is in some box of a cover."""
        near = [each for each in cover if meet(each, box)]
        if not near:
            return False
        if any(is_within(box, each) for each in near):
            return True
        # The narrowest cut first: what it leaves is mostly large, and found not to be covered.
        first = min(near, key=len)
        rest = [each for each in near if each is not first]
        return all(self.covers(rest, piece) for piece in self.parted(box, first))

    def is_empty(self, box: Box, without: Sequence[Box] = ()) -> bool:
        """Whether a box holds no question that could be asked, leaving others out."""
        return self.covers([*self._never.near(box), *without], box)

    def difference(self, boxes: Iterable[Box], others: Sequence[Box]) -> list[Box]:
        """What is in some of the boxes and in none of the others; what is left may overlap."""
        changed = self.unlike(boxes, others)
        cover = Cover(others) if len(changed) > 1 else None
        left: list[Box] = []
        for box in changed:
            left += self._without(box, others if cover is None else cover.near(box))
        return absorbed(left)

    def cut(self, boxes: Iterable[Box], others: Sequence[Box]) -> tuple[list[Box], list[Box]]:
        """What is in some of the boxes and not in the others, without small pieces.

        An other box that cuts a box in more than `MAX_RESPECTS` respects is not taken out of it:
        there would be many pieces, each hard to read. What is left of such a box still
        holds questions that the others hold too.

        Returns:
            The boxes that hold nothing of the others, and those of which more is to be left out.
        """
        clean: list[Box] = []
        rough: list[Box] = []
        changed = self.unlike(boxes, others)
        cover = Cover(others if changed else ())
        for box in changed:
            near = cover.near(box)
            small = [other for other in near if self._respects(box, other) > MAX_RESPECTS]
            large = [other for other in near if self._respects(box, other) <= MAX_RESPECTS]
            for piece in self._without(box, large):
                left = [other for other in small if meet(piece, other)]
                if not left:
                    clean.append(piece)
                elif not self.covers(left, piece):
                    rough.append(piece)
        return absorbed(clean), absorbed(rough)

    def _respects(self, box: Box, other: Box) -> int:
        """In how many respects an other box cuts a box; yes and no of one kind count as one."""
        return len(
            {
                name.partition(":")[0]
                for name, mask in other.items()
                if box.get(name, self.full[name]) & ~mask
            }
        )

    def unlike(self, boxes: Iterable[Box], others: Iterable[Box]) -> list[Box]:
        """The boxes that are not themselves among the others."""
        known = {frozenset(other.items()) for other in others}
        return [box for box in boxes if frozenset(box.items()) not in known]

    def _without(self, box: Box, others: Sequence[Box]) -> list[Box]:
        near = [other for other in others if meet(box, other)]
        if any(is_within(box, other) for other in near):
            return []
        pieces = [box]
        if not near:
            return pieces
        for other in sorted(near, key=len):
            pieces = absorbed([part for piece in pieces for part in self.sharp(piece, other)])
            pieces = [piece for piece in pieces if not self._is_impossible(piece)]
            if len(pieces) > MAX_PIECES:
                return self._disjointly(box, near)
        return pieces

    def _disjointly(self, box: Box, others: Sequence[Box]) -> list[Box]:
        pieces = [box]
        for other in sorted(others, key=len):
            pieces = [part for piece in pieces for part in self.parted(piece, other)]
            pieces = [piece for piece in pieces if not self._is_impossible(piece)]
        return pieces

    def _is_impossible(self, box: Box) -> bool:
        return self._never.holds(box)

    def disjoint(self, boxes: Iterable[Box]) -> list[Box]:
        """The same questions as boxes that do not overlap."""
        found: list[Box] = []
        for box in sorted(boxes, key=len):
            pieces = [box]
            for other in found:
                pieces = [part for piece in pieces for part in self.parted(piece, other)]
            found += pieces
        return found

    def irredundant(self, boxes: Iterable[Box]) -> list[Box]:
        """The same questions without boxes that others cover; impossible ones fall away."""
        kept = absorbed(list(boxes))
        for box in sorted(kept, key=_narrow_first):
            others = [other for other in kept if other is not box]
            if self.is_empty(box, others):
                kept = others
        return kept


def absorbed(boxes: Sequence[Box]) -> list[Box]:
    """The same boxes without those that lie within another, in their order."""
    if len(boxes) < 2:
        return list(boxes)
    unique = list({frozenset(box.items()): box for box in boxes}.values())
    if len(unique) < 2:
        return unique
    if len(unique) > MANY:
        cover = Cover(unique)
        return [box for box in unique if not cover.holds(box)]
    return [
        box
        for box in unique
        if not any(other is not box and is_within(box, other) for other in unique)
    ]


def common(boxes: Sequence[Box], others: Sequence[Box]) -> list[Box]:
    """What some of the boxes have in common with some of the others."""
    found = [
        shared for box in boxes for other in others if (shared := both(box, other)) is not None
    ]
    return absorbed(found) if len(boxes) > 1 and len(others) > 1 else found


def _narrow_first(box: Box) -> tuple[int, int, list[tuple[str, int]]]:
    # A total order, so that the same boxes are always thinned out alike.
    return -len(box), sum(mask.bit_count() for mask in box.values()), sorted(box.items())
