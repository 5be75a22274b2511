"""The nodes of a text, read event by event; what YAML has beyond them is refused.

YAML is read as YAML 1.2 with most of it left out: no anchors, aliases, tags,
merge keys, directives, second documents, nulls, fractions, or keys that are not
text. What is left can be read in one way only. Texts read lately are remembered.

Source:
    YAML 1.2.2, section 10.3 (core schema), narrowed to text, whole numbers, true and false.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Final

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    StreamEndEvent,
)

from agreements import faults, scalars
from agreements.faults import quoted
from agreements.nodes import Field, Node, Place

MAX_DEPTH: Final = 32
"""The deepest that lists and mappings may stand within each other."""

MAX_NODES: Final = 100_000
"""The most keys and values a text may hold."""

REMEMBERED_TEXTS: Final = 32
"""How many texts are remembered as they were read; a node never changes."""

REMEMBERED_CHARACTERS: Final = 65_536
"""The longest of them: its nodes take some two megabytes of memory."""

_SURROGATE: Final = re.compile("[\ud800-\udfff]")


def compose(text: str) -> Node:
    """Read the nodes of a text.

    Raises:
        DocumentError: The first fault, with its line and column.
    """
    return _remembered(text) if len(text) <= REMEMBERED_CHARACTERS else _composed(text)


def _start(event: Event) -> Place:
    mark = event.start_mark
    return Place(mark.line + 1, mark.column + 1)


def _events(text: str) -> Iterator[Event]:
    """Read YAML event by event, every failure as an error of ours."""
    try:
        yield from YAML(typ="safe", pure=True).parse(text)
    except YAMLError as error:
        raise faults.malformed(text, error) from None
    except (ValueError, OverflowError, LookupError):
        hint = "look for an escape such as `\\U…` or a `%` line"
        raise faults.at("the text is not YAML", Place(1, 1), hint) from None


def _is_nothing(event: Event) -> bool:
    """Whether nothing at all stands where a value could."""
    if not isinstance(event, ScalarEvent) or event.style or event.value:
        return False
    return event.anchor is None and event.tag is None


def _composed(text: str) -> Node:
    root = _Events(text).document()
    if root is None:
        raise faults.at("the text is empty", Place(1, 1), "write an agreement")
    return root


# One text is read over and over on its way: written, proposed, signed by each party, put in force.
_remembered = lru_cache(REMEMBERED_TEXTS)(_composed)


class _Events:
    """Turns the events of one text into nodes and refuses what is not allowed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._events = _events(text)
        self._nodes = 0

    def document(self) -> Node | None:
        """The one document of the text; None if it has none."""
        root = None
        documents = 0
        for event in self._events:
            if isinstance(event, DocumentStartEvent):
                documents += 1
                self._check_start(event, documents)
            elif isinstance(event, NodeEvent):
                root = None if _is_nothing(event) else self._node(event, 0, "the text")
            elif isinstance(event, StreamEndEvent):
                break
        return root

    def _check_start(self, event: DocumentStartEvent, documents: int) -> None:
        if event.version or event.tags:
            raise faults.at("a `%` directive is not allowed", Place(1, 1), "remove the line")
        if documents > 1:
            raise faults.at(
                "a second document begins", _start(event), "keep one agreement in a text"
            )

    def _node(self, event: Event, depth: int, name: str) -> Node:
        """Read the node that this event begins; `name` says what it is a value of."""
        self._nodes += 1
        if self._nodes > MAX_NODES:
            hint = "split the agreement"
            raise faults.at(f"more than {MAX_NODES:,} keys and values", _start(event), hint)
        if isinstance(event, AliasEvent):
            message = f"an alias `*{event.anchor}` is not allowed"
            raise faults.at(message, _start(event), "write it out again")
        if isinstance(event, NodeEvent) and event.anchor is not None:
            message = f"an anchor `&{event.anchor}` is not allowed"
            raise faults.at(message, _start(event), "write it out again where it is used")
        if isinstance(event, ScalarEvent | CollectionStartEvent) and event.tag is not None:
            message = f"a tag {quoted(str(event.tag))} is not allowed"
            raise faults.at(message, _start(event), "remove it, and quote the value if it is text")
        if isinstance(event, ScalarEvent):
            return self._scalar(event, name)
        if depth == MAX_DEPTH:
            raise faults.at(f"nested deeper than {MAX_DEPTH}", _start(event), "write it flatter")
        if isinstance(event, MappingStartEvent):
            return self._mapping(event, depth + 1)
        return self._list(event, depth + 1, name)

    def _list(self, event: Event, depth: int, name: str) -> Node:
        items = []
        end: Event = event
        for end in self._events:
            if isinstance(end, SequenceEndEvent):
                break
            items.append(self._node(end, depth, f"an item of {name}"))
        return _collection(event, end, tuple(items), items[-1:])

    def _mapping(self, event: Event, depth: int) -> Node:
        fields: dict[str, Field] = {}
        end: Event = event
        for end in self._events:
            if isinstance(end, MappingEndEvent):
                break
            key, name = self._key(end, depth)
            if name in fields:
                first = fields[name].key.place.line
                hint = f"it already stands in line {first}"
                raise faults.at(f"{quoted(name)} is given twice", key.place, hint)
            value = self._value(next(self._events), depth, key, quoted(name))
            fields[name] = Field(key, value)
        return _collection(event, end, fields, [field.value for field in fields.values()][-1:])

    def _value(self, event: Event, depth: int, key: Node, name: str) -> Node:
        if _is_nothing(event):
            raise scalars.nothing(name, key.place)
        return self._node(event, depth, name)

    def _key(self, event: Event, depth: int) -> tuple[Node, str]:
        if isinstance(event, ScalarEvent) and event.value == "<<" and not event.style:
            raise faults.at(
                "a merge key `<<` is not allowed", _start(event), "write the fields out"
            )
        key = self._node(event, depth, "a field's name")
        if not isinstance(key.content, str):
            shown = f": {quoted(event.value)}" if isinstance(event, ScalarEvent) else ""
            hint = "write the name in quotes"
            raise faults.at(f"a field's name must be text{shown}", key.place, hint)
        return key, key.content

    def _scalar(self, event: ScalarEvent, name: str) -> Node:
        start, end = event.start_mark.index, event.end_mark.index
        end = start + len(self._text[start:end].rstrip()) if event.style in {"|", ">"} else end
        content = (
            scalars.read(event.value, name, _start(event)) if event.style is None else event.value
        )
        odd = _SURROGATE.search(event.value)
        if odd:
            message = f"a character that does not exist: U+{ord(odd[0]):04X}"
            raise faults.at(message, _start(event), "remove the escape")
        return Node(content, _start(event), start, end)


def _collection(
    begin: Event, end: Event, content: tuple[Node, ...] | dict[str, Field], last: list[Node]
) -> Node:
    flow = isinstance(begin, CollectionStartEvent) and bool(begin.flow_style)
    past = end.end_mark.index if flow or not last else last[0].end
    return Node(content, _start(begin), begin.start_mark.index, past, flow)
