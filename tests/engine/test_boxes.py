"""Boxes are exact: every operation is held to sets of points, one by one."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import reduce
from itertools import combinations, product
from operator import or_

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from engine.boxes import Space
from engine.cover import Box, Cover, places_of, told_apart
from engine.fewest import fewest, irredundant, joined, widened

FULL = {"a": 0b111, "b": 0b11, "c": 0b1111, "d": 0b11}
SPACE = Space(FULL)
NARROW = Space(FULL, ({"a": 1, "b": 1}, {"a": 2, "b": 2}, {"c": 0b1000}))
FIELDS = list(SPACE.layout.fields.values())


def box_of(masks: Mapping[str, int]) -> Box:
    """Masks as a box of either space: both are laid out alike."""
    box = SPACE.box(masks)
    assert box is not None
    return box


def _masks(name: str) -> st.SearchStrategy[int]:
    return st.integers(1, FULL[name] - 1)


boxes = st.fixed_dictionaries({}, optional={name: _masks(name) for name in FULL}).map(SPACE.box)
several = st.lists(boxes, max_size=5)


def points(found: Iterable[Box], space: Space = SPACE) -> set[tuple[int, ...]]:
    """Every point in some box, those that cannot be left out."""
    return {
        point
        for box in found
        for point in product(*(_bits(space.layout.read(box, name)) for name in FULL))
        if not any(_holds(each, point) for each in space.impossible)
    }


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def _holds(box: Box, point: Sequence[int]) -> bool:
    places = dict(zip(FULL, point, strict=True))
    return all(SPACE.layout.read(box, name) >> place & 1 for name, place in places.items())


@settings(deadline=None)
@given(boxes, boxes)
def test_two_boxes_have_in_common_what_both_hold(one: Box, other: Box):
    shared = SPACE.common([one], [other])

    assert points(shared) == points([one]) & points([other])
    assert SPACE.layout.meet(one, other) is bool(shared)
    assert (not one & ~other) is (points([one]) <= points([other]))


@settings(deadline=None)
@given(boxes)
def test_a_box_is_spelt_by_what_it_limits(one: Box):
    assert box_of(SPACE.layout.limits(one)) == one
    assert SPACE.layout.breadth(one) == len(SPACE.layout.limits(one))


@settings(deadline=None)
@given(several, several)
def test_a_union_has_in_common_what_both_unions_hold(some: list[Box], others: list[Box]):
    assert points(SPACE.common(some, others)) == points(some) & points(others)


@settings(deadline=None)
@given(boxes, boxes)
def test_what_is_left_of_a_box_is_what_the_other_does_not_hold(one: Box, other: Box):
    wanted = points([one]) - points([other])

    parted = list(SPACE.parted(one, other))

    assert points(SPACE.sharp(one, other)) == points(parted) == wanted
    assert sum(len(points([box])) for box in parted) == len(wanted)


@settings(deadline=None)
@given(several, several)
def test_a_difference_is_exact_wherever_a_question_can_be_asked(some: list[Box], others: list[Box]):
    for space in (SPACE, NARROW):
        left = space.difference(some, others)

        assert points(left, space) == points(some, space) - points(others, space)


@settings(deadline=None)
@given(several, several)
def test_a_cut_leaves_out_nothing_but_what_the_others_hold(some: list[Box], others: list[Box]):
    for space in (SPACE, NARROW):
        clean, rough = space.cut(some, others)
        wanted = points(some, space) - points(others, space)

        assert points(clean, space) <= wanted
        assert points([*clean, *rough], space) - points(others, space) == wanted


@settings(deadline=None)
@given(several, boxes)
def test_a_cover_covers_a_box_if_it_holds_every_point(cover: list[Box], box: Box):
    assert SPACE.covers(cover, box) is (points([box]) <= points(cover))
    assert NARROW.is_empty(box, cover) is (points([box], NARROW) <= points(cover, NARROW))


@pytest.mark.parametrize("many", [0, 100])
@settings(deadline=None)
@given(some=several)
def test_what_lies_within_another_is_absorbed_and_nothing_else(many: int, some: list[Box]):
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr("engine.boxes.MANY", many)
        kept = SPACE.absorbed(some)

    assert points(kept) == points(some)
    assert not any(one != other and not one & ~other for one in kept for other in kept)
    assert kept == [box for box in dict.fromkeys(some) if box in kept]


@settings(deadline=None)
@given(several)
def test_other_spellings_hold_the_same(some: list[Box]):
    for space in (SPACE, NARROW):
        wanted = points(some, space)

        assert points(joined(some, FIELDS), space) == wanted
        assert points(widened(space, some, FIELDS), space) == wanted
        assert points(irredundant(space, some), space) == wanted
        assert points(fewest(space, some, list(FULL)), space) == wanted


@settings(deadline=None)
@given(several)
def test_no_box_that_is_kept_can_be_spared(some: list[Box]):
    kept = irredundant(SPACE, some)

    for box in kept:
        assert points(other for other in kept if other != box) != points(some)


@settings(deadline=None)
@given(several, boxes)
def test_boxes_near_another_are_found_as_by_looking_at_each(some: list[Box], box: Box):
    cover, meet = Cover(SPACE.layout, some), SPACE.layout.meet

    assert cover.near(box) == [each for each in some if meet(each, box)]
    assert cover.holds(box) is any(not box & ~each for each in some)
    beside = {field: places_of(marks) for field, marks in cover.beside(box)}
    for name, field in SPACE.layout.fields.items():
        apart = [place for place, each in enumerate(some) if meet(each, box | field)]
        if SPACE.layout.read(box, name) != FULL[name] and field in beside:
            assert list(beside[field]) == apart
        elif any(each & field != field for each in some):
            assert box & field == field or not apart


KINDS = Space({"x": 0b111, "about:a": 0b11, "about:b": 0b11, "about:c": 0b11, "y": 0b11})
kinds_boxes = st.fixed_dictionaries(
    {}, optional={name: st.integers(1, full) for name, full in KINDS.full.items()}
).map(KINDS.box)


@settings(deadline=None)
@given(st.lists(kinds_boxes, max_size=8), kinds_boxes)
def test_dimensions_of_one_kind_are_found_together_and_told_one_by_one(some: list[Box], box: Box):
    layout, cover = KINDS.layout, Cover(KINDS.layout, some)

    assert cover.near(box) == [each for each in some if layout.meet(each, box)]
    assert cover.holds(box) is any(not box & ~each for each in some)
    for field, marks in cover.beside(box):
        wide = [place for place, each in enumerate(some) if layout.meet(each, box | field)]
        assert list(places_of(marks)) == wide


@settings(deadline=None)
@given(st.lists(kinds_boxes, max_size=8), kinds_boxes)
def test_a_box_is_alone_if_every_other_is_apart_from_it_twice(some: list[Box], box: Box):
    layout = KINDS.layout
    kinds = layout.kinds.values()
    apart = [
        sum(not layout.meet(each, box | ~kind & KINDS.everything) for kind in kinds)
        for each in some
    ]

    assert Cover(layout, some).is_alone(box, 0) is all(count > 1 for count in apart)


@settings(deadline=None)
@given(several, boxes)
def test_what_is_cut_alike_leaves_alike_wherever_it_lies(some: list[Box], box: Box):
    """A second box, cut alike but elsewhere, is told from what was left of the first."""
    again = [each for each in some if SPACE.layout.meet(each, box)]
    for space in (Space(FULL), NARROW):
        for wide in (box, box | space.layout.fields["a"], box | space.layout.fields["c"]):
            left = space.difference([wide], again)

            assert points(left, space) == points([wide], space) - points(again, space)


@settings(deadline=None)
@given(st.lists(st.integers(1, 255), max_size=5))
def test_values_are_grouped_by_the_masks_that_hold_them(masks: list[int]):
    groups = told_apart(masks)

    assert sum(groups) == reduce(or_, masks, 0)
    for group in groups:
        alike = {tuple(mask >> place & 1 for mask in masks) for place in _bits(group)}
        assert len(alike) == 1
    assert len(groups) == len({tuple(bool(mask & group) for mask in masks) for group in groups})


def test_a_difference_of_too_many_pieces_is_still_exact(monkeypatch):
    monkeypatch.setattr("engine.boxes.MAX_PIECES", 1)
    some = [box_of({})]
    others = [box_of(each) for each in ({"a": 1, "b": 1}, {"c": 2, "d": 2}, {"a": 4, "d": 1})]

    assert points(SPACE.difference(some, others)) == points(some) - points(others)


# --- as few as can be


def _products(inside: set[tuple[int, ...]]) -> Iterator[frozenset[tuple[int, ...]]]:
    """Every product of values that holds nothing but these points and what cannot be."""
    for masks in product(*(range(1, full + 1) for full in FULL.values())):
        box = box_of(dict(zip(FULL, masks, strict=True)))
        held = frozenset(points([box], NARROW))
        if held and held <= inside:
            yield held


def _fewest_by_trying(wanted: set[tuple[int, ...]]) -> int:
    """The least number of products that hold these points and no others."""
    held = set(_products(wanted))
    held = {each for each in held if not any(each < other for other in held)}
    number = 0
    reached = {frozenset[tuple[int, ...]]()}
    while frozenset(wanted) not in reached:
        number += 1
        grown = set()
        for so_far in reached:
            # One of the points that are missing must be held, whichever it is.
            missing = min(wanted - so_far)
            grown |= {so_far | each for each in held if missing in each}
        reached = grown
    return number


@settings(max_examples=60, deadline=None)
@given(several)
def test_there_are_no_fewer_boxes_than_by_trying_all(some: list[Box]):
    found = fewest(NARROW, some, list(FULL))

    assert len(found) == _fewest_by_trying(points(some, NARROW))


ALIKE_ONCE_TIDIED = (
    *({"b": 1, "d": 1}, {"a": 4, "b": 1, "d": 1}, {"a": 2, "b": 2, "c": 4, "d": 2}),
    *({"a": 5, "b": 1, "c": 7}, {"a": 4, "b": 2}),
)


@pytest.mark.parametrize("to", [0b10, 0b11], ids=["one agency", "anyone"])
def test_whoever_receives_is_widened_to_anyone_only_if_somebody_said_so(to: int) -> None:
    """Of two parties only one can receive from the other, and a reader is told which."""
    two = Space({"from": 0b11, "to": 0b11}, [{"from": 1, "to": 1}, {"from": 2, "to": 2}])
    said = two.box({"from": 0b01, "to": to})

    assert said is not None
    assert fewest(two, [said], ["from", "to"]) == [said]


@pytest.mark.parametrize("tried", [0, 16], ids=["many", "few"])
@settings(max_examples=60, deadline=None)
@example(some=[box_of(each) for each in ALIKE_ONCE_TIDIED])
@given(some=st.lists(boxes, max_size=20))
def test_no_two_can_be_put_together_and_none_can_be_spared(tried: int, some: list[Box]):
    for space in (SPACE, NARROW):
        wanted = points(some, space)
        with pytest.MonkeyPatch.context() as patched:
            patched.setattr("engine.fewest.MAX_TRIED", tried)
            found = fewest(space, some, list(FULL))

        assert joined(found, FIELDS) == found
        for box in found:
            assert points((other for other in found if other != box), space) != wanted
        for one, other in combinations(found, 2):
            assert space.impossible or not points([one | other], space) <= wanted
