"""The pages for integrators do as they say, and show every operation by a request that works.

Each is typed as it stands, into a shell, at a real office on this machine. What `curl`
sent and got is held to the description: the status, and the form of the answer.
"""

import json
import re
import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest

from api.descriptions.book import OPERATIONS
from tests.api.test_described import DOCUMENT, closed
from tests.api.test_server import ROOT, served
from tests.cli.ready import loaded
from tests.cli.terminal import Terminal, follow

BLOCK = re.compile(
    r"(?:^<!-- (save as|add to) (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL
)
PAGES = ("http.md", "mais.md", "records.md", "v1.md", "running.md")
"""What is typed on each holds after what was typed on those before."""
BEYOND = {"tile_1": 404, "tile_3": 404, "tile_4": 404, "publish": 409, "withdraw": 409}
"""What is shown as it is refused: the log of the pages is not of 256 records, 256,000 or as many
again; who else must sign before a version is published does so in an office of its own; and a
version that was sent back has no signature to take back."""
HERE = "http://127.0.0.1:8700"

WATCHED = '''#!{python} -SE
"""`curl`, which also notes what it sent and got."""
import json, subprocess, sys
MARK = "\\x1e"
NAMES = ("method", "http_code", "content_type", "url_effective")
WRITES = "".join(MARK + "%{{" + name + "}}" for name in NAMES)
ran = subprocess.run(
    ["{curl}", *sys.argv[1:], "-w", "%{{stderr}}" + WRITES], stdout=-1, stderr=-1
)
told, method, status, kind, url = ran.stderr.decode().rsplit(MARK, 4)
saved = sys.argv[sys.argv.index("-o") + 1] if "-o" in sys.argv else None
body = open(saved, "rb").read() if saved else ran.stdout
if "-i" in sys.argv:
    body = body.partition(b"\\r\\n\\r\\n")[2]
with open("{log}", "a") as file:
    row = {{"method": method, "status": status, "kind": kind, "url": url}}
    file.write(json.dumps(row | {{"body": body.decode("latin-1")}}) + "\\n")
sys.stdout.buffer.write(ran.stdout)
sys.stderr.write(told)
sys.exit(ran.returncode)
'''


def watched(folder: Path, log: Path) -> Path:
    """Put a `curl` into a folder that also notes what it sent and got."""
    found = shutil.which("curl")
    assert found is not None
    shim = folder / "curl"
    shim.write_text(WATCHED.format(python=sys.executable, curl=found, log=log), encoding="utf-8")
    shim.chmod(0o755)
    return folder


def operation_of(method: str, path: str) -> str:
    """The template of the operation that a request was for, the closest one."""
    found: list[str] = [
        template
        for template, methods in DOCUMENT["paths"].items()
        if method.lower() in methods and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", template), path)
    ]
    return min(found, key=lambda template: template.count("{"))


def as_described(sent: dict[str, str]) -> tuple[str, int]:
    """Hold one request to what its description says; say which operation it was, and the status."""
    path = re.sub(r"^http://[^/]+|\?.*$", "", sent["url"])
    said = DOCUMENT["paths"][operation_of(sent["method"], path)][sent["method"].lower()]
    body = sent["body"].encode("latin-1")
    content: dict[str, Any] = said["responses"][sent["status"]].get("content", {})
    if not content:
        assert not body
    elif "json" in sent["kind"] and "jsonl" not in sent["kind"]:
        schema = closed(content[sent["kind"]]["schema"])
        jsonschema_rs.validator_for(schema).validate(json.loads(body))
    else:
        assert sent["kind"] in content
    return str(said["operationId"]), int(sent["status"])


@pytest.mark.skipif(shutil.which("curl") is None, reason="there is no curl here")
def test_every_operation_is_shown_by_a_request_that_is_answered_as_it_says(
    tmp_path: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    log = tmp_path_factory.mktemp("log") / "sent.jsonl"
    page = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES)

    with loaded(tmp_path_factory.mktemp("ready")) as commands, ExitStack() as running:
        terminal, url = Terminal(tmp_path, watched(commands, log)), ""
        for how, name, language, content in BLOCK.findall(page):
            if how:
                path = terminal.folder / name
                before = path.read_text() + "\n" if how == "add to" else ""
                path.write_text(before + content, encoding="utf-8")
            elif "concordat serve" in content:
                running.pop_all().close()
                _, url = running.enter_context(served(terminal.folder))
            elif language == "console":
                follow(terminal, content.replace(HERE, url or HERE))

    rows = [json.loads(line) for line in log.read_text().splitlines()]
    shown = [as_described(row) for row in rows]
    names = {each.name for each in OPERATIONS}
    assert {name for name, status in shown if status < 400} == names - set(BEYOND)
    assert set(BEYOND.items()) <= set(shown)


def test_the_pages_for_integrators_name_every_path_there_is() -> None:
    page = "".join((ROOT / "docs" / name).read_text(encoding="utf-8") for name in PAGES)

    named = {
        each.path: (each.path, each.path.replace("{jti}", "{evaluation_id}")) for each in OPERATIONS
    }
    assert not [path for path, each in named.items() if not any(f"{one}`" in page for one in each)]
