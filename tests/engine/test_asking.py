"""What an agreement demands of whoever asks: which end, and how well it is known who does."""

import json
from typing import Any

import pytest

from agreements.vocabulary import current
from engine import condition
from engine.asking import KNOWN_OF, Evidence
from engine.bundle import make_slice
from engine.compare import compare
from engine.compile import compile_agreement
from engine.decide import decide
from engine.english import Names, in_english
from engine.explain import explain
from tests.reference import evaluator
from tests.world import AT, agreement, bundle_of, grant, in_force, question, seed_law

LEVELS = (None, *Evidence)
EXCLUSION = {"id": "6.1", "title": "None", "exclude": True, "information": ["intelligence"]}
HOLDER_ASKS = {"asked_by": "trust"}


def outcome(asking: dict[str, Any] | None, level: Evidence | None, **said: Any) -> str:
    made = agreement(grant(basis={}), **({} if asking is None else {"asking": asking}))
    decides = bundle_of([made])
    evidence = None if level is None else dict.fromkeys(KNOWN_OF, level)
    facts = in_force(decides, evidence=evidence)
    found = decide(decides, question(**said), facts, AT).outcome.value
    assert found == evaluator.evaluate([made], question(**said), facts, AT).outcome
    return found


@pytest.mark.parametrize("name", KNOWN_OF)
@pytest.mark.parametrize("least", Evidence)
@pytest.mark.parametrize("level", LEVELS)
def test_a_grant_opens_exactly_to_enough_evidence(
    name: str, least: Evidence, level: Evidence | None
) -> None:
    enough = least is Evidence.ASSERTED or (level is not None and level.reaches(least))

    assert outcome({name: least.value}, level) == ("permit" if enough else "deny")


@pytest.mark.parametrize(
    ("ends", "by_recipient", "by_holder"),
    [
        ([], "permit", "permit"),
        (["holder", "recipient"], "permit", "permit"),
        (["recipient"], "permit", "deny"),
        (["holder"], "deny", "permit"),
    ],
)
def test_only_the_end_that_may_ask_is_answered(
    ends: list[str], by_recipient: str, by_holder: str
) -> None:
    assert outcome({"ends": ends}, None) == by_recipient
    assert outcome({"ends": ends}, None, **HOLDER_ASKS) == by_holder


def test_an_agreement_that_demands_nothing_compiles_as_it_did() -> None:
    plain = compile_agreement(agreement(grant()), current())
    same = compile_agreement(
        agreement(grant(), asking={"role": "asserted", "ends": ["recipient", "holder"]}), current()
    )

    assert plain.policies_json == same.policies_json


def test_an_exclusion_demands_nothing() -> None:
    made = agreement(grant(), EXCLUSION, asking={"role": "idp_signed"})
    policies = json.loads(compile_agreement(made, current()).policies_json)["staticPolicies"]

    named = {name: each["annotations"]["conditions"].split() for name, each in policies.items()}
    assert ["asking" in names for _, names in sorted(named.items())] == [True, False]


def test_what_is_demanded_is_said_in_english_and_explained() -> None:
    made = agreement(grant(), asking={"ends": ["recipient"], "role": "idp_signed"})
    decides = bundle_of([made])
    (policy,) = json.loads(compile_agreement(made, current()).policies_json)[
        "staticPolicies"
    ].values()

    said = in_english(policy, Names.of(made, current()))
    told = explain(decides, question(), in_force(decides), AT)

    wanted = "Only whoever receives may ask; their role must be signed by the agency itself"
    assert f"{wanted}." in said
    (category, *_) = told.categories
    assert category.nearest is not None
    (missing,) = [each for each in category.nearest.missing if each.condition == "asking"]
    assert (missing.wants, missing.mends) == (wanted, ())
    assert {test.of for test in condition.tests(condition.condition_of(policy))} >= {
        "asks",
        "role_evidence",
    }


def test_a_change_of_what_is_demanded_is_told_by_meaning() -> None:
    old, new = (
        make_slice(seed_law(), compile_agreement(each, current()))
        for each in (
            agreement(grant(basis={})),
            agreement(grant(basis={}), version="2.0", asking={"ends": ["recipient"]}),
        )
    )

    change = compare(seed_law(), old, new)

    assert [row.limits for row in change.rows]
    for row in change.rows:
        limits = dict(row.limits)
        assert change.dimensions.listed("asks", limits["asks"]) == ("holder",)
