"""What is taken in from the register: verified first, once, and the same in every office."""

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from agreements.lifecycle import Act
from engine import bootstrap
from engine.decide import Code
from engine.errors import ConcordatError
from engine.service import Office
from engine.service.intake import Pending, pending, refuse_unborne, take_in
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked
from tests.service.test_lifecycle import code, soon

ROOT = Path(__file__).parents[2]
KEY = (AGREEMENT, "1.0")
PUBLISHED = f"policies/published/{AGREEMENT}/1.0"
SIGNATURES = f"signatures/{AGREEMENT}/1.0"
PROPOSAL = f"proposals/{AGREEMENT}/1.0"

KILLED = """
import os, signal, sys
from pathlib import Path
from engine import bootstrap
from engine.adapters.sql_store import SqlStore
from agreements.lifecycle import Act
office = bootstrap.open_office(Path(sys.argv[1]))
SqlStore.append = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
if sys.argv[2] == "publish":
    office.author.publish(sys.argv[3])
else:
    office.lifecycle.act(Act.SUSPEND, sys.argv[3], said="a breach")
"""


def killed(folder: Path, what: str) -> int:
    """Run a process that is killed between the register's commit and the log's append."""
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), what, AGREEMENT],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        check=False,
    )
    return ran.returncode


def tree(office: Office) -> None:
    """Verify everything in the register of an office, as if it had just been fetched."""
    register, shelved = office.premises.register, office.shelf.current()
    refuse_unborne(register.read, register.names, shelved.trust, shelved.bundle.law)


@pytest.fixture
def other(office: Office, signed_template: Path, tmp_path: Path) -> "Office":
    """A second office that has the register of the first, and has taken nothing in yet."""
    folder = tmp_path / "other"
    shutil.copytree(signed_template, folder)
    shutil.rmtree(folder / "register")
    shutil.copytree(office.folder / "register", folder / "register")
    return bootstrap.open_office(folder, timeout_s=0.2)


# ---- a crash


