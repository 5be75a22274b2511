"""From conditions to boxes: the enforced policies as sets of questions.

Read from the very trees that Cedar enforces, of the agreements and of the statute
alike, so that no second copy of the rules can differ from the first.
"""

from collections.abc import Sequence
from functools import reduce
from operator import and_, or_
from typing import Final, TypeAlias, assert_never

from agreements.vocabulary import Kind
from engine.condition import PRINCIPAL, RESOURCE, Asks, Condition, Either, Every, Not, Test
from engine.cover import Box, Cover, told_apart
from engine.dimensions import ABSENT, ENDS, NO, YES, Dimensions, statute_of
from engine.errors import PolicyError

NEIGHBOURS: Final = 8
"""How many fields are looked at together."""

_Neighbours: TypeAlias = tuple[Box, list[tuple[Box, list[Box]]], dict[Box, Box]]
"""Some fields, each with its values in groups that no law tells apart, and what was seen."""


class Forbidden:
    """What the statute forbids to answer with a disclosure."""

    def __init__(self, dimensions: Dimensions) -> None:
        """Read every policy of the statute."""
        each = statute_of(dimensions.law).values()
        self.boxes: Final = [box for one in each for box in boxes_of(dimensions, one)]
        self._space: Final = dimensions.space
        self._cover: Final = Cover(self._space.layout, self.boxes)
        self._known: Final[dict[Box, bool]] = {}
        self._seen: Final[dict[Box, bool]] = {}
        fields: list[tuple[Box, list[Box]]] = []
        for field in self._space.layout.fields.values():
            masks = dict.fromkeys(box & field for box in self.boxes)
            if any(mask != field for mask in masks):
                fields.append((field, told_apart(masks)))
        # Many boxes are alike in some neighbouring fields, so these are looked at together.
        self._fields: Final[list[_Neighbours]] = []
        for place in range(0, len(fields), NEIGHBOURS):
            together = fields[place : place + NEIGHBOURS]
            self._fields.append((sum(field for field, _ in together), together, {}))
        self._told: Final = sum(field for field, _ in fields)

    def leaves_some_of(self, box: Box) -> bool:
        """Whether the law leaves something of a box."""
        told = box & self._told
        known = self._seen.get(told)
        if known is None:
            known = self._seen[told] = self._judged(self._as_the_law_sees(box))
        return known

    def _judged(self, seen: Box) -> bool:
        # Boxes that are alike in all that the law tells apart are judged once.
        known = self._known.get(seen)
        if known is None:
            known = self._known[seen] = not self._space.covers(self._cover.near(seen), seen)
        return known

    def takes_some_of(self, box: Box) -> bool:
        """Whether the law forbids something of a box."""
        return self._cover.meeting(box) != 0

    def _as_the_law_sees(self, box: Box) -> Box:
        """A box with all values that no law tells apart from its own."""
        seen = self._space.everything ^ self._told
        for together, fields, known in self._fields:
            own = box & together
            wide = known.get(own)
            if wide is None:
                wide = known[own] = sum(
                    group for _, groups in fields for group in groups if group & own
                )
            seen |= wide
        return seen


def boxes_of(dimensions: Dimensions, condition: Condition) -> list[Box]:
    """The questions in which a condition holds, as boxes that may overlap."""
    return _boxes(dimensions, condition, holds=True)


def _boxes(dimensions: Dimensions, condition: Condition, *, holds: bool) -> list[Box]:
    match condition:
        case Not(part):
            return _boxes(dimensions, part, holds=not holds)
        case Every():
            return _chained(dimensions, condition, holds=holds, every=holds)
        case Either():
            return _chained(dimensions, condition, holds=holds, every=not holds)
        case Test():
            known = dimensions.boxes.get((condition, holds))
            if known is None:
                known = _tested(dimensions, condition, holds=holds)
                dimensions.boxes[condition, holds] = known
            return known
        case _:
            assert_never(condition)


def _chained(
    dimensions: Dimensions, chain: Every | Either, *, holds: bool, every: bool
) -> list[Box]:
    """Where every part of a chain holds, or some part; where they do not if it must not hold."""
    space = dimensions.space
    parts = [_boxes(dimensions, part, holds=holds) for part in _flat(chain)]
    if not every:
        alternatives = space.absorbed([box for boxes in parts for box in boxes])
        return _apart(dimensions, _as_time_goes(dimensions, alternatives))
    if not all(parts):
        return []
    whole = reduce(and_, (boxes[0] for boxes in parts if len(boxes) == 1), space.everything)
    several = (boxes for boxes in parts if len(boxes) > 1)
    return reduce(space.common, several, [whole] if space.layout.meet(whole, whole) else [])


def _flat(condition: Every | Either) -> list[Condition]:
    """The parts of a chain of one operator, as if it were one with many parts."""
    found: list[Condition] = []
    for part in condition.parts:
        if isinstance(part, Every | Either) and isinstance(part, type(condition)):
            found += _flat(part)
        else:
            found.append(part)
    return found


