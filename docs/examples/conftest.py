"""An office of your own in each run of your tests: copy this beside them.

Needs `concordat` on the path. The office is the one that `concordat demo` makes, in a
folder that is thrown away; it listens on this machine alone, for as long as the tests run.
"""

import socket
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest
from concordat_client import Concordat

READY_S = 30


@dataclass(frozen=True)
class Sandbox:
    """A running office, and a client that may ask it.

    Attributes:
        url: Where it answers.
        client: The client's name there.
        key: Where the client's private key stands.
        folder: The office's folder, for `concordat --office`.
    """

    url: str
    client: str
    key: Path
    folder: Path

    def ask(self) -> Concordat:
        """The client, ready to ask."""
        return Concordat(self.url, self.client, self.key)


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """A sandbox office: health and social care of Northshire, with one agreement in force."""
    place = tmp_path_factory.mktemp("sandbox")
    _run(place, "demo")
    folder, key = place / "demo-office", place / "client.jwk"
    asserts = ["--purpose", "child-protection-enquiry", "--role", "social-worker"]
    agency = ["--agency", "northshire-council", "--new-key", str(key), *asserts]
    _run(folder, "clients", "add", "my-application", *agency)
    port = _free_port()
    serve = ["concordat", "serve", "--office", str(folder), "--port", str(port)]
    url = f"http://127.0.0.1:{port}"
    with subprocess.Popen(serve, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as server:
        try:
            _wait_for(url, server)
            yield Sandbox(url, "my-application", key, folder)
        finally:
            server.terminate()


def _run(place: Path, *command: str) -> None:
    subprocess.run(["concordat", *command], cwd=place, check=True, capture_output=True)


def _free_port() -> int:
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        return int(listening.getsockname()[1])


def _wait_for(url: str, server: "subprocess.Popen[bytes]") -> None:
    until = time.monotonic() + READY_S
    while time.monotonic() < until:
        if server.poll() is not None:
            said = server.stderr.read().decode() if server.stderr else ""
            raise RuntimeError(f"the office did not start: {said}")
        try:
            httpx2.get(f"{url}/ready", timeout=1).raise_for_status()
        except httpx2.HTTPError:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError(f"the office was not ready within {READY_S} seconds")
