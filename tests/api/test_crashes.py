"""A real server, killed again and again at any moment, while applications ask it."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import httpx2
import pytest

from engine import bootstrap
from tests.api import history
from tests.api.history import History, assert_told_is_kept
from tests.api.test_server import ROOT, bearing, free_port, token, wait_until

ASKERS = 3


@contextmanager
def started(folder: Path) -> Iterator[tuple["subprocess.Popen[bytes]", str]]:
    """The command, begun and not yet ready."""
    port = free_port()
    with subprocess.Popen(
        [sys.executable, "-m", "concordat", "serve", "--port", str(port), "--office", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as server:
        try:
            yield server, f"http://127.0.0.1:{port}"
        finally:
            server.kill()


def wait_until_ready(url: str, server: "subprocess.Popen[bytes]") -> None:
    while True:
        assert server.poll() is None, "it did not start again"
        try:
            httpx2.get(f"{url}/ready", timeout=1, verify=False).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.02)
        else:
            return


def have_answers(written: Sequence[History], number: int) -> bool:
    return sum(each.count for each in written) >= number


def keep_asking(url: str, bearer: str, written: History) -> None:
    for _, answers, _ in history.asking(url, bearer):
        written.note(answers)


def kill_again_and_again(folder: Path, told: Path, times: int, chance: random.Random) -> None:
    """Kill it so often: one time in eight while it opens, else while it answers."""
    told.mkdir()
    for number in range(times):
        with started(folder) as (server, url):
            if number % 8 == 1:
                time.sleep(chance.uniform(0, 1.5))
                os.kill(server.pid, signal.SIGKILL)
                continue
            wait_until_ready(url, server)
            bearer = token(url)
            written = [History(told / f"{number}-{asker}") for asker in range(ASKERS)]
            askers = [
                threading.Thread(target=keep_asking, args=(url, bearer, each)) for each in written
            ]
            for asker in askers:
                asker.start()
            wait_until(partial(have_answers, written, chance.randrange(1, 60)))
            time.sleep(chance.uniform(0, 0.1))
            os.kill(server.pid, signal.SIGKILL)
            for asker in askers:
                asker.join()


def test_what_was_told_before_any_of_a_few_kills_is_in_the_log_once(
    folder: Path, tmp_path: Path
) -> None:
    bearing(folder)

    kill_again_and_again(folder, tmp_path / "told", 3, random.Random(3))

    told = history.read(tmp_path / "told")
    assert told
    with bootstrap.open_office(folder) as office:
        assert_told_is_kept(office, told)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_two_hundred_kills_under_load_lose_no_answer(
    folder: Path, tmp_path: Path, seed: int
) -> None:
    bearing(folder)

    kill_again_and_again(folder, tmp_path / "told", 50, random.Random(300 + seed))

    told = history.read(tmp_path / "told")
    assert len(told) > 500
    with bootstrap.open_office(folder) as office:
        assert_told_is_kept(office, told)
        assert all(each.ok for each in office.doctor())
