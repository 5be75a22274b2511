"""Guards only narrow: as a law, by the table others run, and by an evaluator of other hands."""

import json
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from engine.decide import Code, Decision, Outcome
from engine.guard import MAX_REASON, Answer, Failure, GuardAnswer, GuardKind, one_line
from engine.guarded import guarded
from tests.office import open_office
from tests.reference.evaluator import Answer as Expected
from tests.reference.guards import after_guards
from tests.vectors.conformance import FOLDER

TABLE = json.loads((FOLDER / "guards" / "answers.json").read_bytes())
REASONS = {Answer.VETO: "Not at night", Answer.UNAVAILABLE: Failure.TIMEOUT.value}
AT = datetime(2026, 4, 2, 9, tzinfo=UTC)


def said(agency: str, answer: Answer) -> GuardAnswer:
    return GuardAnswer(agency, GuardKind.OPA, answer, REASONS.get(answer))


def decision(stated: dict[str, Any]) -> Decision:
    return Decision(
        Outcome(stated["outcome"]),
        Code(stated["code"]),
        AT,
        permitted=tuple(stated["permitted"]),
        referred=tuple(stated["referred"]),
        refused=tuple(stated["refused"]),
    )


def told(found: Decision) -> dict[str, Any]:
    return {
        "outcome": found.outcome.value,
        "code": found.code.value,
        "permitted": list(found.permitted),
        "referred": list(found.referred),
        "refused": list(found.refused),
    }


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["id"])
def test_every_case_of_the_table_comes_out_as_it_says(case: dict[str, Any]) -> None:
    answers = [said(each["agency"], Answer(each["answer"])) for each in case["guards"]]

    assert told(guarded(decision(case["before"]), answers)) == case["expected"]


@pytest.mark.parametrize("case", TABLE["cases"], ids=lambda case: case["id"])
def test_a_second_evaluator_agrees(case: dict[str, Any]) -> None:
    before, expected = case["before"], case["expected"]
    permitted, referred, refused = (
        tuple(before[name]) for name in ("permitted", "referred", "refused")
    )

    found = after_guards(
        Expected(before["outcome"], before["code"], permitted, referred, refused, frozenset()),
        [each["answer"] for each in case["guards"]],
    )

    assert (found.outcome, found.code) == (expected["outcome"], expected["code"])
    for name in ("permitted", "referred", "refused"):
        assert list(getattr(found, name)) == expected[name]


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"information": ["health-mental", "health-physical"]},
        {"information": ["health-mental", "identity"]},
        {"information": ["health-mental", "intelligence"]},
        {"purpose": "curiosity"},
        {"from_": "housing"},
    ],
    ids=["permit", "permit of two", "refer", "deny in part", "unknown term", "no agreement"],
)
def test_whatever_guards_say_nothing_opens(asked: dict[str, Any]) -> None:
    before = open_office().decide(**asked).decision
    assert before is not None

    for answers in product(Answer, repeat=2):
        after = guarded(before, [said("council", answers[0]), said("trust", answers[1])])

        assert set(after.permitted) <= set(before.permitted)
        assert after.outcome is before.outcome or after.outcome is Outcome.DENY
        stands = {*answers} <= {Answer.STOOD_ASIDE, Answer.NOT_ASKED}
        assert (after.outcome is Outcome.PERMIT) is (before.outcome is Outcome.PERMIT and stands)
        if before.outcome is not Outcome.PERMIT:
            assert after == before


def test_a_veto_keeps_the_clauses_and_drops_the_duties() -> None:
    before = open_office().decide().decision
    assert before is not None

    after = guarded(before, [said("trust", Answer.VETO)])

    assert (after.reasons, after.context) == (before.reasons, before.context)
    assert (after.obligations, after.permitted) == ((), ())
    assert before.obligations


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("Not at night.", "Not at night."),
        ("two\nlines\tand a tab", "two lines and a tab"),
        ("\x1b[2Jcleared", "[2Jcleared"),
        ("right\u202eto left", "right to left"),
        ("x" * 500, "x" * (MAX_REASON - 1) + "…"),
        ("\n", ""),
    ],
    ids=["plain", "lines", "an escape", "a turned word", "too long", "nothing"],
)
def test_a_reason_is_one_short_line_that_misleads_nobody(text: str, line: str) -> None:
    assert one_line(text) == line
