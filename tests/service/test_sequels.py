"""What came of what: found once, then only in what is new, and just as the log has it."""

from collections.abc import Callable

import pytest

from engine.asking import Recorder
from engine.decide import Outcome
from engine.errors import StorageError, TransitionError
from engine.record import Kind
from engine.service import Office
from engine.service.filing import find
from engine.service.sequels import Sequels
from tests.service.conftest import COUNCIL, TRUST, asked
from tests.service.test_cases import closed, office, referred, template
from tests.service.test_emergencies import stated

__all__ = ["office", "template"]

APP = Recorder(COUNCIL, "ncc-cases")


def seen(sequels: Sequels, most: int | None) -> Sequels:
    while not sequels.catch_up(most):
        pass
    return sequels


@pytest.mark.parametrize("most", [1, 2, 3, None])
def test_the_same_is_seen_in_pieces_of_any_length(office: Office, most: int | None) -> None:
    first, second = referred(office), referred(office, "identity")
    emergency = office.emergencies.record(stated()).jti
    closed(office, first)
    office.desk.ask(asked())

    found = seen(Sequels(office.premises.records), most)

    assert [each.jti for each in found.referred()] == [first, second]
    assert [each.jti for each in found.referred(open_only=True)] == [second]
    assert [each.jti for each in found.emergencies(open_only=True)] == [emergency]
    assert {each.ends for each in found.referred()} == {(TRUST, COUNCIL)}
    assert found.of(first) is not None
    assert found.of(second) is None


@pytest.mark.parametrize("most", [1, None])
def test_what_is_new_is_seen_by_whoever_saw_the_rest(office: Office, most: int | None) -> None:
    sequels = Sequels(office.premises.records)
    jti = referred(office)
    seen(sequels, most)

    closed(office, jti)

    assert sequels.of(jti) is not None
    assert [each.jti for each in sequels.referred(open_only=True)] == [jti]
    seen(sequels, most)
    assert sequels.referred(open_only=True) == []


def test_what_was_never_kept_is_forgotten(office: Office) -> None:
    kept = referred(office)
    sequels = seen(Sequels(office.premises.records), None)

    class UndoneError(Exception):
        pass

    def undone() -> None:
        lost = referred(office)
        closed(office, lost)
        closed(office, kept)
        seen(sequels, None)
        assert len(sequels.referred()) == 2
        raise UndoneError

    with pytest.raises(UndoneError), office.premises.answers.together():
        undone()
    office.desk.ask(asked())
    office.desk.ask(asked())
    office.desk.ask(asked())
    seen(sequels, None)

    assert [each.jti for each in sequels.referred(open_only=True)] == [kept]
    assert office.cases.show(kept).closing is None


def test_a_case_is_closed_once_however_much_was_seen(office: Office) -> None:
    jti = referred(office)
    assert office.sequels.of(jti) is None

    closed(office, jti)

    with pytest.raises(TransitionError, match="is closed: permit"):
        closed(office, jti, Outcome.DENY)


def test_whose_application_had_something_recorded_stands_in_the_record(office: Office) -> None:
    jti = referred(office)
    closing = office.cases.close(
        jti, Outcome.DENY, reason="Seen", role="Safeguarding lead", by="A", recorder=APP
    )
    made = office.emergencies.record(stated(), recorder=APP)
    review = office.emergencies.review(made.jti, finding="Fine", role="dpo", recorder=APP)

    for name, kind in (
        (closing.jti, Kind.APPROVAL),
        (made.jti, Kind.EMERGENCY),
        (review.jti, Kind.EMERGENCY_REVIEW),
    ):
        _, record = find(office.premises, name, kind)
        assert record.payload["recorded_by"] == {"agency": COUNCIL, "client": "ncc-cases"}
    assert closing.recorded_by == made.recorded_by == review.recorded_by == COUNCIL
    assert office.evidence.check_log().sound


@pytest.mark.parametrize("what", ["cases", "emergencies"])
def test_a_page_goes_on_where_the_last_one_ended(office: Office, what: str) -> None:
    for _ in range(5):
        referred(office)
        office.emergencies.record(stated())
    pages: dict[str, Callable[..., object]] = {
        "cases": lambda on: office.cases.page(COUNCIL, after=-1 if on is None else on, limit=2),
        "emergencies": lambda on: office.emergencies.page(TRUST, before=on, limit=2),
    }
    seen(office.sequels, None)
    found, on = list[str](), None
    while True:
        part = pages[what](on)
        found += [case.jti for _, case in part.found]  # type: ignore[attr-defined]
        on = part.on  # type: ignore[attr-defined]
        if on is None:
            break

    listed = office.cases.list() if what == "cases" else office.emergencies.list()
    assert found == [each.jti for each in listed]
    assert office.cases.page("westshire-council", limit=2).found == ()
    assert office.emergencies.page("westshire-council", limit=2).found == ()


def test_a_place_of_the_log_that_is_empty_is_told(office: Office) -> None:
    from engine.service.filing import entry_in

    with pytest.raises(StorageError, match="entry 999 of the log is not there"):
        entry_in(office.premises, 999)
