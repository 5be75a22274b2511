"""The least number of boxes that hold the same, found by trying, where there are few.

Every box that cannot be widened is found first: whatever boxes would do, as few of
these would. Of these so few are taken that every question is held.
"""

from collections.abc import Sequence
from itertools import combinations
from typing import Final

from engine.boxes import Space
from engine.cover import Box, places_of

MAX_WIDEST: Final = 80
"""How many boxes that cannot be widened are looked at."""

MAX_PARTS: Final = 400
"""Into how many parts they may divide what is to be held."""

MAX_TRIES: Final = 20_000
"""How many choices are tried."""


def least(space: Space, boxes: Sequence[Box], fields: Sequence[Box]) -> list[Box]:
    """The fewest boxes that hold the same; the same boxes if there are no fewer or too many ways.

    Args:
        boxes: None of which the others hold.
    """
    if len(boxes) < 3:
        # Two that cannot be widened cannot be one.
        return list(boxes)
    widest = _widest(space, boxes, fields)
    if widest is None:
        return list(boxes)
    parts = _parts(space, boxes, widest)
    if parts is None:
        return list(boxes)
    chosen = _Choice(parts, len(boxes) - 1).fewest()
    return list(boxes) if chosen is None else [widest[place] for place in chosen]


def _widest(space: Space, boxes: Sequence[Box], fields: Sequence[Box]) -> list[Box] | None:
    """Every box that cannot be widened within some boxes; none if there are too many."""
    layout = space.layout
    hull = 0
    for box in boxes:
        hull |= box
    found = space.absorbed([*boxes, *(x for x in space.impossible if layout.meet(x, hull))])
    # Whatever two boxes hold together across one dimension is a box too, until nothing is new.
    done: set[tuple[Box, Box]] = set()
    while True:
        fresh = []
        for one, other in combinations(found, 2):
            if (one, other) in done:
                continue
            done.add((one, other))
            shared = one & other
            apart = layout.guard & ~(shared + layout.everything)
            if apart & apart - 1:
                continue
            for field in fields:
                bridge = (shared & ~field) | ((one | other) & field)
                if layout.meet(bridge, bridge) and not any(not bridge & ~x for x in found):
                    fresh.append(bridge)
        if not fresh:
            return sorted(box for box in found if not space.is_impossible(box))
        found = space.absorbed([*found, *fresh])
        if len(found) > MAX_WIDEST:
            return None


def _parts(space: Space, boxes: Sequence[Box], widest: Sequence[Box]) -> list[int] | None:
    """What is to be held, in parts that no box divides: for each part, which boxes hold it."""
    whole: list[Box] = []
    for box in boxes:
        whole += space.disjointly(box, [*whole, *space.impossible])
    parts = dict.fromkeys(whole, 0)
    for place, box in enumerate(widest):
        split: dict[Box, int] = {}
        for part, marks in parts.items():
            if space.layout.meet(part, box):
                split[part & box] = marks | 1 << place
                for rest in space.parted(part, box):
                    split[rest] = marks
            else:
                split[part] = marks
        parts = split
        if len(parts) > MAX_PARTS:
            return None
    held = sorted(set(parts.values()), key=lambda marks: (marks.bit_count(), marks))
    return [marks for marks in held if not any(marks & x == x != marks for x in held)]


class _Choice:
    """So few of some boxes that each part is held by one of them, no more than a number."""

    def __init__(self, parts: Sequence[int], at_most: int) -> None:
        self._parts: Final = parts
        self._best: list[int] | None = None
        self._at_most = at_most
        self._tries = 0

    def fewest(self) -> list[int] | None:
        """Which boxes to take, by their place; none if so few do not suffice."""
        self._choose([], self._parts)
        return self._best if self._tries <= MAX_TRIES else None

    def _choose(self, chosen: list[int], parts: Sequence[int]) -> None:
        self._tries += 1
        if not parts:
            self._best, self._at_most = sorted(chosen), len(chosen) - 1
            return
        if len(chosen) + _apart(parts) > self._at_most or self._tries > MAX_TRIES:
            return
        narrow = min(parts, key=int.bit_count)
        for place in places_of(narrow):
            self._choose([*chosen, place], [marks for marks in parts if not marks >> place & 1])


def _apart(parts: Sequence[int]) -> int:
    """How many of the parts no two of which one box holds: so many boxes it takes at least."""
    taken = count = 0
    for marks in parts:
        if not marks & taken:
            taken |= marks
            count += 1
    return count
