"""When the power fails: whatever was answered is in the log, once, and provably."""

import ctypes
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import pytest

from engine import bootstrap, merkle
from engine.adapters import sql_checkpoints, sql_file
from engine.ports import Head
from engine.service import Office
from engine.service.desk import Answered
from tests import power
from tests.power import Event, Promise
from tests.service.conftest import asked
from tests.service.test_disk import on_connect

LOG = "log.sqlite"
PAGES_BEFORE_MOVED = 40
"""How much SQLite writes ahead here before it moves it into the file: often, so that it is cut."""


@dataclass(frozen=True)
class Signed:
    """A head of the log that went out under the office's signature."""

    note: str
    head: Head


@pytest.fixture(scope="module")
def library() -> ctypes.CDLL:
    found = power.sqlite_library()
    if found is None:
        pytest.skip("SQLite is built into this Python, and its functions cannot be reached")
    return found


def files(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.glob(f"{LOG}*")}


def work(
    folder: Path, events: list[Event], chance: random.Random, rounds: int, *, tended: bool = False
) -> None:
    """Ask one by one and in batches, sign heads, close and open again; note what was promised."""
    for _ in range(rounds):
        with (
            bootstrap.open_office(folder) as office,
            on_connect(office, f"PRAGMA wal_autocheckpoint = {PAGES_BEFORE_MOVED}"),
        ):
            if tended:
                office.premises.records.tend()
            for _ in range(4):
                for _ in range(chance.randrange(4)):
                    promise(events, office.desk.ask(asked()))
                batch = [asked()] * chance.randrange(1, 9)
                promise(events, *office.desk.ask_many([*batch, b"nonsense"])[:-1])
                note = office.evidence.checkpoint()
                promise(events, Signed(note, office.premises.records.head()))


def promise(events: list[Event], *said: object) -> None:
    events += [Promise(each) for each in said]


def recorded(
    library: ctypes.CDLL, folder: Path, chance: random.Random, rounds: int, *, tended: bool = False
) -> list[Event]:
    with power.watched(library) as events:
        work(folder, events, chance, rounds, tended=tended)
    return events


def put_back(folder: Path, left: dict[str, bytes], promised: Sequence[Event]) -> None:
    """Have the folder be as the disk was after the cut."""
    for path in folder.glob(f"{LOG}*"):
        path.unlink()
    for name, data in left.items():
        (folder / Path(name).name).write_bytes(data)
    (folder / "checkpoint").unlink(missing_ok=True)
    for signed in [each.said for each in said(promised) if isinstance(each.said, Signed)][-1:]:
        (folder / "checkpoint").write_text(signed.note, "utf-8")


def said(events: Sequence[Event]) -> list[Promise]:
    return [event for event in events if isinstance(event, Promise)]


def assert_kept(folder: Path, events: Sequence[Event]) -> None:
    """What was promised before the cut holds after it; and the office goes on."""
    with bootstrap.open_office(folder) as office:
        before = office.premises.records.head()
        for promise in said(events):
            match promise.said:
                case Answered() as answered:
                    assert_in_log(office, answered, before)
                case Signed(head=head):
                    assert office.premises.records.root_at(head.size) == head.root
        report = office.evidence.check_log()
        assert report.sound, report.faults
        assert office.premises.records.complaints() == []
        names = [entry.jti for entry in office.premises.records.entries()]
        assert len(set(names)) == len(names) == before.size
        assert office.desk.ask(asked()).index == before.size


def assert_in_log(office: Office, answered: Answered, head: Head) -> None:
    records = office.premises.records
    entry = records.entry_at(answered.index)
    assert entry is not None, f"answer {answered.index} is lost"
    assert (entry.jti, entry.jws) == (answered.jti, answered.jws)
    assert records.disclosures(answered.jti) == answered.disclosures
    leaf = merkle.leaf_hash(entry.jws.encode())
    proof = records.inclusion(answered.index, head.size)
    merkle.verify_inclusion(leaf, answered.index, head.size, proof, head.root)


Cut: TypeAlias = Callable[..., list[str]]


@pytest.fixture
def cut(library: ctypes.CDLL, folder: Path, tmp_path: Path) -> Cut:
    """Cuts the power at so many points of one recording, and says which cuts broke a promise."""
    after = tmp_path / "after"
    shutil.copytree(folder, after)

    def run(
        times: int, chance: random.Random, *, flushes: bool = True, tended: bool = False
    ) -> list[str]:
        before = files(folder)
        events = recorded(library, folder, chance, rounds=3, tended=tended)
        assert len(said(events)) > 40
        broken = []
        for _ in range(times):
            until = events[: chance.randrange(1, len(events) + 1)]
            left = power.left_by_a_cut(before, until, power.choices(chance), flushes=flushes)
            put_back(after, left, until)
            try:
                assert_kept(after, until)
            except Exception as fault:  # noqa: BLE001 -- whatever a broken log makes of it.
                broken.append(f"after {len(until)} of {len(events)} events: {fault!r}")
        return broken

    return run


def test_what_is_written_down_is_what_stands_on_the_disk(
    library: ctypes.CDLL, folder: Path
) -> None:
    before = files(folder)

    events = recorded(library, folder, random.Random(1), rounds=2)

    assert power.left_by_a_cut(before, events, lambda versions: versions - 1) == files(folder)
    assert {type(event) for event in events} >= {
        *(power.Write, power.Flush, power.Creation, power.Removal, Promise)
    }


def test_what_was_answered_outlives_a_power_cut(cut: Cut) -> None:
    assert cut(12, random.Random(1)) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_what_was_answered_outlives_a_hundred_power_cuts(cut: Cut, seed: int) -> None:
    assert cut(20, random.Random(100 + seed)) == []


def test_with_a_looser_setting_the_same_cuts_lose_answers(
    cut: Cut, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sql_file._PRAGMAS, "synchronous", 1)

    assert cut(12, random.Random(1))


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have what was written ahead moved by a thread, without a pause and from the first page on."""
    monkeypatch.setattr(sql_checkpoints, "EVERY_S", 0.001)
    monkeypatch.setattr(sql_checkpoints, "MOST_BYTES", PAGES_BEFORE_MOVED * 4096)


def test_what_was_answered_outlives_cuts_while_a_thread_moves_it(cut: Cut, hasty: None) -> None:
    assert cut(12, random.Random(1), tended=True) == []


@pytest.mark.long
@pytest.mark.parametrize("seed", range(5))
def test_what_was_answered_outlives_a_hundred_cuts_while_a_thread_moves_it(
    cut: Cut, hasty: None, seed: int
) -> None:
    assert cut(20, random.Random(200 + seed), tended=True) == []


def test_with_a_looser_setting_the_thread_does_not_save_them(
    cut: Cut, hasty: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sql_file._PRAGMAS, "synchronous", 1)

    # Where the thread happens to flush just before each cut, the next ones tell.
    assert any(cut(12, random.Random(seed), tended=True) for seed in range(1, 9))


def test_on_a_disk_that_lies_the_same_cuts_lose_answers(cut: Cut) -> None:
    assert cut(12, random.Random(1), flushes=False)


def test_answers_outlive_cuts_while_the_log_is_being_recovered(
    library: ctypes.CDLL, folder: Path
) -> None:
    chance = random.Random(3)
    promised: list[Event] = []
    for _ in range(6):
        before = files(folder)
        events = recorded(library, folder, chance, rounds=1)
        until = events[: chance.randrange(1, len(events) // 2)]
        promised += said(until)
        put_back(folder, power.left_by_a_cut(before, until, power.choices(chance)), promised)

    assert_kept(folder, promised)
