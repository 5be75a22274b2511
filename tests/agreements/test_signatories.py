"""Who must sign: a seat for each agency and office, for as long as the agency is bound."""

from datetime import UTC, datetime
from typing import Any

import pytest

from agreements.signatories import (
    AUTHORISED,
    deputies_for,
    needed,
    seats,
    signatories_for,
    without_guardian,
)
from agreements.vocabulary import current
from tests.world import agreement, grant

AT = datetime(2026, 6, 1, tzinfo=UTC)


def party(**said: Any) -> dict[str, Any]:
    usual = {"id": "trust", "name": "Trust", "kind": "nhs-trust", "capacity": "controller"}
    return usual | said


def with_trust(*clauses: Any, **said: Any) -> Any:
    council = party(id="council", name="Council", kind="council")
    clause = grant(basis={})
    return agreement(*(clauses or (clause,)), parties=[party(**said), council])


def test_each_office_of_each_agency_has_a_seat() -> None:
    both = [{"role": "caldicott-guardian"}, {"role": "data-protection-officer"}]

    found = [(seat.agency, seat.role) for seat in seats(with_trust(signatories=both))]

    assert found == [
        ("trust", "caldicott-guardian"),
        ("trust", "data-protection-officer"),
        ("council", AUTHORISED),
    ]


def test_each_member_of_a_class_has_a_seat_until_it_leaves() -> None:
    every = {seat.agency for seat in seats(agreement())}
    late = {seat.agency for seat in needed(agreement(), datetime(2026, 12, 1, tzinfo=UTC))}

    assert every == {"trust", "council", "st-anne", "st-bede"}
    assert every - late == {"st-anne"}


@pytest.mark.parametrize(
    ("dates", "stands_in"),
    [
        ({}, True),
        ({"since": "2026-06-01"}, True),
        ({"since": "2026-06-02"}, False),
        ({"until": "2026-06-01"}, False),
        ({"since": "2026-05-01", "until": "2026-06-02"}, True),
    ],
)
def test_a_deputy_stands_in_between_its_dates(dates: dict[str, str], stands_in: bool) -> None:
    deputies = [{"role": "Medical director", **dates}]
    of = with_trust(signatories=[{"role": "caldicott-guardian", "deputies": deputies}])

    found = deputies_for(of, "trust", "caldicott-guardian", AT)

    assert found == (("Medical director",) if stands_in else ())
    assert deputies_for(of, "trust", "data-protection-officer", AT) == ()


def test_nobody_signs_for_an_agency_that_has_no_part() -> None:
    assert signatories_for(with_trust(), "elsewhere") == ()


def test_a_health_body_that_shares_health_information_has_its_guardian_sign() -> None:
    guarded = with_trust(signatories=[{"role": "caldicott-guardian"}])
    rent = with_trust(grant(basis={}, information=["rent"]))
    police = with_trust(kind="police-force")
    excluded = with_trust(
        grant(basis={}, information=["rent"]),
        {"id": "9", "title": "No health", "exclude": True, "information": ["health"]},
    )

    assert [each.id for each in without_guardian(with_trust(), current())] == ["trust"]
    for fine in (guarded, rent, police, excluded):
        assert without_guardian(fine, current()) == ()


def test_a_group_that_holds_health_information_counts_as_that() -> None:
    anything = with_trust(grant(basis={}, information=["any"]))

    assert [each.id for each in without_guardian(anything, current())] == ["trust"]
