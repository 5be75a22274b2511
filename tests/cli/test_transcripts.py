"""Transcripts: real commands, what they print, how they end, and what they leave alone."""

import hashlib
import shutil
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, Terminal, follow, shimmed

HERE = Path(__file__).resolve().parent
TRANSCRIPTS = sorted((HERE / "transcripts").glob("*.txt"))
EXAMPLE = ROOT / "agreements/examples/northshire-mash.yaml"


@pytest.mark.parametrize("transcript", TRANSCRIPTS, ids=lambda path: path.stem)
def test_the_terminal_does_as_written(transcript: Path, terminal: Terminal) -> None:
    shutil.copy(EXAMPLE, terminal.folder.parent)

    follow(terminal, transcript.read_text(encoding="utf-8"))


def contents(folder: Path) -> dict[str, str]:
    """Every file of an office by its digest; the database by what it holds, not by its pages."""
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and not path.name.startswith("log.sqlite")
    }


REFUSED = {
    "a question that is none": "echo '{}' | concordat ask -",
    "an agreement that is not there": "concordat sign nothing --as northshire-council",
    "a version that is published": "concordat publish northshire-mash",
    "a key that is none": "concordat keys import office.toml --agency hmrc",
    "an id that cannot be one": "concordat new ../x --title x",
    "an office where one is": "concordat init . --agency a --name a",
    "a record that is not there": "concordat log proof nothing -o x.json",
    "evidence that is none": "concordat verify office.toml --trust trust.json",
}


@pytest.mark.parametrize("command", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_refused_leaves_everything_as_it_was(command: str, terminal: Terminal) -> None:
    before = contents(terminal.folder)

    ran = terminal.run(command)

    assert ran.code in (2, 4, 5, 7), ran
    assert ran.stdout == ""
    assert ran.stderr.startswith("concordat: error: ")
    assert len(ran.stderr.splitlines()) <= 2
    assert contents(terminal.folder) == before


def records(terminal: Terminal) -> int:
    return len(terminal.run("concordat log --json --limit 100").stdout.split('"jti"')) - 1


def test_a_locked_database_gives_no_answer(terminal: Terminal) -> None:
    lock = "import sqlite3, time; c = sqlite3.connect('log.sqlite', isolation_level=None); "
    lock += "c.execute('BEGIN IMMEDIATE'); print('held', flush=True); time.sleep(30)"

    ran = terminal.run(
        f'exec 3< <(python3 -c "{lock}"); read -r held <&3; holder=$!; '
        "concordat ask questions/permit.json; ended=$?; kill $holder; exit $ended"
    )

    assert ran.code == 8
    assert ran.stdout == ""
    assert "are locked by another program" in ran.stderr
    assert records(terminal) == 4


@pytest.mark.parametrize("kib", [8, 60, 130])
def test_a_full_disk_gives_no_answer_without_a_record(
    terminal: Terminal, tmp_path: Path, kib: int
) -> None:
    terminal.bin = shimmed(tmp_path / "bin")
    # Else Python would leave what it compiled cut short, for others to trip over.
    terminal.extra["PYTHONDONTWRITEBYTECODE"] = "1"
    ran = terminal.run(f"ulimit -f {kib}; concordat ask questions/permit.json --save p.json")

    kept = records(terminal)
    assert (ran.code, kept) in ((8, 4), (8, 5))
    assert ("PERMIT" in ran.stdout) is (kept == 5)
    assert "Traceback" not in ran.stderr
    assert not (terminal.folder / "p.json").exists()
    assert terminal.run("concordat log --check").code == 0


def test_a_reader_that_leaves_is_no_failure_to_report(terminal: Terminal) -> None:
    ran = terminal.run("concordat show northshire-mash | head -1")

    assert ran.stderr == ""


def test_nothing_from_a_file_moves_the_cursor(terminal: Terminal) -> None:
    name = terminal.folder / "evil\x1b[2J.yaml"
    name.write_text("", encoding="utf-8")

    ran = terminal.run("concordat check evil*")

    assert "\x1b" not in ran.stderr


def test_colour_is_for_people(terminal: Terminal) -> None:
    terminal.extra["NO_COLOR"] = ""
    plainly = terminal.run("concordat status").stdout
    terminal.extra["FORCE_COLOR"] = "1"
    coloured = terminal.run("concordat status").stdout
    terminal.extra["NO_COLOR"] = "0"
    refused = terminal.run("concordat status").stdout

    assert "\x1b" not in plainly
    assert "\x1b" in coloured, "set to the empty string, NO_COLOR says nothing"
    assert "\x1b" not in refused


def test_the_demo_fits_one_screen_and_replaces_only_its_own(terminal: Terminal) -> None:
    first = terminal.run("concordat demo --keep kept")
    second = terminal.run("concordat demo --keep kept --json")
    left = {path.name for path in terminal.folder.iterdir() if path.name.startswith(".kept")}

    assert first.code == second.code == 0, first.stderr
    assert len(first.stdout.splitlines()) <= 45
    assert max(map(len, first.stdout.splitlines())) <= 100
    for outcome in ("PERMIT", "DENY", "REFER"):
        assert f"   {outcome}" in first.stdout
    assert second.stdout.count('"verified": "verified"') == 3
    assert left == set()
