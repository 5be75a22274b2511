"""Sets of questions as boxes: products of one finite set for each dimension.

A clause of an agreement is a box, or a few of them: these agencies, times these
categories, times these purposes, and so on. Here boxes are met, subtracted and
covered, exactly. Nothing here knows what a dimension means.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Final

from engine.cover import Box, Cover, Layout

MAX_RESPECTS: Final = 2
"""In how many respects one box may cut another before the pieces are too many to read."""

MANY: Final = 100
"""From how many boxes on it pays to sort them."""

MAX_PIECES: Final = 600
"""How many overlapping pieces are kept before a difference is cut into disjoint ones instead."""


class Space:
    """The dimensions there are, how many values each has, and what no question can be.

    Attributes:
        impossible: Boxes in which there is no question that could be asked.
    """

    def __init__(
        self, full: Mapping[str, int], impossible: Iterable[Mapping[str, int]] = ()
    ) -> None:
        """Lay out dimensions, each with the mask of all its values."""
        self.layout: Final = Layout(full)
        self.full: Final = self.layout.full
        self.everything: Final = self.layout.everything
        self.box: Final = self.layout.box
        spelt = (self.box(masks) for masks in impossible)
        self.impossible: Final = tuple(box for box in spelt if box is not None)
        self._never: Final = Cover(self.layout, self.impossible)
        self._shapes: Final[dict[tuple[Box, Box, frozenset[Box]], list[Box]]] = {}
        self._below: Final[dict[int, Box]] = {0: 0}
        never = (self.everything & ~box for box in self.impossible)
        self._limited: Final = reduce(or_, map(self._fields_of, never), 0)
        self._nearly: Final[dict[Box, list[tuple[Box, Box]]]] = {}

    def sharp(self, box: Box, other: Box) -> list[Box]:
        """What is left of a box without another, as the largest boxes that hold it.

        They may overlap: each is the whole box with one dimension cut.
        """
        if not self.layout.meet(box, other):
            return [box]
        fields, left = self.layout.fields, box & ~other
        return [(box & ~fields[name]) | (left & fields[name]) for name in self.layout.touched(left)]

    def parted(self, box: Box, other: Box) -> Iterator[Box]:
        """What is left of a box without another, as boxes that do not overlap."""
        if not self.layout.meet(box, other):
            yield box
            return
        left = box & ~other
        for name in self.layout.touched(left):
            field = self.layout.fields[name]
            yield (box & ~field) | (left & field)
            box &= ~field | other

    def covers(self, cover: Iterable[Box], box: Box) -> bool:
        """Whether every question in a box is in some box of a cover."""
        everything, guard = self.everything, self.layout.guard
        near: list[Box] = []
        held = first = least = 0
        fewest_cuts = guard.bit_count() + 1
        for each in cover:
            if (each & box) + everything & guard != guard:
                continue
            left = box & ~each
            if not left:
                return True
            # What cuts least leaves least.
            cuts = (left + everything & guard).bit_count()
            if cuts < fewest_cuts or (cuts == fewest_cuts and left.bit_count() < least):
                first, fewest_cuts, least = each, cuts, left.bit_count()
            held |= each
            near.append(each)
        # No box holds some value of it, or one alone holds not all of it.
        if box & ~held or len(near) < 2:
            return False
        near.remove(first)
        return all(self.covers(near, piece) for piece in self.parted(box, first))

    def is_empty(self, box: Box, without: Iterable[Box] = ()) -> bool:
        """Whether a box holds no question that could be asked, leaving others out."""
        return self.covers([*self._never.near(box), *without], box)

    def is_impossible(self, box: Box) -> bool:
        """Whether a box lies within one in which there is no question."""
        return self._never.holds(box)

    def common(self, boxes: Sequence[Box], others: Sequence[Box]) -> list[Box]:
        """What some of the boxes have in common with some of the others."""
        everything, guard = self.everything, self.layout.guard
        if len(boxes) > MANY < len(others):
            cover = Cover(self.layout, others)
            found = [box & other for box in boxes for other in cover.near(box)]
        else:
            found = [
                shared
                for box in boxes
                for other in others
                if (shared := box & other) + everything & guard == guard
            ]
        return self.absorbed(found) if len(boxes) > 1 and len(others) > 1 else found

    def absorbed(self, boxes: Sequence[Box]) -> list[Box]:
        """The same boxes without those that lie within another, in their order."""
        unique = list(dict.fromkeys(boxes))
        if len(unique) < 2:
            return unique
        if len(unique) > MANY:
            cover = Cover(self.layout, unique)
            return [box for place, box in enumerate(unique) if not cover.holds(box, 1 << place)]
        # Only a larger box can hold another; so each is looked for in those that were kept.
        beyond: list[int] = []
        kept = set()
        for box in sorted(unique, key=int.bit_count, reverse=True):
            for outside in beyond:
                if not box & outside:
                    break
            else:
                beyond.append(~box)
                kept.add(box)
        return unique if len(kept) == len(unique) else [box for box in unique if box in kept]

    def difference(self, boxes: Iterable[Box], others: Sequence[Box]) -> list[Box]:
        """What is in some of the boxes and in none of the others; what is left may overlap."""
        known = set(others)
        changed = [box for box in boxes if box not in known]
        cover = Cover(self.layout, others if changed else ())
        left = (piece for box in changed for piece in self._without(box, cover.near(box)))
        return list(dict.fromkeys(left))

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
        known = set(others)
        changed = [box for box in boxes if box not in known]
        cover = Cover(self.layout, others if changed else ())
        for box in changed:
            small: list[Box] = []
            large: list[Box] = []
            for other in cover.near(box):
                (large if self._respects(box, other) <= MAX_RESPECTS else small).append(other)
            for piece in self._without(box, large):
                left = [other for other in small if self.layout.meet(piece, other)]
                if not left:
                    clean.append(piece)
                elif not self.covers(left, piece):
                    rough.append(piece)
        return list(dict.fromkeys(clean)), list(dict.fromkeys(rough))

    def _respects(self, box: Box, other: Box) -> int:
        """In how many respects an other box cuts a box."""
        left = box & ~other
        # Yes and no of things of one kind are one respect.
        return sum(1 for fields in self.layout.kinds.values() if left & fields)

    def _without(self, box: Box, others: Sequence[Box]) -> list[Box]:
        """What is left of a box without others that all meet it."""
        beyond = 0
        for other in others:
            left = box & ~other
            if not left:
                return []
            beyond |= left
        # Boxes that are cut alike leave alike, whatever they hold in dimensions that none cuts.
        cut = self._fields_of(beyond)
        key = cut, box & cut, frozenset([box & other & cut for other in others])
        shape = self._shapes.get(key)
        if shape is None:
            shape = self._shapes[key] = self._left(*key)
        wide = box | cut
        pieces = [piece & wide for piece in shape]
        return [piece for piece in pieces if not self._never.holds(piece)]

    def _left(self, cut: Box, box: Box, others: Iterable[Box]) -> list[Box]:
        """The same of boxes that are told in what is cut, and are whole in all other dimensions."""
        whole, cuts = self.everything & ~cut, self.layout.cuts
        box, others = box | whole, [other | whole for other in others]
        pieces = [box]
        for other in sorted(others, key=lambda each: (cuts(box, each), each)):
            pieces = self.absorbed([part for piece in pieces for part in self.sharp(piece, other)])
            if len(pieces) > MAX_PIECES:
                return self.disjointly(box, others)
        return pieces

    def nearly_impossible(self, box: Box) -> list[tuple[Box, Box]]:
        """Boxes in which there is no question, each with the one dimension in which a box is wider.

        Nothing, if there is none in it at all.
        """
        own = box & self._limited
        found = self._nearly.get(own)
        if found is None:
            found = self._nearly[own] = []
            for each in self.impossible:
                guards = (box & ~each) + self.everything & self.layout.guard
                if guards & guards - 1 == 0:
                    found.append((each, self._fields(guards)))
        return found

    def _fields_of(self, bits: Box) -> Box:
        """All bits of the dimensions in which there are some bits."""
        return self._fields(bits + self.everything & self.layout.guard)

    def _fields(self, guards: int) -> Box:
        """All bits of the dimensions below some bits of the guard."""
        found = self._below.get(guards)
        if found is None:
            fields = self.layout.fields
            found = self._below[guards] = sum(fields[name] for name in self.layout.names(guards))
        return found

    def disjointly(self, box: Box, others: Iterable[Box]) -> list[Box]:
        """What is left of a box without others, as boxes that do not overlap."""
        pieces = [box]
        for other in sorted(others, key=self.layout.breadth):
            pieces = [part for piece in pieces for part in self.parted(piece, other)]
            pieces = [piece for piece in pieces if not self.is_impossible(piece)]
        return pieces
