"""A whole office with guards: what is permitted, recorded, and never permitted."""

import json
import threading
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from agreements.lifecycle import Act
from engine import bootstrap, replay, request, verify
from engine.decide import Outcome
from engine.guard import Answer, Failure, GuardAnswer, GuardKind
from engine.guard_question import GuardQuestion
from engine.service import Office
from engine.service.desk import Answered
from engine.service.guards import Heard, UnheardError
from engine.service.series import Put, Series
from tests.copies import copied
from tests.guards.servers import Served, answering, as_json
from tests.service.conftest import (
    AGREEMENT,
    TRUST,
    asked,
    draft_template,
    published_template,
    signed_template,
)

__all__ = ["draft_template", "published_template", "signed_template"]

DENIED = {"information": ["intelligence"]}


class Rules:
    """What the guard says; a test sets it, and sees what it was asked."""

    def __init__(self) -> None:
        self.refusals: object = []
        self.then = lambda: None

    def __call__(self, _: Mapping[str, Any]) -> tuple[int, dict[str, str], bytes]:
        answer = as_json({"result": self.refusals, "decision_id": "d-1"})
        self.then()
        return answer


@pytest.fixture
def rules() -> Rules:
    return Rules()


@pytest.fixture
def served(rules: Rules) -> Iterator[Served]:
    with answering(rules) as server:
        yield server


def with_guard(folder: Path, url: str, *more: str, agency: str = TRUST) -> None:
    """Write a guard into an office's settings."""
    lines = ["", "[[guards]]", f'agency = "{agency}"', 'kind = "opa"', f'url = "{url}"']
    lines += ['path = "sharing/deny"', *(more or ["timeout_ms = 5000"])]
    with (folder / "office.toml").open("a", encoding="utf-8") as settings:
        settings.write("\n".join([*lines, ""]))


@pytest.fixture
def folder(published_template: Path, tmp_path: Path, served: Served) -> Path:
    folder = copied(published_template, tmp_path / "office")
    with_guard(folder, served.url)
    return folder


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    with bootstrap.open_office(folder) as opened:
        yield opened


def payload(office: Office, answered: Answered) -> dict[str, Any]:
    """What the record of an answer states, once all of it is verified and decided again."""
    evidence = office.evidence.proof(answered.jti)
    found = verify.verify(evidence, office.premises.trust(), now_s=office.premises.now_s())
    assert replay.replay(found).differences == ()
    return dict(found.record.payload)


def test_a_guard_that_stands_aside_lets_a_permit_stand(office: Office, served: Served) -> None:
    answered = office.desk.ask(asked())

    assert answered.decision.outcome is Outcome.PERMIT
    said = payload(office, answered)
    assert said["guards"] == [
        {"agency": TRUST, "kind": "opa", "answer": "stood_aside", "decision_id": "d-1"}
    ]
    (put,) = served.requests
    assert put["input"]["information"] == ["health-physical"]


def test_no_person_and_no_word_of_the_case_reaches_a_guard(office: Office, served: Served) -> None:
    office.desk.ask(asked())

    told = json.dumps(served.requests) + json.dumps(served.headers)
    for hidden in ("officer-17", "child 4711", "case 12", "safe tonight"):
        assert hidden not in told


def test_a_veto_is_a_denial_with_its_reason(office: Office, rules: Rules) -> None:
    rules.refusals = ["the ward is sealed"]

    answered = office.desk.ask(asked())

    assert (answered.decision.outcome, answered.decision.code) == ("deny", "forbidden_by_guard")
    said = payload(office, answered)
    assert said["guards"][0]["reason"] == "the ward is sealed"
    assert said["information"]["permitted"] == []
    assert said["reasons"]
    assert said["obligations"] == []


@pytest.mark.parametrize("refusals", [True, {}, "no", None, 0], ids=repr)
def test_an_answer_of_another_form_is_a_denial(
    office: Office, rules: Rules, refusals: object
) -> None:
    rules.refusals = refusals

    answered = office.desk.ask(asked())

    assert answered.decision.code == "forbidden_by_guard"
    assert payload(office, answered)["guards"][0]["reason"] == "malformed"


