"""Laws that hold in every made-up world, and the comparison with a second reading of the page.

The worlds come from ``tests.generators``, the second reading from
``tests.reference``, which shares nothing with the compiler but the model.
"""

from collections.abc import Iterable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from agreements.vocabulary import Kind, current
from engine.bundle import Bundle, assemble, check_strictly
from engine.compile import compile_agreement
from engine.decide import Code, Decision, Outcome, decide
from engine.request import Consent
from tests import generators
from tests.generators import Case, case, mutations
from tests.reference import draft
from tests.reference.evaluator import evaluate
from tests.reference.statute import ACT_2018, RECOGNISED_INTERESTS
from tests.variations import changed_in, variations
from tests.world import AT, agreement, bundle_of, in_force, question, seed_law, with_policy

WIDENESS = {Outcome.DENY: 0, Outcome.REFER: 1, Outcome.PERMIT: 2}
CODES = {"permit": "permitted", "refer": "referred"}
QUESTIONS_A_WORLD = 10


def _answer(decides: Bundle, world: Case) -> Decision:
    return decide(decides, world.disclosure, world.facts, world.at)


def _seeds(count: int, *, chunks: int, first: int = 0) -> list[range]:
    size = count // chunks
    return [range(start, start + size) for start in range(first, first + count, size)]


def _agree(decides: Bundle, worlds: Iterable[Case]) -> int:
    """Ask Cedar and the second reading the same questions; every answer must agree."""
    compared = 0
    for world in worlds:
        ours = _answer(decides, world)
        theirs = evaluate(world.agreements, world.disclosure, world.facts, world.at)
        said = (ours.outcome, ours.code, ours.permitted, ours.referred, ours.refused)
        assert said == (
            theirs.outcome,
            theirs.code or CODES[theirs.outcome],
            theirs.permitted,
            theirs.referred,
            theirs.refused,
        ), f"world {world.seed}, {world.facts!r} at {world.at}: {world.disclosure!r}"
        if ours.outcome is Outcome.PERMIT:
            assert theirs.determining == set(ours.reasons), f"world {world.seed}"
        assert not ours.errors
        compared += 1
    return compared


def _compare(seeds: range) -> int:
    worlds = map(case, seeds)
    return sum(
        _agree(bundle_of(world.agreements), variations(world, QUESTIONS_A_WORLD))
        for world in worlds
    )


@pytest.mark.parametrize("seeds", _seeds(2_000, chunks=20), ids=lambda seeds: f"from {seeds.start}")
def test_cedar_and_a_second_reading_agree(seeds):
    """Twenty chunks of a hundred worlds with ten questions each: 20,000 pairs."""
    assert _compare(seeds) == len(seeds) * QUESTIONS_A_WORLD


@pytest.mark.long
@pytest.mark.parametrize(
    "seeds",
    _seeds(12_000, chunks=24, first=100_000),
    ids=lambda seeds: f"from {seeds.start}",
)
def test_cedar_and_a_second_reading_agree_a_hundred_thousand_times(seeds):
    """120,000 pairs over agreements, regimes, states of consent, bodies and times."""
    assert _compare(seeds) == len(seeds) * QUESTIONS_A_WORLD


# --- where the world is small, all of it


@pytest.fixture(scope="module")
def open_world() -> Case:
    """A world in which everything is shared for every purpose, but for what the law forbids."""
    anything = {"id": "1", "title": "Anything for anybody", "information": ["any"]}
    asked = question(information=["housing", "depersonalised"], basis={"article6": "6-1-e"})
    opens = agreement(anything, in_force_from=None)
    return Case(0, "open", (opens,), asked, in_force(bundle_of([opens])), AT)


def _agree_on(world: Case, changes: list[dict[str, Any]]) -> None:
    worlds = [changed for each in changes if (changed := changed_in(world, each))]
    assert _agree(bundle_of(world.agreements), worlds) == len(changes)


