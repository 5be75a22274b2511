"""Boxes as whole numbers, and boxes sorted so that those near another one are found at once.

A box is one number: for each dimension a field of bits, one for each of its values,
and above each field one bit that stays empty. So two boxes are met, held against each
other and told apart in a few operations on whole numbers, however many dimensions
there are. Nothing here knows what a dimension means.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from operator import and_
from typing import Final, TypeAlias

Box: TypeAlias = int


class Layout:
    """Where each dimension has its field.

    Attributes:
        full: By dimension, the mask of all its values, which are numbered from 0 on.
        fields: By dimension, the bits of its values in a box; the first stand highest.
        kinds: By kind of dimension, those bits of all that are of it: what stands before a colon in
            their names, which are the kinds of person and the things given, or one name alone.
        everything: The box that leaves nothing out.
        guard: The bit above each field.
    """

    def __init__(self, full: Mapping[str, int]) -> None:
        """Lay out dimensions, each with the mask of all its values."""
        self.full: Final = dict(full)
        self.fields: Final[dict[str, Box]] = {}
        self._shift: Final[dict[str, int]] = {}
        self._named: Final[dict[int, str]] = {}
        place = everything = guard = 0
        for name, mask in reversed(self.full.items()):
            self.fields[name] = mask << place
            self._shift[name] = place
            everything |= mask << place
            place += mask.bit_length() + 1
            guard |= 1 << place - 1
            self._named[place] = name
        self.everything: Final[Box] = everything
        self.guard: Final = guard
        self.kinds: Final[dict[str, Box]] = {}
        for name in self.full:
            kind = name.partition(":")[0]
            self.kinds[kind] = self.kinds.get(kind, 0) | self.fields[name]

    def box(self, masks: Mapping[str, int]) -> Box | None:
        """Spell masks as a box; None if one of them is empty."""
        box = self.everything
        for name, mask in masks.items():
            if not mask:
                return None
            box ^= self.fields[name] ^ mask << self._shift[name]
        return box

    def read(self, box: Box, name: str) -> int:
        """The mask of one dimension."""
        return box >> self._shift[name] & self.full[name]

    def limits(self, box: Box) -> dict[str, int]:
        """The masks of the dimensions that a box limits, in their order."""
        return {name: self.read(box, name) for name in self.touched(self.everything & ~box)}

    def touched(self, bits: int) -> list[str]:
        """The dimensions in whose fields there is a bit, in their order."""
        return self.names(bits + self.everything & self.guard)

    def names(self, guards: int) -> list[str]:
        """The dimensions below some bits of the guard, in their order."""
        found = []
        named = self._named
        while guards:
            place = guards.bit_length()
            found.append(named[place])
            guards ^= 1 << place - 1
        return found

    def meet(self, box: Box, other: Box) -> bool:
        """Whether two boxes have a question in common."""
        return (box & other) + self.everything & self.guard == self.guard

    def breadth(self, box: Box) -> int:
        """How many dimensions a box limits."""
        return ((self.everything & ~box) + self.everything & self.guard).bit_count()

    def cuts(self, box: Box, other: Box) -> int:
        """In how many dimensions another box holds less than all of a box."""
        return ((box & ~other) + self.everything & self.guard).bit_count()


class Cover:
    """Boxes sorted by what they hold, so that those near another box are found without a search.

    For all that boxes hold of each kind of dimension it keeps which boxes do, one bit for each box:
    what meets a box, or holds it, is then a few operations on such sets, however many there are.
    """

    def __init__(self, layout: Layout, boxes: Sequence[Box]) -> None:
        """Sort boxes, which keep their order."""
        self.boxes: Final = tuple(boxes)
        self._layout: Final = layout
        self._all: Final = (1 << len(self.boxes)) - 1
        self._holding: Final[list[tuple[Box, dict[Box, int]]]] = []
        limited = layout.everything & ~reduce(and_, self.boxes, layout.everything)
        for field in layout.kinds.values():
            if not field & limited:
                continue
            places: dict[Box, list[int]] = {}
            for place, box in enumerate(self.boxes):
                own = box & field
                if own in places:
                    places[own].append(place)
                else:
                    places[own] = [place]
            holding = {own: marks_of(found) for own, found in places.items()}
            self._holding.append((field, holding))
        # What tells most boxes apart comes first, so that what is looked for is soon alone.
        self._holding.sort(key=lambda each: -len(each[1]))
        self._meeting: Final = [(field, {field: self._all}) for field, _ in self._holding]
        self._wide: Final = [
            (field, {field: holding.get(field, 0)}) for field, holding in self._holding
        ]
        self._values: Final[list[dict[Box, int]]] = [{} for _ in self._holding]
        each = layout.fields.values()
        self._fields: Final = [[own for own in each if own & kind] for kind, _ in self._holding]

    def near(self, box: Box) -> list[Box]:
        """The boxes that have a question in common with this one, in their order."""
        boxes = self.boxes
        return [boxes[place] for place in places_of(self.meeting(box))]

    def meeting(self, box: Box, among: int = -1) -> int:
        """Which boxes have a question in common with this one, one bit for each in their order.

        Args:
            among: Which boxes are asked for.
        """
        found = self._all & among
        for place, (field, known) in enumerate(self._meeting):
            own = box & field
            marks = known.get(own)
            found &= self._meets(place, own) if marks is None else marks
            if not found:
                break
        return found

    def is_alone(self, box: Box, but: int) -> bool:
        """Whether every box is apart from this one in two kinds of dimension at least.

        Args:
            but: Which boxes are left aside.
        """
        apart_in_none, apart_in_one = self._all & ~but, 0
        for place, (field, known) in enumerate(self._meeting):
            own = box & field
            marks = known.get(own)
            if marks is None:
                marks = self._meets(place, own)
            apart_in_one = (apart_in_one & marks) | (apart_in_none & ~marks)
            apart_in_none &= marks
            if not apart_in_one | apart_in_none:
                break
        return not apart_in_one | apart_in_none

    def beside(self, box: Box) -> Iterator[tuple[Box, int]]:
        """By the field of each dimension, which boxes meet this one in all other dimensions."""
        meeting = []
        for place, (field, known) in enumerate(self._meeting):
            own = box & field
            if own != field:
                marks = known.get(own)
                meeting.append((place, self._meets(place, own) if marks is None else marks))
        after = [self._all]
        for _, marks in reversed(meeting):
            after.append(after[-1] & marks)
        before = self._all
        for count, (place, marks) in enumerate(meeting, 1):
            found = before & after[len(meeting) - count]
            if found:
                yield from self._beside(place, box, found)
            before &= marks

    def _beside(self, place: int, box: Box, found: int) -> Iterator[tuple[Box, int]]:
        """Of boxes that meet one in all other kinds, those that do in all dimensions but one."""
        layout, (kind, known) = self._layout, self._meeting[place]
        names = layout.touched(kind & ~box)
        if len(names) == 1 and layout.fields[names[0]] == kind:
            yield kind, found
            return
        for name in names:
            wide = (box | layout.fields[name]) & kind
            marks = known.get(wide)
            met = found & (self._meets(place, wide) if marks is None else marks)
            if met:
                yield layout.fields[name], met

    def holds(self, box: Box, but: int = 0) -> bool:
        """Whether a box lies within one of the others.

        Args:
            but: Which boxes are left aside.
        """
        found = self._all & ~but
        for place, (field, known) in enumerate(self._wide):
            own = box & field
            marks = known.get(own)
            found &= self._holds(place, own) if marks is None else marks
            if not found:
                return False
        return found != 0

    def _meets(self, place: int, own: Box) -> int:
        """Which boxes leave something of what a box holds of the dimensions of one kind."""
        found = self._all
        for field in self._fields[place]:
            part = own & field
            if part != field:
                found &= self._some(place, part)
        self._meeting[place][1][own] = found
        return found

    def _some(self, place: int, part: Box) -> int:
        """Which boxes hold some of the values of one dimension."""
        holding, found = self._holding[place][1], 0
        if len(holding) <= part.bit_count():
            for mask, marks in holding.items():
                if mask & part:
                    found |= marks
            return found
        while part:
            value = part & -part
            found |= self._value(place, value)
            part ^= value
        return found

    def _holds(self, place: int, own: Box) -> int:
        """Which boxes hold all of what a box holds of the dimensions of one kind."""
        holding, found, left = self._holding[place][1], 0, own
        if len(holding) <= own.bit_count():
            for mask, marks in holding.items():
                if not own & ~mask:
                    found |= marks
        else:
            found = self._all
            while left and found:
                value = left & -left
                found &= self._value(place, value)
                left ^= value
        self._wide[place][1][own] = found
        return found

    def _value(self, place: int, value: Box) -> int:
        """Which boxes hold one value."""
        found = self._values[place].get(value)
        if found is None:
            found = 0
            for mask, marks in self._holding[place][1].items():
                if mask & value:
                    found |= marks
            self._values[place][value] = found
        return found


def marks_of(places: Sequence[int]) -> int:
    """One bit for each place; places come sorted."""
    marks = bytearray(places[-1] // 8 + 1)
    for place in places:
        marks[place >> 3] |= 1 << (place & 7)
    return int.from_bytes(marks, "little")


def places_of(marks: int) -> Iterator[int]:
    """The places of the bits of a number, from the lowest on."""
    while marks:
        lowest = marks & -marks
        yield lowest.bit_length() - 1
        marks ^= lowest


def told_apart(masks: Iterable[Box]) -> list[Box]:
    """Values in groups that no mask tells apart, in the order of their values."""
    groups: list[Box] = []
    for mask in masks:
        split = []
        for group in groups:
            split += [part for part in (group & mask, group & ~mask) if part]
            mask &= ~group  # noqa: PLW2901 -- what is left of the mask.
        groups = [*split, mask] if mask else split
    return sorted(groups)
