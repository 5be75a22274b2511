"""Two readers of YAML, one reading: what the quick one reads, the thorough one reads alike."""

from pathlib import Path
from random import Random

import pytest

from agreements import composing
from agreements.errors import DocumentError
from agreements.nodes import Node

ROOT = Path(__file__).resolve().parents[2]
FILES = sorted(path for floor in ("agreements", "tests") for path in (ROOT / floor).rglob("*.yaml"))
TEXTS = [path.read_text("utf-8") for path in FILES]
BEGINNINGS = ("", "", "k: ", "k:\n  ", "k:\n- ", "k: [", "k: {", "a: 1\nk: ", "k: |\n", "k: >\n")
PIECES = (
    *("a", "b1", "é", "\U0001f600", "null", "no", "07", "0x1", "1.5", "true", "~", "=", ".", "x: "),
    *("- ", "-", " - ", ": ", ":", "? ", "?", "[", "]", "{", "}", ", ", ",", "#", " #c", "k: v\n"),
    *("|", ">", "|-", ">+", "|2", ">1-", "\n", "\n", "\n  ", "\n    ", "\n- ", "\n\n", "\n \n"),
    *('"', "'", "\\", "\\n", "\\\n", '"x"', "'y'", "''", '""', "\\x41", "\\u00e9", "\\/", "\\e"),
    *("&a ", "*a", "!t ", "!", "%", "@", "`", "---", "...", "<<", "a:b", "::", "http://x", "-x"),
    *("?x", ":x", " ", "  ", "\t", "\r", "\u2028", "\x85", "\ufeff"),
)
"""What means something in YAML, and what looks as if it did."""


def thoroughly(text: str) -> Node | str:
    try:
        return composing._thoroughly(text)
    except DocumentError as fault:
        return str(fault)


@pytest.mark.parametrize("text", TEXTS, ids=[str(path.relative_to(ROOT)) for path in FILES])
def test_every_text_in_the_tree_is_read_alike(text: str) -> None:
    assert composing._quickly(text) in (None, thoroughly(text))


def test_every_worked_agreement_is_read_quickly() -> None:
    worked = [path for path in FILES if "agreements/examples" in path.as_posix()]

    slow = [path.name for path in worked if not composing._quickly(path.read_text("utf-8"))]

    assert slow == []


def made_up(rng: Random) -> str:
    """Pieces in a row; or some lines of an agreement with a few pieces in wrong places."""
    if rng.random() < 0.6:
        pieces = rng.choices(PIECES, k=rng.randint(1, 14))
        return rng.choice(BEGINNINGS) + "".join(pieces) + rng.choice(("", "\n", "\n"))
    lines = rng.choice(TEXTS).split("\n")
    first = rng.randrange(len(lines))
    letters = list("\n".join(lines[first : first + rng.randint(1, 12)]) + "\n")
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(letters))
        letters[at : at + rng.choice((0, 0, 1))] = rng.choice(PIECES)
    return "".join(letters)


def read_alike(seed: int, count: int) -> int:
    """How many of made-up texts the quick reader reads; each as the thorough one does."""
    rng, read = Random(seed), 0
    for _ in range(count):
        text = made_up(rng)
        quickly = composing._quickly(text)
        if quickly is not None:
            assert quickly == thoroughly(text), repr(text)
            read += 1
    return read


def test_made_up_texts_are_read_alike() -> None:
    assert read_alike(1, 4_000) > 200


@pytest.mark.long
@pytest.mark.parametrize("seed", range(2, 22))
def test_a_million_made_up_texts_are_read_alike(seed: int) -> None:
    assert read_alike(seed, 50_000) > 2_000


@pytest.mark.parametrize(
    "text",
    [
        "a: 1\na: 2\n",
        "a: &x 1\n",
        "a: *x\n",
        "a: !x 1\n",
        "<<: {a: 1}\n",
        "a:\n",
        "a: 07\n",
        "a: 1.5\n",
        "1: a\n",
        "a: [b\n",
        "a: " + "[" * 33 + "]" * 33 + "\n",
    ],
)
def test_whatever_is_wrong_the_thorough_reader_says(text: str) -> None:
    said = thoroughly(text)

    with pytest.raises(DocumentError) as caught:
        composing.compose(text)

    assert composing._quickly(text) is None
    assert str(caught.value) == said


def test_without_the_quick_reader_every_text_is_read_too(monkeypatch: pytest.MonkeyPatch) -> None:
    quickly = composing._composed(TEXTS[0])
    monkeypatch.setattr(composing, "_QUICK", None)

    assert composing._quickly(TEXTS[0]) is None
    assert composing._composed(TEXTS[0]) == quickly
