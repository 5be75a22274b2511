"""Consent as an office keeps it: looked up at the moment of decision, withdrawn at once."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from base64 import urlsafe_b64encode
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import bootstrap, verify
from engine.consent import ConsentKind, ConsentState
from engine.consent_terms import ConsentForm
from engine.decide import Code, Outcome
from engine.errors import NotFoundError, RequestError, StorageError, TransitionError
from engine.receipt import Receipt
from engine.service import Office
from tests.copies import copied
from tests.service import older
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text
from tests.service.test_tampering import alter

ROOT = Path(__file__).parents[2]
PERSON = "child 4711"
RESTING = {"article6": "6-1-a", "article9": "9-2-a"}
ON_CONSENT = """
  - id: "2"
    title: What the child agreed to
    from: [northshire-nhs-trust]
    to: [northshire-council]
    information: [health-physical, health-mental]
    about: [child]
    purposes: [early-help]
    roles: [social-worker]
  - id: "3"
    title: What is confidential
    from: [northshire-nhs-trust]
    to: [northshire-council]
    information: [education]
    about: [child]
    purposes: [early-help]
    roles: [social-worker]
    confidence: consent
"""


def form(**changes: Any) -> ConsentForm:
    said = {
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
        "storage": "Northshire Council, EU-West",
        "retention": "P6Y",
        "withdrawal_method": "Tell your social worker, or ring 01632 960000.",
        "told_can_refuse": True,
    }
    return ConsentForm.model_validate_json(json.dumps(said | changes))


def resting(**changes: Any) -> bytes:
    return asked(**({"purpose": "early-help", "basis": RESTING} | changes))


def give(office: Office, person: str = PERSON, **changes: Any) -> str:
    return office.consents.answer(person, form(**changes), ConsentState.GIVEN).consent


@pytest.fixture(scope="module")
def consenting_template(tmp_path_factory: pytest.TempPathFactory, draft_template: Path) -> Path:
    folder = tmp_path_factory.mktemp("consenting") / "office"
    shutil.copytree(draft_template, folder)
    with bootstrap.open_office(folder) as office:
        words = text().replace("clauses:\n", "clauses:\n" + ON_CONSENT.lstrip("\n"))
        purposes = "purposes: [child-protection-enquiry]\n\n"
        assert purposes in words
        write_text(office, words.replace(purposes, purposes.replace("]", ", early-help]")))
        _, findings = office.author.check(AGREEMENT)
        errors = sorted({each.rule for each in findings if each.severity == "E"})
        for agency in (COUNCIL, TRUST):
            office.author.sign(AGREEMENT, agency, accept_findings=errors)
        office.author.publish(AGREEMENT, accept_findings=errors)
    return folder


@pytest.fixture
def folder(consenting_template: Path, tmp_path: Path) -> Path:
    return copied(consenting_template, tmp_path / "office")


def test_consent_that_is_given_permits_and_its_withdrawal_closes(office: Office) -> None:
    before = office.desk.ask(resting())
    give(office)
    given = office.desk.ask(resting())
    office.consents.follow(PERSON, ConsentState.WITHDRAWN)
    after = office.desk.ask(resting())

    assert before.decision.code is Code.CONSENT_MISSING
    assert given.decision.outcome is Outcome.PERMIT
    assert after.decision.code is Code.CONSENT_WITHDRAWN


def test_consent_is_looked_up_while_nobody_else_can_append(office: Office) -> None:
    give(office)

    answered = office.desk.ask(resting())

    proof = office.evidence.proof(answered.jti)
    root, now_s = office.premises.trust(), office.premises.now_s()
    proved = verify.verify(proof, root, now_s=now_s)
    assert proved.shown["request"]["facts"]["consent"] == "given"
    assert office.evidence.replay(answered.jti).same


def test_a_withdrawal_between_question_and_append_closes_the_whole_batch(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(office)
    records = office.premises.records
    append_many = records.append_many

    def late(seals: Any) -> Any:
        monkeypatch.undo()
        office.consents.follow(PERSON, ConsentState.WITHDRAWN)
        return append_many(seals)

    monkeypatch.setattr(records, "append_many", late)
    answers = office.desk.ask_many([resting()] * 3)

    assert {each.decision.code for each in answers} == {Code.CONSENT_WITHDRAWN}  # type: ignore[union-attr]


ASKER = """
import sys, time
from pathlib import Path
from engine import bootstrap
folder, question, until = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
flag = folder / "withdrawal-returned"
office = bootstrap.open_office(folder, timeout_s=30)
print("ready", flush=True)
answers, at_a_time = 0, int(sys.argv[4])
while answers < until:
    answers += at_a_time * flag.exists()
    before = time.monotonic_ns()
    answered = office.desk.ask_many([question] * at_a_time)
    for each in answered:
        print(before, time.monotonic_ns(), each.index, each.decision.outcome.value, flush=True)
