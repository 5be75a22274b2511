"""What the service does a second, as ratios measured in one run. `make bench` prints it.

Real servers, each a process of one worker on loopback, take turns in every round, so that
a busy machine slows all alike; what is compared are medians of the ratios within rounds.
The load generator is this process. Every decision is signed and on the disk before it is
answered. `--long` adds a log of a million records, which takes some minutes to write.
"""

import json
import os
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
from pathlib import Path
from typing import Any, Final

import httpx2

from api import authzen
from engine import bootstrap
from engine.adapters.sql_store import SqlStore
from engine.keys import PrivateKey
from engine.ports import Kept
from engine.record import Link, Sealed, uuid7
from tests import bench_office
from tests.api.application import Application
from tests.load import Round, load, median, memory_of, ratio, request

ROUNDS: Final = 5
SECONDS: Final = 3.0
AGREEMENTS: Final = 1_000
FEW, MANY = 10, 10_000
RECORDS: Final = 1_000_000
ITEMS: Final = 50
QUESTIONS: Final = 6_000
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
            httpx2.get(f"http://127.0.0.1:{port}/ready", timeout=1)
        except httpx2.HTTPError:
            time.sleep(0.02)
        else:
            return
    raise AssertionError("a server never was ready")


def office_server(folder: Path) -> Any:
    """The service itself, as it is started anywhere."""
    return serving("concordat", "serve", "--port", "{port}", "--office", str(folder))


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

    def figure(self, what: str, value: float) -> None:
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
    office, other = folder / "office", folder / "other"
    bench_office.make(office, AGREEMENTS)
    shutil.copytree(office, other)
    bodies = bench_office.questions(AGREEMENTS, QUESTIONS)
    batches = [_batch(bodies[n : n + ITEMS]) for n in range(0, len(bodies), ITEMS)]
    with ExitStack() as stack:
        echo = stack.enter_context(compared("echo", office))
        raw = stack.enter_context(compared("raw", office))
        ours = stack.enter_context(office_server(office))
        idiomatic = stack.enter_context(compared("idiomatic", other))
        asker, bound = Asker(ours), Asker(ours, bound=True)
        touched(ours, asker, AGREEMENTS)
        plain = [request(PATH, each) for each in bodies]
        ready = asker.requests(bodies)
        found = rounds(
            {
                "raw ASGI echo, 32 connections": turn(raw, plain, 32, 1),
                "typed FastAPI echo, 32": turn(echo, plain, 32),
                "this service, bearer token, 32": turn(ours, ready, 32),
                "this service, DPoP, 32": bound_turn(ours, bound, bodies, 32),
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
    batched = found["batches of 50, bearer token, 4"]
    report.limit("a second, times the typed echo, 32 connections", ratio(served, echoed), least=0.6)
    report.limit("  with a DPoP proof each", ratio(proved, echoed), least=0.6)
    report.limit(
        "p99 over p50, 32 connections",
        median(served, "p99_ms") / median(served, "p50_ms"),
        most=4,
    )
    report.limit("a second, times the idiomatic form", ratio(served, first), least=4)
    report.limit(
        f"decisions a second in batches of {ITEMS}, times single",
        ITEMS * ratio(batched, served),
        least=1.5,
    )


def _batch(bodies: Sequence[bytes]) -> bytes:
    return b'{"evaluations":[' + b",".join(bodies) + b"]}"


def flat_in_agreements(folder: Path, report: Report) -> None:
    """Ten agreements and ten thousand."""
    few, many = folder / "few", folder / "many"
    bench_office.make(few, FEW)
    bench_office.make(many, MANY)
    with ExitStack() as stack:
        small, large = (stack.enter_context(office_server(each)) for each in (few, many))
        before = memory_of(large.pid)
        touched(small, Asker(small), FEW)
        touched(large, Asker(large), MANY)
        grown = memory_of(large.pid) - memory_of(small.pid)
        found = rounds(
            {
                f"{FEW} agreements, 4 connections": turn(
                    small, Asker(small).requests(bench_office.questions(FEW, QUESTIONS)), 4
                ),
                f"{MANY:,} agreements, 4": turn(
                    large, Asker(large).requests(bench_office.questions(MANY, QUESTIONS)), 4
                ),
            }
        )
    report.table(found)
    a, b = found.values()
    report.limit(f"p50 with {MANY:,} agreements, times {FEW}", ratio(b, a, "p50_ms"), most=1.3)
    report.limit("memory for each agreement, KB", grown / (MANY - FEW) / 1024, most=60)
    report.limit(f"start to ready with {MANY:,} agreements, s", large.ready_s, most=30)
    print(f"memory before any was asked: {before / 1e6:,.0f} MB")


def prefilled(folder: Path, count: int) -> None:
    """Put so many records into an office's log: real rows, real nodes of the tree."""
    with bootstrap.open_office(folder) as office:
        said = authzen.read(bench_office.question(0, 0, permitted=True))
        answered = office.desk.ask(json.dumps(said.fields).encode())
        log = office.settings.log
    store = SqlStore(folder / bootstrap.RECORDS, chain=log)
    now_s = int(time.time())

    def seal(_: Link) -> Kept:
        jti = uuid7(int(time.time() * 1000), os.urandom(10))
        return Kept(Sealed(answered.jws, answered.disclosures, jti), "decision", "permit", now_s)

    for _ in range(count // 1_000):
        store.append_many([seal] * 1_000)
    store.close()


def flat_in_records(folder: Path, report: Report) -> None:
    """An empty log, and one of a million records."""
    empty, full = folder / "empty", folder / "full"
    bench_office.make(empty, FEW)
    shutil.copytree(empty, full)
    prefilled(full, RECORDS)
    bodies = bench_office.questions(FEW, QUESTIONS)
    with ExitStack() as stack:
        short, long = (stack.enter_context(office_server(each)) for each in (empty, full))
        found = rounds(
            {
                "an empty log, 4 connections": turn(short, Asker(short).requests(bodies), 4),
                f"{RECORDS:,} records, 4": turn(long, Asker(long).requests(bodies), 4),
            }
        )
    report.table(found)
    a, b = found.values()
    report.limit(f"p50 with {RECORDS:,} records, times none", ratio(b, a, "p50_ms"), most=1.2)


def main() -> int:
    """Measure and print; 1 if a limit is missed."""
    report = Report()
    print(f"One worker, SQLite; medians of {ROUNDS} rounds of {SECONDS:g} s, taking turns.\n")
    folder = Path(tempfile.mkdtemp(prefix=".bench-", dir=Path.cwd()))
    try:
        against_others(folder, report)
        flat_in_agreements(folder, report)
        if "--long" in sys.argv[1:]:
            flat_in_records(folder, report)
    finally:
        shutil.rmtree(folder)
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main())
