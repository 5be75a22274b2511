"""The log is read piece by piece, and whoever reads as an agency finds what is its own."""

import json
from collections.abc import Iterator
from typing import Any

import pytest

from engine.canonical import Json
from engine.decision_log import Detail
from engine.errors import NotFoundError
from engine.service import Office
from engine.service.extracts import Wanted
from engine.service.scanning import CLOCK_S, backwards, made_s, onwards, place_after, place_of
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked
from tests.service.test_consent import form
from tests.service.test_emergencies import stated

STRANGER = "westshire-council"


@pytest.fixture
def kinds(office: Office) -> dict[str, str]:
    """One record of each kind that is about two agencies, and one of consent."""
    made = office.emergencies.record(stated())
    review = office.emergencies.review(made.jti, finding="Rightly shared.", role="dpo")
    return {
        "permit": office.desk.ask(asked()).jti,
        "deny": office.desk.ask(asked(role="midwife")).jti,
        "emergency": made.jti,
        "review": review.jti,
    }


def listed(office: Office, wanted: Wanted, look_at: int = 200, limit: int = 200) -> list[str]:
    """Everything that is found, piece by piece."""
    extracts, found = office.extracts, list[str]()
    end, on = extracts.end(wanted), extracts.start(wanted, None)
    before: int | None = on
    while before is not None:
        part = extracts.records(wanted, before=before, end=end, limit=limit, look_at=look_at)
        found += [row.jti for _, row in part.found]
        assert part.on is None or part.on < before
        before = part.on
    return found


@pytest.mark.parametrize("look_at", [1, 2, 3, 200])
@pytest.mark.parametrize("limit", [1, 2, 200])
def test_pieces_of_any_length_give_the_whole_log_once(
    office: Office, kinds: dict[str, str], look_at: int, limit: int
) -> None:
    everything = [row.jti for row in office.evidence.records(100)]

    assert listed(office, Wanted(), look_at, limit) == everything


@pytest.mark.parametrize("agency", [COUNCIL, TRUST])
def test_an_agency_finds_what_it_is_one_end_of(
    office: Office, kinds: dict[str, str], agency: str
) -> None:
    assert set(listed(office, Wanted(agency=agency))) == set(kinds.values())


def test_an_agency_that_is_no_end_finds_nothing(office: Office, kinds: dict[str, str]) -> None:
    assert listed(office, Wanted(agency=STRANGER)) == []
    for jti in kinds.values():
        with pytest.raises(NotFoundError, match="there is no such record"):
            office.extracts.entry(jti, STRANGER)
        assert office.extracts.entry(jti, COUNCIL).jti == jti


def test_records_are_found_by_kind_outcome_and_agreement(
    office: Office, kinds: dict[str, str]
) -> None:
    assert listed(office, Wanted(kind="emergency")) == [kinds["emergency"]]
    assert listed(office, Wanted(outcome="deny")) == [kinds["deny"]]
    under = listed(office, Wanted(agreement=AGREEMENT, kind="decision"))
    assert set(under) == {kinds["permit"], kinds["deny"]}
    assert listed(office, Wanted(agreement="another")) == []


def test_records_are_found_by_when_they_were_made(office: Office, kinds: dict[str, str]) -> None:
    made = {row.jti: row.iat for row in office.evidence.records(100)}
    middle = sorted(made.values())[len(made) // 2]

    later, earlier = listed(office, Wanted(since_s=middle)), listed(office, Wanted(until_s=middle))

    assert set(later) == {jti for jti, at in made.items() if at >= middle}
    assert set(earlier) == {jti for jti, at in made.items() if at < middle}


def test_an_instant_is_found_in_the_log_without_reading_all_of_it(office: Office) -> None:
    for _ in range(5):
        office.desk.ask(asked())
    records = office.premises.records
    entries = list(records.entries())
    first, last = made_s(entries[0].jti), made_s(entries[-1].jti)

    assert place_of(records, first) == 0
    assert place_of(records, last + CLOCK_S + 1) == len(entries)
    assert place_after(records, last) == len(entries)
    assert place_after(records, first - 3 * CLOCK_S) == 0
    assert [each.index for each in onwards(records, 2, 3)] == [2, 3, 4]
    assert [each.index for each in backwards(records, 2, 9)] == [1, 0]
    assert backwards(records, 0) == []
    assert onwards(records, len(entries)) == []


def lines(office: Office, **said: Any) -> Iterator[dict[str, Json]]:
    place: int | None = 0
    while place is not None:
        part = office.extracts.decisions(Detail.CONFIGURATION, start=place, limit=2, **said)
        yield from (line for _, line in part.found)
        place = part.on


def test_the_log_of_decisions_holds_each_decision_once_and_nothing_else(
    office: Office, kinds: dict[str, str]
) -> None:
    said: list[Any] = list(lines(office))

    told = [each["attributes"]["concordat.record"]["evaluation_id"] for each in said]
    assert told == [kinds["permit"], kinds["deny"]]
    assert "child 4711" not in json.dumps(said)
    assert "child 4711" in json.dumps(list(lines(office, persons=True)))


def test_the_log_of_decisions_can_be_had_for_a_time(office: Office, kinds: dict[str, str]) -> None:
    made = [row.iat for row in office.evidence.records(100)]

    assert list(lines(office, until_s=min(made))) == []
    assert list(lines(office, since_s=max(made) + 1)) == []
    assert len(list(lines(office, since_s=min(made), until_s=max(made) + 1))) == 2


def test_consents_are_listed_for_their_ends_and_for_nobody_else(office: Office) -> None:
    from engine.consent import ConsentState

    first = office.consents.answer("child 4711", form(), ConsentState.GIVEN)
    second = office.consents.answer("child 4712", form(), ConsentState.REFUSED)
    office.consents.follow("child 4711", ConsentState.WITHDRAWN)

    for agency in (*first.controllers, *first.recipients):
        part = office.consents.page(agency)
        assert [row.consent for _, row in part.found] == [second.consent, first.consent]
        assert [row.state for _, row in part.found] == ["refused", "withdrawn"]
    assert office.consents.page(STRANGER).found == ()
