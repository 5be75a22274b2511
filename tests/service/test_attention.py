"""What needs attention: each thing is told when it is due, in the order in which it presses."""

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from agreements.lifecycle import Act
from engine import bootstrap
from engine.decide import Outcome
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text

REVIEW = datetime(2028, 4, 1, tzinfo=UTC)
VERSION = f"{AGREEMENT} 1.0"


def told(office: Office, at: datetime | None = None) -> dict[tuple[str, str], int]:
    return {(each.what, each.subject): each.within_days for each in office.attention(at)}


@pytest.mark.parametrize(
    ("before", "within"),
    [
        pytest.param(timedelta(days=91), None, id="far"),
        pytest.param(timedelta(days=90), 90, id="ninety days"),
        pytest.param(timedelta(days=31), 90, id="thirty-one days"),
        pytest.param(timedelta(days=30), 30, id="thirty days"),
        pytest.param(timedelta(days=14), 14, id="fourteen days"),
        pytest.param(timedelta(days=7), 7, id="seven days"),
        pytest.param(timedelta(seconds=1), 7, id="one second"),
        pytest.param(timedelta(), 0, id="due"),
        pytest.param(-timedelta(days=400), 0, id="overdue"),
    ],
)
def test_a_review_is_told_ahead_in_steps(
    office: Office, before: timedelta, within: int | None
) -> None:
    assert told(office, REVIEW - before).get(("review-due", VERSION)) == within


def test_a_review_to_come_is_due_and_one_past_was(office: Office) -> None:
    said = []
    for at in (REVIEW - timedelta(days=7), REVIEW, REVIEW + timedelta(days=1)):
        (review,) = [each for each in office.attention(at) if each.what == "review-due"]
        said.append(review.said)

    assert said == [f"its review {due} due on 2028-04-01" for due in ("is", "was", "was")]


def test_law_is_told_that_nobody_has_read_again_for_a_year(office: Office) -> None:
    read = datetime(2026, 6, 30, tzinfo=UTC)
    today, later = read + timedelta(days=365), read + timedelta(days=366)

    assert [each for each in office.attention(today) if each.what == "law-stale"] == []
    (stale,) = [each for each in office.attention(later) if each.what == "law-stale"]
    assert stale.subject == "the law as it was read on 2026-06-30"
    assert "article6 6-1-e" in stale.said
    assert "more" in stale.said


def test_an_agreement_that_ended_without_a_successor_is_told(signed: Office) -> None:
    words = text().replace("open_ended: true", "on: 2028-06-01")
    write_text(signed, words.replace('"1.0"', '"2.0"'))
    publish(signed)

    assert ("ends", f"{AGREEMENT} 2.0") in told(signed, datetime(2028, 5, 30, tzinfo=UTC))
    over = told(signed, datetime(2028, 6, 1, tzinfo=UTC))
    assert ("expired", f"{AGREEMENT} 2.0") in over
    assert ("ends", f"{AGREEMENT} 2.0") not in over


def test_an_end_that_all_agreed_to_is_told_ahead(office: Office) -> None:
    on = (office.premises.now() + timedelta(days=38)).replace(microsecond=0)
    for agency in (COUNCIL, TRUST):
        office.lifecycle.act(Act.END, AGREEMENT, party=agency, from_=on)

    assert told(office)["ends", VERSION] == 90
    assert ("ends", VERSION) not in told(office, on + timedelta(days=1))


def test_a_version_that_was_sent_back_is_told(signed: Office) -> None:
    signed.lifecycle.act(Act.SEND_BACK, AGREEMENT, party=TRUST, said="Why the police?")

    assert ("sent-back", VERSION) in told(signed)


def publish(office: Office) -> None:
    for agency in (COUNCIL, TRUST):
        office.author.sign(AGREEMENT, agency)
    office.author.publish(AGREEMENT)


def test_a_text_is_told_until_it_is_signed_and_then_until_it_is_published(signed: Office) -> None:
    assert ("unpublished", VERSION) in told(signed)

    write_text(signed, text().replace('"1.0"', '"1.1"'))
    assert not any(of == f"{AGREEMENT} 1.1" for _, of in told(signed))
    signed.author.sign(AGREEMENT, TRUST)
    assert ("unsigned", f"{AGREEMENT} 1.1") in told(signed)
    signed.author.sign(AGREEMENT, COUNCIL)
    signed.author.publish(AGREEMENT)
    assert not any(what in ("unsigned", "unpublished") for what, _ in told(signed))


def test_a_case_that_waits_and_an_emergency_that_nobody_reviewed_are_told(folder: Path) -> None:
    register = folder / "register"
    (register / "agencies.yaml").write_text(
        'concordat: "1"\nagencies:\n'
        f"  - {{id: {COUNCIL}, name: Council, kind: council, ended: 2026-01-01}}\n"
    )
    with bootstrap.open_office(folder) as office:
        case = office.desk.ask(asked())

        assert ("case-open", case.jti) in told(office)
        office.cases.close(
            case.jti, Outcome.PERMIT, role="manager", reason="The successor acts.", by="a manager"
        )
        assert ("case-open", case.jti) not in told(office)


def test_what_presses_most_comes_first(office: Office) -> None:
    found = [each.within_days for each in office.attention(REVIEW - timedelta(days=20))]

    assert found == sorted(found)
    assert len(set(found)) > 1


def test_a_key_of_this_office_that_is_about_to_end_is_told(folder: Path, tmp_path: Path) -> None:
    shutil.copytree(folder, tmp_path / "again")
    with bootstrap.open_office(tmp_path / "again") as office:
        ends = next(key.valid_to for key in office.keys.list() if key.role == "decision")
        assert ends is not None
        soon = datetime.fromtimestamp(ends, UTC) - timedelta(days=10)

        ending = [each for each in office.attention(soon) if each.what == "key-ends"]
        assert {each.within_days for each in ending} == {14}
        assert "decision" in " ".join(each.subject for each in ending)
