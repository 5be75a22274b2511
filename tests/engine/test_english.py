"""The English of a clause comes from the tree that is enforced, and from nowhere else."""

import json

import pytest

from agreements.vocabulary import current
from engine.compile import compile_agreement
from engine.english import Names, in_english
from engine.errors import PolicyError
from tests.generators import case
from tests.world import agreement, grant


def _compiled(made):
    policies = json.loads(compile_agreement(made, current()).policies_json)["staticPolicies"]
    return policies, Names.of(made, current())


def _sentence(clause):
    made = agreement(clause)
    policies, names = _compiled(made)
    return in_english(policies[f"northshire/{clause['id']}"], names)


def test_a_grant_is_said_whole():
    assert _sentence(grant()) == (
        "Northshire Trust may give Northshire Council mental-health information or"
        " physical-health information about a child, a looked-after child or a parent and nobody"
        " else, for the purpose of child protection enquiry, to a social worker. Northshire Council"
        " must rely on UK GDPR; Article 6(1)(e) (task in the public interest or official"
        " authority); section 47 of the Children Act 1989; for special-category information,"
        " Article 9(2)(g) (substantial public interest); for offence information or"
        " special-category information, Schedule 1 paragraph 18 (safeguarding of children and of"
        " individuals at risk). The request must give or confirm: a statement of why it is"
        " necessary. Then: record the disclosure on the case file."
    )


def test_an_exclusion_and_a_referral_say_that_they_are_one():
    exclusion = {"id": "6", "title": "T", "exclude": True, "information": ["intelligence"]}
    referral = {
        "id": "7",
        "title": "T",
        "refer": True,
        "information": ["any"],
        "to": ["council"],
        "from": ["schools"],
        "refer_to": {"role": "MASH manager"},
    }

    assert (
        _sentence(exclusion) == "Under this agreement nobody may give anyone police intelligence."
    )
    assert _sentence(exclusion | {"needs": ["threshold-met"], "about": ["witness"]}) == (
        "Under this agreement nobody may give anyone police intelligence if it is about a witness."
        " This is lifted if the request gives or confirms: the threshold for a review is met."
    )
    assert _sentence(referral) == (
        "Where no other clause permits it, ask the MASH manager whether St Bede or St Anne"
        " (from 2026-05-01 until 2026-12-01) may give Northshire Council any information."
    )


@pytest.mark.parametrize(
    ("was", "becomes", "then_says"),
    [
        ('"child-protection-enquiry"', '"marac"', "multi-agency risk assessment conference"),
        ('"social-worker"', '"midwife"', "a midwife"),
        ('"parent"', '"witness"', "a witness"),
        ('"health-mental"', '"housing"', "housing"),
        ('"6-1-e"', '"6-1-c"', "Article 6(1)(c)"),
        ('"id":"council"', '"id":"st-bede"', "St Bede"),
        ('"necessity"', '"threshold-met"', "the threshold for a review is met"),
        ('"effect":"permit"', '"effect":"forbid"', "must not give"),
    ],
)
def test_a_changed_tree_changes_the_sentence(was, becomes, then_says):
    policies, names = _compiled(agreement())
    written = json.dumps(policies["northshire/4.2"], separators=(",", ":"))
    assert was in written

    changed = json.loads(written.replace(was, becomes))

    assert then_says not in in_english(policies["northshire/4.2"], names)
    assert then_says in in_english(changed, names)


def test_every_clause_that_compiles_has_words():
    for seed in range(200):
        for made in case(seed).agreements:
            policies, names = _compiled(made)
            for policy in policies.values():
                sentence = in_english(policy, names)
                assert sentence.endswith(".")
                assert ",." not in sentence
                assert "  " not in sentence


def test_a_tree_of_another_shape_is_refused_not_guessed_at():
    policies, names = _compiled(agreement())
    policy = policies["northshire/4.2"]
    policy["conditions"][0]["body"] = {"like": {"left": {"Var": "principal"}, "pattern": []}}

    with pytest.raises(PolicyError, match="reads `like` where `contains` has words"):
        in_english(policy, names)


def test_an_extra_unnamed_condition_is_refused():
    policies, names = _compiled(agreement())
    policy = policies["northshire/4.2"]
    policy["conditions"].append({"kind": "unless", "body": {"Value": True}})

    with pytest.raises(PolicyError, match="do not bear their names"):
        in_english(policy, names)
