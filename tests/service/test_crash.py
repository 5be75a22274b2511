"""Killed, or many at once: every answer that was given is in the log, once."""

import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from engine import bootstrap, merkle, verify
from engine.service import Office
from tests.service.conftest import asking

ROOT = Path(__file__).parents[2]


def start(folder: Path, count: int) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        asking(folder, count),
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def answers(said: str) -> list[tuple[int, str]]:
    """The answers that were given in full: a line cut short by the kill is none."""
    whole = said[: said.rfind("\n") + 1].splitlines()
    return [(int(line.split()[0]), line.split()[1]) for line in whole if line != "ready"]


def kill_again_and_again(folder: Path, times: int, chance: random.Random) -> list[tuple[int, str]]:
    given: list[tuple[int, str]] = []
    for _ in range(times):
        with start(folder, 100_000) as asker:
            assert asker.stdout is not None
            assert asker.stdout.readline() == "ready\n"
            # After some answers, however busy the machine; and then at any moment.
            said = "".join(asker.stdout.readline() for _ in range(chance.randrange(11, 40)))
            time.sleep(chance.uniform(0, 0.1))
            os.kill(asker.pid, signal.SIGKILL)
            given += answers(said + asker.stdout.read())
    return given


def assert_all_are_there(office: Office, given: list[tuple[int, str]]) -> None:
    report = office.evidence.check_log()
    assert report.sound, report.faults
    records = office.premises.records
    entries = list(records.entries())
    places = {entry.jti: entry.index for entry in entries}
    assert len(places) == len(entries)
    for index, jti in given:
        assert places[jti] == index
        leaf = merkle.leaf_hash(entries[index].jws.encode())
        proof = records.inclusion(index, report.size)
        merkle.verify_inclusion(leaf, index, report.size, proof, report.root)
    root, now_s = office.premises.trust(), office.premises.now_s()
    for _, jti in given[:: max(1, len(given) // 10)]:
        assert verify.verify(office.evidence.proof(jti), root, now_s=now_s).result == "verified"


def test_answers_given_before_a_kill_are_in_the_log_once(folder: Path) -> None:
    given = kill_again_and_again(folder, 3, random.Random(1))

    assert given
    with bootstrap.open_office(folder) as office:
        assert_all_are_there(office, given)


@pytest.mark.long
def test_twenty_kills_lose_no_answer(folder: Path) -> None:
    given = kill_again_and_again(folder, 20, random.Random(2))

    assert len(given) > 200
    with bootstrap.open_office(folder) as office:
        assert_all_are_there(office, given)
        assert all(each.ok for each in office.doctor())


def test_four_at_once_share_one_log_without_gap_or_double(folder: Path) -> None:
    askers = [start(folder, 50) for _ in range(4)]

    given = []
    for asker in askers:
        said, _ = asker.communicate(timeout=60)
        assert asker.returncode == 0
        given += answers(said)

    assert sorted(index for index, _ in given) == list(range(1, 201))
    with bootstrap.open_office(folder) as office:
        assert_all_are_there(office, given)
