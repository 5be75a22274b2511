"""What the service does a second, as ratios measured in one run. `make bench` prints it.

Real servers, each a process of one worker on loopback, take turns in every round, so that
a busy machine slows all alike; what is compared are medians of the ratios within rounds.
The load generator is this process. Every decision is signed and on the disk before it is
answered. What changes with size, workers and a register that moves is `tests.bench_scale`'s.
"""

import json
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from typing import Any, Final

import httpx2

from engine.keys import PrivateKey
from tests import bench_office
from tests.api.application import Application
from tests.load import Round, load, median, ratio, request

ROUNDS: Final = 5
SECONDS: Final = 3.0
AGREEMENTS: Final = 1_000
ITEMS: Final = 50
QUESTIONS: Final = 6_000
NEW: Final = 12_000
"""How many questions that were never asked are put in one turn; all rounds have others."""
PATH: Final = "/access/v1/evaluation"
READY_S: Final = 300


@dataclass(frozen=True)
class Server:
    """A server that answers.

    Attributes:
        pid: Its process.
        ready_s: How long it took to start.
    """

    port: int
    pid: int
    ready_s: float

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.port}"


PYTHON: Final = (sys.executable, "-m")


@contextmanager
def serving(*command: str, program: Sequence[str] = PYTHON) -> Iterator[Server]:
    """Run a server until it is no longer needed; ``{port}`` in its command is where it listens."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = int(free.getsockname()[1])
    began = time.perf_counter()
    filled = [*program, *(each.format(port=port) for each in command)]
    with subprocess.Popen(filled, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        try:
            _wait_for(port, process)
            yield Server(port, process.pid, time.perf_counter() - began)
        finally:
            process.terminate()
            process.wait(20)


def _wait_for(port: int, process: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        assert process.poll() is None, "a server ended by itself"
        try:
            # Whatever it answers, it answers.
            httpx2.get(f"http://127.0.0.1:{port}/ready", timeout=1, verify=False)
        except httpx2.HTTPError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("a server never was ready")


def office_server(folder: Path, *more: str) -> Any:
    """The service itself, as it is started anywhere."""
    return serving("concordat", "serve", "--port", "{port}", "--office", str(folder), *more)


def compared(kind: str, folder: Path) -> Any:
    """One of the servers it is compared with."""
    return serving("tests.bench_servers", kind, "{port}", str(folder))


@dataclass
class Asker:
    """The application that asks one server.

    Attributes:
        bound: Whether each request carries a proof of its own (DPoP); else the token is enough.
        name, key: As which client of the office it asks.
    """

    server: Server
    bound: bool = False
    name: str = bench_office.CLIENT
    key: PrivateKey = bench_office.KEY

    def __post_init__(self) -> None:
        now_s = int(time.time())
        nobody: Any = None  # It sends nothing itself.
        self.application = Application(nobody, nobody, self.name, self.key, now_s)
        self.token = self._token()

    def _token(self) -> str:
        url = self.server.url
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": self.application.assertion(aud=url),
        }
        proof = self.application.proof("/oauth/token", htu=f"{url}/oauth/token")
        headers = {"DPoP": proof} if self.bound else {}
        given = httpx2.post(f"{url}/oauth/token", data=form, headers=headers).raise_for_status()
        return str(given.json()["access_token"])

    def requests(self, bodies: Sequence[bytes], path: str = PATH) -> list[bytes]:
        """Requests as they go over the wire."""
        if not self.bound:
            return [request(path, each, [f"Authorization: Bearer {self.token}"]) for each in bodies]
        self.application.now_s = int(time.time())
        url = self.server.url + path
        return [
            request(
                path,
                each,
                [
                    f"Authorization: DPoP {self.token}",
                    f"DPoP: {self.application.proof(path, self.token, htu=url)}",
                ],
            )
            for each in bodies
        ]


Turn = Callable[[], Round]


def rounds(turns: dict[str, Turn]) -> dict[str, list[Round]]:
    """Let all take turns, round by round; the first warms up and does not count."""
    found: dict[str, list[Round]] = {name: [] for name in turns}
    for number in range(ROUNDS + 1):
        for name, turn in turns.items():
            once = turn()
            if number:
                found[name].append(once)
    return found


def turn(
    server: Server, requests: Sequence[bytes], connections: int, seconds: float = SECONDS
) -> Turn:
    """One turn of one server."""
    return partial(
        load, server.port, requests, connections=connections, seconds=seconds, pid=server.pid
    )


def bound_turn(server: Server, asker: Asker, bodies: Sequence[bytes], connections: int) -> Turn:
    """One turn in which each request is proved anew."""

    def run() -> Round:
        return load(
            server.port,
            asker.requests(bodies),
            connections=connections,
            seconds=SECONDS,
            pid=server.pid,
            once=True,
        )

    return run


def new_turn(server: Server, asker: Asker, connections: int, numbers: "count[int]") -> Turn:
    """One turn of questions that were never asked."""

    def run() -> Round:
        bodies = bench_office.new_questions(AGREEMENTS, NEW, next(numbers) * NEW)
        return load(
            server.port,
            asker.requests(bodies),
            connections=connections,
            seconds=SECONDS,
            pid=server.pid,
            once=True,
        )

    return run


def touched(server: Server, asker: Asker, count: int) -> None:
    """Ask once under each agreement, so that every one of them is in memory."""
    bodies = [
        json.dumps(bench_office.question(n, n, permitted=True)).encode() for n in range(count)
    ]
    load(server.port, asker.requests(bodies), connections=8, seconds=600, pid=server.pid, once=True)


class Report:
    """What was found, and whether it is enough."""

    def __init__(self) -> None:
        self.failed = False

    def table(self, found: dict[str, list[Round]]) -> None:
        """Print the medians of each."""
        print(f"{'':44} {'a second':>9} {'p50 ms':>8} {'p99 ms':>8} {'CPU µs':>8}")
        for name, each in found.items():
            figures = [median(each, what) for what in ("per_second", "p50_ms", "p99_ms", "cpu_us")]
            print(
                f"  {name:42} {figures[0]:>9,.0f} {figures[1]:>8.2f} {figures[2]:>8.2f}"
                f" {figures[3]:>8.0f}"
            )
        print(flush=True)

    def said(self, what: str, value: float) -> None:
        """Print one figure that has no limit."""
        print(f"{what:62} {value:>8.2f}", flush=True)

    def limit(self, what: str, value: float, *, least: float = 0, most: float = 0) -> None:
        """Print one figure beside its limit."""
        holds = value >= least if least else value <= most
        self.failed |= not holds
        said = f"at least {least:g}" if least else f"at most {most:g}"
        print(f"{what:62} {value:>8.2f}   {said:14} {'' if holds else 'MISSED'}", flush=True)


def against_others(folder: Path, report: Report) -> None:
    """One thousand agreements: the echo, the service, the idiomatic form."""
    office, *copies = (folder / name for name in ("office", "other", "third", "fourth"))
    bench_office.make(office, AGREEMENTS)
    for copy in copies:
        shutil.copytree(office, copy)
    other, third, fourth = copies
    bodies = bench_office.questions(AGREEMENTS, QUESTIONS)
    batches = [_batch(bodies[n : n + ITEMS]) for n in range(0, len(bodies), ITEMS)]
    with ExitStack() as stack:
        echo = stack.enter_context(compared("echo", office))
        raw = stack.enter_context(compared("raw", office))
        ours = stack.enter_context(office_server(office))
        idiomatic = stack.enter_context(compared("idiomatic", other))
        alone = stack.enter_context(compared("undecided", third))
        # What is new to Cedar is remembered too, in the place of what others ask again.
        apart = stack.enter_context(office_server(fourth))
        asker, bound, curious = Asker(ours), Asker(ours, bound=True), Asker(apart)
        touched(apart, curious, AGREEMENTS)
        plain = [request(PATH, each) for each in bodies]
        ready = asker.requests(bodies)
        load(ours.port, ready, connections=32, seconds=READY_S, pid=ours.pid, once=True)
        found = rounds(
            {
                "raw ASGI echo, 32 connections": turn(raw, plain, 32, 1),
                "typed FastAPI echo, 32": turn(echo, plain, 32),
                "this service, bearer token, 32": turn(ours, ready, 32),
                "  each question new, 32": new_turn(apart, curious, 32, count()),
                "this service, DPoP, 32": bound_turn(ours, bound, bodies, 32),
                "  nothing decided or kept, 32": turn(alone, Asker(alone).requests(bodies), 32),
                "idiomatic, no token, 32": turn(idiomatic, plain, 32),
                "batches of 50, bearer token, 4": turn(
                    ours, asker.requests(batches, f"{PATH}s"), 4
                ),
                "typed FastAPI echo, 1": turn(echo, plain, 1, 1),
                "this service, bearer token, 1": turn(ours, ready, 1, 1),
                "typed FastAPI echo, 4": turn(echo, plain, 4, 1),
                "this service, bearer token, 4": turn(ours, ready, 4, 1),
                "idiomatic, no token, 4": turn(idiomatic, plain, 4, 1),
            }
        )
    report.table(found)
    echoed, served = found["typed FastAPI echo, 32"], found["this service, bearer token, 32"]
    proved, first = found["this service, DPoP, 32"], found["idiomatic, no token, 32"]
    new = found["  each question new, 32"]
    undecided = found["  nothing decided or kept, 32"]
    batched = found["batches of 50, bearer token, 4"]
    report.limit("a second, times the typed echo, 32 connections", ratio(served, echoed), least=0.6)
    report.said("  with each question new to Cedar", ratio(new, echoed))
    report.said("  with a DPoP proof each", ratio(proved, echoed))
    report.said("processor time, times the typed echo's", ratio(served, echoed, "cpu_us"))
    report.said("  with nothing decided or kept", ratio(undecided, echoed, "cpu_us"))
    spread = median(served, "p99_ms") / median(served, "p50_ms")
    report.limit("p99 over p50, 32 connections", spread, most=4)
    report.limit("a second, times the idiomatic form", ratio(served, first), least=4)
    report.limit(
        f"decisions a second in batches of {ITEMS}, times single",
        ITEMS * ratio(batched, served),
        least=1.5,
    )


def _batch(bodies: Sequence[bytes]) -> bytes:
    return b'{"evaluations":[' + b",".join(bodies) + b"]}"


def main() -> int:
    """Measure and print; 1 if a limit is missed."""
    report = Report()
    print(f"One worker, SQLite; medians of {ROUNDS} rounds of {SECONDS:g} s, taking turns.\n")
    folder = Path(tempfile.mkdtemp(prefix=".bench-", dir=Path.cwd()))
    try:
        against_others(folder, report)
    finally:
        shutil.rmtree(folder)
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main())