"""


def race(
    folder: Path, asks: int, at_a_time: int = 1
) -> tuple[int, int, list[tuple[int, int, int, str]]]:
    """Withdraw while another process asks, and go on until it has asked so often again.

    Returns:
        When the withdrawal had returned, its place, and all answers.
    """
    with bootstrap.open_office(folder, timeout_s=30) as office:
        give(office)
        command = [sys.executable, "-c", ASKER, str(folder), resting().decode(), str(asks)]
        command.append(str(at_a_time))
        env = {**os.environ, "PYTHONPATH": str(ROOT)}
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=env) as asker:
            assert asker.stdout is not None
            assert asker.stdout.readline() == "ready\n"
            lines = [asker.stdout.readline() for _ in range(10)]
            withdrawn = office.consents.follow(PERSON, ConsentState.WITHDRAWN)
            returned = time.monotonic_ns()
            (folder / "withdrawal-returned").touch()
            lines += asker.stdout.readlines()
    said = [line.split() for line in lines]
    answers = [(int(one), int(two), int(place), word) for one, two, place, word in said]
    return returned, withdrawn.index, answers


def assert_it_bit(asks: int, returned: int, place: int, answers: list[Any]) -> None:
    permits = [each for each in answers if each[3] == "permit"]
    assert len(permits) >= 10
    # Neither by the clock nor by the log does a permit follow the withdrawal.
    assert [each for each in permits if each[0] >= returned] == []
    assert [each for each in permits if each[2] > place] == []
    assert len([each for each in answers if each[0] >= returned]) >= asks


def test_a_withdrawal_bites_on_the_very_next_answer_of_another_process(folder: Path) -> None:
    assert_it_bit(250, *race(folder, 250))


def test_a_withdrawal_bites_on_the_very_next_batch_of_another_process(folder: Path) -> None:
    assert_it_bit(250, *race(folder, 250, at_a_time=8))


@pytest.mark.long
def test_no_permit_follows_a_withdrawal_in_five_thousand_answers(folder: Path) -> None:
    assert_it_bit(5000, *race(folder, 5000))


def test_a_withdrawal_takes_away_only_what_rests_on_consent(office: Office) -> None:
    give(office)
    office.consents.follow(PERSON, ConsentState.WITHDRAWN)

    on_consent = office.desk.ask(resting())
    on_duty = office.desk.ask(asked(purpose="early-help"))

    assert on_consent.decision.code is Code.CONSENT_WITHDRAWN
    assert on_duty.decision.outcome is Outcome.PERMIT


def test_a_refusal_is_no_consent_and_outweighs_an_earlier_one(office: Office) -> None:
    give(office)
    refusing = form(expires=None, override=None)
    office.consents.answer(PERSON, refusing, ConsentState.REFUSED)

    assert office.desk.ask(resting()).decision.code is Code.CONSENT_MISSING


class Ticking:
    """A clock that stands where it is put."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def now(self) -> datetime:
        return self.at


def test_consent_ends_at_the_second(folder: Path) -> None:
    now = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    end = now + timedelta(seconds=3)
    clock = Ticking(now)
    with bootstrap.open_office(folder, clock=clock) as office:
        give(office, expires=end.strftime("%Y-%m-%dT%H:%M:%SZ"))
        outcomes = []
        for second in range(1, 5):
            clock.at = now + timedelta(seconds=second)
            outcomes.append(office.desk.ask(resting()).decision.outcome.value)

        assert outcomes == ["permit", "permit", "deny", "deny"]
        office.consents.follow(PERSON, ConsentState.RENEWED, expires=end + timedelta(days=1))
        assert office.desk.ask(resting()).decision.outcome is Outcome.PERMIT


