"""What the service does with more agreements, records and workers, and as its register moves.

`make bench` prints it, each figure as a ratio measured in one run, as `tests.bench_http` does and
by its means. `--long` adds a log of a million records, which takes some minutes to write; workers
need PostgreSQL on this machine and are left out without it.
"""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Final

import httpx2

from api import authzen
from engine import bootstrap
from engine.adapters.sql_store import SqlStore
from engine.ports import Kept
from engine.record import Link, Sealed, uuid7
from tests import bench_office, postgres
from tests.bench_http import (
    PATH,
    QUESTIONS,
    Asker,
    Report,
    Server,
    office_server,
    rounds,
    touched,
    turn,
)
from tests.load import load, median, memory_of, ratio

FEW, SOME, MANY = 10, 1_000, 10_000
FOR_WORKERS: Final = 1_500
HEARD: Final = 6
"""How many questions workers are asked, and how often beforehand."""
RECORDS: Final = 1_000_000
LOT: Final = 10_000
"""How many of them are written in one transaction."""
POLL_S: Final = 1
RELOAD_SECONDS: Final = 6.0
RELOADS: Final = 5


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
        of_few, of_many = (bench_office.questions(each, QUESTIONS) for each in (FEW, MANY))
        found = rounds(
            {
                f"{FEW} agreements, 4 connections": turn(small, Asker(small).requests(of_few), 4),
                f"{MANY:,} agreements, 4": turn(large, Asker(large).requests(of_many), 4),
                f"{FEW} agreements, 32 connections": turn(small, Asker(small).requests(of_few), 32),
                f"{MANY:,} agreements, 32": turn(large, Asker(large).requests(of_many), 32),
            }
        )
    report.table(found)
    few_4, many_4, few_32, many_32 = found.values()
    what = f"p50 with {MANY:,} agreements, times {FEW}, 4 connections"
    report.limit(what, ratio(many_4, few_4, "p50_ms"), most=1.3)
    report.limit("  with 32 connections", ratio(many_32, few_32, "p50_ms"), most=1.3)
    report.limit("memory for each agreement, KB", grown / (MANY - FEW) / 1024, most=60)
    report.limit(f"start to ready with {MANY:,} agreements, s", large.ready_s, most=30)
    report.said("memory before any was asked, MB", before / 1e6)


def prefilled(folder: Path, count: int) -> None:
    """Put so many records into an office's log: real rows, real nodes of the tree."""
    with bootstrap.open_office(folder) as office:
        said = authzen.read(bench_office.question(0, 0, permitted=True))
        answered = office.desk.ask(json.dumps(said.fields).encode())
        log = office.settings.log
    store = SqlStore(folder / bootstrap.RECORDS, chain=log)
    now_s = int(time.time())
    sealed = answered.jws, answered.disclosures

    def seal(_: Link) -> Kept:
        jti = uuid7(now_s * 1000, os.urandom(10))
        return Kept(Sealed(*sealed, jti), "decision", "permit", now_s)

    for _ in range(count // LOT):
        store.append_many([seal] * LOT)
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
                "an empty log, 32 connections": turn(short, Asker(short).requests(bodies), 32),
                f"{RECORDS:,} records, 32": turn(long, Asker(long).requests(bodies), 32),
            }
        )
    report.table(found)
    empty_4, full_4, empty_32, full_32 = found.values()
    what = f"p50 with {RECORDS:,} records, times none, 4 connections"
    report.limit(what, ratio(full_4, empty_4, "p50_ms"), most=1.2)
    report.limit("  with 32 connections", ratio(full_32, empty_32, "p50_ms"), most=1.2)