BODIES_MATTER = (
    *("CDA98-115", "PCSC22-16", "CTSA15-36", "CTSA15-38", "CA14-45", "HSCA12-251B"),
    *("CA04-16LA", "CJA03-325", "CA89-47"),
)


@pytest.mark.parametrize("gateway", BODIES_MATTER)
def test_every_kind_of_body_at_either_end_of_a_gateway(open_world, gateway):
    usual = ("nhs-trust", "council", "safeguarding-adults-board", "police-force")
    ends = set(product(usual, draft.BODIES)) | set(product(draft.BODIES, usual))
    basis = {"article6": "6-1-e", "gateway": gateway}
    under: dict[str, Any] = {"purpose": "direct-care", "basis": basis}
    changes = [{"holder_kind": one, "recipient_kind": other} | under for one, other in ends]

    _agree_on(open_world, changes)


WITHIN = (
    ("police-force", "police-force"),
    ("nhs-trust", "nhs-trust"),
    ("fire", "safeguarding-adults-board"),
)
"""Ends that some gateway is open to; each gateway is open to one of them."""


@pytest.mark.parametrize(("holder", "recipient"), WITHIN)
def test_every_gateway_on_either_side_of_every_day_of_law(open_world, holder, recipient):
    instants = [day - ago * draft.SECOND for day in draft.COMMENCEMENTS for ago in (0, 1)]
    ends = {"holder_kind": holder, "recipient_kind": recipient, "purpose": "direct-care"}
    regimes = {at: "UKGDPR" if at >= ACT_2018 else "DPA98" for at in instants}
    changes: list[dict[str, Any]] = [
        ends | {"at": at, "basis": {"regime": regimes[at], "article6": "6-1-e", "gateway": gateway}}
        for at, gateway in product(instants, generators.GATEWAYS)
    ]

    _agree_on(open_world, changes)


def test_every_marking_and_handling_code(open_world):
    markings = (None, *current().codes(Kind.MARKING))
    changes: list[dict[str, Any]] = [
        {"classification": marking, "handling": code, "handling_conditions": conditions}
        | {"consent": consent, "basis": {"article6": article6}}
        for marking, code in product(markings, (None, "P", "C"))
        for conditions in (None, "As told.")
        for consent, article6 in ((None, "6-1-e"), (None, "6-1-a"), (Consent.UNKNOWN, "6-1-a"))
    ]

    _agree_on(open_world, changes)


def test_every_regime_of_collecting_and_of_disclosing(open_world):
    regimes = current().codes(Kind.REGIME)
    said = draft.QUALITY
    changes: list[dict[str, Any]] = [
        {"collected_under": first, "confirms": stated, "asker_competent_authority": True, "at": at}
        | {"basis": {"regime": then, "gateway": gateway, "law_enforcement": "LE-task"}}
        for first, then in product((None, *regimes), regimes)
        for gateway in (None, "LGA72-111")
        for stated in (said, said[:2], said[1:], said[::2], ())
        for at in (AT, ACT_2018, ACT_2018 - draft.SECOND)
    ]

    _agree_on(open_world, changes)


def test_every_condition_of_article_6(open_world):
    article6 = (None, *current().codes(Kind.ARTICLE6))
    changes: list[dict[str, Any]] = [
        {"at": at, "asker_public_authority": public, "public_task_statement": stated}
        | {"confirms": confirmed, "consent": consent, "basis": {"article6": six, "annex1": one}}
        for six, one in product(article6, (None, "A1-1", "A1-6"))
        for at in (RECOGNISED_INTERESTS, RECOGNISED_INTERESTS - draft.SECOND)
        for public, stated in product((True, False), (None, "A task."))
        for confirmed, consent in product(((), ("solely-automated",)), (None, Consent.GIVEN))
    ]

    _agree_on(open_world, changes)


ONE_OF_EACH = ("housing", "health-mental", "conviction", "pseudonymised")


