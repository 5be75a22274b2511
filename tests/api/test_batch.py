"""Several questions at once: one bundle, an answer or an error for each, in order."""

from typing import Any

import pytest

from engine.service import Office
from tests.api.application import TRUST, Application, evaluation, within

BOTH_WAYS = True

GRANTED: dict[str, Any] = {}
REFUSED = within("resource", categories=["intelligence"])
SPOOFED = within("context", asked_by=TRUST)
UNFIT = within("subject", role=7)


def several(*items: Any, semantic: str | None = None, **common: Any) -> dict[str, Any]:
    said = evaluation(**common) | {"evaluations": list(items)}
    return said if semantic is None else said | {"options": {"evaluations_semantic": semantic}}


def decisions(application: Application, said: dict[str, Any]) -> list[bool]:
    answered = application.ask_all(said)
    assert answered.status_code == 200, answered.text
    return [each["decision"] for each in answered.json()["evaluations"]]


CASES = [
    (None, [GRANTED, REFUSED, GRANTED], [True, False, True]),
    ("execute_all", [REFUSED, GRANTED, UNFIT, SPOOFED], [False, True, False, False]),
    ("deny_on_first_deny", [GRANTED, REFUSED, GRANTED], [True, False]),
    ("deny_on_first_deny", [GRANTED, SPOOFED, GRANTED], [True, False]),
    ("deny_on_first_deny", [GRANTED, GRANTED], [True, True]),
    ("permit_on_first_permit", [REFUSED, UNFIT, GRANTED, GRANTED], [False, False, True]),
    ("permit_on_first_permit", [REFUSED, REFUSED], [False, False]),
]


@pytest.mark.parametrize(("semantic", "items", "expected"), CASES)
def test_each_semantic_stops_where_it_says(
    council: Application,
    office: Office,
    semantic: str | None,
    items: list[Any],
    expected: list[bool],
) -> None:
    before = office.premises.records.head().size

    assert decisions(council, several(*items, semantic=semantic)) == expected

    answered = [item for item in items[: len(expected)] if item not in (UNFIT, SPOOFED)]
    assert office.premises.records.head().size == before + len(answered)


def test_all_answers_come_from_one_bundle_and_are_in_the_log(
    council: Application, office: Office
) -> None:
    said = council.ask_all(several(*[GRANTED] * 20)).json()["evaluations"]

    assert len({each["context"]["bundle"] for each in said}) == 1
    assert len({each["context"]["evaluation_id"] for each in said}) == 20
    for each in said:
        assert office.evidence.record(each["context"]["evaluation_id"]).outcome == "permit"


def test_an_error_of_one_item_says_what_is_wrong_with_it(council: Application) -> None:
    said = council.ask_all(several(UNFIT, SPOOFED, 7, GRANTED)).json()["evaluations"]

    errors = [each["context"].get("error", {}) for each in said]
    assert [error.get("status") for error in errors] == [400, 403, 400, None]
    assert "subject.properties.role" in errors[0]["message"]


def test_what_an_item_says_replaces_the_whole_entity(council: Application) -> None:
    bare = {"context": {"purpose": "child-protection-enquiry"}}

    assert decisions(council, several(GRANTED, bare)) == [True, False]


def test_an_item_is_held_to_the_caller_after_defaults_are_filled_in(council: Application) -> None:
    other_ends = {
        "subject": within("subject", agency="a-b")["subject"],
        "resource": within("resource", holder="c-d")["resource"],
    }
    common = {key: other_ends[key] for key in ("subject",)}

    said = council.ask_all(several({"resource": other_ends["resource"]}, GRANTED, **common)).json()

    assert [each["context"]["error"]["status"] for each in said["evaluations"]] == [403, 403]


@pytest.mark.parametrize("items", [None, []], ids=["none", "empty"])
def test_without_items_it_is_one_evaluation(council: Application, items: Any) -> None:
    said = evaluation() if items is None else evaluation() | {"evaluations": items}

    assert council.ask_all(said).json()["decision"] is True


BAD = {
    "items that are no list": {"evaluations": {"0": {}}},
    "too many": {"evaluations": [{}] * 101},
    "an unknown semantic": {"evaluations": [{}], "options": {"evaluations_semantic": "any"}},
    "a semantic that is a list": {"evaluations": [{}], "options": {"evaluations_semantic": []}},
    "options that are text": {"evaluations": [{}], "options": "execute_all"},
}


@pytest.mark.parametrize("said", BAD.values(), ids=BAD)
def test_what_is_wrong_with_all_of_it_is_said_once(
    council: Application, said: dict[str, Any]
) -> None:
    answered = council.ask_all(evaluation() | said)

    assert answered.status_code == 400
    assert "evaluations" in answered.json()["detail"] or "options" in answered.json()["detail"]