def test_a_guard_that_is_gone_is_a_denial(folder: Path) -> None:
    with (folder / "office.toml").open("r+", encoding="utf-8") as settings:
        text = settings.read()
        settings.seek(0)
        settings.truncate()
        port = text.rsplit(":", 1)[1].partition('"')[0]
        settings.write(text.replace(f":{port}", ":1"))

    with bootstrap.open_office(folder) as office:
        answered = office.desk.ask(asked())

        assert answered.decision.code == "forbidden_by_guard"
        assert payload(office, answered)["guards"][0]["answer"] == "unavailable"


def test_a_guard_is_asked_of_nothing_that_cedar_does_not_permit(
    office: Office, served: Served, rules: Rules
) -> None:
    rules.refusals = ["no"]

    answered = office.desk.ask(asked(**DENIED))

    assert answered.decision.code != "forbidden_by_guard"
    assert served.requests == []
    assert "guards" not in payload(office, answered)


def test_a_batch_asks_each_question_once(office: Office, served: Served) -> None:
    batch = [asked(subject=f"child {number}") for number in range(20)]
    batch += [asked(**DENIED), b"{}", asked(information=["identity"])]

    answers = office.desk.ask_many(batch)

    permits = [a for a in answers if isinstance(a, Answered) and a.decision.outcome == "permit"]
    assert len(served.requests) == len({json.dumps(each) for each in served.requests})
    assert len(permits) >= 20
    assert all(each.decision.guards for each in permits)


def test_of_another_instant_no_guard_is_asked_and_the_record_says_so(
    office: Office, served: Served, rules: Rules
) -> None:
    rules.refusals = ["no"]
    soon = datetime.now(UTC) + timedelta(days=1)

    answered = office.desk.ask(asked(), at=soon)

    assert answered.decision.outcome is Outcome.PERMIT
    assert served.requests == []
    assert payload(office, answered)["guards"] == [
        {"agency": TRUST, "kind": "opa", "answer": "not_asked"}
    ]
    known = office.desk.ask(asked(), known_at=datetime.now(UTC))
    assert payload(office, known)["guards"][0]["answer"] == "not_asked"


def test_an_explanation_asks_no_guard_and_says_so(
    office: Office, served: Served, rules: Rules
) -> None:
    rules.refusals = ["no"]

    explained = office.desk.explain(asked())

    assert [each.answer for each in explained.decision.guards] == [Answer.NOT_ASKED]
    assert served.requests == []


def test_guards_are_asked_while_the_log_is_free(office: Office, rules: Rules, folder: Path) -> None:
    # While the guard thinks, somebody else keeps a record; it would wait for ever otherwise.
    kept: list[int] = []

    def meanwhile() -> None:
        rules.then = lambda: None
        with bootstrap.open_office(folder, timeout_s=1) as other:
            kept.append(other.desk.ask(asked(**DENIED)).index)

    rules.then = meanwhile

    answered = office.desk.ask(asked())

    assert answered.decision.outcome is Outcome.PERMIT
    assert kept == [answered.index - 1]


# --- what changes between the guard's answer and the record


def suspend(folder: Path) -> None:
    with bootstrap.open_office(folder) as other:
        other.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")


def test_what_is_suspended_while_a_guard_thinks_is_not_permitted(
    office: Office, rules: Rules, folder: Path
) -> None:
    def meanwhile() -> None:
        rules.then = lambda: None
        suspend(folder)

    rules.then = meanwhile

    answered = office.desk.ask(asked())

    assert answered.decision.code == "suspended"
    assert "guards" not in payload(office, answered)


# --- asked elsewhere, by whoever may not wait here


def put(**changes: Any) -> Put:
    return Put(request.parse(asked(**changes)))


