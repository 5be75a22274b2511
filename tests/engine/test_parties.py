"""Named parties that join, leave, and accept the agreement above by date."""

from datetime import UTC, datetime

import pytest

from engine.decide import Code, decide
from tests.world import agreement, bundle_of, grant, in_force, question

TRUST = {"id": "trust", "name": "Trust", "kind": "nhs-trust", "capacity": "controller"}
COUNCIL = {"id": "council", "name": "Council", "kind": "council", "capacity": "controller"}


@pytest.mark.parametrize(
    ("dates", "day", "code"),
    [
        pytest.param({}, "2026-06-01", Code.PERMITTED, id="no dates"),
        pytest.param(
            {"since": "2026-06-01"}, "2026-05-31", Code.CONDITIONS_NOT_MET, id="before it"
        ),
        pytest.param({"since": "2026-06-01"}, "2026-06-01", Code.PERMITTED, id="the day it joins"),
        pytest.param({"until": "2026-06-01"}, "2026-05-31", Code.PERMITTED, id="its last day"),
        pytest.param({"until": "2026-06-01"}, "2026-06-01", Code.CONDITIONS_NOT_MET, id="gone"),
        pytest.param(
            {"accepted_parent": "2026-06-01"},
            "2026-05-31",
            Code.CONDITIONS_NOT_MET,
            id="the parent not yet accepted",
        ),
        pytest.param(
            {"since": "2026-05-01", "accepted_parent": "2026-06-01"},
            "2026-06-01",
            Code.PERMITTED,
            id="joined and accepted",
        ),
    ],
)
def test_a_party_is_bound_from_its_joining_until_its_leaving(dates, day, code):
    decides = bundle_of([agreement(grant(), parties=[TRUST | dates, COUNCIL])])
    at = datetime.fromisoformat(day).replace(tzinfo=UTC)

    assert decide(decides, question(), in_force(decides), at).code is code
