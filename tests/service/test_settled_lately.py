"""What was settled lately is what would be settled anew, in every field, whatever was asked."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random
from typing import Any

import pytest

from agreements.bodies import Status
from agreements.vocabulary import Kind, current
from engine import request
from engine.asking import KNOWN_OF, Evidence
from engine.bundle import Bundle, Slice, assemble
from engine.decide import Code, Decision, decide
from engine.judge import Policies
from engine.regard import Regard
from engine.request import Consent, Disclosure, Facts, LawfulBasis
from engine.service import settled_lately
from engine.service.facts import ConsentFound, facts_for
from engine.service.settled_lately import SettledLately
from engine.standing import Standing, states_at, turns_of
from engine.trial import facts_of
from tests import examples
from tests.forgetting import around_each_bound, forgetful, remembering, same
from tests.generators import Case, case
from tests.variations import variations
from tests.world import AT, SIGNED, agreement, bundle_of, question

SECOND = timedelta(seconds=1)
PERSONAL: Sequence[dict[str, Any]] = (
    {"requester": "somebody else"},
    {"subject": "another child"},
    {"case_reference": "case 2"},
    {"necessity": "In other words."},
    {"public_task_statement": "In other words."},
    {"handling_conditions": "In other words."},
)
"""What may differ between two questions that are one to whoever decides, where it is said."""


@dataclass(frozen=True)
class Shelf:
    """One world's agreements as they stand, with memory and without."""

    bundle: Bundle
    forgets: Bundle
    world: Case
    statuses: Mapping[str, Status]

    def settled(self) -> SettledLately:
        """Nothing is remembered yet."""
        return SettledLately(self.bundle, self.world.facts.standing, self.statuses)


Draw = tuple[Disclosure, ConsentFound, datetime, Mapping[str, Evidence] | None]


def shelf(world: Case, rng: Random) -> Shelf:
    """A world, in which either agency may have ended about the instant asked."""
    facts, asked = world.facts, world.disclosure
    ended = {
        agency: world.at + rng.choice((-1, 0, 1, 5)) * SECOND if rng.random() < 0.2 else None
        for agency in (asked.holder, asked.recipient)
    }
    statuses = {
        asked.holder: Status(kind=facts.holder_kind, ended=ended[asked.holder]),
        asked.recipient: Status(kind=facts.recipient_kind, ended=ended[asked.recipient]),
    }
    public, competent = facts.asker_public_authority, facts.asker_competent_authority
    statuses[asked.asker] = replace(
        statuses[asked.asker], public_authority=public, competent_authority=competent
    )
    bundle = remembering(world)
    return Shelf(bundle, forgetful(bundle.law, bundle), world, statuses)


def turns(one: Shelf) -> Iterator[datetime]:
    """Every instant at which something changes, a second before and one after."""
    yield from around_each_bound(one.bundle)
    own = [
        turn
        for each in one.bundle.slices.values()
        for turn in turns_of(each, one.world.facts.standing.get(each.key, SIGNED))
    ]
    ended = [status.ended for status in one.statuses.values() if status.ended]
    for at in (*(datetime.fromtimestamp(turn, UTC) for turn in own), *ended):
        yield from (at - SECOND, at, at + SECOND)


