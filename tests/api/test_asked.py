"""What can be asked is asked as its description lets it be, and as it does not.

Schemathesis reads the document that a running service serves, all of it, and sends what
fits its schemas and what does not; each answer must have the status, the headers and the
form that the document says. What JSON Schema cannot say is in `tests/api/asked/`, with
its reason, and every such reason is shown here to be one.

It asks as one application: that no agency sees anything of another is shown by
`tests/api/test_isolation.py`. Nothing here is ever deleted, so nothing is used after.
"""

import json
import os
import re
import subprocess
import sys
from copy import deepcopy
from pathlib import Path
from shutil import copytree
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from api.descriptions.access import ASKED
from api.descriptions.book import OPERATIONS
from api.descriptions.people import GIVEN, SHARED
from api.routes.drafts import DRAFTS
from api.routes.texts import YAML
from api.scopes import NEEDS
from tests.api.asked.mendings import MENDINGS, Asked, Mending
from tests.api.asked.tokens import token
from tests.api.described import AGREEMENT, World
from tests.api.test_described import DOCUMENT
from tests.api.test_server import served

ROOT = Path(__file__).resolve().parents[2]
SETTINGS = ROOT / "tests/api/asked/schemathesis.toml"
PARTS = {
    "decisions": r"^/(access|mais|oauth|hooks)/",
    "agreements": r"^/v1/(agencies|agreements)\b(?!.*/(leave|end)$)",
    # After these nothing more is done under the agreement, so that they are asked by themselves.
    "leaving": r"^/v1/agreements/.*/(leave|end)$",
    "records": r"^/v1/(records|log|decision-log|reports|consents|referrals|emergencies)\b",
    "what anybody may ask": r"^/(health|ready|metrics|\.well-known/|v1/(trust|check|openapi))",
}
"""All that can be asked, by the paths."""
UNHURRIED = "\n[http]\nplain_bearer = true\nper_client = 1000000\nper_peer = 1000000\n"


def ask(
    folder: Path, phases: str, cases: int, seed: int, *more: str
) -> subprocess.CompletedProcess[str]:
    """Ask a service, so many cases for each operation."""
    settings = folder / "office.toml"
    settings.write_text(settings.read_text(encoding="utf-8") + UNHURRIED, encoding="utf-8")
    with served(folder) as (_, url):
        # Read from where it is served, the document would not be asked for like all else.
        document = folder / "openapi.json"
        document.write_bytes(httpx2.get(f"{url}/v1/openapi.json").raise_for_status().content)
        command = [
            str(Path(sys.executable).with_name("st")),
            *("--config-file", str(SETTINGS), "run", str(document), "--url", url),
            *("--checks", "all", "--mode", "all", "--phases", phases, "--no-color"),
            *("--max-examples", str(cases), "--seed", str(seed), "--request-timeout", "120"),
            # How fast data is made depends on the machine.
            *("--suppress-health-check", "too_slow", *more),
        ]
        return subprocess.run(
            command,
            cwd=folder,
            env={
                **os.environ,
                "PYTHONPATH": str(ROOT),
                "SCHEMATHESIS_HOOKS": "tests.api.asked.hooks",
                "CONCORDAT_URL": url,
                "CONCORDAT_THERE": json.dumps(there(url)),
            },
            capture_output=True,
            text=True,
            check=False,
        )


def there(url: str) -> dict[str, dict[str, str]]:
    """By what each thing is found that is asked about, by the path of an operation."""
    with httpx2.Client(
        base_url=url, headers={"Authorization": f"Bearer {token(url)}"}, timeout=60
    ) as http:

        def made(path: str, said: Any) -> Any:
            return http.post(path, json=said).raise_for_status().json()

        referred = deepcopy(dict(ASKED))
        referred["resource"]["properties"]["categories"] = ["pregnancy"]
        numbers = {
            "records": made("/access/v1/evaluation", ASKED)["context"]["evaluation_id"],
            "referrals": made("/access/v1/evaluation", referred)["context"]["evaluation_id"],
            "emergencies": made("/v1/emergencies", SHARED)["record"],
        }
        known = {
            "agreement": AGREEMENT,
            "version": "in-force",
            "agency": "northshire-nhs-trust",
            "consent": made("/v1/consents", GIVEN)["consent"],
        }
    return {
        each.path: {
            name: known.get(name) or numbers[each.path.split("/")[2]]
            for name in re.findall(r"\{(agreement|version|agency|consent|jti)\}", each.path)
        }
        for each in OPERATIONS
    }


def whole(ran: subprocess.CompletedProcess[str], part: str = "") -> None:
    """Assert that everything was asked, or all of a part, and nothing was wrong."""
    assert ran.returncode == 0, ran.stdout[-20_000:] + ran.stderr
    every = len(OPERATIONS)
    some = sum(re.search(part, each.path) is not None for each in OPERATIONS)
    assert f"Selected: {some}/{every}\n" in ran.stdout, ran.stdout[-5_000:]
    assert re.search(r"(\d{3,}) generated, \1 passed", ran.stdout), ran.stdout[-5_000:]


@pytest.fixture
def folder(example_template: Path, tmp_path: Path) -> Path:
    """The example office."""
    return Path(copytree(example_template, tmp_path / "office"))


def test_what_can_be_asked_is_answered_as_it_is_described(folder: Path) -> None:
    whole(ask(folder, "examples", cases=1, seed=1))


def test_what_can_be_asked_is_asked_in_one_part() -> None:
    parts = [
        sum(bool(re.search(part, each.path)) for part in PARTS.values()) for each in OPERATIONS
    ]

    assert parts == [1] * len(OPERATIONS)


@pytest.mark.long
@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("part", PARTS.values(), ids=PARTS)
def test_what_can_be_asked_is_answered_as_it_is_described_at_length(
    folder: Path, part: str, seed: int
) -> None:
    phases = "examples,coverage,fuzzing,stateful"

    whole(ask(folder, phases, 100, seed, "--include-path-regex", part), part)


# --- what is asked otherwise, and why


def sent(world: World, asked: Asked) -> httpx2.Response:
    method, path = asked.method, asked.path.format(**asked.path_parameters)
    headers, said = dict(asked.headers), dict[str, Any](params=asked.query or None)
    if asked.path == DRAFTS:
        headers["Content-Type"], said["content"] = YAML, json.dumps(asked.body, default=str)
    elif asked.body is not None:
        said["json"] = asked.body
    send = world.application.request if asked.way in NEEDS else world.application.send
    return send(method, path, headers=headers, **said)


@pytest.mark.parametrize("mending", MENDINGS.values(), ids=MENDINGS)
def test_what_is_mended_fits_and_is_refused_unless_it_is(world: World, mending: Mending) -> None:
    asked = deepcopy(mending.example)
    described = DOCUMENT["paths"][asked.path][asked.method.lower()]
    for each in described["parameters"]:
        if each["name"] in asked.query:
            jsonschema_rs.validate(each["schema"], asked.query[each["name"]])
    if asked.body is not None:
        (content,) = described["requestBody"]["content"].values()
        schema = content["schema"]
        jsonschema_rs.validate(schema | {"components": DOCUMENT["components"]}, asked.body)

    refused = sent(world, asked)
    mending.mend(asked, asked.path)
    taken = sent(world, asked)

    assert refused.status_code == mending.status, refused.text
    assert taken.status_code < 400, taken.text


def test_every_check_is_made_of_every_operation() -> None:
    settings = SETTINGS.read_text(encoding="utf-8")

    assert not re.search(r"enabled|operations|exclude", settings)
