"""What agreements say together: found between the very clauses, and nowhere else."""

from typing import Any

import pytest

from agreements.model import Agreement
from agreements.vocabulary import current
from engine.bundle import make_slice
from engine.compile import compile_agreement
from engine.lint import Problem, Together, lint
from tests.crowds import many
from tests.world import agreement, grant, seed_law


def found(*agreements: Agreement) -> tuple[Together, ...]:
    law = seed_law()
    return lint(
        law, [make_slice(law, compile_agreement(one, current())) for one in agreements]
    ).found


def other(*clauses: dict[str, object], **fields: object) -> Agreement:
    return agreement(*clauses, id="westshire", **fields)


def test_two_agreements_that_permit_the_same_overlap():
    (only,) = found(agreement(grant()), other(grant(id="9", purposes=[])))

    assert only.problem is Problem.OVERLAP
    assert (only.first[1], only.second[1]) == ("4.2", "9")
    assert only.rows


LOOSER: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "nothing to be given": ({"needs": []}, ("necessity",)),
    "anybody may ask": ({"roles": []}, ("role",)),
    "any basis will do": ({"basis": {}}, ("basis",)),
}


@pytest.mark.parametrize(("changed", "lacks"), LOOSER.values(), ids=LOOSER.keys())
def test_the_same_for_less_is_told_with_what_is_not_asked(changed: dict[str, Any], lacks: Any):
    (only,) = found(other(grant(**changed)), agreement(grant()))

    assert only.problem is Problem.LOOSER
    assert only.lacks == lacks
    assert only.first[0][0] == "northshire"


def test_what_one_excludes_and_the_other_permits_is_a_contradiction():
    excludes = grant(id="7", exclude=True, basis={}, obligations=[], needs=[], roles=[])

    (only,) = found(agreement(grant()), other(grant(purposes=["marac"]), excludes))

    assert only.problem is Problem.CONTRADICTION
    assert (only.first, only.second) == (
        (("westshire", "1.0"), "7"),
        (("northshire", "1.0"), "4.2"),
    )


APART: dict[str, dict[str, Any]] = {
    "another purpose": {"purposes": ["marac"]},
    "other information": {"information": ["identity"]},
    "the other way": {"from": ["council"], "to": ["trust"]},
    "another kind of person": {"about": ["victim"]},
    "another role": {"roles": ["gp"]},
}


@pytest.mark.parametrize("changed", APART.values(), ids=APART.keys())
def test_what_differs_in_what_is_asked_is_not_told(changed: dict[str, Any]):
    assert found(agreement(grant()), other(grant(**changed))) == ()


def test_agreements_that_are_never_in_force_together_are_not_told():
    later = other(grant(), in_force_from="2027-04-01", review_due="2028-04-01")

    assert found(agreement(grant()), later) == ()


def test_what_one_of_them_excludes_is_no_overlap():
    excludes = grant(id="7", exclude=True, basis={}, obligations=[], needs=[], roles=[])

    said = found(agreement(grant()), other(grant(), excludes))

    assert [each.problem for each in said] == [Problem.CONTRADICTION]


@pytest.mark.long
def test_five_hundred_agreements_are_looked_through():
    assert lint(seed_law(), many(500)).found