@pytest.mark.parametrize(
    "changes",
    [
        pytest.param({"recipients": ["another-council"]}, id="another recipient"),
        pytest.param({"controllers": [COUNCIL]}, id="another holder"),
        pytest.param({"information": ["health-mental"]}, id="another category"),
        pytest.param({"purposes": ["child-protection-enquiry"]}, id="another purpose"),
        pytest.param({"lawful_basis": ["6-1-a"], "explicit": False}, id="not explicit"),
        pytest.param(
            {"kind": "confidentiality", "lawful_basis": []}, id="against confidence alone"
        ),
        pytest.param({"kind": "service", "lawful_basis": []}, id="to a service"),
        pytest.param({"kind": "treatment", "lawful_basis": []}, id="to treatment"),
    ],
)
def test_consent_to_something_else_does_not_count(office: Office, changes: Any) -> None:
    give(office, **changes)

    assert office.desk.ask(resting()).decision.code is Code.CONSENT_MISSING


def test_consent_covers_every_category_or_none(office: Office) -> None:
    both = resting(information=["health-physical", "health-mental"])
    give(office)

    part = office.desk.ask(both)
    whole_id = give(office, information=["health-physical", "health-mental"])
    whole = office.desk.ask(both)
    office.consents.follow(PERSON, ConsentState.WITHDRAWN, consent=whole_id)

    assert part.decision.outcome is Outcome.DENY
    assert whole.decision.outcome is Outcome.PERMIT
    assert office.desk.ask(resting()).decision.code is Code.CONSENT_WITHDRAWN


@pytest.mark.parametrize(
    "person",
    [pytest.param("child 4712", id="another"), pytest.param(None, id="nobody named")],
)
def test_consent_of_another_person_does_not_count(office: Office, person: str | None) -> None:
    give(office)

    assert office.desk.ask(resting(subject=person)).decision.code is Code.CONSENT_MISSING


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        pytest.param({"kind": "confidentiality", "lawful_basis": []}, Code.PERMITTED, id="its own"),
        pytest.param({"lifts_confidence": True}, Code.PERMITTED, id="a basis that says so"),
        pytest.param({}, Code.CONSENT_MISSING, id="a basis alone"),
        pytest.param({"kind": "service", "lawful_basis": []}, Code.CONSENT_MISSING, id="service"),
        pytest.param({"kind": "treatment", "lawful_basis": []}, Code.CONSENT_MISSING, id="care"),
    ],
)
def test_only_one_kind_lifts_the_duty_of_confidence(
    office: Office, changes: Any, code: Code
) -> None:
    give(office, information=["education"], **changes)

    question = asked(purpose="early-help", information=["education"], basis={"article6": "6-1-e"})

    assert office.desk.ask(question).decision.code is code


def test_a_question_that_turns_on_both_kinds_needs_both(office: Office) -> None:
    question = resting(information=["education"], basis={"article6": "6-1-a"})
    give(office, information=["education"])
    one = office.desk.ask(question)
    give(office, information=["education"], kind="confidentiality", lawful_basis=[])

    assert one.decision.outcome is Outcome.DENY
    assert office.desk.ask(question).decision.outcome is Outcome.PERMIT


def break_table(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "log.sqlite")) as connection:
        connection.execute("ALTER TABLE consent RENAME COLUMN person TO nobody")


def forge_person(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "log.sqlite")) as connection:
        connection.execute('DELETE FROM disclosure WHERE "index" IN (SELECT "index" FROM consent)')
        connection.commit()


def lose_key(folder: Path) -> None:
    (folder / "keys/pseudonym.key").unlink()


def open_key(folder: Path) -> None:
    (folder / "keys/pseudonym.key").chmod(0o644)


@pytest.mark.parametrize("harm", [break_table, forge_person, lose_key, open_key])
def test_a_look_up_that_fails_is_referred_and_never_a_permit(folder: Path, harm: Any) -> None:
    with bootstrap.open_office(folder) as office:
        give(office)
    harm(folder)

    with bootstrap.open_office(folder) as office:
        answered = office.desk.ask(resting())

    assert answered.decision.outcome is Outcome.REFER
    assert answered.decision.refer_to


