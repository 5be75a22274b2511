"""Why not: what is named as missing is what was missing."""

import pytest

from engine.decide import decide
from engine.explain import explain
from engine.standing import State
from tests.generators import case
from tests.world import AT, agreement, bundle_of, grant, in_force, question

FAR = grant(id="5", information=["housing"], purposes=["marac"], needs=[])


@pytest.mark.parametrize(
    ("asked", "missing"),
    [
        ({}, []),
        ({"purpose": "marac"}, ["purpose"]),
        ({"role": "midwife"}, ["role"]),
        ({"about": ["child", "witness"]}, ["about"]),
        ({"necessity": None}, ["needs"]),
        ({"from": "st-bede"}, ["from"]),
        ({"to": "st-bede", "asked_by": "trust"}, ["to", "basis"]),
        ({"basis": {"article6": "6-1-c", "article9": "9-2-g", "schedule1": "18"}}, ["basis"]),
        ({"purpose": "marac", "role": "midwife"}, ["purpose", "role"]),
    ],
)
def test_the_nearest_clause_and_exactly_what_it_lacks(asked, missing):
    decides = bundle_of([agreement(FAR, grant())])

    (explained,) = explain(decides, question(**asked), in_force(decides), AT).categories

    nearest = explained.near[0]
    assert nearest.clause == "4.2"
    assert [each.condition for each in nearest.missing] == missing


def test_clauses_for_other_information_come_after_those_that_nearly_fit():
    decides = bundle_of([agreement(FAR, grant())])
    asked = question(purpose="housing-management", role="midwife", necessity=None)

    (explained,) = explain(decides, asked, in_force(decides), AT).categories

    assert [miss.clause for miss in explained.near] == ["4.2", "5"]


def test_the_statute_that_stands_in_the_way_is_named_with_its_citation():
    decides = bundle_of([agreement(grant(basis={}))])
    asked = question(basis={"article6": "6-1-e"})

    (explained,) = explain(decides, asked, in_force(decides), AT).categories

    assert [barrier.policy for barrier in explained.barriers] == [
        "statute/uk-gdpr/special-category"
    ]
    assert "Art 9" in explained.barriers[0].citation
    assert explained.barriers[0].mend


def test_a_clause_without_gaps_is_one_that_cedar_matched():
    """In 300 worlds, a grant with nothing missing permits, unless a forbid is in the way."""
    for seed in range(300):
        world = case(seed)
        decides = bundle_of(world.agreements)
        explanation = explain(decides, world.disclosure, world.facts, world.at)
        for each in explanation.categories:
            matching = [m for m in each.near if not m.missing and m.state is State.IN_FORCE]
            grants = {m.agreement for m in matching if m.effect == "grant"}
            excluded = {m.agreement for m in matching if m.effect == "exclusion"}
            opens = bool(grants - excluded) and not each.barriers and not each.doubts
            assert opens == (each.category in explanation.decision.permitted), f"world {seed}"


def test_explaining_gives_the_very_decision():
    for seed in range(100):
        world = case(seed)
        decides = bundle_of(world.agreements)
        explained = explain(decides, world.disclosure, world.facts, world.at)

        assert explained.decision == decide(decides, world.disclosure, world.facts, world.at)
