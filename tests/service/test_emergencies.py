"""An emergency is stated, never permitted, and listed until somebody has looked."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from engine import proof, verify
from engine.errors import NotFoundError, RequestError, TransitionError
from engine.service import Office
from tests.service.conftest import COUNCIL, TRUST, asked

WHAT: dict[str, Any] = {
    "from": TRUST,
    "to": COUNCIL,
    "information": ["health-mental"],
    "about": ["child"],
    "shared": "That she had taken tablets, and where she was.",
    "shared_with": "the duty worker, by telephone",
    "why": "She was alone and not answering.",
    "role": "designated-nurse",
    "by": "nurse 7",
    "subject": "child 4711",
}


def stated(**changes: Any) -> bytes:
    return json.dumps(WHAT | changes).encode()


def test_an_emergency_is_listed_until_it_is_reviewed(office: Office) -> None:
    made = office.emergencies.record(stated())
    before = office.emergencies.list(unreviewed=True)

    office.emergencies.review(made.jti, finding="Rightly shared.", role="data-protection-officer")

    assert [case.jti for case in before] == [made.jti]
    assert office.emergencies.list(unreviewed=True) == []
    (after,) = office.emergencies.list()
    assert after.review is not None
    assert (after.why, after.review.finding) == (WHAT["why"], "Rightly shared.")
    assert office.evidence.check_log().sound


def test_an_emergency_is_no_answer_and_permits_nothing(office: Office) -> None:
    before = office.desk.ask(asked(role="midwife")).decision

    office.emergencies.record(stated())

    assert office.desk.ask(asked(role="midwife")).decision.outcome == before.outcome == "deny"
    assert office.status().outcomes == {"deny": 2}


def test_status_counts_what_nobody_has_reviewed(office: Office) -> None:
    first = office.emergencies.record(stated())
    office.emergencies.record(stated(by=None, subject=None))
    assert office.status().unreviewed == 2

    office.emergencies.review(first.jti, finding="Noted.", role="data-protection-officer")

    assert office.status().unreviewed == 1


def test_an_emergency_is_reviewed_once(office: Office) -> None:
    made = office.emergencies.record(stated())
    office.emergencies.review(made.jti, finding="Noted.", role="data-protection-officer")

    with pytest.raises(TransitionError, match="reviewed before"):
        office.emergencies.review(made.jti, finding="Again.", role="data-protection-officer")
    with pytest.raises(NotFoundError, match="no emergency"):
        office.emergencies.review("nothing", finding="x", role="x")


def test_no_word_about_a_person_is_in_the_log(office: Office) -> None:
    made = office.emergencies.record(stated())

    bare = proof.read(office.evidence.proof(made.jti))
    found = verify.verify(
        proof.assemble(bare.record, tlog_proof=bare.tlog_proof),
        office.premises.trust(),
        now_s=office.premises.now_s(),
    )

    said = json.dumps(dict(found.record.payload))
    hidden = ("shared", "shared_with", "why", "by", "subject")
    assert not [name for name in hidden if WHAT[name] in said]
    assert found.withheld == ("by", "subject", "shared", "shared_with", "why", "case_ref")


def test_an_emergency_and_its_review_are_proved(office: Office) -> None:
    made = office.emergencies.record(stated())
    review = office.emergencies.review(made.jti, finding="Noted.", role="dpo", by="the DPO")

    for jti in (made.jti, review.jti):
        evidence = office.evidence.proof(jti)
        found = verify.verify(evidence, office.premises.trust(), now_s=office.premises.now_s())
        assert found.result == "verified"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        pytest.param({"why": None}, "why", id="without a reason"),
        pytest.param({"information": []}, "information", id="without a category"),
        pytest.param({"information": ["helth-mental"]}, "known category", id="an unknown category"),
        pytest.param({"about": ["kid"]}, "known kind of person", id="an unknown kind of person"),
        pytest.param({"role": "boss"}, "known role", id="an unknown role"),
        pytest.param({"to": TRUST}, "the same", id="to itself"),
        pytest.param({"outcome": "permit"}, "not a field", id="with an outcome"),
        pytest.param({"at": "2099-01-01"}, "once it has happened", id="still to come"),
        pytest.param({"at": "yesterday"}, "must be a date", id="at no instant"),
    ],
)
def test_a_malformed_emergency_is_refused_and_not_recorded(
    office: Office, change: dict[str, Any], said: str
) -> None:
    size = office.status().size

    with pytest.raises(RequestError, match=said):
        office.emergencies.record(stated(**change))

    assert office.status().size == size


def test_an_emergency_is_recorded_with_the_instant_it_happened(office: Office) -> None:
    at = (datetime.now(UTC) - timedelta(days=1)).replace(microsecond=0)

    made = office.emergencies.record(stated(at=at.strftime("%Y-%m-%dT%H:%M:%SZ")))

    assert made.at == int(at.timestamp())
