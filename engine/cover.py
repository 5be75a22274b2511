"""Boxes sorted so that those near another one are found at once, and what two boxes have in common.

A box is a mapping from a dimension to a bit mask, one bit for each value. A
dimension that it does not name is not limited. Nothing here knows how many values
a dimension has, or what it means.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from functools import reduce
from operator import or_
from typing import Final, TypeAlias

Box: TypeAlias = Mapping[str, int]


class Cover:
    """Boxes sorted by what they hold, so that those near another box are found without a search.

    For each value of each dimension it keeps which boxes hold that value, one bit for each box:
    what meets a box, or holds it, is then a few operations on such sets, however many there are.
    """

    def __init__(self, boxes: Sequence[Box]) -> None:
        """Sort boxes, which keep their order."""
        self._boxes: Final = tuple(boxes)
        self._all: Final = (1 << len(self._boxes)) - 1
        self._limited: Final[dict[str, int]] = {}
        self._holding: Final[dict[str, dict[int, int]]] = {}
        self._meeting: Final[dict[tuple[str, int], int]] = {}
        self._wide: Final[dict[tuple[str, int], int]] = {}
        places: defaultdict[str, defaultdict[int, list[int]]]
        places = defaultdict(lambda: defaultdict(list))
        for place, box in enumerate(self._boxes):
            for name, mask in box.items():
                places[name][mask].append(place)
        for name, by_mask in places.items():
            self._holding[name] = {mask: _marks(found) for mask, found in by_mask.items()}
            self._limited[name] = reduce(or_, self._holding[name].values())

    def near(self, box: Box) -> list[Box]:
        """The boxes that have a question in common with this one, in their order."""
        found = self._all
        for name, mask in box.items():
            if name in self._limited:
                found &= self._meets(name, mask)
                if not found:
                    return []
        return [self._boxes[place] for place in _places(found)]

    def holds(self, box: Box) -> bool:
        """Whether the box, if it is not the very same one, lies within one of the others."""
        found = self._all
        for name, limited in self._limited.items():
            mask = box.get(name)
            found &= ~limited if mask is None else self._is_wide(name, mask)
            if not found:
                return False
        return any(self._boxes[place] is not box for place in _places(found))

    def _meets(self, name: str, mask: int) -> int:
        """Which boxes leave something of a mask."""
        key = name, mask
        if key not in self._meeting:
            found = self._all & ~self._limited[name]
            for own, boxes in self._holding[name].items():
                if own & mask:
                    found |= boxes
            self._meeting[key] = found
        return self._meeting[key]

    def _is_wide(self, name: str, mask: int) -> int:
        """Which boxes hold all of a mask."""
        key = name, mask
        if key not in self._wide:
            found = self._all & ~self._limited[name]
            for own, boxes in self._holding[name].items():
                if not mask & ~own:
                    found |= boxes
            self._wide[key] = found
        return self._wide[key]


def _marks(places: Sequence[int]) -> int:
    """One bit for each place; places come sorted."""
    marks = bytearray(places[-1] // 8 + 1)
    for place in places:
        marks[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(marks, "little")


def _places(marks: int) -> Iterator[int]:
    """The places of the bits of a number, from the lowest on."""
    while marks:
        lowest = marks & -marks
        yield lowest.bit_length() - 1
        marks ^= lowest


def meet(box: Box, other: Box) -> bool:
    """Whether two boxes have a question in common."""
    if len(other) < len(box):
        box, other = other, box
    for name, mask in box.items():  # noqa: SIM110 -- the innermost loop; `all` takes thrice as long.
        if name in other and not mask & other[name]:
            return False
    return True


def both(box: Box, other: Box) -> Box | None:
    """What two boxes have in common; None if nothing."""
    shared = dict(box)
    for name, mask in other.items():
        left = shared.get(name, mask) & mask
        if not left:
            return None
        shared[name] = left
    return shared


def is_within(box: Box, other: Box) -> bool:
    """Whether every question in a box is in the other."""
    if len(other) > len(box):
        return False
    for name, mask in other.items():  # noqa: SIM110 -- as in `meet`.
        if name not in box or box[name] & ~mask:
            return False
    return True
