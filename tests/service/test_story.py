"""From an empty folder to a proof that stands on its own."""

import json
import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from engine import bootstrap, trust, verify
from engine.decide import Code, Outcome
from engine.errors import NotFoundError, RequestError, StorageError, TransitionError
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, new_office, text, write_text


def test_an_agreement_is_written_signed_published_asked_proved_and_replayed(
    tmp_path: Path,
) -> None:
    office = new_office(tmp_path / "office")
    _, findings = office.author.check(AGREEMENT)
    before = office.desk.ask(asked())

    published = office.author.publish(AGREEMENT)
    answered = office.desk.ask(asked())

    assert [each.rule for each in findings if each.severity == "E"] == []
    assert before.decision.code is Code.NO_AGREEMENT
    assert answered.decision.outcome is Outcome.PERMIT
    assert (before.index, published.index, answered.index) == (0, 1, 2)
    evidence = office.evidence.proof(answered.jti)
    root = trust.read((tmp_path / "office/trust.json").read_bytes())
    proved = verify.verify(evidence, root, now_s=int(datetime.now(UTC).timestamp()))
    assert proved.result == "verified"
    assert proved.shown["subject"] == "child 4711"
    assert office.evidence.replay(answered.jti).same
    assert office.evidence.check_log().sound
    assert [each.name for each in office.doctor() if not each.ok] == []
    office.close()


@pytest.mark.parametrize(
    ("change", "outcome", "code"),
    [
        pytest.param({}, Outcome.PERMIT, Code.PERMITTED, id="as agreed"),
        pytest.param({"role": "midwife"}, Outcome.DENY, Code.CONDITIONS_NOT_MET, id="another role"),
        pytest.param({"purpose": "s74"}, Outcome.DENY, Code.UNKNOWN_TERM, id="an unknown purpose"),
        pytest.param({"to": "elsewhere"}, Outcome.DENY, Code.NO_AGREEMENT, id="another agency"),
        pytest.param(
            {"basis": {"article6": "6-1-e"}}, Outcome.DENY, Code.FORBIDDEN_BY_STATUTE, id="no Art 9"
        ),
    ],
)
def test_every_answer_is_recorded_and_its_proof_verifies(
    office: Office, change: dict[str, object], outcome: Outcome, code: Code
) -> None:
    answered = office.desk.ask(asked(**change))

    assert (answered.decision.outcome, answered.decision.code) == (outcome, code)
    assert office.evidence.record(answered.jti).jws == answered.jws
    root, now_s = office.premises.trust(), office.premises.now_s()
    proved = verify.verify(office.evidence.proof(answered.jti), root, now_s=now_s)
    assert proved.record.jti == answered.jti


def test_the_proof_of_an_activation_verifies(office: Office) -> None:
    (row,) = office.evidence.records(kind="agreement-activation")
    root, now_s = office.premises.trust(), office.premises.now_s()

    proved = verify.verify(office.evidence.proof(row.jti), root, now_s=now_s)

    assert proved.record.payload["agreement"]["id"] == AGREEMENT
    assert row.agreement == f"{AGREEMENT} 1.0"


def test_a_question_about_yesterday_is_answered_as_of_yesterday(office: Office) -> None:
    yesterday = datetime.now(UTC) - timedelta(days=1)

    assert office.desk.ask(asked(), at=yesterday).decision.code is Code.NOT_SIGNED


def test_an_instant_without_a_time_zone_is_refused(office: Office) -> None:
    with pytest.raises(RequestError, match="no time zone"):
        office.desk.ask(asked(), at=datetime(2026, 4, 1))  # noqa: DTZ001


def test_explaining_records_nothing(office: Office) -> None:
    size = office.status().size

    explained = office.desk.explain(asked(role="midwife"))

    assert explained.categories[0].near[0].missing[0].condition == "role"
    assert office.status().size == size


