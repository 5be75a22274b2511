"""Documents say what is true: every error explained, every link alive, every decision numbered."""

import re
from pathlib import Path

import pytest

import agreements.errors
import engine.errors
from agreements.errors import ConcordatError
from concordat import __version__

ROOT = Path(__file__).resolve().parents[2]
ADRS = sorted((ROOT / "docs/adr").glob("*.md"))
PAGES = [*sorted(ROOT.glob("*.md")), *sorted((ROOT / "docs").rglob("*.md"))]
ADR_SECTIONS = ["Context", "Forces", "Options", "Choice", "What would make us revisit it"]


def error_classes() -> set[type[ConcordatError]]:
    """Every class of the tree of errors, as the two modules that hold it name them."""
    found = [*vars(agreements.errors).values(), *vars(engine.errors).values()]
    return {kind for kind in found if isinstance(kind, type) and issubclass(kind, ConcordatError)}


def page_name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_every_error_has_a_code_of_its_own() -> None:
    classes = error_classes()

    assert len({kind.code for kind in classes}) == len(classes)


def test_errors_page_explains_exactly_the_errors_there_are() -> None:
    page = (ROOT / "docs/errors.md").read_text(encoding="utf-8")

    explained = re.findall(r"^### `([a-z-]+)`$", page, flags=re.MULTILINE)

    assert sorted(explained) == sorted(kind.code for kind in error_classes())


def test_decisions_are_numbered_without_a_gap() -> None:
    numbers = [path.name[:4] for path in ADRS]

    assert all(re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", path.name) for path in ADRS)
    assert numbers == [f"{number:04}" for number in range(1, len(ADRS) + 1)]


@pytest.mark.parametrize("path", ADRS, ids=page_name)
def test_a_decision_is_short_and_whole(path: Path) -> None:
    text = path.read_text(encoding="utf-8")

    assert text.startswith(f"# {path.name[:4]} ")
    assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ADR_SECTIONS
    assert len(text.splitlines()) < 100


@pytest.mark.parametrize("page", PAGES, ids=page_name)
def test_no_link_between_pages_is_dead(page: Path) -> None:
    links = re.findall(r"\]\((?!\w+:|#)([^)#\s]+)", page.read_text(encoding="utf-8"))

    dead = [link for link in links if not (page.parent / link).exists()]

    assert dead == []


def test_readme_gives_two_commands_and_both_exist() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")

    commands = re.findall(r"^\$ (.+)$", readme, flags=re.MULTILINE)

    assert commands == ["make demo", "make test"]
    assert re.findall(r"^(demo|test):", makefile, flags=re.MULTILINE) == ["demo", "test"]


def test_changelog_knows_this_version() -> None:
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    headings = re.findall(r"^## \[(.+?)\]", changelog, flags=re.MULTILINE)

    assert headings[0] == "Unreleased"
    assert __version__ in headings or headings == ["Unreleased"]
