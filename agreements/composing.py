"""The nodes of a text, read event by event; what YAML has beyond them is refused.

YAML is read as YAML 1.2 with most of it left out: no anchors, aliases, tags,
merge keys, directives, second documents, nulls, fractions, or keys that are not
text. What is left can be read in one way only. Texts read lately are remembered.

Two readers stand behind this. A quick one, in C, reads texts of plain shape, of which both
make the same; whatever it or we find fault with, and every other text, the thorough one reads
from the beginning, and it alone says what is wrong.

Source:
    YAML 1.2.2, section 10.3 (core schema), narrowed to text, whole numbers, true and false.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any, Final

import yaml
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    CollectionStartEvent,
    DocumentEndEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
    StreamEndEvent,
    StreamStartEvent,
)

from agreements import faults, scalars
from agreements.errors import DocumentError
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

_PLAIN_SHAPE: Final = re.compile(
    # Lines that mark no document, begin with nothing that few ever use, are not blanks alone, have
    # no comment right after `|` or `>`, and are not so long that a key might be too long.
    r"(?:(?![%?]|---|\.\.\.| +\n|.*[|>][-+0-9]*#)"
    r"[ -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufdcf\ufdf0-\ufefe\uff00-\ufffd]{0,900}\n)*"
)
"""Texts that both readers read alike."""

_QUICK: Final[Any] = getattr(yaml, "CSafeLoader", None)  # Any: PyYAML has no types of its own.
"""The quick reader; none if it was built without its C part."""

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


def _quick_events(text: str) -> Iterator[Event]:
    """Read YAML event by event, quickly."""
    event: Any  # As above.
    for event in yaml.parse(text, Loader=_QUICK):
        begin, end = event.start_mark, event.end_mark
        match event:
            case yaml.ScalarEvent(anchor=anchor, tag=tag, implicit=implicit, value=value):
                yield ScalarEvent(anchor, tag, implicit, value, begin, end, event.style or None)
            case yaml.MappingStartEvent(anchor=anchor, tag=tag, implicit=implicit):
                yield MappingStartEvent(anchor, tag, implicit, begin, end, event.flow_style)
            case yaml.SequenceStartEvent(anchor=anchor, tag=tag, implicit=implicit):
                yield SequenceStartEvent(anchor, tag, implicit, begin, end, event.flow_style)
            case yaml.AliasEvent():
                yield AliasEvent(event.anchor, begin, end)
            case yaml.DocumentStartEvent():
                yield DocumentStartEvent(begin, end, event.explicit, event.version, event.tags)
            case _:
                yield _ENDS[type(event)](begin, end)


_ENDS: Final = {
    yaml.MappingEndEvent: MappingEndEvent,
    yaml.SequenceEndEvent: SequenceEndEvent,
    yaml.DocumentEndEvent: DocumentEndEvent,
    yaml.StreamStartEvent: StreamStartEvent,
    yaml.StreamEndEvent: StreamEndEvent,
}


def _is_nothing(event: Event) -> bool:
    """Whether nothing at all stands where a value could."""
    if not isinstance(event, ScalarEvent) or event.style or event.value:
        return False
    return event.anchor is None and event.tag is None


def _composed(text: str) -> Node:
    return _quickly(text) or _thoroughly(text)


def _quickly(text: str) -> Node | None:
    """The nodes of a text of plain shape, made of fields and without a fault; None of any other."""
    if _QUICK is None or not _PLAIN_SHAPE.fullmatch(text):
        return None
    try:
        root = _Events(text, _quick_events(text)).document()
    except (DocumentError, yaml.YAMLError, ValueError):
        return None
    return root if root is not None and isinstance(root.content, dict) else None


def _thoroughly(text: str) -> Node:
    root = _Events(text, _events(text)).document()
    if root is None:
        raise faults.at("the text is empty", Place(1, 1), "write an agreement")
    return root


# One text is read over and over on its way: written, proposed, signed by each party, put in force.
_remembered = lru_cache(REMEMBERED_TEXTS)(_composed)


class _Events:
    """Turns the events of one text into nodes and refuses what is not allowed."""

    def __init__(self, text: str, events: Iterator[Event]) -> None:
        self._text = text
        self._events = events
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
