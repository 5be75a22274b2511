"""Keys by command, in processes of their own: rotated, killed half-way, signed elsewhere."""

import json
import signal
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Terminal
from tests.copies import copied

KILLED = """
import os, signal
from pathlib import Path
from engine import bootstrap
from engine.adapters.key_files import KeyFiles
from engine.adapters.register_files import FileTree
from engine.service import rotation
from engine.trust import Role

def stop(self, name, *rest):
    if name in {names}:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(self, name, *rest)

real = {window}
{window} = stop
office = bootstrap.open_office(Path.cwd())
rotation.rotate(office.premises, office.shelf, Role.DECISION)
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> Path:
    folder = tmp_path_factory.mktemp("keys")
    ran = Terminal(folder, commands).run("concordat init office --agency northshire-council")
    assert ran.code == 0, ran.stderr
    return folder / "office"


@pytest.fixture
def terminal(made: Path, commands: Path, tmp_path: Path) -> Terminal:
    return Terminal(copied(made, tmp_path / "office"), commands)


def said(terminal: Terminal, command: str) -> Any:
    ran = terminal.run(command)
    assert ran.code == 0, ran.stderr
    return json.loads(ran.stdout)


def decision_key(terminal: Terminal) -> str:
    held: dict[str, str] = json.loads((terminal.folder / "keys/decision.jwk").read_bytes())
    return held["kid"]


@pytest.mark.parametrize(
    ("window", "names", "believed"),
    [
        pytest.param("FileTree.write", {"trust.json"}, 1, id="prepared, not yet believed"),
        pytest.param("KeyFiles.replace", {"decision"}, 2, id="believed, not yet replaced"),
    ],
)
def test_a_rotation_killed_half_way_is_completed_by_the_same_command(
    terminal: Terminal, window: str, names: set[str], believed: int
) -> None:
    old = decision_key(terminal)
    (terminal.folder / "stop.py").write_text(KILLED.format(window=window, names=names), "utf-8")

    killed = terminal.run(f"'{sys.executable}' stop.py")

    assert killed.code in (-signal.SIGKILL, 128 + signal.SIGKILL), killed.stderr
    halfway = said(terminal, "concordat keys root show --json")
    assert (halfway["version"], decision_key(terminal)) == (believed, old)
    completed = said(terminal, "concordat keys rotate decision --json")
    assert (completed["version"], completed["current"]) == (2, True)
    assert completed["changes"]["ended"] == [old]
    assert completed["changes"]["added"] == [decision_key(terminal)]
    checked = said(terminal, "concordat doctor --json")
    assert checked["ok"], checked


def test_root_keys_in_two_hands_sign_one_after_the_other(terminal: Terminal) -> None:
    away = terminal.folder.parent
    for name in ("root-2.jwk", "root-3.jwk"):
        (terminal.folder / "keys" / name).rename(away / name)
    kid = decision_key(terminal)

    waits = said(
        terminal, f"concordat keys revoke {kid} --from 2026-01-01 --reason 'left on a train' --json"
    )
    asked = terminal.run("concordat keys root sign")
    (away / "root-2.jwk").rename(terminal.folder / "keys/root-2.jwk")
    signed = terminal.run("concordat keys root sign --yes")

    assert (waits["current"], waits["missing"]) == (False, 1)
    assert (asked.code, "nobody is there to be asked" in asked.stderr) == (2, True)
    assert "✓ version 2 of the trust root counts" in signed.stdout
    assert "is revoked from 2026-01-01T00:00:00Z: left on a train" in " ".join(
        signed.stdout.split()
    )
    rows = {row["kid"]: row for row in said(terminal, "concordat keys list --json")}
    assert rows[kid]["valid"] is False
    assert rows[decision_key(terminal)]["held"] is True


def test_an_office_asks_and_is_enrolled(terminal: Terminal) -> None:
    made = terminal.run("concordat init ../harbour --agency harbour")
    assert made.code == 0, made.stderr
    request = said(terminal, "concordat keys request --office ../harbour --json")["request"]

    enrolled = said(terminal, f"concordat keys enrol {request} --json")
    again = terminal.run(f"concordat keys enrol {request}")
    path = terminal.folder / request
    path.write_bytes(path.read_bytes().replace(b"A", b"B", 1))
    forged = terminal.run(f"concordat keys enrol {request}")

    assert (enrolled["current"], len(enrolled["changes"]["added"])) == (True, 3)
    assert (again.code, "is listed already" in again.stderr) == (2, True)
    assert (forged.code, "is not enrolled" in forged.stderr) == (2, True)


def test_a_verifier_follows_from_the_list_it_was_given_years_ago(terminal: Terminal) -> None:
    terminal.run("cp trust.json old.json; concordat keys rotate decision")
    jti = said(terminal, "concordat log --json")[0]["jti"]
    said(terminal, f"concordat log proof {jti} -o proof.json --json")

    alone = terminal.run("concordat verify proof.json --trust old.json")
    followed = terminal.run(
        "concordat verify proof.json --trust old.json --trust-chain register/trust"
    )

    assert alone.code == 4
    assert followed.code == 0, followed.stderr
    assert "trust root version 2, followed from version 1" in followed.stderr
