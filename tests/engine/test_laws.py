"""Laws that hold in every made-up world, and the comparison with a second reading of the page.

The worlds come from ``tests.generators``, the second reading from
``tests.reference``, which shares nothing with the compiler but the model.
"""

import json
from dataclasses import replace
from random import Random

import pytest

from agreements.vocabulary import current
from engine.bundle import Bundle, assemble, check_strictly
from engine.compile import compile_agreement
from engine.decide import Code, Decision, Outcome, decide
from engine.request import Disclosure
from tests import generators
from tests.generators import Case, case, mutations
from tests.reference.evaluator import evaluate
from tests.world import AT, agreement, bundle_of, in_force, question, seed_law

WIDENESS = {Outcome.DENY: 0, Outcome.REFER: 1, Outcome.PERMIT: 2}
CODES = {"permit": "permitted", "refer": "referred"}
QUESTIONS_A_WORLD = 10


def _answer(decides: Bundle, world: Case, disclosure: Disclosure | None = None) -> Decision:
    return decide(decides, disclosure or world.disclosure, world.facts, world.at)


def _seeds(count: int, *, chunks: int) -> list[range]:
    size = count // chunks
    return [range(first, first + size) for first in range(0, count, size)]


def _variations(world: Case, count: int) -> list[Disclosure]:
    """The question of a world, and others that differ from it in one or two things."""
    rng = Random(world.seed)
    asked = [world.disclosure]
    while len(asked) < count:
        changes = dict(rng.sample(_changes(world.disclosure, rng), k=rng.choice((1, 1, 2))))
        document = world.disclosure.model_dump(mode="json", by_alias=True, exclude_none=True)
        document |= changes
        kept = {name: value for name, value in document.items() if value is not None}
        if kept["from"] != kept["to"] and kept.get("asked_by") in (None, kept["from"], kept["to"]):
            asked.append(Disclosure.model_validate_json(json.dumps(kept)))
    return asked


def _changes(asked: Disclosure, rng: Random) -> list[tuple[str, object]]:
    return [
        ("information", rng.sample(generators.CATEGORIES, k=rng.randint(1, 3))),
        ("about", rng.sample(generators.SUBJECTS, k=rng.randint(1, 2))),
        ("purpose", rng.choice(generators.PURPOSES)),
        ("role", rng.choice(generators.ROLES)),
        ("to", rng.choice(generators.AGENCIES)),
        ("from", rng.choice(generators.AGENCIES)),
        ("asked_by", rng.choice((None, asked.holder, asked.recipient))),
        ("confirms", list(asked.confirms)[:-1]),
        ("necessity", rng.choice((None, "It is."))),
        ("no_consent_reason", rng.choice((None, "NC-a"))),
        ("basis", {"article6": rng.choice(("6-1-e", "6-1-c", "6-1-f", "6-1-a"))}),
        ("basis", {"regime": "LE", "law_enforcement": "LE-task"}),
    ]


def _compare(seeds: range) -> int:
    """Ask Cedar and the second reading the same questions; every answer must agree."""
    compared = 0
    for seed in seeds:
        world = case(seed)
        decides = bundle_of(world.agreements)
        for disclosure in _variations(world, QUESTIONS_A_WORLD):
            ours = _answer(decides, world, disclosure)
            theirs = evaluate(world.agreements, disclosure, world.facts, world.at)
            said = (ours.outcome, ours.code, ours.permitted, ours.referred, ours.refused)
            assert said == (
                theirs.outcome,
                theirs.code or CODES[theirs.outcome],
                theirs.permitted,
                theirs.referred,
                theirs.refused,
            ), f"world {seed}: {disclosure!r}"
            if ours.outcome is Outcome.PERMIT:
                assert theirs.determining == set(ours.reasons), f"world {seed}"
            assert not ours.errors
            compared += 1
    return compared


@pytest.mark.parametrize("seeds", _seeds(2_000, chunks=20), ids=lambda seeds: f"from {seeds.start}")
def test_cedar_and_a_second_reading_agree(seeds):
    """Twenty chunks of a hundred worlds with ten questions each: 20,000 pairs."""
    assert _compare(seeds) == len(seeds) * QUESTIONS_A_WORLD


