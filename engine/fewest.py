"""As few boxes as hold the same: put together, widened, thinned out.

No box lies within the others, and no two differ in one dimension alone. No box can be
widened in any dimension, until it is rid of what nobody could ask; so no two others can
be put together into one, not even with the help of the rest. And where few boxes have to
do with each other, there are no fewer that would do.
"""

from collections.abc import Iterable, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Final

from engine.boxes import Space
from engine.cover import Box, Cover, Layout, places_of, told_apart
from engine.least import least

MAX_TRIED: Final = 16
"""Of how many boxes it is tried whether fewer would do."""


def fewest(space: Space, boxes: Sequence[Box], order: Sequence[str]) -> list[Box]:
    """The same questions in as few boxes as can be found.

    Args:
        order: The dimensions, in the order in which boxes are put together.
    """
    fields = [space.layout.fields[name] for name in order]
    found = joined(boxes, fields)
    if len(found) > 1 or space.impossible:
        found = irredundant(space, widened(space, found, fields))
    if 2 < len(found) <= MAX_TRIED:
        found = [box for group in together(space, found) for box in least(space, group, fields)]
    found = tidied(space, found, boxes)
    # Without what nobody could ask, two may have become alike in all but one dimension.
    again = joined(found, fields)
    return fewest(space, again, order) if len(again) < len(found) else found


def joined(boxes: Iterable[Box], fields: Sequence[Box]) -> list[Box]:
    """One box instead of those that differ in one dimension alone, dimension by dimension."""
    found = list(dict.fromkeys(boxes))
    while len(found) > 1:
        count = len(found)
        for field in fields:
            groups: dict[Box, Box] = {}
            for box in found:
                rest = box & ~field
                groups[rest] = groups.get(rest, 0) | box
            if len(groups) < len(found):
                found = list(groups.values())
        if len(found) == count:
            break
    return found


def widened(space: Space, boxes: Sequence[Box], fields: Sequence[Box]) -> list[Box]:
    """Each box as wide as the boxes together allow, those that lie within another left out."""
    return space.absorbed(_Widening(space, boxes, fields).all())


class _Widening:
    """Widens boxes within what they hold together."""

    def __init__(self, space: Space, boxes: Sequence[Box], fields: Sequence[Box]) -> None:
        self._space: Final = space
        self._fields: Final = fields
        self._cover: Final = Cover(space.layout, boxes)

    def all(self) -> list[Box]:
        """Every box, as wide as can be."""
        return [self._widest(place, box) for place, box in enumerate(self._cover.boxes)]

    def _widest(self, place: int, box: Box) -> Box:
        # Once around is enough: what a box cannot be widened by, no wider box can.
        beside = self._beside(place, box)
        wide = box
        for field in self._fields:
            if field in beside:
                for part in told_apart(beside[field]):
                    more = (wide & ~field) | part
                    if self._space.is_empty(more, self._cover.near(more)):
                        wide |= part
        return wide

    def _beside(self, place: int, box: Box) -> dict[Box, set[Box]]:
        """By the field of each dimension, what boxes that meet this one in all others add to it."""
        found: dict[Box, set[Box]] = {}
        if not self._cover.is_alone(box, 1 << place):
            for field, marks in self._cover.beside(box):
                outside = field & ~box
                more = {self._cover.boxes[other] & outside for other in places_of(marks)} - {0}
                if more:
                    found[field] = more
        # What could not be asked may be held as well.
        for each, field in self._space.nearly_impossible(box):
            added = each & field & ~box
            if added:
                found.setdefault(field, set()).add(added)
        return found


def irredundant(space: Space, boxes: Sequence[Box]) -> list[Box]:
    """The boxes without those that the others hold together; the narrowest first."""
    cover = Cover(space.layout, boxes)
    places = sorted(range(len(boxes)), key=lambda place: _narrow_first(space, boxes[place]))
    left = (1 << len(cover.boxes)) - 1
    for place in places:
        others = left & ~(1 << place)
        near = [cover.boxes[each] for each in places_of(cover.meeting(boxes[place], others))]
        if space.is_empty(boxes[place], near):
            left = others
    return [box for place, box in enumerate(boxes) if left >> place & 1]


def _narrow_first(space: Space, box: Box) -> tuple[int, int, Box]:
    # A total order, so that the same boxes are always thinned out alike.
    return -space.layout.breadth(box), box.bit_count(), box


def together(space: Space, boxes: Sequence[Box]) -> list[list[Box]]:
    """Boxes in groups that have nothing to do with each other, however they are widened.

    Two have to do with each other if they are apart in one dimension at most, or in no others
    than one thing that could not be asked names.
    """
    layout = space.layout
    bridges = {
        (layout.everything & ~each) + layout.everything & layout.guard for each in space.impossible
    }
    cover = Cover(layout, boxes)
    groups: list[list[Box]] = []
    left = (1 << len(boxes)) - 1
    while left:
        reached = left & -left
        left ^= reached
        fresh = reached
        while fresh:
            met = 0
            for place in places_of(fresh):
                met |= cover.meeting(boxes[place])
                for _, marks in cover.beside(boxes[place]):
                    met |= marks
                for guards in bridges:
                    met |= cover.meeting(boxes[place] | _fields(layout, guards))
            fresh = met & left
            left &= ~fresh
            reached |= fresh
        groups.append([boxes[place] for place in places_of(reached)])
    return groups


def _fields(layout: Layout, guards: int) -> Box:
    return reduce(or_, (layout.fields[name] for name in layout.names(guards)), 0)


def tidied(space: Space, boxes: Sequence[Box], before: Iterable[Box]) -> list[Box]:
    """The boxes without values with which nobody could ask.

    Args:
        before: What they were made of. A dimension that one of these held whole stays whole:
            then somebody said "anyone". One that is whole because it was widened does not.
    """
    whole: dict[Box, list[Box]] = {field: [] for field in space.layout.fields.values()}
    for each in before:
        for field, held in whole.items():
            if each & field == field:
                held.append(each)
    return [_tidy(space, box, whole) for box in boxes]


def _tidy(space: Space, box: Box, whole: Mapping[Box, Sequence[Box]]) -> Box:
    for each, field in space.nearly_impossible(box):
        lacks = box & ~each
        if not lacks or not box & each & field:
            continue
        if box & field == field and any(not held & ~box for held in whole[field]):
            continue
        # Narrower, it may be nearly impossible in another way.
        return _tidy(space, (box & ~field) | lacks, whole)
    return box