def test_a_publication_killed_before_its_record_is_completed_by_the_next_opening(
    signed_template: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "office"
    shutil.copytree(signed_template, folder)

    assert killed(folder, "publish") == -signal.SIGKILL

    with bootstrap.open_office(folder) as office:
        assert code(office) is Code.PERMITTED
        assert pending(office.premises, office.shelf) == Pending((), (), {})
        assert office.evidence.check_log().sound
        assert len(office.evidence.records(9, "agreement-activation")) == 1


def test_a_suspension_killed_before_its_record_is_completed_by_the_next_opening(
    folder: Path,
) -> None:
    assert killed(folder, "suspend") == -signal.SIGKILL

    with bootstrap.open_office(folder) as office:
        assert code(office) is Code.SUSPENDED
        assert len(office.evidence.records(9, "agreement-act")) == 1
        assert office.evidence.check_log().sound


def test_taking_in_again_takes_in_nothing(office: Office) -> None:
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    size = office.premises.records.head().size

    assert take_in(office.premises, office.shelf) == []
    assert office.premises.records.head().size == size


# ---- two offices


def test_another_office_takes_in_the_same_with_the_same_effect(
    office: Office, other: Office
) -> None:
    ours, theirs = (each.shelf.current().activations[KEY][0] for each in (office, other))

    assert ours.payload["effective_from"] == theirs.payload["effective_from"]
    assert ours.payload["signatures"] == theirs.payload["signatures"]
    assert ours.jti != theirs.jti
    assert office.shelf.current().bundle.sha256 == other.shelf.current().bundle.sha256
    assert other.evidence.proof(other.desk.ask(asked(), at=soon(other)).jti)


def test_a_suspension_heard_of_later_counts_from_its_own_instant(
    office: Office, other: Office
) -> None:
    done = office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    unheard = other.desk.ask(asked(), at=done.from_)
    name = f"acts/{AGREEMENT}/1.0"
    shutil.copytree(office.premises.register.path(name), other.premises.register.path(name))

    (taken,) = take_in(other.premises, other.shelf)

    assert (taken.what, taken.party, taken.key) == ("suspend", COUNCIL, KEY)
    assert unheard.decision.code is Code.PERMITTED
    assert other.desk.ask(asked(), at=done.from_).decision.code is Code.SUSPENDED
    standings = (each.shelf.current().standing[KEY] for each in (office, other))
    assert len(set(standings)) == 1


def test_a_signature_taken_back_while_another_publishes_counts_as_leaving_in_both(
    signed_template: Path, tmp_path: Path
) -> None:
    for name in ("one", "two"):
        shutil.copytree(signed_template, tmp_path / name)
    with (
        bootstrap.open_office(tmp_path / "one") as publishes,
        bootstrap.open_office(tmp_path / "two") as takes_back,
    ):
        published = publishes.author.publish(AGREEMENT)
        done = takes_back.lifecycle.act(Act.WITHDRAW, AGREEMENT, party=TRUST)
        for giver, taker, part in (
            (publishes, takes_back, f"policies/published/{AGREEMENT}"),
            (takes_back, publishes, f"acts/{AGREEMENT}"),
        ):
            source = giver.premises.register.path(part)
            shutil.copytree(source, taker.premises.register.path(part))
            take_in(taker.premises, taker.shelf)

        for each in (publishes, takes_back):
            tree(each)
            assert code(each) is Code.EXPIRED
        assert published.version == done.version
        standings = [each.shelf.current().standing[KEY] for each in (publishes, takes_back)]
        assert standings[0] == standings[1]


# ---- what is not borne out


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def swap(folder: Path) -> None:
    one, other = sorted(folder.iterdir())
    kept = one.read_bytes()
    one.write_bytes(other.read_bytes())
    other.write_bytes(kept)


def only(folder: Path, agency: str) -> Path:
    (found,) = folder.glob(f"{agency}.*")
    return found


def reword(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace("health-physical", "health-mental"), "utf-8")


def unlisted(path: Path) -> None:
    words = path.read_text("utf-8")
    start = words.index('{"party":"northshire-nhs-trust"')
    path.write_text(words[: start - 1] + "]" + words[words.index("]", start) + 1 :], "utf-8")


def rename(act: Path) -> None:
    act.rename(act.with_name(f"1-leave-{TRUST}-000000000000.jws"))


Harm = Callable[[Path], object]
HARMS: dict[str, tuple[Harm, str]] = {
    "one byte of the proposed text": (
        lambda top: flip(top / PROPOSAL / "agreement.json"),
        f"`{PROPOSAL}/agreement.json",
    ),
    "the words beside the proposed text": (
        lambda top: reword(top / PROPOSAL / "text.yaml"),
        "says something else than what is signed",
    ),
    "no proposal": (lambda top: shutil.rmtree(top / PROPOSAL), "nobody proposed"),
    "one byte of the published text": (
        lambda top: flip(top / PUBLISHED / "agreement.json"),
        "is not the text that was proposed and signed",
    ),
    "one byte of the policies": (
        lambda top: flip(top / PUBLISHED / "policies.json"),
        "is not what this office compiles",
    ),
    "one byte of the list of files": (
        lambda top: flip(top / PUBLISHED / "manifest.json"),
        "is not what this office compiles",
    ),
    "one byte of a signature": (
        lambda top: flip(only(top / SIGNATURES, TRUST)),
        "is not the signature that was counted",
    ),
    "two signatures swapped": (
        lambda top: swap(top / SIGNATURES),
        "is not the signature that was counted",
    ),
    "a signature dropped": (
        lambda top: only(top / SIGNATURES, TRUST).unlink(),
        "rests on|no file|not there|there is no",
    ),
    "a signature that is not counted": (
        lambda top: unlisted(top / PUBLISHED / "signatures.json"),
        f"`{TRUST}` has not signed as caldicott-guardian",
    ),
    "a list of signatures that is none": (
        lambda top: (top / PUBLISHED / "signatures.json").write_bytes(b"{}"),
        "is missing",
    ),
    "a signature under another name": (
        lambda top: shutil.copy(
            only(top / SIGNATURES, TRUST), top / SIGNATURES / f"{TRUST}.siro.jws"
        ),
        f"it is that of `{TRUST}` as caldicott-guardian",
    ),
    "an act under another name": (
        lambda top: rename(next((top / f"acts/{AGREEMENT}/1.0").iterdir())),
        "it is `",
    ),
    "one byte of an act": (
        lambda top: flip(next((top / f"acts/{AGREEMENT}/1.0").iterdir())),
        f"`acts/{AGREEMENT}/1.0/",
    ),
    "an act moved to another version": (
        lambda top: shutil.copytree(top / f"acts/{AGREEMENT}/1.0", top / f"acts/{AGREEMENT}/2.0"),
        f"nobody proposed `{AGREEMENT}` 2.0",
    ),
    "an act on a version nobody published": (
        lambda top: shutil.rmtree(top / "policies/published"),
        "is not published, so nothing in it can stop",
    ),
}


@pytest.mark.parametrize(("harm", "said"), HARMS.values(), ids=HARMS)
def test_a_register_that_was_tampered_with_is_refused_by_name(
    office: Office, harm: Harm, said: str
) -> None:
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    tree(office)

    harm(office.folder / "register")

    with pytest.raises(ConcordatError, match=said) as refused:
        tree(office)
    assert refused.value.hint or str(refused.value).startswith("`")


def test_what_is_refused_is_not_in_the_log_and_the_office_goes_on(
    office: Office, other: Office
) -> None:
    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    name = f"acts/{AGREEMENT}/1.0"
    shutil.copytree(office.premises.register.path(name), other.premises.register.path(name))
    flip(next(other.premises.register.path(name).iterdir()))
    size = other.premises.records.head().size

    with pytest.raises(ConcordatError):
        take_in(other.premises, other.shelf)

    assert other.premises.records.head().size == size
    with bootstrap.open_office(other.folder) as again:
        assert code(again) is Code.PERMITTED
        (intake,) = [each for each in again.doctor() if each.name == "intake"]
        assert "not in the log" in intake.said


def test_policies_shown_to_people_are_the_ones_that_are_enforced(
    signed_template: Path, office: Office, tmp_path: Path
) -> None:
    folder = tmp_path / "third"
    shutil.copytree(signed_template, folder)
    shutil.rmtree(folder / "register")
    shutil.copytree(office.folder / "register", folder / "register")
    flip(folder / "register" / PUBLISHED / "policy.cedar")

    with bootstrap.open_office(folder) as third:
        assert third.shelf.current().activations == {}
        with pytest.raises(
            ConcordatError, match=r"policy\.cedar` is not what this office compiles"
        ):
            take_in(third.premises, third.shelf)


def test_a_signature_added_after_publication_changes_nothing(office: Office, other: Office) -> None:
    """What counted is listed with the publication, so a late signature moves no instant."""
    listed = office.premises.register.read(f"{PUBLISHED}/signatures.json")

    assert other.premises.register.read(f"{PUBLISHED}/signatures.json") == listed
    assert listed.count(b'"party"') == 2
