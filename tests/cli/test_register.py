"""Two offices on one bare repository, by command, in processes of their own; and a plain clone."""

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.cli.terminal import Ran, Terminal
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text


@pytest.fixture
def place(tmp_path: Path, commands: Path) -> Terminal:
    """A shell beside both offices."""
    here = Terminal(tmp_path, commands)
    done(here, "git init -q --bare -b main place.git")
    return here


def done(here: Terminal, command: str) -> Ran:
    ran = here.run(command)
    assert ran.code == 0, f"{command}\n{ran.stdout}{ran.stderr}"
    return ran


def said(here: Terminal, command: str) -> Any:
    return json.loads(done(here, f"{command} --json").stdout)


def test_two_offices_and_a_plain_clone_share_one_register(place: Terminal) -> None:
    folder = place.folder
    (folder / "question.json").write_bytes(asked())
    done(place, f"concordat init council --agency {COUNCIL} --remote place.git")
    cloned = done(
        place, f"concordat clone place.git trust --agency {TRUST} --trust council/trust.json"
    )
    assert f"asked to have its keys listed: requests/{TRUST}.json" in cloned.stdout
    council, trust = (Terminal(folder / name, place.bin) for name in ("council", "trust"))

    done(council, f"concordat pull && concordat keys enrol register/requests/{TRUST}.json")
    (folder / f"council/register/agreements/{AGREEMENT}.yaml").write_text(text(), "utf-8")
    done(council, f"concordat propose {AGREEMENT} && concordat push")
    done(trust, f"concordat pull && concordat sign {AGREEMENT} --as {TRUST} && concordat push")
    done(council, f"concordat pull && concordat sign {AGREEMENT} --as {COUNCIL}")
    done(council, f"concordat publish {AGREEMENT} && concordat push")
    (taken,) = said(trust, "concordat pull")["taken"]

    assert (taken["agreement"], taken["what"]) == (AGREEMENT, "publish")
    rows = [said(each, "concordat status")["agreements"][0] for each in (council, trust)]
    assert rows[0]["state"] == "in_force"
    assert rows[0]["in_force_from"] == rows[1]["in_force_from"]
    assert done(council, "concordat ask ../question.json").code == 0

    done(trust, f"concordat suspend {AGREEMENT} --reason 'a breach' && concordat push")
    pulled = done(council, "concordat pull")
    assert f"{AGREEMENT} 1.0: suspend by {TRUST}" in pulled.stdout
    answered = council.run("concordat ask ../question.json --json")
    assert answered.code == 3
    assert json.loads(answered.stdout)["code"] == "suspended"

    done(place, "git clone -q place.git plain && git -C plain fsck --strict --full")
    assert done(place, f"cat plain/acts/{AGREEMENT}/1.0/*-suspend-*").stdout.count(".") == 2


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory, commands: Path) -> Terminal:
    """Two offices with one draft, on one place."""
    here = Terminal(tmp_path_factory.mktemp("shared"), commands)
    done(here, "git init -q --bare -b main place.git")
    done(here, f"concordat init council --agency {COUNCIL} --name 'County Council'")
    (here.folder / "council/register/agreements/hub.yaml").write_text(
        text().replace(AGREEMENT, "hub"), "utf-8"
    )
    done(here, "concordat push --to place.git --office council")
    done(here, f"concordat clone place.git trust --agency {TRUST} --trust council/trust.json")
    return here


def test_somebody_who_edits_the_same_field_is_told_who_changed_it_and_when(
    shared: Terminal,
) -> None:
    edit = "sed -i 's/^title: .*/title: {0}/' {1}/register/agreements/hub.yaml"
    done(shared, edit.format("Of the council", "council"))
    done(shared, edit.format("Of the trust", "trust"))
    done(shared, "concordat push --office council")

    pulled = done(shared, "concordat push --office trust").stdout.replace("\n  ", " ")

    at = datetime.now(UTC).strftime("%H:")
    assert f"County Council changed Title at {at}" in pulled
    assert "your answers are kept in register/agreements/hub.mine.yaml" in pulled
    assert "compare them: concordat diff register/agreements/hub.mine.yaml hub" in pulled
    compared = shared.run("cd trust && concordat diff register/agreements/hub.mine.yaml hub")
    assert compared.code in (0, 6), compared.stderr
    assert "title: Of the council" in done(shared, "cat trust/register/agreements/hub.yaml").stdout
    listed = said(shared, "concordat status --office trust")
    assert [row["id"] for row in listed["agreements"]] == ["hub"]
    assert listed["shared"]["ahead"] == listed["shared"]["behind"] == 0


def test_a_rewound_place_is_refused_and_said_until_it_is_mended(shared: Terminal) -> None:
    done(shared, "concordat pull --office trust && git -C place.git branch kept main")
    done(
        shared,
        "git -C place.git update-ref refs/heads/main $(git -C place.git rev-list main | tail -1)",
    )

    refused = shared.run("concordat pull --office trust")

    assert refused.code == 4
    assert refused.stdout == ""
    assert "was put back to" in refused.stderr
    assert "concordat push` puts them back" in refused.stderr
    assert "was put back" in done(shared, "concordat status --office trust").stdout
    assert shared.run("concordat doctor --office trust").code == 8
    done(shared, "concordat push --office trust && concordat pull --office trust")
    assert said(shared, "concordat status --office trust")["shared"]["refused"] is None


def test_a_place_that_is_away_ends_with_8_in_one_line(shared: Terminal) -> None:
    done(shared, "mv place.git elsewhere.git")

    away = shared.run("concordat pull --office council")

    done(shared, "mv elsewhere.git place.git")
    assert away.code == 8
    assert len(away.stderr.splitlines()) == 2
    assert "there is no such folder" in away.stderr


@pytest.mark.parametrize(
    ("command", "code", "words"),
    [
        ("concordat clone nowhere x --agency a --trust council/trust.json", 8, "no such folder"),
        ("concordat clone place.git council --agency a --trust council/trust.json", 2, "already"),
        ("concordat clone place.git x --agency A --trust council/trust.json", 2, "cannot be an id"),
        ("concordat clone place.git x --agency a --trust nothing", 2, "no file `nothing`"),
        ("concordat clone place.git x --agency a --trust place.git/HEAD", 4, "trust root cannot"),
        ("concordat push --to git://x --office council", 8, "not shared over `git`"),
    ],
)
def test_what_cannot_be_shared_is_refused_and_leaves_nothing(
    shared: Terminal, command: str, code: int, words: str
) -> None:
    ran = shared.run(command)

    assert ran.code == code, ran.stderr
    assert words in ran.stderr
    assert len(ran.stderr.splitlines()) <= 2
    assert not (shared.folder / "x").exists()
    assert [name.name for name in shared.folder.iterdir() if name.name.startswith(".")] == []
