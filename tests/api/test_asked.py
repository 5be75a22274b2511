"""What can be asked is asked as its description lets it be, and as it does not.

Schemathesis reads the document that a running service serves, and sends what fits its
schemas and what does not; each answer must have the status, the headers and the form that
the document says. What JSON Schema cannot say is in `tests/api/asked/`, with its reason.
"""

import os
import re
import subprocess
import sys
import time
from pathlib import Path
from shutil import copytree

import httpx2
import pytest

from tests.api.application import jwt
from tests.api.described import KEYS
from tests.api.test_server import served

ROOT = Path(__file__).resolve().parents[2]
UNHURRIED = "\n[http]\nplain_bearer = true\nper_client = 1000000\nper_peer = 1000000\n"
PHASES = "examples,coverage,fuzzing"
ASKED = r"^/(access|mais|oauth|hooks|health|ready|metrics|\.well-known)|^/v1/(trust|check|openapi)"
"""What is asked so far."""


def token(url: str) -> str:
    """A token with every scope that the council's application has."""
    key, now = KEYS["ncc-cases"], int(time.time())
    header = {"alg": "Ed25519", "kid": key.public.kid, "typ": "JWT"}
    claims = {"iss": "ncc-cases", "sub": "ncc-cases", "aud": url, "iat": now, "exp": now + 60}
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": jwt(header, {**claims, "jti": "for-schemathesis"}, key),
    }
    given = httpx2.post(f"{url}/oauth/token", data=form, timeout=60).raise_for_status()
    return str(given.json()["access_token"])


def ask(folder: Path, cases: int, seed: int, *more: str) -> subprocess.CompletedProcess[str]:
    """Ask a service, so many cases for each operation."""
    settings = folder / "office.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + UNHURRIED, encoding="utf-8")
    with served(folder) as (_, url):
        command = [
            str(Path(sys.executable).with_name("st")),
            "--config-file",
            str(ROOT / "tests/api/asked/schemathesis.toml"),
            "run",
            f"{url}/v1/openapi.json",
            *("--include-path-regex", ASKED),
            *("--checks", "all", "--mode", "all", "--phases", PHASES, "--no-color"),
            *("--max-examples", str(cases), "--seed", str(seed), "--request-timeout", "120"),
            *("-H", f"Authorization: Bearer {token(url)}", *more),
        ]
        return subprocess.run(
            command,
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": "tests.api.asked.hooks",
            },
            capture_output=True,
            text=True,
            check=False,
        )


def whole(ran: subprocess.CompletedProcess[str]) -> None:
    """Assert that everything was asked, and nothing was wrong."""
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr
    assert re.search(r"(\d{3,}) generated, \1 passed", ran.stdout), ran.stdout[-5_000:]


@pytest.fixture
def folder(example_template: Path, tmp_path: Path) -> Path:
    """The example office."""
    return Path(copytree(example_template, tmp_path / "office"))


def test_what_can_be_asked_is_answered_as_it_is_described(folder: Path) -> None:
    whole(ask(folder, cases=2, seed=1))


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
def test_what_can_be_asked_is_answered_as_it_is_described_at_length(
    folder: Path, seed: int
) -> None:
    whole(ask(folder, cases=200, seed=seed))
