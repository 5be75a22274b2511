"""Compiling: what is refused, and that no words of an agreement reach a condition."""

import json
from datetime import date

import cedarpy
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements.vocabulary import current
from engine import cedar_tree as tree
from engine.bundle import cedar_text, check_strictly
from engine.compile import compile_agreement
from engine.decide import Outcome, decide
from engine.errors import BundleError, CompileError
from engine.law import read_law
from tests.world import AT, SEED, agreement, bundle_of, grant, in_force, question, seed_law

RECEIVER = {
    "id": "council",
    "name": "Council",
    "kind": "council",
    "capacity": "controller",
    "direction": "receive",
}
TRUST = {"id": "trust", "name": "Trust", "kind": "nhs-trust", "capacity": "controller"}


@pytest.mark.parametrize(
    ("clauses", "fields", "message"),
    [
        pytest.param([grant(to=["police"])], {}, "names `police`, which is no party", id="party"),
        pytest.param(
            [grant(purposes=["s74"])], {}, "`s74`, which is no known purpose", id="purpose"
        ),
        pytest.param(
            [grant(information=["x"])], {}, "which is no known information", id="category"
        ),
        pytest.param([grant(), grant()], {}, "two clauses", id="clause number"),
        pytest.param(
            [grant(basis={"x": {"regime": "LE"}})], {}, "gives a basis to `x`", id="basis"
        ),
        pytest.param(
            [grant(**{"from": ["council"], "to": ["trust"]})],
            {"parties": [TRUST, RECEIVER]},
            "nobody who may give",
            id="direction",
        ),
    ],
)
def test_a_clause_that_cannot_be_judged_is_refused(clauses, fields, message):
    with pytest.raises(CompileError, match=message):
        compile_agreement(agreement(*clauses, **fields), current())


def test_members_with_many_different_dates_are_refused_before_cedar_would_skip_them():
    def members(count):
        dates = [f"20{year:02}-{month:02}-01" for year in range(30, 40) for month in range(1, 13)]
        return [{"agency": f"a{n}", "name": "A", "since": dates[n]} for n in range(count)]

    def schools(count):
        one = {"id": "schools", "name": "Schools", "kind": "school", "capacity": "controller"}
        return {"parties": [TRUST, one | {"class_of": "all", "members": members(count)}]}

    clause = grant(to=["schools"], basis={})
    compile_agreement(agreement(clause, **schools(tree.MAX_ALTERNATIVES)), current())
    with pytest.raises(CompileError, match=f"at most {tree.MAX_ALTERNATIVES}"):
        compile_agreement(agreement(clause, **schools(tree.MAX_ALTERNATIVES + 1)), current())


def test_two_thousand_members_are_one_list_and_still_judged():
    members = [{"agency": f"school-{n}", "name": "School"} for n in range(2_000)]
    schools = {"id": "schools", "name": "Schools", "kind": "school", "capacity": "controller"}
    parties = [TRUST, schools | {"class_of": "all", "members": members}]
    forbid = {
        "id": "6",
        "title": "Not to schools",
        "exclude": True,
        "to": ["schools"],
        "information": ["identity"],
    }
    decides = bundle_of(
        [agreement(grant(to=[], information=["any"], basis={}), forbid, parties=parties)]
    )

    def ask(category):
        asked = question(to="school-1999", information=[category])
        return decide(decides, asked, in_force(decides), AT)

    assert ask("contact").outcome is Outcome.PERMIT
    assert ask("identity").outcome is Outcome.DENY


LINES = st.text(
    st.characters(min_codepoint=32, exclude_characters="\x7f", exclude_categories=["Cs", "Cc"]),
    min_size=1,
    max_size=60,
)
HOSTILE = st.one_of(
    LINES,
    st.sampled_from(
        [
            '"); permit(principal, action, resource); //',
            "*/ permit (principal, action, resource) ; /*",
            '\\"','@id("x")', "${evil}", '{"__entity": {"type": "Agency", "id": "x"}}', "\u202e",
        ]
    ),
)  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(HOSTILE, HOSTILE, HOSTILE, HOSTILE)
def test_free_text_never_becomes_policy(title, name, condition, duty):
    parties = [TRUST | {"name": name}, RECEIVER]
    hostile = agreement(
        grant(title=title, obligations=[{"do": "review", "text": duty}]),
        title=title,
        parties=parties,
        conditions=[{"id": "threshold-met", "text": condition}],
    )
    plain = agreement(
        grant(obligations=[{"do": "review"}]), parties=[TRUST, RECEIVER], title="Plain"
    )

    compiled, wanted = (compile_agreement(each, current()) for each in (hostile, plain))
    check_strictly(seed_law(), compiled)
    policies, expected = (
        json.loads(each.policies_json)["staticPolicies"] for each in (compiled, wanted)
    )
    for policy in (*policies.values(), *expected.values()):
        del policy["annotations"]

    assert policies == expected
    reread = json.loads(cedarpy.policies_to_json_str(cedar_text(compiled)))["staticPolicies"]
    assert [policy["effect"] for policy in reread.values()] == ["permit"]


@pytest.mark.parametrize(
    ("statute", "message"),
    [
        (b"permit (principal, action, resource);", "no `@id` or does not forbid"),
        (b'@id("x") permit (principal, action, resource);', "does not forbid"),
        (b"forbid (principal, action, resource);", "no `@id`"),
        (b"forbid (principal, action", "the law|statute"),
        (
            b'@id("x") forbid (principal, action, resource) when { context.consent == "given" };',
            "does not fit the schema",
        ),
        (
            b'@id("x") forbid (principal, action, resource) when { context.purpos == "x" };',
            "does not fit the schema",
        ),
    ],
    ids=["a permit", "a permit with an id", "no id", "cut off", "an unguarded attribute", "a typo"],
)
def test_a_statute_that_is_not_strictly_a_forbid_is_refused(statute, message):
    schema = (SEED / "concordat.cedarschema").read_bytes()

    with pytest.raises(BundleError, match=message):
        read_law(schema, {"made-up": statute}, current())


def test_every_statute_policy_has_what_a_lawyer_asks_of_it():
    asked = {"id", "citation", "says", "mend", "sure", "last_checked", "jurisdiction", "in_force"}
    for policy, body in seed_law().statute.items():
        said = body["annotations"]
        assert asked <= said.keys() <= asked | {"in_force_to"}, policy
        assert said["sure"] in ("V", "K", "K?")
        assert body["action"] == {"op": "==", "entity": {"type": "Action", "id": "disclose"}}, (
            policy
        )


def test_every_statute_policy_is_dated_and_placed():
    places = {place for term in current().terms for place in term.jurisdiction}
    for policy, body in seed_law().statute.items():
        said = body["annotations"]
        assert date.fromisoformat(said["last_checked"]) >= date(2026, 6, 30), policy
        assert set(said["jurisdiction"].split()) <= places, policy
        # Only of a practice may the day it began be unknown; every law has its day.
        if not (said["in_force"] == "unknown" and policy.startswith("statute/handling/")):
            began = date.fromisoformat(said["in_force"])
            assert began < date.fromisoformat(said.get("in_force_to", "9999-12-31")), policy


def test_the_statute_of_the_page_is_the_statute_that_ships():
    page = (SEED.parent / "docs" / "decision.md").read_text()
    listed = {
        line.split("`")[1] for line in page.splitlines() if line.startswith("| `") and "/" in line
    }

    assert {f"statute/{name}" for name in listed} == set(seed_law().statute)