def draws(one: Shelf, rng: Random, count: int) -> Iterator[Draw]:
    """Questions in any order, most of them more than once, about instants at which it matters."""
    varied = variations(one.world, 4)
    changing = list(turns(one))
    place = rng.randrange(len(changing) // 3) * 3
    instants = [one.world.at, one.world.at + SECOND, *changing[place : place + 3]]
    levels = [None, *(dict.fromkeys(KNOWN_OF, level) for level in rng.sample(list(Evidence), k=2))]
    for _ in range(count):
        each = rng.choice(varied)
        said = rng.choice(PERSONAL)
        kept = {name: word for name, word in said.items() if getattr(each.disclosure, name)}
        facts = each.facts
        consent = ConsentFound(facts.consent, facts.confidence_consent)
        if rng.random() < 0.1:
            consent = ConsentFound(rng.choice((None, *Consent)), rng.choice((None, *Consent)))
        asked = each.disclosure.model_copy(update=kept)
        yield asked, consent, rng.choice(instants), rng.choice(levels)


def compare(one: Shelf, rng: Random, count: int = 80) -> int:
    """Settle with a memory that is lost now and then, and anew; how often something was known."""
    settled, found_before, known = one.settled(), set[int](), 0
    kept = []  # So that no two of them are ever at one place in memory.
    for asked, consent, at, evidence in draws(one, rng, count):
        if rng.random() < 0.02:
            settled = one.settled()
        standing = one.world.facts.standing
        anew = facts_for(asked, standing, one.statuses, consent, at, evidence)
        decision, facts = settled.settle(asked, consent, at, evidence)
        kept.append(facts)
        known += id(facts) in found_before
        found_before.add(id(facts))

        assert facts == anew
        assert same(decision, decide(one.forgets, asked, anew, at)), (asked, consent, at, evidence)
    return known


@pytest.mark.parametrize("start", range(0, 80, 20))
def test_it_is_settled_in_made_up_worlds_as_it_would_be_anew(start: int) -> None:
    rng = Random(start)
    known = sum(compare(shelf(case(seed), rng), rng) for seed in range(start, start + 20))

    assert known > 100


@pytest.mark.parametrize("path", examples.SCENARIO_FILES, ids=lambda path: path.stem)
def test_it_is_settled_by_the_examples_as_it_would_be_anew(path: Path) -> None:
    rng = Random(path.stem)
    scenarios = examples.read_scenarios(path)
    agreements = tuple(examples.read(path.parent / name) for name in scenarios.agreements)
    known = 0
    for each in rng.sample(scenarios.scenarios, k=min(len(scenarios.scenarios), 6)):
        asked = request.parse(json.dumps(each.asked).encode())
        facts = facts_of(bundle_of(agreements), each.given, asked)
        world = Case(len(each.id), "example", agreements, asked, facts, each.as_at)
        known += compare(shelf(world, rng), rng)

    assert known > 20


def small(*clauses: Mapping[str, object], **fields: object) -> Bundle:
    """A bundle of one small agreement, under a law that has heard nothing yet."""
    asked = question()
    return remembering(Case(0, "", (agreement(*clauses, **fields),), asked, Facts(), AT))


def settling(bundle: Bundle, **ended: datetime) -> SettledLately:
    """All of it in force from the beginning, and nothing remembered."""
    statuses = {agency: Status(kind="council", ended=at) for agency, at in ended.items()}
    return SettledLately(bundle, dict.fromkeys(bundle.slices, SIGNED), statuses)


def ask(settled: SettledLately, asked: Disclosure, at: datetime = AT) -> Decision:
    """Settle a question that nobody in particular asks."""
    return settled.settle(asked, ConsentFound(), at, None)[0]


def test_the_instant_is_the_one_that_was_asked_about_whatever_is_remembered() -> None:
    settled = settling(small())
    found = [ask(settled, question(), AT + n * SECOND) for n in range(3)]

    assert [each.at for each in found] == [AT + n * SECOND for n in range(3)]
    assert [f'"at":{int(each.at.timestamp())},' in each.context for each in found] == [True] * 3
    assert len(settled.remembered) == 1


def test_what_was_settled_before_a_turn_is_not_what_is_settled_at_it() -> None:
    settled = settling(small(review_due="2026-11-24"), council=AT + 5 * SECOND)
    before, ended = ask(settled, question()), ask(settled, question(), AT + 5 * SECOND)
    due = datetime(2026, 11, 24, tzinfo=UTC)
    overdue = ask(settling(small(review_due="2026-11-24")), question(), due)

    assert [each.outcome for each in (before, ended, overdue)] == ["permit", "refer", "refer"]


TURN_S = int((AT + 5 * SECOND).timestamp())


@pytest.mark.parametrize(
    ("turns_to", "code"),
    [
        (replace(SIGNED, left=(("council", TURN_S),)), Code.EXPIRED),
        (replace(SIGNED, ended_s=TURN_S), Code.EXPIRED),
        (replace(SIGNED, suspensions=((TURN_S, None),)), Code.SUSPENDED),
    ],
    ids=["an agency leaves", "it is ended", "it is suspended"],
)
def test_what_the_log_says_of_a_later_instant_holds_from_then_on(
    turns_to: Standing, code: Code
) -> None:
    bundle = small()
    settled = SettledLately(bundle, dict.fromkeys(bundle.slices, turns_to), {})
    found = [ask(settled, question(), AT + n * SECOND).code for n in (0, 4, 5, 6)]

    assert found == [Code.PERMITTED, Code.PERMITTED, code, code]


@pytest.mark.parametrize("changed", PERSONAL, ids=lambda changed: next(iter(changed)))
def test_no_person_no_case_and_no_wording_makes_another_question(changed: dict[str, str]) -> None:
    everything = {name: "x" for each in PERSONAL for name in each} | {"handling": "C"}
    asked = question(**everything)

    assert asked.model_copy(update=changed).looked_at() == asked.looked_at()


CHANGED: dict[str, Any] = {
    "holder": "st-bede",
    "recipient": "st-bede",
    "information": ("health-physical",),
    "about": ("parent",),
    "purpose": "marac",
    "role": "midwife",
    "basis": LawfulBasis(),
    "asked_by": "trust",
    "no_consent_reason": "NC-b",
    "classification": "OFFICIAL",
    "handling": "P",
    "collected_under": "LE",
    "confirms": ("threshold-met",),
    "agreement": "northshire",
    **dict.fromkeys(("necessity", "public_task_statement", "handling_conditions")),
}


@pytest.mark.parametrize("name", [name for name in Disclosure.model_fields if name in CHANGED])
def test_whatever_else_is_asked_makes_another_question(name: str) -> None:
    stated = {"public_task_statement": "x", "handling_conditions": "x", "handling": "C"}
    asked = question(**stated)

    assert asked.model_copy(update={name: CHANGED[name]}).looked_at() != asked.looked_at()


def test_each_field_of_a_question_is_either_looked_at_or_known_not_to_be() -> None:
    personal = {"requester", "subject", "case_reference"}

    assert Disclosure.model_fields.keys() == CHANGED.keys() | personal


@pytest.mark.parametrize("name", LawfulBasis.model_fields)
def test_every_part_of_a_basis_makes_another_question(name: str) -> None:
    asked = question()
    other = asked.basis.model_copy(update={name: "other"})

    assert asked.model_copy(update={"basis": other}).looked_at() != asked.looked_at()


@pytest.mark.parametrize("seed", range(300, 340))
def test_between_two_turns_no_version_comes_to_stand_otherwise(seed: int) -> None:
    world = case(seed)
    bundle, standing = bundle_of(world.agreements), world.facts.standing
    slices = list(bundle.slices.values())
    ends = world.disclosure.holder, world.disclosure.recipient
    found = {turn for e in slices for turn in turns_of(e, standing.get(e.key, Standing()))}
    every = sorted({0, *found, max(found, default=0) + 10})
    for since, until in pairwise(every):
        stand = [states_at(bundle, slices, standing, at, between=ends) for at in (since, until - 1)]
        assert stand[0] == stand[1]


def put_beside(bundle: Bundle, policies: Policies) -> Bundle:
    """The same bundle with other clauses in each agreement."""

    def swapped(each: Slice) -> Slice:
        clauses = replace(each.clauses(), policies=policies)
        return replace(each, clauses=lambda: clauses)

    return assemble(bundle.law, map(swapped, bundle.slices.values()))


def test_an_error_is_never_remembered() -> None:
    opens = "permit (principal, action, resource);"
    errs = "forbid (principal, action, resource) when { context.consent == 1 };"
    held = Policies(
        f"{opens}\n{errs}", ("northshire/4.2", "added"), Regard(("consent",), (), False)
    )
    settled = settling(put_beside(small(), held))

    assert [ask(settled, question()).code for _ in range(2)] == [Code.EVALUATION_ERROR] * 2
    assert len(settled.remembered) == 0


def test_what_looks_at_the_instant_in_a_way_nobody_can_state_is_settled_anew() -> None:
    odd = Policies(
        "permit (principal, action, resource) when { context.at + 1 > 3 };",
        ("northshire/4.2",),
        regard=None,
    )
    settled = settling(put_beside(small(), odd))

    assert ask(settled, question()).code is Code.PERMITTED
    assert len(settled.remembered) == 0


@pytest.mark.parametrize("asked", [{"purpose": "s74"}, {"from": "st-bede", "to": "nobody"}])
def test_what_was_not_put_to_cedar_is_not_remembered(asked: dict[str, str]) -> None:
    settled = settling(small())
    ask(settled, question(**asked))

    assert len(settled.remembered) == 0


def test_what_is_remembered_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settled_lately, "REMEMBERED_BYTES", 50_000)
    settled = settling(small())
    for reason in ("NC-a", "NC-b", "NC-c", None):
        for purpose in current().codes(Kind.PURPOSE):
            ask(settled, question(purpose=purpose, no_consent_reason=reason))

    assert 1 <= len(settled.remembered) <= 20
