"""The tutorials do what they say: each file shown is saved, each command run, in a new folder."""

import json
import re
from pathlib import Path

import pytest

from tests.cli.terminal import ROOT, Terminal, follow

TUTORIALS = sorted((ROOT / "docs").glob("tutorial-*.md"))
BLOCK = re.compile(r"(?:^<!-- save as (\S+) -->\n)?^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("page", TUTORIALS, ids=lambda path: path.stem)
def test_a_tutorial_does_as_it_says(page: Path, tmp_path: Path, commands: Path) -> None:
    terminal = Terminal(tmp_path, commands)

    for saved, language, content in BLOCK.findall(page.read_text(encoding="utf-8")):
        if saved:
            (terminal.folder / saved).write_text(content, encoding="utf-8")
        elif language == "console":
            follow(terminal, content)


def test_there_is_a_tutorial_for_each_who_uses_it() -> None:
    assert [page.stem for page in TUTORIALS] == [
        "tutorial-application",
        "tutorial-auditor",
        "tutorial-dpo",
    ]


def test_the_page_on_logs_of_decisions_does_as_it_says(terminal: Terminal) -> None:
    page = (ROOT / "docs/decision-log.md").read_text(encoding="utf-8")
    for _, language, content in BLOCK.findall(page):
        assert language == "console"
        follow(terminal, content)
    decided = json.loads(terminal.run("concordat log --kind decision --limit 99 --json").stdout)
    lines = (terminal.folder / "decisions.jsonl").read_text(encoding="utf-8").splitlines()
    assert len(lines) == len(decided) > 0