def several_workers(folder: Path, report: Report) -> None:
    """One worker on PostgreSQL, and two; each office has a database of its own in one cluster."""
    if postgres.programs() is None:
        print("PostgreSQL is not installed here: workers are left out\n", flush=True)
        return
    with ExitStack() as stack:
        cluster = stack.enter_context(postgres.cluster())
        turns = {}
        for workers in (1, 2):
            office = folder / f"workers-{workers}"
            bench_office.make(office, SOME, store_url=cluster.new_database())
            server = stack.enter_context(office_server(office, "--workers", str(workers)))
            asker = Asker(server)
            touched(server, asker, SOME)
            asked = asker.requests(bench_office.questions(SOME, FOR_WORKERS))
            # Each worker remembers for itself; what it has not heard would be measured instead.
            load(server.port, asked * HEARD, connections=32, seconds=600, pid=server.pid, once=True)
            turns[f"PostgreSQL, {workers} worker{'s' * (workers > 1)}, 32"] = turn(
                server, asked, 32
            )
        found = rounds(turns)
    report.table(found)
    one, two = found.values()
    report.limit("a second with two workers, times one", ratio(two, one), least=1.1)


def reloaded(folder: Path, report: Report) -> None:
    """One agreement more comes into force while the others are asked about."""
    office = folder / "moving"
    bench_office.make(office, SOME)
    settings = office / bootstrap.SETTINGS
    settings.write_text(f"{settings.read_text()}\n[register]\npoll_s = {POLL_S}\n")
    took_s, still, moving = [], [], []
    with office_server(office) as server:
        asker = Asker(server)
        touched(server, asker, SOME)
        asked = asker.requests(bench_office.questions(SOME, QUESTIONS))
        for number in range(RELOADS):
            run = turn(server, asked, 4, RELOAD_SECONDS)
            still.append(run())
            with _changer(office, server, asker, SOME + number) as changer:
                moving.append(run())
                assert changer.stdout is not None
                took_s.append(float(changer.stdout.read()))
    report.table({"a register that stays, 4 connections": still, "one that moves, 4": moving})
    report.limit("from a change to the first answer by it, s", max(took_s), most=1)
    report.limit("p99 while it moves, times while it stays", ratio(moving, still, "p99_ms"), most=2)
    report.said("the slowest answer while it moves, ms", median(moving, "slowest_ms"))
    report.said("  while it stays, ms", median(still, "slowest_ms"))


def _changer(office: Path, server: Server, asker: Asker, number: int) -> "subprocess.Popen[str]":
    """Another program that brings an agreement into force once load has begun."""
    said = [str(office), str(server.port), asker.token, str(number)]
    command = [sys.executable, "-m", "tests.bench_scale", "change", *said]
    changer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert changer.stdin is not None
    assert changer.stdout is not None
    changer.stdout.readline()  # It has opened the office, so what it costs comes before the load.
    changer.stdin.write("\n")
    changer.stdin.flush()
    return changer


def change(office: Path, port: str, token: str, number: int) -> None:
    """Bring one agreement into force, and say after how long a question is answered by it."""
    with bootstrap.open_office(office) as opened:
        opened.shelf.current()
        print("open", flush=True)
        sys.stdin.readline()
        time.sleep(RELOAD_SECONDS / 2)
        bench_office.publish(opened, 1, number)
    began = time.perf_counter()
    asked = bench_office.question(number, 0, permitted=True)
    headers = {"Authorization": f"Bearer {token}"}
    with httpx2.Client(base_url=f"http://127.0.0.1:{port}", headers=headers) as http:
        while not http.post(PATH, json=asked).raise_for_status().json()["decision"]:
            time.sleep(0.005)
    print(time.perf_counter() - began)


def main() -> int:
    """Measure and print; 1 if a limit is missed."""
    if sys.argv[1:2] == ["change"]:
        office, port, token, number = sys.argv[2:]
        change(Path(office), port, token, int(number))
        return 0
    report = Report()
    folder = Path(tempfile.mkdtemp(prefix=".bench-", dir=Path.cwd()))
    try:
        several_workers(folder, report)
        reloaded(folder, report)
        flat_in_agreements(folder, report)
        if "--long" in sys.argv[1:]:
            flat_in_records(folder, report)
    finally:
        shutil.rmtree(folder)
    return int(report.failed)


if __name__ == "__main__":
    sys.exit(main())
