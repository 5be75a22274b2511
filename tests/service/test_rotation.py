"""Keys replaced and revoked in an office on disk, and what their signatures are worth then."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import bootstrap, canonical, jose, key_request, trust_chain
from engine.adapters.git_register import GitRegister
from engine.adapters.key_files import KeyFiles
from engine.adapters.register_files import FileTree
from engine.adapters.sql_store import SqlStore
from engine.errors import NotFoundError, ProofError, StorageError, TrustError
from engine.keys import PrivateKey
from engine.record import Kind
from engine.service import Office, enrolment, rotation, succession
from engine.trust import Role
from engine.verify import Result, State, verify
from tests.copies import copied
from tests.service.conftest import COUNCIL, asked

START = datetime(2026, 11, 2, 9, tzinfo=UTC)


@dataclass
class Clock:
    """A clock that a test sets."""

    at: datetime = START

    def now(self) -> datetime:
        return self.at


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("plain") / "office"
    bootstrap.create_office(folder, agency=COUNCIL, name="Northshire Council", now=START).close()
    return folder


@pytest.fixture
def clock() -> Clock:
    return Clock(START + timedelta(days=1))


@pytest.fixture
def office(template: Path, tmp_path: Path, clock: Clock) -> Iterator[Office]:
    copied(template, tmp_path / "office")
    with bootstrap.open_office(tmp_path / "office", clock=clock, timeout_s=0.2) as office:
        yield office


def now_s(clock: Clock) -> int:
    return int(clock.at.timestamp())


def held(office: Office, name: str = "decision") -> str:
    return office.premises.keys.read(name).public.kid


def prove(office: Office) -> bytes:
    """Ask something and prove the answer."""
    return office.evidence.proof(office.desk.ask(asked()).jti)


def key_events(office: Office) -> list[dict[str, Any]]:
    entries = [each for each in office.premises.records.entries() if each.kind == Kind.KEY_EVENT]
    return [json.loads(jose.split(each.jws).payload) for each in entries]


def lose_root_keys(office: Office, *numbers: int) -> Callable[[], None]:
    """Give these root keys to somebody else; what is returned brings them back."""
    folder, away = office.folder / "keys", office.folder.parent / "away"
    away.mkdir(exist_ok=True)
    names = [f"root-{number}.jwk" for number in numbers]
    for name in names:
        (folder / name).rename(away / name)

    def bring_back() -> None:
        for name in names:
            (away / name).rename(folder / name)

    return bring_back


# ---- rotation


def test_a_decision_made_before_a_rotation_verifies_with_the_newest_root(
    office: Office, clock: Clock
) -> None:
    before, old = prove(office), held(office)

    rotation.rotate(office.premises, office.shelf, Role.DECISION)
    clock.at += timedelta(days=400)
    after = prove(office)

    root = office.premises.trust()
    assert held(office) != old
    assert verify(before, root, now_s=now_s(clock)).issuer.kid == old
    assert verify(after, root, now_s=now_s(clock)).issuer.kid == held(office)


@pytest.mark.parametrize("role", Role)
def test_a_rotation_is_one_version_and_one_record(office: Office, role: Role) -> None:
    name = {Role.PARTY: f"party-{COUNCIL}"}.get(role, role.value)
    old = held(office, name)

    prepared = rotation.rotate(office.premises, office.shelf, role)

    assert prepared.is_current
    assert [(e["root"]["version"], e["added"], e["ended"]) for e in key_events(office)] == [
        (2, [held(office, name)], [old])
    ]
    assert all(each.ok for each in office.doctor())


def test_the_old_key_goes_on_speaking_for_the_overlap(office: Office, clock: Clock) -> None:
    old = held(office)

    rotation.rotate(office.premises, office.shelf, Role.DECISION)

    listed = office.premises.trust().key(old, Role.DECISION)
    assert listed.valid_to == now_s(clock) + rotation.OVERLAP.total_seconds()


def redated(office: Office, key: PrivateKey, at: datetime) -> bytes:
    """A record that this office made, dated otherwise and signed anew."""
    parsed = jose.split(office.premises.records.newest(1, None)[0].jws)
    payload: Any = canonical.parse(parsed.payload)
    payload["iat"] = int(at.timestamp())
    return jose.sign_compact(canonical.encode(payload), typ=parsed.typ, key=key).encode()


def test_what_an_old_key_signs_after_its_end_is_refused(office: Office, clock: Clock) -> None:
    office.desk.ask(asked())
    old = office.premises.keys.read("decision")
    rotation.rotate(office.premises, office.shelf, Role.DECISION)
    root, end = office.premises.trust(), clock.at + rotation.OVERLAP
    clock.at += timedelta(days=100)

    verify(redated(office, old, end - timedelta(seconds=1)), root, now_s=now_s(clock))
    with pytest.raises(ProofError, match=r"spoke for .* until") as refused:
        verify(redated(office, old, end), root, now_s=now_s(clock))
    assert refused.value.step == "V7"


def test_a_log_whose_key_changed_verifies_from_end_to_end(office: Office, clock: Clock) -> None:
    before = prove(office)

    rotation.rotate(office.premises, office.shelf, Role.LOG)
    after = prove(office)

    root = office.premises.trust()
    for proof in (before, after):
        steps = {step.id: step.state for step in verify(proof, root, now_s=now_s(clock)).steps}
        assert steps["V9"] is State.DONE
    assert all(each.ok for each in office.doctor())


def test_the_record_of_a_version_verifies(office: Office, clock: Clock) -> None:
    rotation.rotate(office.premises, office.shelf, Role.DECISION)
    jti = next(e.jti for e in office.premises.records.entries() if e.kind == Kind.KEY_EVENT)

    verified = verify(office.evidence.proof(jti), office.premises.trust(), now_s=now_s(clock))

    assert verified.result is Result.VERIFIED
    assert verified.record.payload["root"]["sha256"] == office.premises.trust().sha256


def test_an_office_that_is_running_takes_the_new_key(office: Office, clock: Clock) -> None:
    with bootstrap.open_office(office.folder, clock=clock) as running:
        running.desk.ask(asked())
        rotation.rotate(office.premises, office.shelf, Role.DECISION)
        answered = running.desk.ask(asked())

        entry = running.premises.records.entry(answered.jti)
    assert entry is not None
    assert jose.split(entry.jws).kid == held(office)


# ---- holders elsewhere


def test_one_root_holder_changes_nothing_alone(office: Office) -> None:
    bring_back = lose_root_keys(office, 2, 3)
    old, root = held(office), office.premises.trust()

    prepared = rotation.rotate(office.premises, office.shelf, Role.DECISION)

    assert (prepared.missing, prepared.is_current) == (1, False)
    assert (office.premises.trust(), held(office)) == (root, old)
    assert office.desk.ask(asked()).jti
    again = rotation.rotate(office.premises, office.shelf, Role.DECISION)
    assert again.root == prepared.root
    with pytest.raises(StorageError, match="is being prepared already"):
        rotation.rotate(office.premises, office.shelf, Role.LOG)

    bring_back()
    shown = succession.described(office.premises)
    assert succession.countersign(office.premises, office.shelf, shown).is_current
    assert held(office) != old
    assert all(each.ok for each in office.doctor())


def test_a_version_that_waited_too_long_is_not_signed(office: Office, clock: Clock) -> None:
    bring_back = lose_root_keys(office, 2, 3)
    rotation.rotate(office.premises, office.shelf, Role.DECISION)
    bring_back()
    clock.at += rotation.OVERLAP

    shown = succession.described(office.premises)
    with pytest.raises(TrustError, match="waited too long"):
        succession.countersign(office.premises, office.shelf, shown)
    assert succession.drop(office.premises) == 2
    assert rotation.rotate(office.premises, office.shelf, Role.DECISION).is_current
    assert office.premises.trust().version == 2


def test_nothing_but_what_was_shown_is_signed(office: Office, clock: Clock) -> None:
    bring_back = lose_root_keys(office, 2, 3)
    rotation.rotate(office.premises, office.shelf, Role.DECISION)
    shown = succession.described(office.premises)
    succession.drop(office.premises)
    rotation.rotate(office.premises, office.shelf, Role.PARTY)
    bring_back()

    with pytest.raises(TrustError, match="is not the one that was shown"):
        succession.countersign(office.premises, office.shelf, shown)


def test_whoever_holds_no_root_key_signs_nothing(office: Office) -> None:
    lose_root_keys(office, 1, 2, 3)
    rotation.rotate(office.premises, office.shelf, Role.DECISION)

    with pytest.raises(NotFoundError, match="no root key of this trust root is at hand"):
        succession.countersign(office.premises, office.shelf, succession.described(office.premises))


def test_a_register_put_back_takes_no_office_back(office: Office) -> None:
    rotation.rotate(office.premises, office.shelf, Role.DECISION)
    for name in ("trust/2.json", "trust/2.signatures.json"):
        office.premises.register.path(name).unlink()

    with pytest.raises(TrustError, match="no longer holds version 2"):
        succession.take_up(office.premises, office.shelf)
    assert office.premises.trust().version == 2


def test_an_older_trust_root_put_back_shows(office: Office) -> None:
    old = (office.folder / "trust.json").read_bytes()
    rotation.rotate(office.premises, office.shelf, Role.LOG)
    (office.folder / "trust.json").write_bytes(old)

    said = {each.name: each.said for each in office.doctor() if not each.ok}
    assert "the newest record was made under version 2" in said["trust root"]
    with pytest.raises(TrustError, match="is version 1; the newest record"):
        bootstrap.open_office(office.folder)


# ---- revocation


def test_a_key_in_use_is_revoked_and_replaced_at_once(office: Office, clock: Clock) -> None:
    early = prove(office)
    clock.at += timedelta(days=2)
    stolen_at, old = clock.at, held(office)
    clock.at += timedelta(days=1)
    late = prove(office)

    rotation.revoke(
        office.premises, office.shelf, old, since=stolen_at, reason="the laptop was stolen"
    )

    root = office.premises.trust()
    assert held(office) != old
    assert root.key(old, Role.DECISION).reason == "the laptop was stolen"
    verified = verify(early, root, now_s=now_s(clock))
    assert [step.id for step in verified.not_done] == ["V11"]
    with pytest.raises(ProofError, match="was revoked from"):
        verify(late, root, now_s=now_s(clock))
    assert key_events(office)[0]["revoked"] == [old]
    assert verify(prove(office), root, now_s=now_s(clock)).issuer.kid == held(office)
    assert [(each.table, each.row) for each in office.evidence.check_log().faults] == [
        ("revoked", "1")
    ]
    log = {each.name: each for each in office.doctor()}["log"]
    assert (log.ok, "1 of them no longer count" in log.said) == (True, True)


def test_a_revocation_is_not_put_off_or_said_ahead(office: Office, clock: Clock) -> None:
    kid = held(office, f"party-{COUNCIL}")

    def revoke(at: datetime) -> None:
        rotation.revoke(office.premises, office.shelf, kid, since=at, reason="lost")

    with pytest.raises(TrustError, match="an instant that has passed"):
        revoke(clock.at + timedelta(days=1))
    revoke(clock.at)
    with pytest.raises(TrustError, match="from that instant or an earlier one already"):
        revoke(clock.at)
    revoke(clock.at - timedelta(hours=1))
    with pytest.raises(NotFoundError, match="is not in the trust root"):
        rotation.revoke(office.premises, office.shelf, "x" * 43, since=clock.at, reason="lost")
    with pytest.raises(TrustError, match="it is replaced, not revoked"):
        rotation.revoke(
            office.premises, office.shelf, held(office, "root-1"), since=clock.at, reason="lost"
        )


# ---- killed half-way

STOPS: dict[str, tuple[type, str, Callable[..., bool]]] = {
    "before the new key is kept": (KeyFiles, "create", lambda name, *_: name.endswith(".next")),
    "before the version is written": (GitRegister, "commit", lambda *_: True),
    "between signatures and document": (FileTree, "write", lambda name, _: name == "trust/2.json"),
    "before it is believed": (FileTree, "write", lambda name, _: name == "trust.json"),
    "before the key takes its place": (KeyFiles, "replace", lambda *_: True),
    "before it is recorded": (SqlStore, "append", lambda *_: True),
}


@pytest.mark.parametrize(("window", "call", "stops"), STOPS.values(), ids=STOPS)
def test_a_rotation_that_was_killed_is_completed(
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    window: type,
    call: str,
    stops: Callable[..., bool],
) -> None:
    real = getattr(window, call)

    def killed(self: object, *given: Any) -> Any:
        if stops(*given):
            raise KeyboardInterrupt
        return real(self, *given)

    with monkeypatch.context() as patch:
        patch.setattr(window, call, killed)
        with pytest.raises(KeyboardInterrupt):
            rotation.rotate(office.premises, office.shelf, Role.DECISION)
    with bootstrap.open_office(office.folder, clock=office.premises.clock) as halfway:
        assert halfway.desk.ask(asked()).jti

    rotation.rotate(office.premises, office.shelf, Role.DECISION)

    assert office.premises.trust().version == 2
    assert len(key_events(office)) == 1
    assert office.premises.keys.names().count("decision.next") == 0
    assert not office.premises.register.changed()
    assert all(each.ok for each in office.doctor())


# ---- enrolment


@pytest.fixture
def other(tmp_path: Path, clock: Clock) -> Iterator[Office]:
    with bootstrap.create_office(
        tmp_path / "other", agency="harbour", name="Harbour", now=clock.at, clock=clock
    ) as other:
        yield other


def test_another_office_is_enrolled(office: Office, other: Office) -> None:
    name = enrolment.request(other.premises)

    prepared = office.keys.enrol(other.premises.register.path(name))

    added = {(key.role, key.owner, key.kid) for key in prepared.changes.added}
    assert prepared.is_current
    assert added == {
        (Role.DECISION, "harbour", held(other)),
        (Role.LOG, "harbour", held(other, "log")),
        (Role.PARTY, "harbour", held(other, "party-harbour")),
    }
    with pytest.raises(TrustError, match="is listed already"):
        office.keys.enrol(other.premises.register.path(name))


@dataclass
class _Passing:
    """A clock of which every look takes a second, as on a machine that is busy."""

    at: datetime

    def now(self) -> datetime:
        self.at += timedelta(seconds=1)
        return self.at


def test_a_key_speaks_from_when_it_is_listed_however_long_that_took(
    office: Office, other: Office, clock: Clock
) -> None:
    path = other.premises.register.path(enrolment.request(other.premises))
    object.__setattr__(office.premises, "clock", _Passing(clock.at))

    prepared = office.keys.enrol(path)

    issued = office.premises.trust().issued
    assert {key.valid_from for key in prepared.changes.added} == {issued}


def test_a_root_holder_takes_the_place_of_another(office: Office, other: Office) -> None:
    (other.folder / "keys/root-2.jwk").unlink()
    (other.folder / "keys/root-3.jwk").unlink()
    path = other.premises.register.path(enrolment.request_root(other.premises))

    with pytest.raises(TrustError, match="asks to sign trust roots"):
        office.keys.enrol(path)
    prepared = rotation.replace_root_key(
        office.premises, office.shelf, held(office, "root-3"), path
    )

    assert prepared.is_current
    assert [key.owner for key in prepared.root.root_keys] == [COUNCIL, COUNCIL, "harbour"]
    assert office.premises.trust().root_keys[2].kid == held(other, "root-1")


def forged(**changes: Any) -> bytes:
    """A request by one key, its payload changed, and signed by the key it then is of."""
    key, signer = PrivateKey.generate(bytes(range(32))), changes.pop("signer", None)
    jws = key_request.ask(key, role="party", owner="harbour", name="Harbour", iat=0)
    payload: Any = canonical.parse(jose.split(jws).payload)
    typ = changes.pop("typ", key_request.TYP)
    payload |= {name: said for name, said in changes.items() if said is not None}
    jws = jose.sign_compact(canonical.encode(payload), typ=typ, key=signer or key)
    return key_request.write([jws])


def jwk(x: bytes) -> dict[str, str]:
    return {"crv": "Ed25519", "kty": "OKP", "x": canonical.b64url_encode(x)}


OTHER = PrivateKey.generate(bytes(32))
REQUESTS = {
    "a key of small order": (forged(jwk=jwk(b"\x01" + bytes(31))), "small order"),
    "a key in a second spelling": (
        forged(jwk=jwk((2**255 - 18).to_bytes(32, "little"))),
        "second spelling",
    ),
    "no point of the curve": (forged(jwk=jwk(b"\x02" + bytes(31))), "not a point of the curve"),
    "a key of another length": (forged(jwk=jwk(bytes(31))), "31 bytes long"),
    "somebody else's key": (
        forged(jwk=jwk(OTHER.public.x)),
        "the key that signed is not the key that is asked for",
    ),
    "a request signed by another": (
        forged(signer=OTHER),
        "the key that signed is not the key that is asked for",
    ),
    "a request of another kind": (forged(typ="agreement-act+jws"), "is not a request for a key"),
    "a decision key without an issuer": (forged(role="decision"), "names its issuer"),
    "a party key with a log": (forged(origin="log.example/x"), "a log key names its log"),
    "an owner that is none": (forged(owner="The Harbour"), "`owner` is not written"),
    "a role that is none": (forged(role="admin"), "`role` is not"),
    "a key asked for twice": (
        key_request.write(json.loads(forged())["requests"] * 2),
        "asked for twice",
    ),
    "no request": (key_request.write([]), "is not a list of 1"),
    "a signature changed": (
        key_request.write([json.loads(forged())["requests"][0][:-4] + "AAAA"]),
        "not signed by the key it asks for|one spelling",
    ),
}


@pytest.mark.parametrize(("document", "said"), REQUESTS.values(), ids=REQUESTS)
def test_a_request_that_proves_nothing_is_refused(document: bytes, said: str) -> None:
    with pytest.raises(TrustError, match=said):
        key_request.read(document)


def test_the_register_holds_the_first_version_signed(office: Office) -> None:
    register = office.premises.register

    first = trust_chain.first(
        register.read("trust/1.json"), register.read("trust/1.signatures.json")
    )

    assert first == office.premises.trust()
    assert (first.threshold, len(first.root_keys)) == (2, 3)


def test_doctor_warns_that_all_root_keys_are_in_one_place(office: Office) -> None:
    found = {each.name: each for each in office.doctor()}["root keys"]
    lose_root_keys(office, 2, 3)
    moved = {each.name: each for each in office.doctor()}["root keys"]

    assert found.ok
    assert "give each to its own holder" in found.hint
    assert (moved.ok, moved.hint) == (True, "")


@pytest.mark.parametrize(
    ("own", "signs"), [("decision", "records"), ("log", "checkpoints")], ids=["decision", "log"]
)
def test_doctor_misses_a_key_of_the_office_that_is_not_there(
    office: Office, own: str, signs: str
) -> None:
    (office.folder / "keys" / f"{own}.jwk").unlink()

    found = {each.name: each for each in office.doctor()}["trust root"]

    assert not found.ok
    assert found.said == f"key `{own}` is missing: without it this office signs no {signs}"
    assert f"restore `keys/{own}.jwk`" in found.hint