def test_every_condition_of_article_9_and_schedule_1(open_world):
    article9 = (None, *current().codes(Kind.ARTICLE9))
    schedule1 = (None, *current().codes(Kind.SCHEDULE1))
    stated = {"information": ONE_OF_EACH, "consent": Consent.GIVEN}
    unstated = {"no_consent_reason": None, "confirms": ("solely-automated", "official-authority")}
    changes: list[dict[str, Any]] = [
        said
        | {"basis": {"article6": "6-1-e", "article9": nine, "schedule1": one, "schedule8": "4"}}
        for nine, one in product(article9, schedule1)
        for said in (stated, stated | unstated)
    ]

    _agree_on(open_world, changes)


ELSEWHERE: tuple[dict[str, str], ...] = (
    {},
    {"article9": "9-2-h", "schedule1": "18"},
    {"article6": "6-1-ea", "annex1": "A1-1", "article9": "9-2-g"},
)
"""What UK GDPR would ask more of, and Part 3 of the 2018 Act does not look at."""


def test_every_condition_of_law_enforcement(open_world):
    alone = (*draft.QUALITY, "solely-automated")
    changes: list[dict[str, Any]] = [
        {"information": ONE_OF_EACH, "confirms": confirmed, "no_consent_reason": reason}
        | {"consent": consent, "asker_competent_authority": competent}
        | {"basis": {"regime": "LE", "law_enforcement": basis, "schedule8": eight} | elsewhere}
        for basis, eight in product((None, "LE-consent", "LE-task"), (None, "1", "4"))
        for confirmed in (draft.QUALITY, (*draft.QUALITY, "strictly-necessary"), alone)
        for reason, consent in product((None, "NC-a"), (None, Consent.GIVEN))
        for competent, elsewhere in product((True, False), ELSEWHERE)
    ]

    _agree_on(open_world, changes)


@pytest.mark.parametrize("basis", [{}, {"article9": "9-2-g", "schedule1": "18"}, {"regime": "LE"}])
def test_every_category_of_information(open_world, basis):
    leaves = current().leaves(Kind.INFORMATION)
    gateways = (None, "CDA98-17A", "PCSC22-16")
    changes: list[dict[str, Any]] = [
        {"information": leaves, "confirms": draft.QUALITY, "asker_competent_authority": True}
        | {"holder_kind": holder, "recipient_kind": "police-force"}
        | {"basis": {"article6": "6-1-e", "law_enforcement": "LE-task", "gateway": gateway} | basis}
        for gateway, holder in product(gateways, ("nhs-trust", "council"))
    ]

    _agree_on(open_world, changes)


# --- laws


def test_every_code_of_a_denial_is_met():
    """But for those that need a guard, a word nobody knows or a fault."""
    unmet = {Code.EVALUATION_ERROR, Code.UNKNOWN_TERM, Code.FORBIDDEN_BY_GUARD}
    answers = [_answer(bundle_of(world.agreements), world) for world in map(case, range(300))]

    denials = {answer.code for answer in answers if answer.outcome is Outcome.DENY}

    assert denials == set(Code) - unmet - {Code.PERMITTED, Code.REFERRED}


@pytest.mark.parametrize("seeds", _seeds(240, chunks=6), ids=lambda seeds: f"from {seeds.start}")
def test_less_agreed_never_means_more_shared(seeds):
    """Nor does more that is said or less that is known, where the page makes it so."""
    for seed in seeds:
        world = case(seed)
        unchanged = bundle_of(world.agreements)
        before = _answer(unchanged, world)
        for name, agreements, disclosure, facts in mutations(world):
            decides = unchanged if agreements is world.agreements else bundle_of(agreements)
            after = decide(decides, disclosure, facts, world.at)
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
            added = [with_policy(each, policy) for each in decides.slices.values()]
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

    for holder in draft.AGENCIES:
        for recipient in draft.AGENCIES:
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