def heard_of(unheard: UnheardError, answer: Answer) -> Heard:
    reason = {Answer.VETO: "no"}.get(answer)
    said = (GuardAnswer(TRUST, GuardKind.OPA, answer, reason),)
    return dict.fromkeys(unheard.questions, said)


def unheard_of(office: Office, *puts: Put, heard: Heard | None = None) -> UnheardError:
    (found,) = office.desk.ask_together([Series(puts, heard=heard or {})])
    assert isinstance(found, UnheardError)
    return found


def told(office: Office, series: Series) -> list[tuple[str, str]]:
    (found,) = office.desk.ask_together([series])
    assert isinstance(found, list)
    assert all(isinstance(each, Answered) for each in found)
    return [
        (each.decision.outcome.value, each.decision.code.value)
        for each in found
        if isinstance(each, Answered)
    ]


def test_an_asker_who_may_not_wait_is_told_what_to_put_to_guards_first(
    office: Office, served: Served
) -> None:
    size = office.premises.records.head().size

    unheard = unheard_of(office, put(**DENIED), put(), put(subject="child 2"))

    assert len(unheard.questions) == 1
    assert isinstance(unheard.questions[0], GuardQuestion)
    # Nothing was kept of it, and no guard was asked from here.
    assert office.premises.records.head().size == size
    for answer, outcome in ((Answer.STOOD_ASIDE, "permit"), (Answer.VETO, "deny")):
        found = told(office, Series([put()], heard=heard_of(unheard, answer)))
        assert [each for each, _ in found] == [outcome]
    assert served.requests == []


def test_who_has_to_wait_for_a_guard_holds_up_nobody_of_the_same_lot(office: Office) -> None:
    first, second = office.desk.ask_together(
        [Series([put()], heard={}), Series([put(**DENIED)], heard={})]
    )

    assert isinstance(first, UnheardError)
    assert isinstance(second, list)
    assert isinstance(second[0], Answered)


def test_what_nobody_was_asked_of_in_the_end_is_closed(office: Office, served: Served) -> None:
    (found,) = office.desk.ask_together([Series([put()], heard={}, complete=True)])

    assert isinstance(found, list)
    assert isinstance(found[0], Answered)
    assert found[0].decision.code == "forbidden_by_guard"
    assert payload(office, found[0])["guards"][0]["reason"] == Failure.OVERTAKEN.value
    assert served.requests == []


def test_an_answer_to_another_question_permits_nothing(office: Office) -> None:
    heard = heard_of(unheard_of(office, put()), Answer.STOOD_ASIDE)

    again = unheard_of(office, put(public_task_statement="So says the Act."), heard=heard)

    assert "public_task_statement" in again.questions[0].given


def test_a_series_goes_on_behind_a_permit_that_a_guard_closed(office: Office) -> None:
    stops = lambda decision: decision.outcome is Outcome.PERMIT  # noqa: E731
    puts = [put(), put(public_task_statement="So says the Act."), put(subject="child 3")]
    unheard = unheard_of(office, *puts)
    first, second = unheard.questions
    heard = {
        first: (GuardAnswer(TRUST, GuardKind.OPA, Answer.VETO, "no"),),
        second: (GuardAnswer(TRUST, GuardKind.OPA, Answer.STOOD_ASIDE),),
    }

    found = told(office, Series(puts, stops, heard))

    assert found == [("deny", "forbidden_by_guard"), ("permit", "permitted")]


def test_a_series_ends_at_a_permit_that_a_guard_closed(office: Office) -> None:
    stops = lambda decision: decision.outcome is not Outcome.PERMIT  # noqa: E731
    puts = [put(), put(subject="child 3")]
    heard = heard_of(unheard_of(office, *puts), Answer.VETO)

    assert told(office, Series(puts, stops, heard)) == [("deny", "forbidden_by_guard")]


def test_an_office_without_guards_starts_nothing(published_template: Path) -> None:
    with bootstrap.open_office(published_template) as office:
        assert not office.guards
        assert told(office, Series([put()], heard={})) == [("permit", "permitted")]

    assert "guards" not in {each.name for each in threading.enumerate()}