def test_nothing_holds_the_name_of_the_person(folder: Path) -> None:
    name = "Zebedee Quillfeather-Ashdown"
    with bootstrap.open_office(folder) as office:
        consent = give(office, name)
        office.desk.ask(resting())
        office.consents.follow(name, ConsentState.RENEWED, expires=datetime(2099, 1, 1, tzinfo=UTC))
        office.consents.follow(name, ConsentState.WITHDRAWN, reason="Changed their mind.")
        shown = json.dumps(office.consents.receipt(consent).document())
        with pytest.raises(NotFoundError) as refused:
            office.consents.follow(name, ConsentState.WITHDRAWN)
        # With the office open, so that the write-ahead log is still there.
        assert (folder / "log.sqlite-wal").stat().st_size > 0
        held = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}

    assert "Quillfeather" not in shown + str(refused.value) + refused.value.hint
    assert [path for path, data in held.items() if b"Quillfeather" in data] == []
    for shift in range(3):
        hidden = urlsafe_b64encode(b"x" * shift + name.encode())[4 * bool(shift) : -4]
        assert [path for path, data in held.items() if hidden in data] == []


def test_a_receipt_holds_what_is_mandatory_and_every_event(office: Office) -> None:
    consent = give(office)
    office.consents.follow(PERSON, ConsentState.WITHDRAWN)

    document = office.consents.receipt(consent).document()

    Receipt.model_validate_json(json.dumps(document))
    assert document["dct:conformsTo"] == "ISO/IEC TS 27560:2023"
    events: Any = document["dpv:hasConsentStatus"]
    assert [each["dpv:hasConsentStatus"] for each in events] == [
        "dpv:ConsentGiven",
        "dpv:ConsentWithdrawn",
    ]
    controllers: Any = document["dpv:hasDataController"]
    assert [(each["id"], each["name"]) for each in controllers] == [(TRUST, "Another agency")]


@pytest.mark.parametrize("name", [each.alias for each in Receipt.model_fields.values()])
def test_a_receipt_without_a_field_does_not_validate(office: Office, name: str) -> None:
    document = office.consents.receipt(give(office)).document()
    del document[name]

    with pytest.raises(ValueError, match=r"Field required"):
        Receipt.model_validate_json(json.dumps(document))


def test_the_published_schema_is_the_one_receipts_are_held_to() -> None:
    published = json.loads((ROOT / "docs/consent-receipt.schema.json").read_text("utf-8"))

    assert published == Receipt.model_json_schema(by_alias=True)


def test_records_of_consent_verify_and_hide_the_person(office: Office) -> None:
    given = office.consents.answer(PERSON, form(), ConsentState.GIVEN)
    withdrawn = office.consents.follow(PERSON, ConsentState.WITHDRAWN)
    root, now_s = office.premises.trust(), office.premises.now_s()

    for row, typ in ((given, "consent"), (withdrawn, "consent-withdrawal")):
        proved = verify.verify(office.evidence.proof(row.jti), root, now_s=now_s)
        assert proved.result == "verified"
        assert proved.record.payload["type"] == typ
        assert proved.shown["person"] == row.person
        assert row.person not in json.dumps(dict(proved.record.payload))
        states = {step.id: step.state.value for step in proved.steps}
        done = ["V1", "V2", "V3", "V4", "V5", "V6", "V7", "V8", "V9", "V12", "V13"]
        assert {states[step] for step in done} == {"done"}
        assert {states["V14"], states["V15"]} == {"not-applicable"}


TAMPERED = [
    ("UPDATE consent SET person = 'b'", "of another person"),
    ("UPDATE consent SET consent = 'b'", "is not what entry"),
    ('UPDATE consent SET "index" = 0', "is not what entry"),
    ("DELETE FROM consent", "is not there"),
]


@pytest.mark.parametrize(("statement", "said"), TAMPERED)
def test_a_changed_row_of_consent_is_found(office: Office, statement: str, said: str) -> None:
    give(office)
    assert office.evidence.check_log().sound

    alter(office.folder / "log.sqlite", statement)

    report = office.evidence.check_log()
    assert said in " | ".join(str(fault) for fault in report.faults)
    assert not next(each.ok for each in office.doctor() if each.name == "log")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE consent SET person = 'b' WHERE rowid = (SELECT max(rowid) FROM consent)",
        "DELETE FROM consent WHERE rowid = (SELECT max(rowid) FROM consent)",
    ],
    ids=["under another name", "gone"],
)
def test_a_withdrawal_whose_row_was_taken_away_is_not_overlooked(
    office: Office, statement: str
) -> None:
    give(office)
    office.consents.follow(PERSON, ConsentState.WITHDRAWN)

    alter(office.folder / "log.sqlite", statement)

    assert office.desk.ask(resting()).decision.outcome is Outcome.REFER


