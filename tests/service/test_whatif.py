"""What another text would change, asked of an office: nothing is recorded by asking."""

from pathlib import Path

import pytest

from engine.errors import NotFoundError
from engine.service import Office
from tests.service.conftest import AGREEMENT, asked

DAY_S = 86_400


def _draft(office: Office, **changes: str) -> None:
    """Change the text of the draft, as somebody who edits it would."""
    path = Path(office.premises.register.path(f"agreements/{AGREEMENT}.yaml"))
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


def test_a_published_version_and_its_draft_are_compared(office: Office):
    _draft(office, **{"child-protection-enquiry": "marac"})
    old, new = office.what_if.version(AGREEMENT, "1.0"), office.what_if.version(AGREEMENT)

    change = office.what_if.change(old, new)

    assert change.newly_permitted
    assert change.no_longer_permitted


def test_a_version_that_is_not_there_is_told(office: Office):
    with pytest.raises(NotFoundError, match="no version 7"):
        office.what_if.version(AGREEMENT, "7")


def test_recorded_questions_are_asked_again_of_the_other_text(office: Office):
    permitted = office.desk.ask(asked())
    office.desk.ask(asked(purpose="marac"))
    size = office.premises.records.head().size
    _draft(office, **{"child-protection-enquiry": "marac"})
    old, new = office.what_if.version(AGREEMENT, "1.0"), office.what_if.version(AGREEMENT)

    again = office.what_if.replay(old, new, office.premises.now_s() - DAY_S)

    assert again.asked_again == 2
    assert [(flip.then[0], flip.would_be[0]) for flip in again.flips] == [
        ("deny", "permit"),
        ("permit", "deny"),
    ]
    assert again.flips[1].jti == permitted.jti
    assert office.premises.records.head().size == size


def test_the_same_text_turns_nothing(office: Office):
    office.desk.ask(asked())
    old = office.what_if.version(AGREEMENT, "1.0")

    again = office.what_if.replay(old, old, 0)

    assert again.asked_again == 1
    assert again.flips == ()


def test_records_before_the_span_are_left_aside(office: Office):
    office.desk.ask(asked())
    old = office.what_if.version(AGREEMENT, "1.0")

    assert office.what_if.replay(old, old, office.premises.now_s() + 1).asked_again == 0
