"""What stands between a text and its coming into force."""

import json
import signal
from pathlib import Path

import pytest

from agreements import document
from agreements.errors import AgreementError, DocumentError
from engine.adapters import sandbox
from engine.adapters.register_files import FileTree
from engine.adapters.sandbox import Sandbox
from engine.errors import BundleError, CompileError, NotFoundError, StorageError, TrustError
from engine.keys import PrivateKey
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, sign_all, text, write_text


def nothing_published(office: Office) -> bool:
    return office.status().size == 0 and office.shelf.current().activations == {}


def signature(office: Office, agency: str) -> Path:
    """The file in which an agency's signature stands."""
    (found,) = office.premises.register.path(f"signatures/{AGREEMENT}/1.0").glob(f"{agency}.*")
    return found


def test_every_missing_signature_is_named(signed: Office) -> None:
    for agency in (COUNCIL, TRUST):
        signature(signed, agency).unlink()

    said = f"`{COUNCIL}` has not signed as data-protection-officer; `{TRUST}` has not signed as"
    with pytest.raises(AgreementError, match=said):
        signed.author.publish(AGREEMENT)
    assert nothing_published(signed)


def test_what_is_published_is_the_text_that_was_proposed(signed: Office) -> None:
    write_text(signed, text().replace("health-physical", "health-mental"))

    signed.author.publish(AGREEMENT)

    assert signed.desk.ask(asked()).decision.code == "permitted"


def test_a_comment_added_after_signing_changes_nothing(signed: Office) -> None:
    write_text(signed, f"# seen by the board\n{text()}")

    assert signed.author.publish(AGREEMENT).signed_by == (COUNCIL, TRUST)


def test_a_signature_of_another_agency_does_not_stand_in(signed: Office) -> None:
    signature(signed, TRUST).write_bytes(signature(signed, COUNCIL).read_bytes())

    with pytest.raises(AgreementError, match=f"`{TRUST}` has not signed as caldicott-guardian"):
        signed.author.publish(AGREEMENT)


def test_a_broken_signature_is_named_with_its_fault(signed: Office) -> None:
    signature(signed, TRUST).write_bytes(b"\xff not a signature")

    with pytest.raises(AgreementError, match=r"caldicott-guardian\.jws` cannot be relied on"):
        signed.author.publish(AGREEMENT)


def test_an_error_found_in_the_text_stands_against_it(drafted: Office) -> None:
    write_text(drafted, text().replace("        function:", "        # function:"))
    sign_all(drafted, "R11")

    with pytest.raises(AgreementError, match="cannot be published: R11"):
        drafted.author.publish(AGREEMENT)
    assert nothing_published(drafted)


def test_a_finding_accepted_by_name_is_in_the_activation(drafted: Office) -> None:
    write_text(drafted, text().replace("        function:", "        # function:"))
    sign_all(drafted, "R11")

    published = drafted.author.publish(AGREEMENT, accept_findings=["R11"])

    record, _ = drafted.shelf.current().activations[AGREEMENT, "1.0"]
    assert record.payload["accepted_findings"] == ["R11"]
    assert published.accepted_findings == ("R11",)


def test_accepting_a_rule_that_finds_nothing_is_a_mistake(signed: Office) -> None:
    with pytest.raises(AgreementError, match="`R99` is accepted, but"):
        signed.author.publish(AGREEMENT, accept_findings=["R99"])


