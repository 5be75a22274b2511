"""A real server on this machine: started by its command, asked, stopped, killed."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sized
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2

from tests.api.application import Application, evaluation
from tests.api.conftest import KEYS

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


@contextmanager
def served(folder: Path, *options: str) -> Iterator[tuple["subprocess.Popen[str]", str]]:
    """The command, running, and where it answers."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "concordat", "serve", "--port", str(port), *options]
    with subprocess.Popen(
        [*command, "--office", str(folder)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
    ) as server:
        try:
            wait_for(url, server)
            yield server, url
        finally:
            server.kill()


def wait_for(url: str, server: "subprocess.Popen[str]") -> None:
    for _ in range(600):
        assert server.poll() is None, server.stdout.read() if server.stdout else ""
        try:
            httpx2.get(f"{url}/ready", timeout=1, verify=False).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it never was ready")


def bearing(folder: Path) -> None:
    path = folder / "office.toml"
    path.write_text(f"{path.read_text()}\n[http]\nplain_bearer = true\n")


def token(url: str) -> str:
    """A token as an integrator gets one, with the client of any library."""
    app: Any = Application(None, None, "council-app", KEYS["council-app"], int(time.time()))  # type: ignore[arg-type]
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": app.assertion(aud=url),
    }
    given = httpx2.post(f"{url}/oauth/token", data=form).raise_for_status()
    return str(given.json()["access_token"])


def test_it_answers_on_this_machine_and_stops_when_asked(folder: Path) -> None:
    bearing(folder)
    with served(folder) as (server, url):
        headers = {"Authorization": f"Bearer {token(url)}"}
        answered = httpx2.post(f"{url}/access/v1/evaluation", json=evaluation(), headers=headers)
        server.send_signal(signal.SIGTERM)
        said = server.communicate(timeout=20)[0]

    assert answered.json()["decision"] is True
    assert f"answers at {url}" in said
    assert "`plain_bearer` is on" in said
    assert "server" not in answered.headers


def test_it_listens_beyond_this_machine_only_behind_https(folder: Path) -> None:
    command = [sys.executable, "-m", "concordat", "serve", "--host", "0.0.0.0"]  # noqa: S104 -- refused.

    ran = subprocess.run(
        [*command, "--office", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert ran.returncode == 2
    assert "names no address" in ran.stderr


def test_a_port_that_is_taken_is_said_in_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        ran = subprocess.run(
            [sys.executable, "-m", "concordat", "serve", "--port", port, "--office", str(folder)],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
        )

    assert ran.returncode == 8
    assert f"port {port}: address already in use" in ran.stderr
    assert "Traceback" not in ran.stderr


def load(url: str, given: list[tuple[int, str]], bearer: str) -> None:
    """Ask until nobody answers any more, and note every answer that came whole."""
    headers = {"Authorization": f"Bearer {bearer}"}
    several = evaluation() | {"evaluations": [{}] * 5}
    with httpx2.Client(headers=headers, timeout=5) as http:
        while True:
            try:
                one = http.post(f"{url}/access/v1/evaluation", json=evaluation())
                more = http.post(f"{url}/access/v1/evaluations", json=several)
            except httpx2.HTTPError:
                return
            if one.status_code != 200 or more.status_code != 200:
                continue
            answers = [one.json(), *more.json()["evaluations"]]
            told = [answer["context"] for answer in answers]
            given.extend((context["index"], context["evaluation_id"]) for context in told)


def wait_until(holds: Callable[[], bool]) -> None:
    """Wait for something that comes soon, however busy this machine is."""
    for _ in range(1_200):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def more_than(given: Sized, number: int) -> bool:
    return len(given) > number
