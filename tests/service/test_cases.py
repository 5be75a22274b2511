"""What is left to a person: open until closed, closed once, and proved offline."""

import sqlite3
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import bootstrap, jose, proof, statement, verify
from engine.canonical import encode
from engine.decide import Outcome
from engine.errors import NotFoundError, ProofError, RequestError, TransitionError
from engine.keys import PrivateKey
from engine.service import Office
from tests.copies import copied
from tests.service.conftest import (
    AGREEMENT,
    COUNCIL,
    ERASE,
    TRUST,
    asked,
    bare_office,
    text,
    write_text,
)

OPEN_LIST = f"""  - id: "9"
    title: Anything else is asked for
    refer: true
    from: [{TRUST}]
    to: [{COUNCIL}]
    information: [housing, identity]
    refer_to: {{role: Safeguarding lead, contact: lead@trust.example}}

"""


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("referring") / "office"
    with bare_office(folder) as office:
        start, clauses, rest = text().partition("clauses:\n")
        write_text(office, start + clauses + OPEN_LIST + rest)
        for agency in (COUNCIL, TRUST):
            office.author.sign(AGREEMENT, agency)
        office.author.publish(AGREEMENT)
    return folder


@pytest.fixture
def office(template: Path, tmp_path: Path) -> Iterator[Office]:
    copied(template, tmp_path / "office")
    with bootstrap.open_office(tmp_path / "office", timeout_s=0.2) as opened:
        yield opened


def referred(office: Office, *information: str) -> str:
    answered = office.desk.ask(asked(information=list(information or ("housing",))))
    assert answered.decision.outcome is Outcome.REFER
    return answered.jti


def closed(office: Office, jti: str, outcome: Outcome = Outcome.PERMIT, *categories: str) -> str:
    closing = office.cases.close(
        jti, outcome, reason="Seen", role="Safeguarding lead", by="A. N. Other",
        categories=categories,
    )  # fmt: skip
    return closing.jti


def proved(office: Office, evidence: bytes) -> verify.Verified:
    return verify.verify(evidence, office.premises.trust(), now_s=office.premises.now_s())


def test_what_was_referred_is_an_open_case_until_somebody_closes_it(office: Office) -> None:
    office.desk.ask(asked())
    jti = referred(office)
    (before,) = office.cases.list()

    closed(office, jti, Outcome.DENY)

    assert (before.jti, before.referred, before.closing) == (jti, ("housing",), None)
    assert before.refer_to == (("Safeguarding lead", "lead@trust.example"),)
    assert office.cases.list() == []
    (after,) = office.cases.list(closed_too=True)
    assert after == office.cases.show(jti)
    assert after.closing is not None
    assert (after.closing.outcome, after.closing.refused) == (Outcome.DENY, ("housing",))
    assert (after.closing.by, after.closing.reason) == ("A. N. Other", "Seen")
    assert office.evidence.check_log().sound


def test_a_case_is_closed_once(office: Office) -> None:
    jti = referred(office)
    closed(office, jti)
    size = office.status().size

    with pytest.raises(TransitionError, match="is closed: permit"):
        closed(office, jti, Outcome.DENY)
    assert office.status().size == size


def test_a_case_closed_by_another_process_is_closed_here(office: Office) -> None:
    jti = referred(office)
    with bootstrap.open_office(office.folder) as other:
        closed(other, jti, Outcome.DENY)

    with pytest.raises(TransitionError, match="is closed: deny"):
        closed(office, jti)


def test_only_what_was_referred_can_be_closed(office: Office) -> None:
    permitted = office.desk.ask(asked()).jti

    with pytest.raises(RequestError, match="is a permit"):
        closed(office, permitted)
    with pytest.raises(RequestError, match="is a permit"):
        office.cases.show(permitted)
    with pytest.raises(NotFoundError, match="no decision"):
        closed(office, "nothing")


