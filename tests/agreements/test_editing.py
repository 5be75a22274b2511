"""An edit changes what it was asked to change in somebody's text, and not a byte besides."""

from collections.abc import Iterator
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agreements import document
from agreements.nodes import Node, Path
from agreements.spelling import Json
from tests.examples import AGREEMENT_FILES

WORDS = st.one_of(
    st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=40),
    st.sampled_from(["yes", "2026-04-01", "a: b # c", "- x", "x\ny", "'", '"', "{a}", "w " * 90]),
)


def scalars(node: Node, path: tuple[str | int, ...] = ()) -> Iterator[tuple[Path, Node]]:
    """Every scalar beneath a node, and its path."""
    if isinstance(node.content, tuple):
        for number, item in enumerate(node.content):
            yield from scalars(item, (*path, number))
    elif isinstance(node.content, dict):
        for name, field in node.content.items():
            yield from scalars(field.value, (*path, name))
    else:
        yield path, node


@cache
def fields_of(name: str) -> tuple[str, tuple[tuple[Path, Node], ...]]:
    file = next(file for file in AGREEMENT_FILES if file.stem == name)
    text = file.read_text(encoding="utf-8")
    return text, tuple(scalars(document.read(text).places.root))


@pytest.mark.parametrize("name", [file.stem for file in AGREEMENT_FILES])
@given(data=st.data())
@settings(max_examples=20, deadline=None)
def test_an_edit_of_one_field_leaves_every_other_byte(name: str, data: st.DataObject) -> None:
    text, fields = fields_of(name)
    path, node = data.draw(st.sampled_from(fields), label="field")
    words = data.draw(WORDS, label="words")

    edited = document.edit(text, path, words)

    begin = text.rfind(":", 0, node.start) + 1 if isinstance(path[-1], str) else node.start
    assert edited.startswith(text[:begin])
    assert edited.endswith(text[node.end :])
    changed = document.read(edited).places.root.at(path)
    assert changed is not None
    assert changed.plain == words


@pytest.mark.parametrize(
    "words", ["0\n", "x\ny", "w " * 90 + "w", ["a b", "0\n"], ["w " * 90 + "w"]]
)
def test_a_comment_behind_a_value_stays_behind_what_takes_its_place(words: Json) -> None:
    text = 'a: "1"  # why one\nb: [c, "d"]  # and these\n# the end\n'

    for field, rest in (
        ("a", '  # why one\nb: [c, "d"]  # and these\n# the end\n'),
        ("b", "  # and these\n# the end\n"),
    ):
        edited = document.edit(text, (field,), words)

        assert edited.startswith(text[: text.index(f"{field}:") + 2])
        assert edited.endswith(rest)
        assert document.read(edited).fields[field] == words


@pytest.mark.parametrize("name", [file.stem for file in AGREEMENT_FILES])
def test_an_edit_and_its_reverse_keep_comments_order_and_wording(name: str) -> None:
    text, fields = fields_of(name)
    path, node = next((path, node) for path, node in fields if path == ("title",))

    there = document.edit(text, path, "Another title")
    back = document.edit(there, path, node.plain)

    assert [line for line in there.splitlines() if "#" in line] == [
        line for line in text.splitlines() if "#" in line
    ]
    assert document.read(back).fields == document.read(text).fields
