"""What happens in an office before somebody looks at it over HTTP."""

from datetime import UTC, datetime, timedelta
from typing import Any

from engine.service import Office
from tests.api.application import COUNCIL, ROLE, TRUST, Application, within
from tests.service.conftest import AGREEMENT, text, write_text
from tests.service.test_cases import OPEN_LIST

EMERGENCY: dict[str, Any] = {
    "from": TRUST,
    "to": COUNCIL,
    "information": ["health-mental"],
    "about": ["child"],
    "shared": "That she had taken tablets.",
    "shared_with": "the duty worker, by telephone",
    "why": "She was alone and not answering.",
    "role": ROLE,
    "by": "nurse 7",
    "subject": "child 4711",
}


def form(**changes: Any) -> dict[str, Any]:
    """A consent that opens nothing but what the trust gives the council."""
    return {
        "kind": "dp-basis",
        "controllers": [TRUST],
        "recipients": [COUNCIL],
        "information": ["health-physical"],
        "purposes": ["early-help"],
        "lawful_basis": ["6-1-a", "9-2-a"],
        "explicit": True,
        "expires": (datetime.now(UTC) + timedelta(days=300)).strftime("%Y-%m-%d"),
        "wording_sha256": "ab" * 32,
        "given_by": {"expressed": "written"},
        "notice": "https://northshire.example/notice/3",
        "jurisdiction": "England and Wales",
        "storage": "Northshire Council",
        "retention": "P6Y",
        "withdrawal_method": "Tell your social worker.",
        "told_can_refuse": True,
    } | changes


def leave_to_a_person(office: Office) -> None:
    """Have the agreement leave what it does not grant to a person."""
    start, clauses, rest = text().replace('"1.0"', '"1.1"').partition("clauses:\n")
    write_text(office, start + clauses + OPEN_LIST + rest)
    for agency in (COUNCIL, TRUST):
        office.author.sign(AGREEMENT, agency)
    office.author.publish(AGREEMENT)


def referred(application: Application) -> str:
    """An answer that was left to a person, by its number."""
    answered = application.ask(**within("resource", categories=["housing"])).json()
    assert answered["context"]["outcome"] == "refer", answered
    return str(answered["context"]["evaluation_id"])


def emergency(application: Application, **changes: Any) -> str:
    """An emergency, by its number."""
    answered = application.post("/v1/emergencies", EMERGENCY | changes)
    assert answered.status_code == 201, answered.text
    return str(answered.json()["record"])


def consent(application: Application, person: str = "child 4711", **changes: Any) -> str:
    """A consent that was given, by its number."""
    said = {"person": person, "state": "given", "form": form(**changes)}
    answered = application.post("/v1/consents", said)
    assert answered.status_code == 201, answered.text
    return str(answered.json()["consent"])


CLOSING = {"outcome": "permit", "reason": "Seen.", "role": "Safeguarding lead", "by": "A. N. Other"}
REVIEW = {"finding": "Rightly shared.", "role": "data-protection officer", "by": "D. P. Officer"}