@pytest.mark.long
@pytest.mark.parametrize(
    "seeds",
    [range(first, first + 500) for first in range(100_000, 110_000, 500)],
    ids=lambda seeds: f"from {seeds.start}",
)
def test_cedar_and_a_second_reading_agree_a_hundred_thousand_times(seeds):
    assert _compare(seeds) == len(seeds) * QUESTIONS_A_WORLD


@pytest.mark.parametrize("seeds", _seeds(300, chunks=6), ids=lambda seeds: f"from {seeds.start}")
def test_less_agreed_never_means_more_shared(seeds):
    """Adding an exclusion, narrowing a clause, ending an agreement or withdrawing consent."""
    for seed in seeds:
        world = case(seed)
        before = _answer(bundle_of(world.agreements), world)
        for name, agreements, disclosure, facts in mutations(world):
            after = decide(bundle_of(agreements), disclosure, facts, world.at)
            said = f"world {seed}: {name}"
            if name == "add an unrelated agreement":
                assert (after.outcome, after.code, after.reasons) == (
                    before.outcome,
                    before.code,
                    before.reasons,
                ), said
            else:
                assert WIDENESS[after.outcome] <= WIDENESS[before.outcome], said
                assert set(after.permitted) <= set(before.permitted), said


@pytest.mark.parametrize("seeds", _seeds(150, chunks=3), ids=lambda seeds: f"from {seeds.start}")
def test_an_extra_forbid_never_widens_and_an_erring_policy_never_opens(seeds):
    narrowing = "forbid (principal, action, resource) when { context.about.contains('child') };"
    erring = "permit (principal, action, resource) when { context.consent == 'given' };"
    for seed in seeds:
        world = case(seed)
        world = replace(world, facts=replace(world.facts, consent=None))
        decides = bundle_of(world.agreements)
        before = _answer(decides, world)
        for policy in (narrowing.replace("'", '"'), erring.replace("'", '"')):
            added = [
                replace(each, policies=each.policies.with_added_str(policy))
                for each in decides.slices.values()
            ]
            after = _answer(assemble(seed_law(), added), world)
            assert set(after.permitted) <= set(before.permitted)
            assert WIDENESS[after.outcome] <= WIDENESS[before.outcome]
            if policy.startswith("permit") and after.code not in (before.code, Code.UNKNOWN_TERM):
                assert after.code is Code.EVALUATION_ERROR


def test_what_no_clause_names_is_denied():
    """With no clause at all that grants, every question of every world is denied or referred."""
    for seed in range(200):
        world = case(seed)
        nothing_granted = [
            each.model_copy(update={"clauses": kept})
            for each in world.agreements
            if (kept := tuple(c for c in each.clauses if c.exclude or c.refer))
        ]
        assert _answer(bundle_of(nothing_granted), world).outcome is not Outcome.PERMIT


def test_the_pair_index_finds_exactly_what_a_scan_finds():
    agreements = {}
    for seed in range(120):
        for each in case(seed).agreements:
            renamed = each.model_copy(update={"id": f"{each.id}-{seed}"})
            agreements[renamed.id, renamed.version] = renamed
    decides = bundle_of(agreements.values())

    for holder in generators.AGENCIES:
        for recipient in generators.AGENCIES:
            found = {each.key for each in decides.between(holder, recipient)}
            scanned = {
                each.key for each in decides.slices.values() if {holder, recipient} <= each.agencies
            }
            assert found == scanned
            assert [each.key for each in decides.between(holder, recipient)] == sorted(scanned)


def test_the_same_agreement_compiles_to_the_same_bytes_and_each_is_strictly_valid():
    for seed in range(150):
        for each in case(seed).agreements:
            again = type(each).model_validate_json(each.model_dump_json(by_alias=True))
            first = compile_agreement(each, current())

            assert compile_agreement(again, current()).policies_json == first.policies_json
            assert compile_agreement(again, current()).agreement_json == first.agreement_json
            check_strictly(seed_law(), first)


def test_a_bundle_is_named_by_what_is_in_it():
    one = bundle_of([agreement()])
    same = bundle_of([agreement()])
    other = bundle_of([agreement(title="Another title")])

    assert one.sha256 == same.sha256 != other.sha256
    assert decide(one, question(), in_force(one), AT).outcome is Outcome.PERMIT
