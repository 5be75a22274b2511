"""A terminal for tests: real processes, and transcripts that say what they should print.

A transcript is text. ``$ `` begins a command; what follows is its output, line
for line and in order, lines may be left out; ``! `` begins a line of stderr.
``…`` stands for any characters, ``$ echo $?`` asks for the exit code of the
command before it, which is 0 unless asked. Nothing else is special.
"""

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
SHIM = f'#!/bin/sh\nexec "{sys.executable}" -m concordat "$@"\n'


@dataclass(frozen=True)
class Ran:
    """What one command did."""

    code: int
    stdout: str
    stderr: str


@dataclass
class Terminal:
    """A shell in one folder, in which `concordat` is this checkout's."""

    folder: Path
    bin: Path
    extra: dict[str, str] = field(default_factory=dict)

    def run(self, command: str, stdin: bytes = b"") -> Ran:
        """Run a line of shell."""
        env = {
            "PATH": f"{self.bin}:{os.environ['PATH']}",
            "PYTHONPATH": str(ROOT),
            "HOME": str(self.folder),
            "COLUMNS": "100",
            "NO_COLOR": "1",
            "LC_ALL": "C.UTF-8",
            **self.extra,
        }
        ran = subprocess.run(
            ["bash", "-c", command],
            cwd=self.folder,
            env=env,
            input=stdin,
            capture_output=True,
            timeout=600,
            check=False,
        )
        return Ran(ran.returncode, ran.stdout.decode(), ran.stderr.decode())


def shimmed(folder: Path) -> Path:
    """Put a `concordat` into a folder, to be found there by a shell."""
    return put(folder, SHIM)


def put(folder: Path, program: str) -> Path:
    """Put a program into a folder, to be found there as `concordat`."""
    folder.mkdir(exist_ok=True)
    path = folder / "concordat"
    path.write_text(program, encoding="utf-8")
    path.chmod(0o755)
    return folder


@dataclass(frozen=True)
class Step:
    """One command of a transcript, and what is expected of it."""

    command: str
    code: int
    stdout: tuple[str, ...]
    stderr: tuple[str, ...]


def steps(transcript: str) -> Iterator[Step]:
    """Read a transcript."""
    parts = re.split(r"^\$ ", transcript, flags=re.MULTILINE)[1:]
    told = [(part.partition("\n")[0], part.partition("\n")[2].splitlines()) for part in parts]
    for place, (command, lines) in enumerate(told):
        if command == "echo $?":
            continue
        asked = place + 1 < len(told) and told[place + 1][0] == "echo $?"
        code = int(told[place + 1][1][0]) if asked else 0
        stdout = tuple(line for line in lines if line.strip() and not line.startswith("! "))
        stderr = tuple(line[2:] for line in lines if line.startswith("! "))
        yield Step(command, code, stdout, stderr)


def follow(terminal: Terminal, transcript: str) -> None:
    """Run a transcript's commands and hold each to what it should print.

    A command that only changes folder changes it for those that follow.
    """
    for step in steps(transcript):
        moved = re.fullmatch(r"cd (\S+)", step.command)
        if moved:
            terminal.folder = terminal.folder / moved[1]
            continue
        ran = terminal.run(step.command)
        shown = f"$ {step.command}\n{ran.stdout}{ran.stderr}"
        assert ran.code == step.code, shown
        assert "Traceback" not in ran.stderr, shown
        _find(step.stdout, ran.stdout, shown)
        _find(step.stderr, ran.stderr, shown)


def _find(expected: tuple[str, ...], actual: str, shown: str) -> None:
    """Each expected line is there, in order."""
    rest = iter(actual.splitlines())
    for line in expected:
        pattern = re.compile(".*".join(map(re.escape, line.strip().split("…"))))
        assert any(pattern.fullmatch(found.strip()) for found in rest), f"missing: {line}\n{shown}"