def _as_time_goes(dimensions: Dimensions, boxes: list[Box]) -> list[Box]:
    """Alternatives on one thing, each from its own day on, as all that hold since each day.

    Parties join on days of their own; without this, a clause would become as many boxes as there
    are pairs of a holder and a recipient.
    """
    space = dimensions.space
    at = space.layout.fields["at"]
    if all(box & at == at for box in boxes):
        return boxes
    others = reduce(or_, (space.everything & ~at & ~box for box in boxes), 0)
    if len(space.layout.touched(others)) != 1:
        return boxes
    wide = [
        reduce(or_, (each & ~at for each in boxes if not box & at & ~each), box) for box in boxes
    ]
    return space.absorbed(wide)


def _apart(dimensions: Dimensions, boxes: list[Box]) -> list[Box]:
    """Alternatives on categories of information are kept apart, so that few arise of many.

    A basis asks for one thing or another by category; without this, each clause
    would become as many boxes as there are subsets of what its basis asks.
    """
    space = dimensions.space
    others = space.everything & ~space.layout.fields["information"]
    if len(boxes) == 2 and any(box & others == others for box in boxes):
        first, second = sorted(boxes, key=space.layout.breadth)
        return [first, *space.parted(second, first)]
    return boxes


def _tested(dimensions: Dimensions, test: Test, *, holds: bool) -> list[Box]:
    if test.of in ("about", "given"):
        return _tested_set(dimensions, test, holds=holds)
    if test.asks in (Asks.SINCE, Asks.UNTIL):
        if test.of != "at":
            raise PolicyError(f"`{test.of}` is compared as if it were an instant")
        return _boxed(
            dimensions, "at", dimensions.since(test.at_s), holds is (test.asks is Asks.SINCE)
        )
    if test.of == "asker":
        return _tested_asker(dimensions, test, holds=holds)
    name = {PRINCIPAL: "recipient", RESOURCE: "information"}.get(test.of, test.of)
    if name not in dimensions.values:
        raise PolicyError(f"a condition asks of `{test.of}`, which cannot be compared by meaning")
    return _boxed(dimensions, name, _mask(dimensions, name, test), holds)


def _mask(dimensions: Dimensions, name: str, test: Test) -> int:
    match test.asks:
        case Asks.SAID:
            return dimensions.space.full[name] & ~dimensions.mask(name, [ABSENT])
        case Asks.ONE_OF:
            return dimensions.mask(name, test.values)
        case Asks.WITHIN if name == "information":
            vocabulary = dimensions.law.vocabulary
            return dimensions.mask(
                name,
                (
                    leaf
                    for code in test.values
                    for leaf in vocabulary.descendants(Kind.INFORMATION, code)
                ),
            )
        case _:
            raise PolicyError(f"a condition asks of `{name}` what one value cannot answer")


def _boxed(dimensions: Dimensions, name: str, mask: int, holds: bool) -> list[Box]:
    full = dimensions.space.full[name]
    box = dimensions.space.box({name: mask if holds else full & ~mask})
    return [] if box is None else [box]


def _tested_asker(dimensions: Dimensions, test: Test, *, holds: bool) -> list[Box]:
    """Who asserts the basis is one of the two ends, so the test is put to each end."""
    if test.asks is not Asks.ONE_OF:
        raise PolicyError("a condition asks of `asker` what one value cannot answer")
    found = []
    for end in ENDS:
        mask = dimensions.mask(end, test.values)
        masks = {
            "asks": dimensions.mask("asks", [end]),
            end: mask if holds else dimensions.space.full[end] & ~mask,
        }
        box = dimensions.space.box(masks)
        found += [] if box is None else [box]
    return found


def _tested_set(dimensions: Dimensions, test: Test, *, holds: bool) -> list[Box]:
    """A test of a set is one of yes and no for each thing that may be in it."""
    listed = frozenset(test.values)
    if test.of == "given":
        names = [f"given:{need}" for need in sorted(listed)]
    else:
        inside = test.asks is not Asks.ONLY_OF
        names = [name for name, kinds in dimensions.people.items() if (kinds <= listed) is inside]
    match test.asks:
        case Asks.ALL_OF:
            return _in_all(dimensions, names, YES) if holds else _in_some(dimensions, names, NO)
        case Asks.SOME_OF:
            return _in_some(dimensions, names, YES) if holds else _in_all(dimensions, names, NO)
        case Asks.ONLY_OF if test.of == "about":
            return _in_all(dimensions, names, NO) if holds else _in_some(dimensions, names, YES)
        case _:
            raise PolicyError(f"a condition asks of `{test.of}` what a set cannot answer")


def _in_all(dimensions: Dimensions, names: Sequence[str], mask: int) -> list[Box]:
    box = dimensions.space.box(dict.fromkeys(names, mask))
    return [] if box is None else [box]


def _in_some(dimensions: Dimensions, names: Sequence[str], mask: int) -> list[Box]:
    return [box for name in names for box in _in_all(dimensions, [name], mask)]
