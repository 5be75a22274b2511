"""What is written for containers and systemd names what there is, and nothing of anybody else's."""

import ast
import json
import re
import subprocess
import sys
from configparser import RawConfigParser
from pathlib import Path

import httpx2
import pytest

from tests.api.test_server import ROOT, served
from tests.cli.terminal import Terminal, follow, shimmed
from tests.service.databases import ENVIRONMENT

DEPLOY = ROOT / "docs/deploy"
OTHERS = {"/opt/concordat"}  # Made by an earlier stage.


def steps() -> list[tuple[str, str]]:
    """The instructions of the container file, in order."""
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    lines = re.sub(r"^#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ").splitlines()
    told = [line.split(maxsplit=1) for line in lines if line.strip()]
    return [(name, " ".join(rest.split())) for name, rest in told]


def said(name: str) -> list[str]:
    return [rest for step, rest in steps() if step == name]


def test_the_image_is_made_of_what_is_here() -> None:
    copied = [rest.split() for rest in said("COPY")]
    sources = [each for rest in copied for each in rest[:-1] if not each.startswith("--")]

    assert sources
    for source in sources:
        assert (ROOT / source).exists() or source in OTHERS, source
    # The wheel takes all of these along.
    floors = {"concordat", "agreements", "engine", "api", "cli", "policies"}
    assert floors | {"requirements.lock", "pyproject.toml"} <= set(sources)


def test_the_image_names_no_registry_and_fetches_by_hash_alone() -> None:
    assert {rest.split(maxsplit=1)[0] for rest in said("FROM")} == {"python:3.11-slim"}
    installs = [each for run in said("RUN") for each in run.split("&&") if "pip install" in each]
    assert installs
    for each in installs:
        assert "--require-hashes" in each or "--no-deps" in each
        assert "://" not in each
        assert "index" not in each


def test_the_image_runs_as_nobody_in_particular_with_one_volume() -> None:
    last = [name for name, _ in steps()]
    user = said("USER")[-1]

    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert last.index("USER") < last.index("ENTRYPOINT")
    assert "RUN" not in last[last.index("USER") :]
    assert [json.loads(each) for each in said("VOLUME")] == [["/office"]]
    assert said("STOPSIGNAL") == ["SIGTERM"]
    assert not re.search(r"\b(sudo|chmod|777|SECRET|PASSWORD|TOKEN)\b", str(steps()))


def test_the_image_is_healthy_once_the_service_is_ready(folder: Path) -> None:
    command = json.loads(said("HEALTHCHECK")[0].split("CMD ", 1)[1])
    assert command[0] == "python"
    ast.parse(command[2])

    with served(folder) as (_, url):
        there = [sys.executable, *command[1:2], command[2].replace("http://127.0.0.1:8700", url)]
        healthy = subprocess.run(there, check=False, env=ENVIRONMENT).returncode
        ready = httpx2.get(f"{url}/ready").status_code
    gone = subprocess.run(there, check=False, env=ENVIRONMENT, stderr=subprocess.DEVNULL).returncode

    assert there[-1] != command[2]
    assert (healthy, ready, gone) == (0, 200, 1)


def test_what_the_image_runs_listens_to_all_only_behind_https(folder: Path) -> None:
    command = [*json.loads(said("ENTRYPOINT")[0]), *json.loads(said("CMD")[0])]
    assert command[:2] == ["concordat", "serve"]

    ran = subprocess.run(
        [sys.executable, "-m", *command],
        capture_output=True,
        text=True,
        check=False,
        env={**ENVIRONMENT, "CONCORDAT_OFFICE": str(folder)},
    )

    assert ran.returncode == 2
    assert "put a proxy with TLS in front" in ran.stderr


# ---- systemd


def unit() -> RawConfigParser:
    parser = RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read(DEPLOY / "concordat.service", encoding="utf-8")
    return parser


HARDENED = {
    "ProtectSystem": "strict",
    "NoNewPrivileges": "yes",
    "CapabilityBoundingSet": "",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "MemoryDenyWriteExecute": "yes",
    "StateDirectory": "concordat",
    "UMask": "0077",
}


@pytest.mark.parametrize(("name", "value"), HARDENED.items(), ids=list(HARDENED))
def test_the_unit_shuts_what_the_service_does_not_need(name: str, value: str) -> None:
    assert unit()["Service"][name] == value


def test_the_unit_runs_a_command_there_is_as_a_user_of_its_own() -> None:
    service = unit()["Service"]

    assert service["ExecStart"].split()[1:] == ["serve"]
    assert service["User"] not in ("root", "0")
    assert service["Environment"] == f"CONCORDAT_OFFICE=/var/lib/{service['StateDirectory']}"
    assert int(service["TimeoutStopSec"]) > 20
    assert service["Restart"] == "on-failure"


# ---- the page

BLOCK = re.compile(r"^<!-- (.+?) -->\n```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_a_backup_is_made_and_put_back_as_the_page_says(
    folder: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    terminal = Terminal(folder, shimmed(tmp_path_factory.mktemp("bin")))
    page = (ROOT / "docs/deploying.md").read_text(encoding="utf-8")
    blocks = dict(BLOCK.findall(page))

    with served(folder):
        follow(terminal, blocks["a backup"])
    follow(terminal, blocks["a restore and its check"])

    assert (folder / "restored/log.sqlite").exists()
