"""A service that is told to stop while it is asked: it finishes what it began, and goes."""

import os
import random
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import httpx2
import pytest

from engine import bootstrap
from tests.api.test_server import ROOT, bearing, load, more_than, served, token, wait_until
from tests.service.test_crash import assert_all_are_there

PATIENCE_S = 10
"""What docs/running.md promises."""


def stop_under_load(folder: Path, times: int, chance: random.Random) -> list[tuple[int, str]]:
    given: list[tuple[int, str]] = []
    for _ in range(times):
        with served(folder) as (server, url):
            bearer = token(url)
            askers = [threading.Thread(target=load, args=(url, given, bearer)) for _ in range(4)]
            for asker in askers:
                asker.start()
            wait_until(partial(more_than, given, len(given) + 12))
            time.sleep(chance.uniform(0, 0.2))
            server.send_signal(signal.SIGTERM)
            try:
                said, _ = server.communicate(timeout=PATIENCE_S)
            except subprocess.TimeoutExpired:
                pytest.fail("it did not stop in time")
            for asker in askers:
                asker.join(20)
            with pytest.raises(httpx2.ConnectError):
                httpx2.get(f"{url}/health")
        assert server.returncode == 0, said
        assert '"event":"stop"' in said
    return given


def test_a_service_told_to_stop_finishes_what_it_began(folder: Path) -> None:
    bearing(folder)

    given = stop_under_load(folder, 3, random.Random(6))

    assert len(set(given)) == len(given) > 30
    with bootstrap.open_office(folder) as office:
        assert_all_are_there(office, given)


TOLD_WHILE_STARTING = """
import signal, sys
from pathlib import Path
import uvicorn
from api import server

made = uvicorn.Config.get_loop_factory

def told(self):
    signal.raise_signal(signal.SIGTERM)
    return made(self)

uvicorn.Config.get_loop_factory = told
place = server.listening("127.0.0.1", 0)
sys.exit(0 if server.listen(Path(sys.argv[1]), place, url="http://127.0.0.1") else 1)
"""


def test_a_service_told_to_stop_before_its_loop_runs_stops(folder: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-c", TOLD_WHILE_STARTING, str(folder)],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert ended.returncode == 0, ended.stderr
    assert '"event":"stop"' in ended.stderr


@pytest.mark.long
def test_a_hundred_stops_under_load_lose_no_answer(folder: Path) -> None:
    bearing(folder)

    given = stop_under_load(folder, 100, random.Random(7))

    assert len(set(given)) == len(given) > 1_000
    with bootstrap.open_office(folder) as office:
        assert_all_are_there(office, given)
        assert all(each.ok for each in office.doctor())
