"""The space of rows: all kinds of person are one dimension of it, and all things given another.

Each value of such a dimension is a way to be asked about some persons, or to be given some
things, that none of the boxes at hand tells apart from another way.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import and_, or_
from typing import Final, TypeAlias

from engine.boxes import Space
from engine.cover import Box, Layout, places_of
from engine.dimensions import Dimensions

Ways: TypeAlias = frozenset[frozenset[tuple[str, int]]]
"""Alternatives, each of which says of some yes or no dimensions what they must be."""

ANY_WAY: Final[Ways] = frozenset([frozenset()])

MAX_WAYS: Final = 1_000
"""How many ways are told apart before each kind stays a dimension of its own."""


class RowSpace:
    """A space in which some boxes, and what they are put together into, are rows.

    Attributes:
        space: Its dimensions.
    """

    def __init__(self, dimensions: Dimensions, boxes: Sequence[Box]) -> None:
        """Lay out the dimensions of rows for some boxes of a comparison."""
        layout = dimensions.space.layout
        self._people: Final = _Several(dimensions, "about", boxes)
        self._things: Final = _Several(dimensions, "given", boxes)
        self._low: Final = sum(_width(each.names, layout.full) for each in self._both)
        several = {*self._people.names, *self._things.names}
        packed = {*self._people.names} if self._people.is_packed else set()
        full = {name: mask for name, mask in layout.full.items() if name not in several}
        impossible = [
            limits
            for box in _near(layout, dimensions.space.impossible, boxes)
            if not (limits := layout.limits(box)).keys() & packed
        ]
        for each in self._both:
            full |= each.full
        self.space: Final = Space(full, impossible)
        self._widths: Final = [_width(each.full, each.full) for each in self._both]

    @property
    def _both(self) -> tuple["_Several", "_Several"]:
        return self._people, self._things

    def encode(self, box: Box) -> Box:
        """A box of the comparison as one of rows."""
        found = box >> self._low
        for several, width in zip(self._both, self._widths, strict=True):
            found = found << width | several.encode(box)
        return found

    def plain(self, box: Box) -> list[Box]:
        """A box of rows as boxes of the comparison."""
        found = [box >> sum(self._widths) << self._low]
        for several, width in zip(reversed(self._both), reversed(self._widths), strict=True):
            parts = several.parts(box & (1 << width) - 1)
            found = [each | part for part in parts for each in found]
            box >>= width
        return found

    def decode(self, box: Box) -> tuple[dict[str, int], Ways, Ways]:
        """What a box of rows limits: dimensions of one value, persons and things."""
        limits = self.space.layout.limits(box)
        ways = [several.ways(limits) for several in self._both]
        for name in (*self._people.full, *self._things.full):
            limits.pop(name, None)
        return limits, ways[0], ways[1]


def _near(layout: Layout, impossible: Iterable[Box], boxes: Iterable[Box]) -> list[Box]:
    """Of what could not be asked, what may widen some boxes: apart in one dimension at most."""
    hull = reduce(or_, boxes, 0)
    apart = ((box, layout.guard & ~((box & hull) + layout.everything)) for box in impossible)
    return [box for box, guards in apart if guards & guards - 1 == 0]


def _width(names: Iterable[str], full: Mapping[str, int]) -> int:
    return sum(full[name].bit_length() + 1 for name in names)


class _Several:
    """All dimensions of yes and no of one kind, packed into one if few ways are told apart.

    Attributes:
        names: The dimensions of the comparison.
        is_packed: Whether they are one dimension of rows; else each stays its own.
        full: The dimensions of rows that they become.
    """

    def __init__(self, dimensions: Dimensions, kind: str, boxes: Sequence[Box]) -> None:
        layout = dimensions.space.layout
        self._space: Final = dimensions.space
        self._kind: Final = kind
        self.names: Final = [name for name in layout.full if name.startswith(f"{kind}:")]
        self._field: Final = sum(layout.fields[name] for name in self.names)
        self._rest: Final = layout.everything & ~self._field
        # To be asked about nobody is no way to be asked.
        nobody = [
            box & self._field
            for box in dimensions.space.impossible
            if box & self._rest == self._rest
        ]
        parts = list(dict.fromkeys(box & self._field for box in boxes))
        fields = [layout.fields[name] for name in self.names]
        told = _told_apart(fields, [*nobody, *parts])
        self.is_packed: Final = told is not None
        self._told: Final = [
            marks >> len(nobody) for marks in told or () if not marks & (1 << len(nobody)) - 1
        ]
        self._packed: Final = {
            part: sum(1 << way for way, marks in enumerate(self._told) if marks >> place & 1)
            for place, part in enumerate(parts)
        }
        self._known: Final[dict[int, tuple[list[Box], Ways]]] = {}
        self.full: Final = (
            {kind: (1 << len(self._told)) - 1}
            if self.is_packed
            else {name: layout.full[name] for name in self.names}
        )

    def encode(self, box: Box) -> Box:
        """The part of a box that is of this kind, as in a box of rows."""
        part = box & self._field
        if self.is_packed:
            return self._packed[part]
        return part // (self._field & -self._field) if part else 0

    def parts(self, own: Box) -> list[Box]:
        """The part of a box of rows that is of this kind, as in boxes of the comparison."""
        return self._spelling(own)[0] if self.is_packed else [own * (self._field & -self._field)]

    def ways(self, limits: Mapping[str, int]) -> Ways:
        """What a box of rows says of this kind."""
        if not self.is_packed:
            return frozenset([frozenset((n, limits[n]) for n in self.names if n in limits)])
        if self._kind not in limits:
            return ANY_WAY
        return self._spelling(limits[self._kind])[1]

    def _spelling(self, mask: int) -> tuple[list[Box], Ways]:
        known = self._known.get(mask)
        if known is None:
            parts = [self._field] if mask == self.full[self._kind] else self._spelt(mask)
            limits = (self._space.layout.limits(part | self._rest) for part in parts)
            ways = _simplest(frozenset(each.items()) for each in limits)
            known = self._known[mask] = parts, ways
        return known

    def _spelt(self, mask: int) -> list[Box]:
        """Some of the ways told apart, as they were before, or else anew."""
        within = {part: own for part, own in self._packed.items() if not own & ~mask}
        missing = mask & ~reduce(or_, within.values(), 0)
        for place in places_of(missing):
            within |= dict.fromkeys(self._one_way(self._told[place]), 1 << place)
        breadth = self._space.layout.breadth
        for part in sorted(within, key=lambda part: (-breadth(part | self._rest), part)):
            others = (own for other, own in within.items() if other != part)
            if reduce(or_, others, 0) == mask:
                del within[part]
        return list(within)

    def _one_way(self, marks: int) -> list[Box]:
        """What lies in the parts that are marked, and in none of the others."""
        inside = [part for place, part in enumerate(self._packed) if marks >> place & 1]
        outside = [
            part | self._rest for place, part in enumerate(self._packed) if not marks >> place & 1
        ]
        whole = reduce(and_, inside, self._field) | self._rest
        return [box & self._field for box in self._space.disjointly(whole, outside)]


def _told_apart(fields: Sequence[Box], parts: Sequence[Box]) -> list[int] | None:
    """Which parts a way can lie in at once, one mark for each; none if there are too many."""
    found = {(1 << len(parts)) - 1}
    for field in fields:
        no = field & -field
        with_no = sum(1 << place for place, part in enumerate(parts) if part & no)
        with_yes = sum(1 << place for place, part in enumerate(parts) if part & field & ~no)
        found = {marks & kept for marks in found for kept in (with_no, with_yes)}
        if len(found) > MAX_WAYS:
            return None
    return sorted(found)


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
