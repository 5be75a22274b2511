"""The house keeps its shape: few rooms, short files, plain names, nothing from outside.

What a linter can say is said in ``pyproject.toml``. The rest is here.
"""

import re
from collections.abc import Iterator
from fnmatch import fnmatch
from importlib.metadata import distributions
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]

FLOORS = ("agreements", "engine", "api", "cli")
TOP_LEVEL = {
    *(*FLOORS, "policies", "tests", "concordat", "docs", ".ci"),
    *("pyproject.toml", "README.md", "Makefile", "CHANGELOG.md", "SECURITY.md", "LICENSE"),
    *("requirements.lock", ".gitignore", ".git"),
}

# A module past the soft limit stands here with the reason it is still one thing.
LONG_MODULES: dict[str, str] = {}

EMPTY_NAMES = {
    *("base", "common", "data", "handle", "handler", "helper", "helpers", "info"),
    *("manager", "misc", "process", "processor", "util", "utils"),
}
# These folders were beside the repository while it was written; nobody else has them.
FOREIGN_PATH = re.compile(r"\.\./shared|\bshared/[A-Z]+\.md|(?<![\w.])/(?:work|home|root)/")


def ignored_names() -> list[str]:
    """What git leaves alone, as patterns on a single name."""
    lines = (ROOT / ".gitignore").read_text(encoding="utf-8").split()
    return [line.strip("/") for line in lines]


def walk(folder: Path) -> Iterator[Path]:
    """Every file of ours below a folder, in order."""
    ignored = ignored_names()
    for path in sorted(folder.iterdir()):
        if path.name == ".git" or any(fnmatch(path.name, pattern) for pattern in ignored):
            continue
        if path.is_dir():
            yield from walk(path)
        else:
            yield path


def files() -> Iterator[Path]:
    """Every file of ours."""
    return walk(ROOT)


def modules(*folders: str) -> list[Path]:
    """The Python modules below these folders."""
    return [path for folder in folders for path in walk(ROOT / folder) if path.suffix == ".py"]


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def length(path: Path) -> int:
    return len(path.read_text(encoding="utf-8").splitlines())


# --- rooms


def test_the_top_level_is_the_one_that_was_drawn() -> None:
    ignored = ignored_names()

    found = {path.name for path in ROOT.iterdir()}

    strangers = {
        name for name in found - TOP_LEVEL if not any(fnmatch(name, pattern) for pattern in ignored)
    }
    assert not strangers


def test_policies_hold_no_python() -> None:
    assert modules("policies") == []


def test_the_front_door_is_small() -> None:
    assert length(ROOT / "concordat/__main__.py") <= 25


def test_no_module_passes_the_limit_of_length() -> None:
    lengths = {name_of(path): length(path) for path in modules("concordat", *FLOORS)}

    too_long = {name: lines for name, lines in lengths.items() if lines > 400}
    swollen = {name: lines for name, lines in lengths.items() if lines > 300}

    assert not too_long
    assert not swollen.keys() - LONG_MODULES.keys(), "split it, or give the reason"
    assert not LONG_MODULES.keys() - swollen.keys(), "no longer long: strike it from the list"


@pytest.mark.parametrize("path", modules("concordat", *FLOORS, "tests"), ids=name_of)
def test_a_module_says_what_it_holds(path: Path) -> None:
    words = path.relative_to(ROOT).with_suffix("").as_posix().replace("/", "_").split("_")

    assert not EMPTY_NAMES & set(words)


def test_nothing_points_outside_the_repository() -> None:
    pointing = []
    for path in files():
        if path == Path(__file__).resolve():
            continue
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        if FOREIGN_PATH.search(text):
            pointing.append(name_of(path))

    assert pointing == []


def test_no_other_distribution_owns_one_of_our_names() -> None:
    ours = {"concordat", "policies", *FLOORS}

    rivals = {
        (distribution.metadata["Name"], file.parts[0])
        for distribution in distributions()
        if distribution.metadata["Name"] != "concordat-sharing"
        for file in distribution.files or []
        if file.parts[0].removesuffix(".py") in ours
    }

    assert not rivals


# --- the lock


def test_the_lock_names_no_address() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")

    assert "://" not in lock
    assert "--index-url" not in lock
    assert "--find-links" not in lock


def test_every_locked_library_is_pinned_and_hashed() -> None:
    lock = (ROOT / "requirements.lock").read_text(encoding="utf-8")
    entries = re.split(r"\n(?=[a-zA-Z])", re.sub(r"^\s*#.*\n", "", lock, flags=re.MULTILINE))

    loose = [
        entry.splitlines()[0]
        for entry in entries
        if not re.match(r"[\w.-]+(\[[\w,]+\])?==\S+", entry) or "--hash=sha256:" not in entry
    ]

    assert len(entries) > 20
    assert loose == []
