"""What Cedar is remembered to have said: always what it would say, and never an error."""

import json
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import cedarpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from agreements.vocabulary import current
from engine.bundle import assemble, make_slice
from engine.canonical import Json
from engine.compile import compile_agreement
from engine.decide import decide
from engine.judge import Policies, Situation
from engine.lately import Lately
from engine.regard import regard_of
from engine.request import Disclosure, Facts
from tests.forgetting import around_each_bound, forgetful, judge, remembering, same
from tests.generators import case
from tests.world import AT, agreement, grant, question, seed_law

CONTEXT: dict[str, Json] = {
    "holder": "trust",
    "asker": "council",
    "purpose": "marac",
    "role": "social-worker",
    "about": ["child"],
    "given": [],
    "at": 100,
    "regime": "UKGDPR",
    "asker_public_authority": True,
    "asker_competent_authority": False,
    "holder_kind": "",
    "recipient_kind": "",
}


def policies(text: str) -> Policies:
    """A set of policies, named as Cedar numbers them."""
    return Policies.of(trees(text))


def trees(text: str) -> dict[str, Any]:
    """Policies in Cedar's own JSON form."""
    found: dict[str, Any] = json.loads(cedarpy.policies_to_json_str(text))["staticPolicies"]
    return found


# ---- what is remembered is what would be said


@pytest.mark.parametrize("start", range(0, 60, 20))
def test_with_and_without_memory_the_answers_are_the_same_around_every_bound(start: int) -> None:
    compared = 0
    for seed in range(start, start + 20):
        world = case(seed)
        remembers = remembering(world)
        forgets = forgetful(remembers.law, remembers)
        for at in sorted({world.at, *around_each_bound(remembers)}):
            # Twice: put to Cedar the first time, and remembered the second.
            for _ in range(2):
                found = decide(remembers, world.disclosure, world.facts, at)
                anew = decide(forgets, world.disclosure, world.facts, at)
                assert same(found, anew), (seed, at)
                compared += 1
    assert compared > 1000


def test_questions_of_many_worlds_in_any_order_are_not_taken_for_one_another() -> None:
    worlds = [case(seed) for seed in range(200, 240)]
    law = replace(seed_law(), judge=judge())
    bundles = []
    for world in worlds:
        compiled = (compile_agreement(each, current()) for each in world.agreements)
        bundles.append(assemble(law, [make_slice(law, each) for each in compiled]))
    for decides in (*bundles, *reversed(bundles)):
        forgets = forgetful(law, decides)
        for world in worlds:
            found = decide(decides, world.disclosure, world.facts, world.at)
            assert same(found, decide(forgets, world.disclosure, world.facts, world.at))


FIELDS: list[dict[str, Json]] = [
    {"purpose": "early-help"},
    {"role": "midwife"},
    {"about": ["parent"]},
    {"information": ["health-physical"]},
    {"necessity": None},
    {"no_consent_reason": None},
    {"basis": {"article6": "6-1-c"}},
    {"handling": "P"},
    {"from": "schools-a"},
    {"confirms": ["threshold-met"]},
]


@given(st.lists(st.sampled_from(FIELDS), max_size=3), st.lists(st.sampled_from(FIELDS), max_size=3))
def test_no_two_questions_are_taken_for_one(
    one: list[dict[str, Json]], other: list[dict[str, Json]]
) -> None:
    law = replace(seed_law(), judge=judge())
    decides = assemble(law, [make_slice(law, compile_agreement(agreement(grant()), current()))])
    forgets = forgetful(law, decides)
    facts = Facts()
    for changes in (one, other, one):
        fields = {name: value for change in changes for name, value in change.items()}
        asked: Disclosure = question(**fields)
        assert same(decide(decides, asked, facts, AT), decide(forgets, asked, facts, AT))


# ---- what is never remembered


def test_an_error_is_never_remembered() -> None:
    erring = policies("forbid (principal, action, resource) when { context.consent == 1 };")
    assert erring.regard is not None
    cedar = judge()
    for _ in range(2):
        (said,) = cedar.hear(erring, "council", "disclose", ["identity"], Situation.of(CONTEXT))

        assert said.errors
        assert not said.allows
    assert len(cedar.remembered) == 0


def test_a_context_that_does_not_fit_the_schema_is_an_error_whatever_was_remembered() -> None:
    opening = policies("permit (principal, action, resource);")
    cedar = judge()
    (fits,) = cedar.hear(opening, "council", "disclose", ["identity"], Situation.of(CONTEXT))
    for odd in ({**CONTEXT, "weather": "fair"}, {k: v for k, v in CONTEXT.items() if k != "role"}):
        (said,) = cedar.hear(opening, "council", "disclose", ["identity"], Situation.of(odd))
        assert not said.allows
        assert said.errors

    assert fits.allows


