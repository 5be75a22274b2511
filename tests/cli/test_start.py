"""What the terminal imports, and how it ends when nothing useful can be done."""

import subprocess
import sys
import time
from pathlib import Path

from tests.cli.terminal import ROOT, Terminal

HEAVY = ("fastapi", "sqlmodel", "sqlalchemy", "cedarpy", "pydantic", "rich", "ruamel", "dulwich")

PROBE = """
import sys
from cli.main import main
code = main({arguments!r})
print(" ".join(sorted(name for name in sys.modules if "." not in name)), file=sys.stderr)
sys.exit(code)
"""


def imported_by(*arguments: str) -> tuple[int, set[str]]:
    ran = subprocess.run(
        [sys.executable, "-c", PROBE.format(arguments=list(arguments))],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    return ran.returncode, set(ran.stderr.strip().splitlines()[-1].split())


def test_checking_a_record_imports_nothing_that_decides_or_draws(bundle: Path, trust: Path) -> None:
    code, names = imported_by("verify", str(bundle), "--trust", str(trust))

    assert code == 0
    assert names & set(HEAVY) == set()


def test_the_version_needs_nothing_at_all() -> None:
    code, names = imported_by("--version")

    assert code == 0
    assert names & {*HEAVY, "cryptography"} == set()


def test_how_long_checking_a_record_takes(bundle: Path, trust: Path, terminal: Terminal) -> None:
    took = []
    for _ in range(5):
        began = time.perf_counter()
        ran = terminal.run(f"concordat verify {bundle} --trust {trust}")
        took.append(time.perf_counter() - began)
        assert ran.code == 0

    # Printed, not asserted: a busy machine is not a slow program.
    print(f"\nconcordat verify: {min(took) * 1000:.0f} ms, fastest of five")


def test_every_command_explains_itself(terminal: Terminal) -> None:
    ran = terminal.run("concordat --help")

    assert ran.code == 0
    for heading in ("See it work", "Agreements", "Decisions", "Evidence", "The office"):
        assert heading in ran.stdout
