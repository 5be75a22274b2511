"""Where everything in an agreement's text stands: its nodes and their places.

A path names a node by field and by number, as in ``("clauses", 3, "title")``,
counting from 0. Places count lines and columns from 1.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from agreements.spelling import Json

Path: TypeAlias = Sequence[str | int]
"""The way from the whole text to one node."""


class Place(NamedTuple):
    """A line and a column in a text, both from 1."""

    line: int
    column: int


class Field(NamedTuple):
    """A key and its value."""

    key: "Node"
    value: "Node"


@dataclass(frozen=True, slots=True)
class Node:
    """One scalar, list or mapping as it stands in the text.

    Attributes:
        content: The scalar, or the items, or the fields by name.
        place: Where it begins.
        start: Offset of its first character.
        end: Offset past its last character, trailing comments left out.
        flow: Whether it is written in `[…]` or `{…}`.
    """

    content: "str | int | bool | tuple[Node, ...] | Mapping[str, Field]"
    place: Place
    start: int
    end: int
    flow: bool = False

    @property
    def plain(self) -> Json:
        """The value alone."""
        match self.content:
            case tuple():
                return [item.plain for item in self.content]
            case Mapping():
                return {name: entry.value.plain for name, entry in self.content.items()}
            case _:
                return self.content

    def child(self, step: str | int) -> "Field | Node | None":
        """The field or item one step below, if there is one."""
        if isinstance(self.content, Mapping) and isinstance(step, str):
            return self.content.get(step)
        if isinstance(self.content, tuple) and isinstance(step, int):
            return self.content[step] if 0 <= step < len(self.content) else None
        return None

    def at(self, path: Path) -> "Node | None":
        """The node at the end of a path, if the text has it."""
        node = self
        for step in path:
            below = node.child(step)
            if below is None:
                return None
            node = below.value if isinstance(below, Field) else below
        return node

    def lists(self) -> "Iterator[Node]":
        """Every list in it, in the order of the text."""
        if isinstance(self.content, tuple):
            yield self
            for item in self.content:
                yield from item.lists()
        elif isinstance(self.content, Mapping):
            for entry in self.content.values():
                yield from entry.value.lists()


@dataclass(frozen=True, slots=True)
class Places:
    """Looks up where a field of the agreement stands in its text."""

    root: Node

    def of(self, path: Path) -> Place:
        """Where a field's name or an item stands; if it is missing, what is around it."""
        node, place = self.root, self.root.place
        for step in path:
            below = node.child(step)
            if below is None:
                break
            node = below.value if isinstance(below, Field) else below
            place = below.key.place if isinstance(below, Field) else below.place
        return place

    def value(self, path: Path) -> Place:
        """Where a field's value begins; of what is missing, as :meth:`of`."""
        node = self.root.at(path)
        return self.of(path) if node is None else node.place