ODD = {
    "an instant that is added to": "context.at + 1 > 3",
    "an instant that is negated": "-context.at < 1",
    "an instant in a list": "[context.at].contains(3)",
    "an instant in a record": '{"Value": context.at}.Value == 3',
    "an instant by another instant": "context.at < context.at",
    "an instant that is chosen": "(if true then context.at else 3) == 3",
    "a context as a whole": 'context == {"role": "midwife"}',
    "a context in a list": "[context].contains(3)",
}


@pytest.mark.parametrize("condition", ODD.values(), ids=ODD)
def test_a_set_that_uses_the_instant_in_another_way_is_asked_anew_each_time(
    condition: str,
) -> None:
    found = trees(f"permit (principal, action, resource) when {{ {condition} }};")

    assert regard_of(found.values()) is None


# ---- what a set looks at


PLAIN = {
    "before": ("context.at < 10", (), (10, 11), False),
    "from, the other way round": ("10 <= context.at", (), (10, 11), False),
    "exactly then": ("context.at == -4", (), (-4, -3), False),
    "whether there is an instant": ("context has at", (), (), False),
    "a field": ('context.role == "midwife"', ("role",), (), False),
    "whether there is a field": ("context has article6", ("article6",), (), False),
    "the recipient": ('principal == Agency::"a"', (), (), True),
    "the category": ('resource in Information::"health"', (), (), False),
    "in the branches": (
        'if context.role == "x" then context.at > 1 else ["a"].contains(context.purpose)',
        ("purpose", "role"),
        (1, 2),
        False,
    ),
    "below a field": ('context.basis.kind == "x"', ("basis",), (), False),
    "a word that is written like a field": ('"context.role" == "at"', (), (), False),
}


@pytest.mark.parametrize(("condition", "fields", "bounds", "recipient"), PLAIN.values(), ids=PLAIN)
def test_what_a_set_looks_at_is_read_from_its_trees(
    condition: str, fields: tuple[str, ...], bounds: tuple[int, ...], recipient: bool
) -> None:
    for kind in ("when", "unless"):
        found = trees(f"permit (principal, action, resource) {kind} {{ {condition} }};")
        regard = regard_of(found.values())
        assert regard is not None
        assert (regard.fields, regard.bounds, regard.recipient) == (fields, bounds, recipient)


def test_a_recipient_in_the_head_of_a_policy_is_looked_at() -> None:
    regard = regard_of(trees('permit (principal == Agency::"a", action, resource);').values())

    assert regard is not None
    assert regard.recipient


def test_the_statute_looks_at_no_agency() -> None:
    """So that what the law says is remembered for all agreements at once."""
    regard = seed_law().policies.regard

    assert regard is not None
    assert not regard.recipient
    assert {"holder", "asker"}.isdisjoint(regard.fields)


def test_policies_are_named_by_the_ids_they_were_given_in_whatever_number() -> None:
    one = trees('permit (principal, action, resource) when { context.role == "x" };')["policy0"]
    named = {}
    for number in range(30):
        body = {
            "==": {
                "left": one["conditions"][0]["body"]["=="]["left"],
                "right": {"Value": f"r{number}"},
            }
        }
        named[f"a/{number:02}"] = {**one, "conditions": [{"kind": "when", "body": body}]}
    held, cedar = Policies.of(named), judge()
    for number in range(30):
        situation = Situation.of({**CONTEXT, "role": f"r{number}"})
        (said,) = cedar.hear(held, "council", "disclose", ["identity"], situation)
        assert said.reasons == (f"a/{number:02}",)


# ---- how much is kept


@given(st.integers(2, 20), st.lists(st.integers(0, 30), max_size=200))
def test_what_is_kept_is_bounded_and_never_another_value(most: int, keys: Iterable[int]) -> None:
    lately: Lately[int, str] = Lately(most)
    for key in keys:
        assert lately.get(key) in (None, f"value {key}")
        lately.put(key, f"value {key}")
        assert len(lately) <= most + 2


@given(st.integers(2, 20), st.lists(st.integers(0, 100), max_size=100))
def test_what_was_used_among_the_last_half_is_still_there(most: int, keys: list[int]) -> None:
    lately: Lately[int, int] = Lately(most)
    for key in keys:
        if lately.get(key) is None:
            lately.put(key, key)
    last = list(dict.fromkeys(reversed(keys)))[: most // 2]

    assert all(lately.get(key) == key for key in last)
