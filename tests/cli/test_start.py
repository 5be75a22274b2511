"""What the terminal imports, and how it ends when nothing useful can be done."""

import subprocess
import sys
import time
from pathlib import Path

import pytest

from cli import main
from cli.exits import Exit, exit_for
from engine import errors
from tests.cli.terminal import ROOT, Terminal

HEAVY = (
    "fastapi",
    "sqlmodel",
    "sqlalchemy",
    "cedarpy",
    "pydantic",
    "rich",
    "ruamel",
    "yaml",
    "dulwich",
)

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


# --- the last line of defence


def test_whatever_goes_wrong_ends_in_one_line_and_no(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(given: object) -> int:
        raise ZeroDivisionError("division\nby zero")

    monkeypatch.setattr(main, "_run", fail)
    monkeypatch.delenv(main.DEBUG, raising=False)

    code = main.main(["status"])

    said = capsys.readouterr()
    assert code == Exit.UNEXPECTED
    assert said.out == ""
    assert said.err.splitlines()[0] == (
        "concordat: error: unexpected failure: ZeroDivisionError: division by zero"
    )
    assert len(said.err.splitlines()) == 2


def test_an_interruption_is_no_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(given: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setattr(main, "_run", interrupt)

    assert main.main(["status"]) == 130


def test_every_error_we_know_has_an_exit_code_of_its_own() -> None:
    named = [getattr(errors, name) for name in errors.__all__ if name != "ConcordatError"]

    assert all(exit_for(kind("said")) is not Exit.UNEXPECTED for kind in named)


@pytest.mark.parametrize(
    "given",
    [
        ["verify", "a.json", "--trust", "t.json"],
        ["verify", "--trust", "t.json", "a.json", "--json"],
        ["verify", "-", "--trust", "t.json"],
    ],
    ids=" ".join,
)
def test_the_plain_form_of_verify_is_read_without_the_parser(given: list[str]) -> None:
    assert main._verify_plainly(given) in (("a.json", "t.json"), ("-", "t.json"))


@pytest.mark.parametrize(
    "given",
    [
        ["verify", "a.json"],
        ["verify", "a.json", "--trust"],
        ["verify", "--trust", "--json", "a.json"],
        ["verify", "--trust", "t.json", "--help"],
        ["verify", "a.json", "b.json", "--trust"],
        ["verify", "a.json", "--trust", "t.json", "--replay"],
        ["verify", "a.json", "--trust=t.json"],
        ["ask", "a.json", "--trust", "t.json"],
    ],
    ids=" ".join,
)
def test_every_other_form_is_left_to_the_parser(given: list[str]) -> None:
    assert main._verify_plainly(given) is None
