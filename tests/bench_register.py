"""What a register of a thousand agreements costs: opened cold, and after one change.

Each agreement has its history: a text, its proposal, two signatures, its publication, each a
commit of its own, and an activation in the log. They are made as offices make them, but that the
compiler runs in this process. Opening is measured in a fresh process each time, medians of
several; what is printed are seconds and megabytes on this machine. `make bench-register` runs it.
"""

import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from agreements.model import Agreement
from engine import bootstrap
from engine.bundle import cedar_text
from engine.compile import Compiled, compile_agreement
from engine.law import Law
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, bare_office, text, write_text

COUNT = 1_000
CLAUSES = 8
ROUNDS = 5
OPENING_S, LIVE_S, MEMORY_MB = 20, 1, 500
"""What each may be."""


class InProcess:
    """Compiles without a process of its own: the texts are known to be harmless."""

    def compile(self, agreement: Agreement, law: Law) -> tuple[Compiled, str]:
        """The agreement compiled, and its policies as Cedar text for people."""
        compiled = compile_agreement(agreement, law.vocabulary)
        return compiled, cedar_text(compiled)


def words(name: str, version: str = "1.0") -> str:
    """The text of one agreement, of several clauses."""
    head, clause = text().replace(AGREEMENT, name).split("clauses:\n", 1)
    several = "".join(clause.replace('id: "1"', f'id: "{n}"') for n in range(1, CLAUSES + 1))
    return f"{head}clauses:\n{several}".replace('version: "1.0"', f'version: "{version}"')


def bring_into_force(office: Office, name: str, version: str = "1.0") -> None:
    """Propose a text, have both sign it, and publish it."""
    write_text(office, words(name, version), name)
    office.author.propose(name)
    for agency in (COUNCIL, TRUST):
        office.author.sign(name, agency)
    office.author.publish(name)


def fill(folder: Path, count: int) -> None:
    """Make an office with so many agreements in force."""
    with bare_office(folder) as office:
        object.__setattr__(office.premises, "compiler", InProcess())
        for number in range(count):
            bring_into_force(office, f"agreement-{number:05}")
            if not (number + 1) % 100:
                print(f"  {number + 1:,} in force", file=sys.stderr, flush=True)


def opened(folder: Path) -> tuple[float, float]:
    """How long a fresh process takes to open the office and answer, in seconds, and its memory."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.bench_register", "--open", str(folder)],
        capture_output=True,
        text=True,
        check=True,
    )
    seconds, megabytes = ran.stdout.split()
    return float(seconds), float(megabytes)


def open_here(folder: Path) -> None:
    """Open the office and ask one question; print how long it took and the greatest memory."""
    begun = time.perf_counter()
    with bootstrap.open_office(folder) as office:
        assert office.desk.ask(asked(agreement="agreement-00000")).decision.permitted
    took = time.perf_counter() - begun
    # What `getrusage` says of a process counts whoever started it too.
    (greatest,) = re.findall(r"VmHWM:\s+(\d+) kB", Path("/proc/self/status").read_text())
    print(took, int(greatest) / 1024)


def changed(folder: Path) -> float:
    """How long from publishing a changed version until it answers, in seconds."""
    name = "agreement-00000"
    with bootstrap.open_office(folder) as office:
        write_text(office, words(name, "1.1").replace("health-physical", "health-mental"), name)
        office.author.propose(name)
        for agency in (COUNCIL, TRUST):
            office.author.sign(name, agency)
        begun = time.perf_counter()
        office.author.publish(name)
        question = asked(agreement=name, information=["health-mental"])
        assert office.desk.ask(question).decision.permitted
        return time.perf_counter() - begun


def main() -> int:
    """Print the table; end with 1 if a limit is passed."""
    if sys.argv[1:2] == ["--open"]:
        open_here(Path(sys.argv[2]))
        return 0
    count = int(sys.argv[1]) if len(sys.argv) > 1 else COUNT
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "office"
        print(f"making {count:,} agreements of {CLAUSES} clauses", file=sys.stderr)
        fill(folder, count)
        found = [opened(folder) for _ in range(ROUNDS)]
        live = changed(folder)
    opening = statistics.median(seconds for seconds, _ in found)
    memory = max(megabytes for _, megabytes in found)
    rows = (
        ("opened cold and asked, s", opening, OPENING_S),
        ("a changed clause published and asked, s", live, LIVE_S),
        ("greatest memory, MB", memory, MEMORY_MB),
    )
    for what, measured, limit in rows:
        print(f"{what:46}{measured:8.2f}   at most {limit}")
    return int(any(measured > limit for _, measured, limit in rows))


if __name__ == "__main__":
    sys.exit(main())
