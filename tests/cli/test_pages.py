"""The pages of reference say what the program says: codes, fields, commands, exit codes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
import typer
from pydantic import BaseModel

from agreements.model import Agreement
from cli.app import COMMANDS, app
from cli.exits import Exit
from engine.decide import Code
from engine.reasons import IN_WORDS
from tests.cli.terminal import Terminal, follow

DOCS = Path(__file__).resolve().parents[2] / "docs"


def page(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


# --- outcome codes


OUTCOMES = sorted((DOCS / "outcomes").glob("*.md"))
SECTIONS = [
    "What it means",
    "What the practitioner does",
    "What the data-protection officer does",
    "For example",
]


def test_every_outcome_code_has_a_page_and_no_other_has() -> None:
    linked = re.findall(r"^\| \[`([a-z_]+)`\]\(outcomes/", page("outcome-codes.md"), re.MULTILINE)

    assert [path.stem for path in OUTCOMES] == sorted(Code)
    assert sorted(linked) == sorted(Code)


@pytest.mark.parametrize("path", OUTCOMES, ids=lambda path: path.stem)
def test_every_page_on_a_code_says_what_to_do_and_shows_it(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# `{path.stem}`\n")
    assert re.findall(r"^## (.+)$", text, re.MULTILINE) == SECTIONS
    assert path.stem in text.partition("## For example")[2]


@pytest.mark.parametrize("path", OUTCOMES, ids=lambda path: path.stem)
def test_the_example_on_a_page_is_what_the_program_answers(path: Path, terminal: Terminal) -> None:
    console = re.compile(r"^```console\n(.*?)^```$", re.MULTILINE | re.DOTALL)

    for example in console.findall(path.read_text(encoding="utf-8")):
        follow(terminal, example)


def test_the_terminal_has_words_for_every_code() -> None:
    assert IN_WORDS.keys() == set(Code)


# --- fields


def models(shape: Any) -> Iterator[type[BaseModel]]:
    if isinstance(shape, type) and issubclass(shape, BaseModel):
        yield shape
    for argument in get_args(shape):
        yield from models(argument)


def fields() -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    waiting: list[type[BaseModel]] = [Agreement]
    while waiting:
        model = waiting.pop()
        if model.__name__ in found:
            continue
        found[model.__name__] = {each.alias or name for name, each in model.model_fields.items()}
        for each in model.model_fields.values():
            waiting += models(each.annotation)
    return found


def fields_on_the_page() -> dict[str, set[str]]:
    sections = re.split(r"^## (.+)$", page("agreement-fields.md"), flags=re.MULTILINE)[1:]
    return {
        title.title().replace(" ", ""): set(re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE))
        for title, text in zip(sections[::2], sections[1::2], strict=True)
    }


def test_the_page_of_fields_holds_exactly_the_fields_there_are() -> None:
    assert fields_on_the_page() == fields()


def test_the_page_of_fields_marks_what_must_be_there() -> None:
    marked = set(
        re.findall(r"^\| `(\w+)` \| \*\*must\*\*", page("agreement-fields.md"), re.MULTILINE)
    )
    waiting: list[type[BaseModel]] = [Agreement]
    seen: set[type[BaseModel]] = set()
    required = set()
    while waiting:
        model = waiting.pop()
        if model in seen:
            continue
        seen.add(model)
        for name, each in model.model_fields.items():
            required |= {each.alias or name} if each.is_required() else set()
            waiting += models(each.annotation)

    assert marked == required


def test_every_field_says_who_asks_for_it() -> None:
    rows = re.findall(
        r"^\| `(\w+)` \| .+ \| ([A-Z ]+) \|$", page("agreement-fields.md"), re.MULTILINE
    )

    assert len(rows) == sum(map(len, fields().values()))
    assert all(set(letters.split()) <= set("IPWSGMLC") for _, letters in rows)


# --- commands


def commands(command: Any, path: str = "concordat") -> Iterator[tuple[str, Any]]:
    yield path, command
    if hasattr(command, "list_commands"):
        context = typer.Context(command)
        for name in command.list_commands(context):
            yield from commands(command.get_command(context, name), f"{path} {name}")


def options(command: Any) -> set[str]:
    named = (param for param in command.params if param.param_type_name == "option")
    return {name for param in named for name in param.opts if name.startswith("--")}


def test_the_reference_lists_every_command_with_exactly_its_options() -> None:
    sections = re.split(r"^#+ `(concordat.*?)`$", page("reference-cli.md"), flags=re.MULTILINE)[1:]
    told = {
        title: set(re.findall(r"^\| `(--[a-z0-9-]+)", text, flags=re.MULTILINE))
        for title, text in zip(sections[::2], sections[1::2], strict=True)
    }

    root = typer.main.get_command(app)
    found = {path: options(command) - {"--help"} for path, command in commands(root)}

    assert told == found


def test_the_reference_lists_every_exit_code() -> None:
    told = re.findall(r"^\| (\d+) \|", page("reference-cli.md"), flags=re.MULTILINE)

    assert sorted(map(int, told)) == sorted(Exit)


def test_every_result_can_be_had_as_json() -> None:
    root = typer.main.get_command(app)

    without = [
        path
        for path, command in commands(root)
        if not hasattr(command, "list_commands") and "--json" not in options(command)
    ]

    assert without == []
    assert set(COMMANDS) == {path.split()[1] for path, _ in commands(root) if " " in path}


def test_no_page_or_hint_of_ours_names_a_command_there_is_not() -> None:
    root = DOCS.parent
    pages = [
        *DOCS.glob("tutorial-*.md"),
        DOCS / "reference-cli.md",
        *OUTCOMES,
        DOCS / "outcome-codes.md",
    ]
    known = {path for path, _ in commands(typer.main.get_command(app))}
    named = {
        f"concordat {match}"
        for path in [*pages, *(root / "cli").glob("*.py")]
        for match in re.findall(
            r"(?:`|\$ )concordat ([a-z]+(?:-[a-z]+)*)", path.read_text(encoding="utf-8")
        )
    }

    assert named - known == set()
