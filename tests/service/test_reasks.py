"""Asked again for another purpose: found for the same person and information, within a day."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine import bootstrap
from engine.service import Office
from engine.service.reasks import re_asks
from tests.service.conftest import ERASE, asked


class Watch:
    """A clock that the test sets."""

    def __init__(self) -> None:
        self.at = datetime.now(UTC)

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def office(folder: Path, watch: Watch) -> Iterator[Office]:
    with bootstrap.open_office(folder, clock=watch) as opened:
        yield opened


def refused(office: Office, **changes: object) -> str:
    answered = office.desk.ask(asked(**{"purpose": "marac", **changes}))
    assert answered.decision.outcome == "deny"
    return answered.jti


def test_a_refusal_asked_again_for_another_purpose_is_listed(office: Office) -> None:
    first = refused(office)
    again = office.desk.ask(asked(subject="  Child  4711 ")).jti

    (found,) = re_asks(office.premises)

    assert (found.first.jti, found.again.jti) == (first, again)
    assert (found.first.purpose, found.again.purpose) == ("marac", "child-protection-enquiry")
    assert (found.information, found.again.outcome) == (("health-physical",), "permit")
    assert "child 4711" not in " ".join(str(found).casefold().split())


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"purpose": "marac"}, id="the same purpose"),
        pytest.param({"subject": "child 4712"}, id="another person"),
        pytest.param({"subject": None}, id="nobody named"),
        pytest.param({"information": ["housing"]}, id="other information"),
        pytest.param({"asked_by": "northshire-nhs-trust"}, id="asked by the other end"),
    ],
)
def test_other_questions_are_not_listed(office: Office, changes: dict[str, object]) -> None:
    refused(office)
    office.desk.ask(asked(**changes))

    assert re_asks(office.premises) == []


def test_a_word_that_is_corrected_is_not_asked_again(office: Office) -> None:
    refused(office, purpose="s74")
    refused(office, purpose="s75", information=["9434765919"])
    refused(office, information=["9434765918"])
    office.desk.ask(asked())

    assert re_asks(office.premises) == []


@pytest.mark.parametrize(("hours", "listed"), [(24, 1), (25, 0)])
def test_a_day_is_the_limit(office: Office, watch: Watch, hours: int, listed: int) -> None:
    refused(office)
    watch.at += timedelta(hours=hours)
    office.desk.ask(asked())

    assert len(re_asks(office.premises)) == listed


def test_since_leaves_out_what_was_asked_again_before(office: Office, watch: Watch) -> None:
    refused(office)
    office.desk.ask(asked())
    then = int(watch.at.timestamp())

    assert len(re_asks(office.premises, since_s=then)) == 1
    assert re_asks(office.premises, since_s=then + 1) == []


def test_what_was_erased_is_not_found(office: Office) -> None:
    first = refused(office)
    office.desk.ask(asked())
    with sqlite3.connect(office.folder / "log.sqlite") as connection:
        connection.execute(ERASE, (first,))

    assert re_asks(office.premises) == []
