"""Where a version stands follows from what was done, whatever the order in which that came in."""

from itertools import permutations
from random import Random

import pytest

from engine.chronicle import Change, Effect, StandingEvent, standings, suspended_by
from engine.standing import Standing

KEY = "northshire", "1.0"
BOUND = {KEY: {"council": None, "trust": None, "police": None}}
SIGNED = (Change.ACTIVATED, "", 10)


def events(*done: tuple[Change, str, int]) -> list[StandingEvent]:
    return [
        StandingEvent(Effect(KEY, change, party, at_s), at_s, index)
        for index, (change, party, at_s) in enumerate(done)
    ]


def stands(*done: tuple[Change, str, int]) -> Standing:
    return standings(events(*done), BOUND)[KEY]


def test_it_stays_suspended_while_any_party_s_suspension_is_open() -> None:
    found = stands(
        SIGNED,
        (Change.SUSPENDED, "council", 20),
        (Change.SUSPENDED, "trust", 30),
        (Change.RESUMED, "council", 40),
    )

    assert found.suspensions == ((20, 40), (30, None))


def test_nobody_lifts_the_suspension_of_another() -> None:
    found = stands(SIGNED, (Change.SUSPENDED, "trust", 20), (Change.RESUMED, "council", 30))

    assert found.suspensions == ((20, None),)


SUSPENDED, RESUMED = Change.SUSPENDED, Change.RESUMED


@pytest.mark.parametrize(
    ("done", "suspended"),
    [
        ([(SUSPENDED, 20), (RESUMED, 20)], ()),
        ([(SUSPENDED, 20), (RESUMED, 20), (SUSPENDED, 20)], ((20, None),)),
        ([(SUSPENDED, 20), (RESUMED, 20), (SUSPENDED, 20), (RESUMED, 20)], ()),
        ([(SUSPENDED, 15), (RESUMED, 20), (SUSPENDED, 20)], ((15, 20), (20, None))),
        ([(SUSPENDED, 15), (RESUMED, 20), (SUSPENDED, 20), (RESUMED, 20)], ((15, 20),)),
        ([(SUSPENDED, 15), (SUSPENDED, 20), (RESUMED, 20)], ((15, 20), (20, None))),
        ([(RESUMED, 19), (SUSPENDED, 20)], ((20, None),)),
    ],
    ids=[
        "suspended and resumed",
        "suspended again",
        "and resumed again",
        "resumed, then suspended",
        "and resumed once more",
        "suspended twice, resumed once",
        "resumed before anything was suspended",
    ],
)
def test_of_one_second_nothing_is_suspended_that_was_resumed(
    done: list[tuple[Change, int]], suspended: tuple[tuple[int, int | None], ...]
) -> None:
    acts = [(change, "trust", at_s) for change, at_s in done]

    for order in permutations(acts):
        found = stands(SIGNED, *order)

        assert found.suspensions == suspended
        still = {party: since for since, until in suspended for party in ["trust"] if until is None}
        assert suspended_by(events(*order)).get(KEY, {}) == still


def test_nobody_lifts_in_one_second_what_another_suspends() -> None:
    found = stands(SIGNED, (SUSPENDED, "trust", 20), (RESUMED, "council", 20))

    assert found.suspensions == ((20, None),)


@pytest.mark.parametrize(
    ("done", "ended_s"),
    [
        ([("council", 20), ("trust", 30)], None),
        ([("council", 20), ("trust", 40), ("police", 30)], 40),
        ([("council", 20), ("council", 90), ("trust", 40), ("police", 30)], 40),
    ],
    ids=["one is missing", "all have", "a second time changes nothing"],
)
def test_it_ends_once_every_party_has_ended_it(
    done: list[tuple[str, int]], ended_s: int | None
) -> None:
    assert stands(SIGNED, *((Change.ENDED, who, at) for who, at in done)).ended_s == ended_s


def test_whoever_has_left_need_not_end_it() -> None:
    found = stands(
        SIGNED,
        (Change.LEFT, "police", 50),
        (Change.ENDED, "council", 20),
        (Change.ENDED, "trust", 30),
    )

    assert found.ended_s == 50
    assert found.left == (("police", 50),)


def test_a_member_whose_time_is_over_need_not_end_it() -> None:
    bound = {KEY: {"council": None, "trust": 25}}

    found = standings(events(SIGNED, (Change.ENDED, "council", 20)), bound)

    assert found[KEY].ended_s == 25


def test_that_all_have_left_is_no_end() -> None:
    left = [(Change.LEFT, who, 20) for who in BOUND[KEY]]

    assert stands(SIGNED, *left).ended_s is None


def test_leaving_counts_from_the_first_time() -> None:
    found = stands(SIGNED, (Change.LEFT, "trust", 30), (Change.LEFT, "trust", 20))

    assert found.left == (("trust", 20),)
    assert found.has_left("trust", 20)
    assert not found.has_left("trust", 19)
    assert not found.has_left("council", 99)


def test_the_order_in_which_things_came_in_does_not_matter() -> None:
    done = events(
        SIGNED,
        (Change.SUSPENDED, "trust", 20),
        (Change.RESUMED, "trust", 40),
        (Change.LEFT, "police", 25),
        (Change.ENDED, "council", 60),
        (Change.ENDED, "trust", 50),
    )
    expected = standings(done, BOUND)

    assert all(standings(order, BOUND) == expected for order in permutations(done))


def test_two_offices_that_learn_the_same_in_another_order_agree() -> None:
    rng = Random(4)
    parties, changes = list(BOUND[KEY]), [each for each in Change if each is not Change.ACTIVATED]
    for _ in range(500):
        drawn = [
            (rng.choice(changes), rng.choice(parties), rng.randrange(10, 30)) for _ in range(8)
        ]
        ours = events(SIGNED, *drawn)
        theirs = rng.sample(ours, k=len(ours))

        assert standings(ours, BOUND) == standings(theirs, BOUND)
        assert suspended_by(ours) == suspended_by(theirs)