def test_status_names_agreements_records_and_keys(office: Office) -> None:
    office.desk.ask(asked())
    office.author.new("a-draft", 'Called "this"')

    report = office.status()

    assert [(row.id, row.state, row.signed_by, row.missing) for row in report.agreements] == [
        ("a-draft", "draft", (), ()),
        (AGREEMENT, "in_force", (COUNCIL, TRUST), ()),
    ]
    assert report.outcomes == {"permit": 1}
    assert [(key.role, key.owner) for key in report.keys] == [
        ("decision", COUNCIL),
        ("log", COUNCIL),
        ("party", COUNCIL),
        ("party", TRUST),
    ]
    assert all(key.valid and key.held for key in report.keys)


def test_the_starter_parses_and_lacks_only_what_is_to_be_filled_in(office: Office) -> None:
    office.author.new("fresh", "Fresh: a 'start'")

    read, findings = office.author.check("fresh")

    assert read.agreement.title == "Fresh: a 'start'"
    assert {each.rule for each in findings if each.severity == "E"} == {
        *("R06", "R11", "R20", "R28", "R35"),
    }


def test_a_second_agreement_of_the_same_id_is_not_begun(office: Office) -> None:
    with pytest.raises(StorageError, match="already"):
        office.author.new(AGREEMENT, "Again")


def test_a_new_version_supersedes_the_old_one(office: Office) -> None:
    old = office.desk.ask(asked())
    write_text(office, text().replace('"1.0"', '"1.1"').replace("[social-worker]", "[midwife]"))
    for agency in (COUNCIL, TRUST):
        office.author.sign(AGREEMENT, agency)

    office.author.publish(AGREEMENT)

    assert office.desk.ask(asked()).decision.code is Code.CONDITIONS_NOT_MET
    assert office.desk.ask(asked(role="midwife")).decision.outcome is Outcome.PERMIT
    assert office.evidence.proof(old.jti)
    states = {row.version: row.state for row in office.status().agreements}
    assert states == {"1.0": "superseded", "1.1": "in_force"}


def test_another_process_that_publishes_is_noticed(signed: Office) -> None:
    before = signed.desk.ask(asked())
    with bootstrap.open_office(signed.folder) as other:
        other.author.publish(AGREEMENT)

    after = signed.desk.ask(asked())

    assert before.decision.code is Code.NO_AGREEMENT
    assert after.decision.code is Code.PERMITTED


def test_publishing_twice_is_refused(office: Office) -> None:
    with pytest.raises(TransitionError, match="published already"):
        office.author.publish(AGREEMENT)
    with pytest.raises(TransitionError, match="everybody has signed it"):
        office.author.sign(AGREEMENT, COUNCIL)


def test_a_record_nobody_made_is_not_found(office: Office) -> None:
    with pytest.raises(NotFoundError, match="no record"):
        office.evidence.proof("01a20aab-76ac-7e30-a2bc-ae10a2986a52")


def test_an_office_is_found_from_a_folder_below(office: Office) -> None:
    assert bootstrap.find_office(office.folder / "register/agreements", None) == office.folder
    with pytest.raises(NotFoundError, match="no office here"):
        bootstrap.find_office(office.folder.parent, None)
    with pytest.raises(NotFoundError, match="it has no"):
        bootstrap.find_office(office.folder, str(office.folder.parent))


def test_an_office_is_not_made_over_anything(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine", "utf-8")

    with pytest.raises(StorageError, match="not empty"):
        bootstrap.create_office(tmp_path, agency=COUNCIL, name="N", now=datetime.now(UTC))
    assert [path.name for path in tmp_path.iterdir()] == ["mine.txt"]


def test_an_office_that_cannot_be_made_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="id of an agency"):
        bootstrap.create_office(
            tmp_path / "office", agency=COUNCIL, name="N", now=datetime.now(UTC),
            demo_parties=[("Not An Id", "x")],
        )  # fmt: skip
    assert list(tmp_path.iterdir()) == []


def test_what_is_secret_is_open_to_nobody_else(office: Office) -> None:
    assert stat.S_IMODE((office.folder / "keys").stat().st_mode) == 0o700
    for path in (office.folder / "keys").iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert "d" not in json.loads((office.folder / "trust.json").read_bytes())["keys"][0]["jwk"]
