"""What a signer sees before anything is signed, and who is asked."""

import json
import os
import pty
import subprocess
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, Terminal

AGREEMENT = "northshire-mash"
SIGN = f"concordat sign {AGREEMENT} --as northshire-council"


@pytest.fixture
def edited(terminal: Terminal) -> Terminal:
    """An office whose draft opens one clause to one role more than the version in force."""
    text = terminal.folder / f"register/agreements/{AGREEMENT}.yaml"
    words = text.read_text(encoding="utf-8").replace('version: "1.0"', 'version: "1.1"')
    text.write_text(words.replace("[mash-manager,", "[gp, mash-manager,", 1), encoding="utf-8")
    return terminal


def signatures(terminal: Terminal) -> list[Path]:
    return sorted((terminal.folder / f"register/signatures/{AGREEMENT}").glob("1.1/*"))


def at_a_terminal(terminal: Terminal, command: str, answer: str) -> tuple[int, str]:
    """Run a command at a terminal of its own, and answer what it asks."""
    ours, theirs = pty.openpty()
    env = {"PATH": f"{terminal.bin}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)}
    os.write(ours, answer.encode())
    ran = subprocess.Popen(  # A shell, as in `Terminal.run`.
        ["bash", "-c", command],
        cwd=terminal.folder,
        env=env | {"NO_COLOR": "1", "TERM": "dumb", "HOME": str(terminal.folder)},
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            said += os.read(ours, 65536)
        except OSError:  # The other end is closed: the command has ended.
            break
    os.close(ours)
    return ran.wait(60), said.decode()


def test_what_is_newly_permitted_comes_before_the_signature(edited: Terminal) -> None:
    said = edited.run(SIGN).stdout

    assert "against 1.0: 1 newly permitted, 1 newly referred" in said
    assert "role        general practitioner" in said
    assert said.index("general practitioner") < said.index("✓ northshire-council signed")


@pytest.mark.parametrize(("answer", "code", "count"), [("n\n", 130, 0), ("y\n", 0, 1)])
def test_whoever_is_at_a_terminal_is_asked(
    edited: Terminal, answer: str, code: int, count: int
) -> None:
    ended, said = at_a_terminal(edited, SIGN, answer)

    assert ended == code, said
    assert said.index("general practitioner") < said.index("Sign northshire-mash 1.1 for")
    assert len(signatures(edited)) == count
    assert ("nothing was signed" in said) is (count == 0)


def test_with_yes_nobody_is_asked(edited: Terminal) -> None:
    ended, said = at_a_terminal(edited, f"{SIGN} --yes", "n\n")

    assert (ended, len(signatures(edited))) == (0, 1), said
    assert "Sign northshire-mash" not in said


def test_what_is_signed_is_what_proposing_and_comparing_show(edited: Terminal) -> None:
    shown = json.loads(edited.run(f"concordat diff {AGREEMENT} --json").stdout)
    proposed = json.loads(edited.run(f"concordat propose {AGREEMENT} --json").stdout)
    signed = json.loads(edited.run(f"{SIGN} --json").stdout)
    sent = f'concordat send-back {AGREEMENT} --question "Why a GP?" --json'
    sent_back = json.loads(edited.run(sent).stdout)

    assert proposed["change"] == signed["change"]
    assert signed["change"].items() <= shown.items()
    digests = {each["change_sha256"] for each in (shown, proposed, signed)}
    assert [each["change_sha256"] for each in sent_back["changes_signed"]] == [*digests]
    assert sent_back["terms_sha256"] == signed["terms_sha256"] == proposed["terms_sha256"]