def test_nothing_is_permitted_in_a_case_but_what_was_referred(office: Office) -> None:
    jti = referred(office, "health-physical", "housing", "identity")

    with pytest.raises(RequestError, match="`health-physical` was not referred"):
        closed(office, jti, Outcome.PERMIT, "health-physical")
    with pytest.raises(RequestError, match="refuses all"):
        closed(office, jti, Outcome.DENY, "housing")
    closed(office, jti, Outcome.PERMIT, "identity")

    closing = office.cases.show(jti).closing
    assert closing is not None
    assert (closing.permitted, closing.refused) == (("identity",), ("housing",))


def test_a_reason_that_no_record_can_hold_is_refused_and_leaves_the_case_open(
    office: Office,
) -> None:
    jti = referred(office)

    with pytest.raises(RequestError, match="cannot be recorded"):
        office.cases.close(jti, Outcome.PERMIT, reason="", role="", by="x")
    assert [case.jti for case in office.cases.list()] == [jti]


def test_an_approval_is_proved_with_the_answer_it_completes(office: Office) -> None:
    jti = referred(office)
    approval = closed(office, jti)

    found = proved(office, office.evidence.proof(approval))

    states = {step.id: step.state.value for step in found.steps}
    assert found.result == "verified"
    assert found.record.payload["of"]["jti"] == jti
    assert found.shown == {"by": "A. N. Other", "reason": "Seen"}
    assert {states[step] for step in ("V5", "V6", "V7", "V8", "V9", "V12", "V13", "V14")} == {
        "done"
    }
    assert states["V15"] == "not-applicable"


def test_the_person_and_the_reason_can_be_withheld(office: Office) -> None:
    approval = closed(office, referred(office))
    parts = proof.read(office.evidence.proof(approval))

    bare = proof.assemble(parts.record, tlog_proof=parts.tlog_proof, related=parts.related)

    assert proved(office, bare).withheld == ("by", "reason")
    assert b"A. N. Other" not in bare


def test_an_approval_without_its_answer_is_incomplete(office: Office) -> None:
    approval = closed(office, referred(office))
    parts = proof.read(office.evidence.proof(approval))

    found = proved(office, proof.assemble(parts.record, tlog_proof=parts.tlog_proof))

    assert [step.id for step in found.not_done] == ["V14"]


def test_an_approval_with_another_answer_is_refused(office: Office) -> None:
    approval = closed(office, referred(office))
    other = closed(office, referred(office))
    parts = proof.read(office.evidence.proof(approval))
    others = proof.read(office.evidence.proof(other))

    false = proof.assemble(parts.record, tlog_proof=parts.tlog_proof, related=others.related)

    with pytest.raises(ProofError, match="names another record") as refused:
        proved(office, false)
    assert refused.value.step == "V14"


def test_an_approval_that_contradicts_itself_is_refused(office: Office) -> None:
    approval = closed(office, referred(office))
    parsed = jose.split(office.evidence.record(approval).jws)
    payload = dict(statement.read(parsed).payload)
    key: PrivateKey = office.premises.keys.read("decision")
    typ = statement.TYP[statement.Kind.APPROVAL]

    changes: tuple[dict[str, Any], ...] = (
        {"outcome": "deny"},
        {"information": {"permitted": [], "refused": []}},
        {"information": {"permitted": ["housing"], "refused": ["housing"]}},
        {"_sd": payload["_sd"][::-1]},
        {"extra": 1},
    )
    for change in changes:
        false = jose.sign_compact(encode({**payload, **change}), typ=typ, key=key)
        with pytest.raises(ProofError) as refused:
            proved(office, false.encode())
        assert refused.value.step == "V6"


def test_what_was_closed_stays_closed_when_its_words_are_erased(office: Office) -> None:
    jti = referred(office)
    approval = closed(office, jti)
    at = datetime.now(UTC)
    with sqlite3.connect(office.folder / "log.sqlite") as connection:
        connection.execute(ERASE, (approval,))

    closing = office.cases.show(jti).closing
    assert closing is not None
    assert (closing.by, closing.reason) == (None, None)
    assert office.evidence.check_log().sound
    assert closing.iat <= at.timestamp()
