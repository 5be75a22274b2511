"""Boxes are exact: every operation is held to sets of points, one by one."""

from collections.abc import Iterable, Sequence
from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from engine.boxes import Space, absorbed, common
from engine.cover import Box, Cover, both, is_within, meet

FULL = {"a": 0b111, "b": 0b11, "c": 0b1111, "d": 0b11}
SPACE = Space(FULL)
NARROW = Space(FULL, ({"a": 1, "b": 1}, {"c": 0b1000}))
BITS = {name: full.bit_count() for name, full in FULL.items()}


def _masks(name: str) -> st.SearchStrategy[int]:
    return st.integers(1, FULL[name] - 1)


boxes = st.fixed_dictionaries({}, optional={name: _masks(name) for name in FULL})
several = st.lists(boxes, max_size=5)


def points(found: Iterable[Box], space: Space = SPACE) -> set[tuple[int, ...]]:
    """Every point in some box, those that cannot be left out."""
    return {
        point
        for box in found
        for point in product(*(_bits(box.get(name, full)) for name, full in FULL.items()))
        if not any(_holds(each, point) for each in space.impossible)
    }


def _bits(mask: int) -> list[int]:
    return [place for place in range(mask.bit_length()) if mask >> place & 1]


def _holds(box: Box, point: Sequence[int]) -> bool:
    places = dict(zip(FULL, point, strict=True))
    return all(mask >> places[name] & 1 for name, mask in box.items())


@given(boxes, boxes)
def test_two_boxes_have_in_common_what_both_hold(one: Box, other: Box):
    shared = both(one, other)

    assert points([] if shared is None else [shared]) == points([one]) & points([other])
    assert meet(one, other) is (shared is not None)
    assert is_within(one, other) is (points([one]) <= points([other]))


@given(several, several)
def test_a_union_has_in_common_what_both_unions_hold(some: list[Box], others: list[Box]):
    assert points(common(some, others)) == points(some) & points(others)


@given(boxes, boxes)
def test_what_is_left_of_a_box_is_what_the_other_does_not_hold(one: Box, other: Box):
    wanted = points([one]) - points([other])

    parted = list(SPACE.parted(one, other))

    assert points(SPACE.sharp(one, other)) == points(parted) == wanted
    assert sum(len(points([box])) for box in parted) == len(wanted)


@given(several, several)
def test_a_difference_is_exact_wherever_a_question_can_be_asked(some: list[Box], others: list[Box]):
    for space in (SPACE, NARROW):
        left = space.difference(some, others)

        assert points(left, space) == points(some, space) - points(others, space)


@given(several, boxes)
def test_a_cover_covers_a_box_if_it_holds_every_point(cover: list[Box], box: Box):
    assert SPACE.covers(cover, box) is (points([box]) <= points(cover))
    assert NARROW.is_empty(box, cover) is (points([box], NARROW) <= points(cover, NARROW))


@given(several)
def test_other_spellings_hold_the_same(some: list[Box]):
    wanted = points(some)
    apart = SPACE.disjoint(some)

    assert points(absorbed(some)) == points(apart) == wanted
    assert points(SPACE.irredundant(some)) == wanted
    assert sum(len(points([box])) for box in apart) == len(wanted)


@given(several)
def test_no_box_that_is_kept_can_be_spared(some: list[Box]):
    kept = SPACE.irredundant(some)

    for box in kept:
        assert points(other for other in kept if other is not box) != points(some)


@given(several, boxes)
def test_boxes_near_another_are_found_as_by_looking_at_each(some: list[Box], box: Box):
    near = Cover(some).near(box)

    assert sorted(map(sorted, near)) == sorted(sorted(each) for each in some if meet(each, box))


def test_a_difference_of_too_many_pieces_is_still_exact(monkeypatch):
    monkeypatch.setattr("engine.boxes.MAX_PIECES", 1)
    some: list[Box] = [{}]
    others: list[Box] = [{"a": 1, "b": 1}, {"c": 2, "d": 2}, {"a": 4, "d": 1}]

    assert points(SPACE.difference(some, others)) == points(some) - points(others)