def test_publishing_again_completes_what_a_crash_left(
    signed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    def crash(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(type(signed.premises.records), "append", crash)
        with pytest.raises(KeyboardInterrupt):
            signed.author.publish(AGREEMENT)
    halfway = signed.desk.ask(asked())

    signed.author.publish(AGREEMENT)

    assert halfway.decision.code == "no_agreement"
    assert signed.desk.ask(asked()).decision.code == "permitted"


def test_somebody_who_is_no_party_does_not_sign(drafted: Office) -> None:
    with pytest.raises(AgreementError, match="`elsewhere` has no part"):
        drafted.author.sign(AGREEMENT, "elsewhere")
    with pytest.raises(AgreementError, match="`caretaker` does not sign for"):
        drafted.author.sign(AGREEMENT, COUNCIL, role="caretaker")
    assert drafted.premises.register.names("proposals") == []


def test_a_party_without_a_key_here_does_not_sign_here(drafted: Office) -> None:
    (drafted.folder / f"keys/party-{TRUST}.jwk").unlink()

    with pytest.raises(NotFoundError, match="no key `party-"):
        drafted.author.sign(AGREEMENT, TRUST)
    assert drafted.premises.register.names("proposals") == []


def test_a_file_named_after_another_agreement_is_refused(signed: Office) -> None:
    write_text(signed, text(), "other")

    with pytest.raises(DocumentError, match="is the text of"):
        signed.author.read("other")


# ---- keys


def test_a_key_of_a_party_makes_a_new_trust_root_and_keeps_the_old(office: Office) -> None:
    prepared = office.keys.new("harbour-idva", name="Harbour")

    assert prepared.is_current
    assert office.premises.trust().version == 2
    row = next(row for row in office.keys.list() if row.owner == "harbour-idva")
    assert (row.kid, row.role) == (prepared.changes.added[0].kid, "party")
    assert (row.held, row.valid) == (True, True)
    assert {"1.json", "2.json"} <= set(office.premises.register.names("trust"))
    assert office.evidence.proof(office.desk.ask(asked()).jti)


def test_a_second_key_file_for_an_agency_is_refused(office: Office) -> None:
    with pytest.raises(StorageError, match="already"):
        office.keys.new(TRUST)
    assert office.premises.trust().version == 1


@pytest.mark.parametrize("stops_at", ["trust/2.json", "trust.json"])
def test_a_key_left_half_made_is_completed(
    office: Office, monkeypatch: pytest.MonkeyPatch, stops_at: str
) -> None:
    write = type(office.premises.files).write

    def stops(tree: FileTree, name: str, data: bytes) -> None:
        if name == stops_at:
            raise KeyboardInterrupt
        write(tree, name, data)

    with monkeypatch.context() as patch:
        patch.setattr(FileTree, "write", stops)
        with pytest.raises(KeyboardInterrupt):
            office.keys.new("harbour-idva")

    prepared = office.keys.new("harbour-idva")

    assert prepared.is_current
    assert office.premises.trust().version == 2
    assert all(each.ok for each in office.doctor())


def test_a_public_key_is_taken_in_and_a_private_one_is_not(office: Office, tmp_path: Path) -> None:
    key = PrivateKey.generate(bytes(range(32)))
    public, private = tmp_path / "public.jwk", tmp_path / "private.jwk"
    public.write_text(json.dumps(key.public.to_jwk()), "utf-8")
    private.write_text(json.dumps(key.to_jwk()), "utf-8")

    prepared = office.keys.import_public(public, "elsewhere")

    assert [added.kid for added in prepared.changes.added] == [key.public.kid]
    assert not next(row for row in office.keys.list() if row.kid == key.public.kid).held
    with pytest.raises(TrustError, match="private key stands where"):
        office.keys.import_public(private, "elsewhere")
    with pytest.raises(TrustError, match="stands twice"):
        office.keys.import_public(public, "elsewhere")


@pytest.mark.parametrize("agency", ["", "../x", "A B", "a" * 64, "a/b", "é"])
def test_a_strange_agency_gets_no_key(office: Office, agency: str) -> None:
    before = sorted(path.name for path in (office.folder / "keys").iterdir())

    with pytest.raises(StorageError):
        office.keys.new(agency)

    assert sorted(path.name for path in (office.folder / "keys").iterdir()) == before


# ---- the child process


def test_a_clause_that_cannot_be_compiled_is_refused_by_the_child(signed: Office) -> None:
    agreement = document.parse(text().replace("[child]", "[no-such-person]")).agreement
    law = signed.shelf.current().bundle.law

    with pytest.raises(CompileError, match="no-such-person"):
        Sandbox().compile(agreement, law)


def test_a_child_that_takes_too_long_is_ended(signed: Office) -> None:
    agreement, law = document.parse(text()).agreement, signed.shelf.current().bundle.law

    with pytest.raises(BundleError, match="took longer"):
        Sandbox(patience_s=0.01).compile(agreement, law)


@pytest.mark.parametrize("limit", ["MEMORY_BYTES", "CPU_S"])
def test_a_child_at_its_limit_dies_alone(
    signed: Office, monkeypatch: pytest.MonkeyPatch, limit: str, tmp_path: Path
) -> None:
    # The child is a process of its own, so what it runs is changed on its path, not in ours.
    fault = {"MEMORY_BYTES": "bytearray(2 << 30)", "CPU_S": "while True: pass"}[limit]
    floor = Path(sandbox.__file__).parents[2]
    copied = tmp_path / "floor"
    copied.mkdir()
    for name in ("agreements", "concordat"):
        (copied / name).symlink_to(floor / name)
    (copied / "engine/adapters").mkdir(parents=True)
    for path in (floor / "engine").iterdir():
        if path.name not in ("adapters", "__pycache__"):
            (copied / "engine" / path.name).symlink_to(path)
    (copied / "engine/adapters/__init__.py").write_text("", "utf-8")
    words = Path(sandbox.__file__).read_text("utf-8")
    words = words.replace("CPU_S: Final = 5", "CPU_S: Final = 1")
    words = words.replace(
        "asked = json.loads(question)\n", f"asked = json.loads(question)\n    {fault.strip()}\n"
    )
    (copied / "engine/adapters/sandbox.py").write_text(words, "utf-8")
    monkeypatch.setattr(sandbox, "__file__", str(copied / "engine/adapters/sandbox.py"))
    agreement, law = document.parse(text()).agreement, signed.shelf.current().bundle.law

    with pytest.raises(BundleError, match="ended by"):
        Sandbox().compile(agreement, law)


def test_a_child_that_is_killed_gives_no_answer(
    signed: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Killed:
        returncode = -signal.SIGKILL
        stdout = b""

    monkeypatch.setattr("subprocess.run", lambda *_, **__: Killed())
    agreement, law = document.parse(text()).agreement, signed.shelf.current().bundle.law

    with pytest.raises(BundleError, match=f"ended by signal {int(signal.SIGKILL)}"):
        Sandbox().compile(agreement, law)
