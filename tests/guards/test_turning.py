"""Consent that turns between a guard's answer and the record."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from engine import bootstrap
from engine.consent import ConsentState
from engine.service import Office
from tests.guards.servers import Served
from tests.guards.test_desk import Rules, payload, rules, served, with_guard
from tests.service.conftest import draft_template
from tests.service.test_consent import PERSON, consenting_template, give, resting

__all__ = ["consenting_template", "draft_template", "rules", "served"]


@pytest.fixture
def office(consenting_template: Path, tmp_path: Path, served: Served) -> Iterator[Office]:
    folder = tmp_path / "office"
    shutil.copytree(consenting_template, folder)
    with_guard(folder, served.url)
    with bootstrap.open_office(folder) as opened:
        yield opened


def just_before_the_lock(
    office: Office, monkeypatch: pytest.MonkeyPatch, act: Callable[[], object]
) -> None:
    """Have something happen once guards were heard and before the record is kept."""
    append = office.premises.records.append_many
    acts = [act]

    def between(seals: Any) -> Any:
        if acts:
            acts.pop()()
        return append(seals)

    monkeypatch.setattr(office.premises.records, "append_many", between)


def test_a_permit_that_rests_on_consent_is_put_to_guards_too(
    office: Office, served: Served, rules: Rules
) -> None:
    give(office)

    first = office.desk.ask(resting())
    rules.refusals = ["no"]
    second = office.desk.ask(resting())

    assert (first.decision.code, second.decision.code) == ("permitted", "forbidden_by_guard")
    assert payload(office, first)["guards"][0]["answer"] == "stood_aside"
    assert payload(office, second)["guards"][0]["answer"] == "veto"
    assert len(served.requests) == 2


def test_consent_given_after_guards_could_be_asked_permits_nothing_yet(
    office: Office, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    just_before_the_lock(office, monkeypatch, lambda: give(office))

    first = office.desk.ask(resting())

    assert served.requests == []
    assert first.decision.code == "forbidden_by_guard"
    assert payload(office, first)["guards"][0]["reason"] == "overtaken"
    assert office.desk.ask(resting()).decision.code == "permitted"


def test_consent_withdrawn_while_a_guard_thinks_closes(
    office: Office, served: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(office)
    just_before_the_lock(
        office, monkeypatch, lambda: office.consents.follow(PERSON, ConsentState.WITHDRAWN)
    )

    answered = office.desk.ask(resting())

    assert len(served.requests) == 1
    assert answered.decision.code == "consent_withdrawn"
    assert "guards" not in payload(office, answered)
