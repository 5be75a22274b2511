"""The demo's office, asked over HTTP by the words that it prints: on this machine alone."""

import os
import shutil
import socket
import stat
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, Terminal


@contextmanager
def served(terminal: Terminal) -> Iterator[list[str]]:
    """The office of a terminal, served; what that printed first."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    path = f"{terminal.bin}:{os.environ['PATH']}"
    with subprocess.Popen(
        ["concordat", "serve", "--port", str(port)],
        cwd=terminal.folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PATH": path, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        executable=str(terminal.bin / "concordat"),
    ) as server:
        try:
            assert server.stdout is not None
            yield [line.rstrip("\n") for line in iter(server.stdout.readline, "\n")] + [
                line.strip() for line in iter(server.stdout.readline, "\n")
            ]
        finally:
            server.kill()


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_the_words_that_serve_prints_ask_the_demos_question(terminal: Terminal) -> None:
    with served(terminal) as said:
        token, asking = said[-2:]
        # Two terminals are two shells; the service may still be opening.
        wait = f"curl -s --retry 30 --retry-connrefused --retry-delay 1 {asking.split()[2]} -o wait"
        ran = terminal.run(f"{wait}; {token}; {asking}")

    assert "for this machine alone" in said[1]
    assert ran.stdout.startswith('{"decision":true'), ran.stderr
    assert '"client":"demo-app"' not in ran.stdout


def test_the_key_of_the_demos_application_is_its_owners_alone(office: Path) -> None:
    assert stat.S_IMODE((office / "demo-app.jwk").stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "setting", ["", 'url = "https://office.example"'], ids=["plainly", "behind-a-proxy"]
)
def test_an_office_of_the_demo_is_served_to_nobody_else(terminal: Terminal, setting: str) -> None:
    path = terminal.folder / "office.toml"
    path.write_text(path.read_text().replace("[http]", f"[http]\n{setting}"))

    ran = terminal.run("concordat serve --host 0.0.0.0")

    assert ran.code == 2
    assert "made by the demo, and answers on this machine alone" in ran.stderr


@pytest.mark.parametrize(
    "url", ["https://office.example", "http://127.0.0.1.example:8700", "http://127.0.0.1@example"]
)
def test_no_token_is_asked_of_another_machine(terminal: Terminal, url: str) -> None:
    ran = terminal.run(f"concordat clients token demo-app --key demo-app.jwk --url {url}")

    assert ran.code == 2
    assert "is not this machine" in ran.stderr


def test_where_nothing_answers_there_is_no_token(terminal: Terminal) -> None:
    ran = terminal.run(
        "concordat clients token demo-app --key demo-app.jwk --url http://127.0.0.1:9"
    )

    assert ran.code == 8
    assert "no service answers at http://127.0.0.1:9" in ran.stderr