@pytest.mark.parametrize("statement", ["UPDATE consent SET person = 'b'", "DELETE FROM consent"])
def test_the_table_of_consent_refuses_changes(office: Office, statement: str) -> None:
    give(office)

    with (
        closing(sqlite3.connect(office.folder / "log.sqlite")) as connection,
        pytest.raises(sqlite3.IntegrityError, match="stays as it is"),
    ):
        connection.execute(statement)


def test_what_cannot_follow_is_refused_and_nothing_is_recorded(office: Office) -> None:
    consent = give(office)
    office.consents.follow(PERSON, ConsentState.WITHDRAWN)
    size = office.status().size

    with pytest.raises(TransitionError, match="cannot be renewed"):
        office.consents.follow(
            PERSON,
            ConsentState.RENEWED,
            consent=consent,
            expires=datetime(2099, 1, 1, tzinfo=UTC),
        )
    with pytest.raises(NotFoundError):
        office.consents.follow("child 4712", ConsentState.WITHDRAWN, consent=consent)
    assert office.status().size == size


def test_of_two_consents_the_one_meant_must_be_named(office: Office) -> None:
    give(office)
    give(office, information=["health-mental"])

    with pytest.raises(RequestError, match="more than one consent"):
        office.consents.follow(PERSON, ConsentState.WITHDRAWN)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"expires": "2020-01-01"}, "past already"),
        ({"expires": None}, "`expires` is missing"),
        ({"wording_sha256": None}, "certain words"),
        ({"told_can_refuse": False}, "consent is free"),
        ({"information": ["health"]}, "is a group"),
        ({"information": ["helth"]}, "not a known category"),
        ({"purposes": ["s74"]}, "not a known purpose"),
        ({"said_at": "2099-01-01"}, "still to come"),
    ],
)
def test_a_form_that_cannot_be_given_is_refused(office: Office, changes: Any, said: str) -> None:
    with pytest.raises(RequestError, match=said):
        give(office, **changes)
    assert office.consents.listed() == []


def test_a_question_as_of_an_instant_heeds_what_was_recorded_by_then(folder: Path) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    clock = Ticking(start)
    with bootstrap.open_office(folder, clock=clock) as office:
        give(office)
        clock.at = start + timedelta(seconds=10)
        office.consents.follow(PERSON, ConsentState.WITHDRAWN)
        codes = [
            office.desk.ask(resting(), at=start + timedelta(seconds=second)).decision.code
            for second in (-1, 0, 9, 10)
        ]

    assert codes == [
        Code.CONSENT_MISSING,
        Code.PERMITTED,
        Code.PERMITTED,
        Code.CONSENT_WITHDRAWN,
    ]


def test_a_clock_that_steps_back_overlooks_no_withdrawal(folder: Path) -> None:
    start = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=5)
    clock = Ticking(start)
    with bootstrap.open_office(folder, clock=clock) as office:
        give(office)
        clock.at = start + timedelta(seconds=2)
        office.consents.follow(PERSON, ConsentState.WITHDRAWN)
        clock.at = start + timedelta(seconds=1)

        assert office.desk.ask(resting()).decision.code is Code.CONSENT_WITHDRAWN
        assert office.consents.listed(PERSON)[0].kind is ConsentKind.DP_BASIS


def test_a_file_of_an_older_form_takes_consent(folder: Path) -> None:
    older.put_back(folder / "log.sqlite", 3)
    (folder / "keys/pseudonym.key").unlink()

    with bootstrap.open_office(folder) as office:
        before = office.desk.ask(resting())
        give(office)

        assert before.decision.code is Code.CONSENT_MISSING
        assert office.desk.ask(resting()).decision.outcome is Outcome.PERMIT
        assert office.evidence.check_log().sound
        assert office.premises.records.complaints() == []
    assert (folder / "keys/pseudonym.key").stat().st_mode & 0o777 == 0o600


def test_a_key_of_pseudonyms_of_another_length_is_a_complaint(office: Office) -> None:
    (office.folder / "keys/pseudonym.key").write_bytes(b"short")

    assert "32 bytes" in " ".join(office.premises.keys.complaints())
    with pytest.raises(StorageError, match="32 bytes"):
        give(office)
