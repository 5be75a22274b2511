"""Every command that reads or decides can be asked as of then, and as known then.

The page says which takes what and why one does not; a new command must take its place
on it, or among those that change something.
"""

import json
import re
from typing import Any

import pytest
import typer

from cli.app import app
from tests.cli.terminal import Terminal
from tests.cli.test_pages import commands, options, page

CHANGING = {
    *("demo", "init", "clone", "pull", "push", "serve", "new", "import", "doctor", "upgrade"),
    *("propose", "sign", "send-back", "withdraw", "publish"),
    *("suspend", "resume", "leave", "end", "accede"),
    *("consent give", "consent refuse", "consent withdraw", "consent renew"),
    *("refer close", "emergency record", "emergency review", "agencies accept"),
    *("clients add", "clients remove", "clients assertion", "clients token"),
    *("clients add-issuer", "clients remove-issuer"),
    *("keys new", "keys import", "keys request", "keys enrol", "keys rotate", "keys revoke"),
    *("keys root sign", "keys root drop", "keys root replace"),
}
"""What signs, records, moves or writes, or says how the files are; nothing is dated back."""

ROW = re.compile(r"^\| (`.+?) \| (.+?) \| (.+?) \| (.+?) \|$", re.MULTILINE)


def told() -> dict[str, tuple[bool, bool]]:
    """By command as the page has it: whether it takes `--at`, and `--known-at`."""
    found = {}
    for named, *cells in ROW.findall(page("lifecycle.md").partition("| command |")[2]):
        for name in re.findall(r"`([^`]+)`", named):
            at, known_at = (not cell.startswith("–") for cell in cells[:2])
            found[name] = at, known_at
    return found


def leaves() -> dict[str, Any]:
    """Every command that can be run, by its words."""
    found = dict(commands(typer.main.get_command(app)))
    return {
        path.removeprefix("concordat "): command
        for path, command in found.items()
        if not hasattr(command, "list_commands") or command.invoke_without_command
    }


def test_every_command_reads_as_of_then_or_changes_something_or_says_why_not() -> None:
    rows = told()

    unplaced = leaves().keys() - CHANGING - {re.sub(r" (ID|A|B)\b", "", name) for name in rows}

    assert unplaced == set(), "give it `--at` and `--known-at`, and a row in docs/lifecycle.md"
    assert CHANGING & rows.keys() == {"doctor", "pull", "push"}
    assert leaves().keys() >= CHANGING


def test_the_page_says_which_command_takes_which_instant() -> None:
    taken = {
        name: tuple(option in options(command) for option in ("--at", "--known-at"))
        for name, command in leaves().items()
    }

    for name, expected in told().items():
        command = re.sub(r" (ID|A|B)\b", "", name)
        if command != "diff" or name == "diff A":
            assert taken[command] == expected, name
    for name in CHANGING:
        assert taken[name][1] is False, name


READS = {
    "ask questions/permit.json": 3,
    "explain questions/permit.json": 3,
    "status": 0,
    "status northshire-mash": 0,
    "show northshire-mash": 0,
    "export northshire-mash --as odrl -o -": 0,
    "diff northshire-mash": 0,
    "lint": 0,
    "report": 0,
    "agencies": 0,
}
"""Commands whose answer rests on agreements, and how they end."""


@pytest.mark.parametrize(("command", "code"), READS.items(), ids=READS)
def test_the_answer_names_the_bundle_it_was_made_by(
    command: str, code: int, terminal: Terminal
) -> None:
    """Also before anything was known: then by a bundle of the law alone, or by none."""
    now = terminal.run("date -u +%Y-%m-%dT%H:%M:%SZ").stdout.strip()
    bundle = json.loads(terminal.run("concordat status --json").stdout)["bundle"]

    ran = terminal.run(f"concordat {command} --json --known-at {now}")
    worded = terminal.run(f"concordat {command} --known-at {now}")

    assert ran.code == worded.code == code, ran
    assert f'"bundle": "{bundle}"' in ran.stdout or bundle.removeprefix("sha256:") in ran.stderr
    assert bundle.removeprefix("sha256:") in worded.stdout + worded.stderr, worded


LISTS = ["log", "refer list --all", "emergency list", "report re-asks", "consent list", "agencies"]


@pytest.mark.parametrize("option", ["--at", "--known-at"])
@pytest.mark.parametrize("command", LISTS)
def test_what_was_not_there_yet_is_not_listed(
    command: str, option: str, terminal: Terminal
) -> None:
    ran = terminal.run(f"concordat {command} {option} 2020-01-01 --json")

    assert ran.code == 0, ran
    found = json.loads(ran.stdout)
    listed = found["agencies"] if isinstance(found, dict) else found
    if command == "agencies":
        assert [each for each in listed if each["bound_by"]] == []
    else:
        assert listed == []


def test_the_log_of_then_is_counted_and_not_that_of_now(terminal: Terminal) -> None:
    at = "$(date -u +%Y-%m-%dT%H:%M:%SZ)"
    known = terminal.run(f"concordat status --json --known-at {at}")
    when = json.loads(known.stdout)["known_at"]
    terminal.run("sleep 1.1; concordat ask questions/permit.json")

    then = json.loads(terminal.run(f"concordat status --json --known-at {when}").stdout)["log"]
    now = json.loads(terminal.run("concordat status --json").stdout)["log"]

    assert then == json.loads(known.stdout)["log"]
    assert now["size"] == then["size"] + 1
    assert now["outcomes"]["permit"] == then["outcomes"]["permit"] + 1
    before = json.loads(terminal.run("concordat status --json --known-at 2020-01-01").stdout)
    assert (before["log"]["size"], before["log"]["outcomes"]) == (0, {})


def test_ids_of_keys_stay_whole_for_a_program_that_reads_them(terminal: Terminal) -> None:
    kids = [each["kid"] for each in json.loads(terminal.run("concordat keys list --json").stdout)]
    terminal.extra["COLUMNS"] = "60"

    listed = terminal.run("concordat keys list").stdout

    assert [kid for kid in kids if kid not in listed] == []


def test_the_head_and_the_check_are_of_now_alone(terminal: Terminal) -> None:
    for command in ("log --check --at 2026-01-01", "log --checkpoint --known-at 2026-01-01"):
        ran = terminal.run(f"concordat {command}")

        assert (ran.code, "of the log as it is now" in ran.stderr) == (2, True), ran
