"""JSON from elsewhere, read strictly: one value, bounded, with the line and column of each fault.

Refused are a member given twice, a number with a fraction, half a character, and whatever
is nested too deep. A member that is ``null`` says nothing and is read as left out.

Source:
    RFC 8259, narrowed.
"""

import json
import re
from bisect import bisect_left

from agreements.characters import decode
from agreements.composing import MAX_DEPTH, MAX_NODES
from agreements.errors import DocumentError
from agreements.faults import at, quoted
from agreements.nodes import Field, Node, Place

_SPACE = re.compile(r"[ \t\r\n]*")
_WORD = re.compile(r"-?[0-9][0-9.eE+-]*|true|false|null")
_STRING = re.compile(r'"(?:[^"\\\x00-\x1f]|\\.)*"')
_WHOLE = re.compile(r"-?(0|[1-9][0-9]{0,14})")
_SURROGATE = re.compile("[\ud800-\udfff]")


def read_json(text: str | bytes) -> Node:
    """Read JSON as nodes that know where they stand.

    Args:
        text: UTF-8 without a byte order mark, at most 1 MiB.

    Raises:
        DocumentError: The first fault, with its line and column.
    """
    reader = _Reader(decode(text))
    root = reader.value(0)
    reader.end()
    if root is None:
        raise reader.fault("the text says nothing", 0, "give the object itself")
    return root


class _Reader:
    """Reads one text from its beginning to its end."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._nodes = 0
        self._breaks = [found.start() for found in re.finditer("\n", text)]

    def value(self, depth: int) -> Node | None:
        """The value that begins here; None for `null`."""
        begin, char = self._next()
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self.fault(f"more than {MAX_NODES:,} values", begin, "split the text")
        if depth >= MAX_DEPTH and char in "{[":
            raise self.fault(f"nested deeper than {MAX_DEPTH}", begin, "nothing we read is")
        match char:
            case "{":
                return self._object(begin, depth)
            case "[":
                return self._list(begin, depth)
            case '"':
                return self._node(self._string(), begin)
        return self._word(begin)

    def end(self) -> None:
        """Refuse whatever follows the one value."""
        begin, char = self._next()
        if char:
            raise self.fault("something follows the end of the JSON", begin, "give one value")

    def fault(self, message: str, where: int, hint: str) -> DocumentError:
        """A fault at an offset."""
        return at(message, self._place(where), hint)

    def _place(self, where: int) -> Place:
        before = bisect_left(self._breaks, where)
        return Place(before + 1, where - (self._breaks[before - 1] if before else -1))

    def _next(self) -> tuple[int, str]:
        found = _SPACE.match(self._text, self._at)
        self._at = found.end() if found else self._at
        return self._at, self._text[self._at : self._at + 1]

    def _node(self, content: str | int | bool, begin: int) -> Node:
        return Node(content, self._place(begin), begin, self._at)

    def _object(self, begin: int, depth: int) -> Node:
        fields: dict[str, Field] = {}
        seen: set[str] = set()
        while self._more(begin, "}", first=not seen):
            start, char = self._next()
            if char != '"':
                raise self.fault("a member's name must stand in quotes", start, 'write `"name": …`')
            key = self._node(self._string(), start)
            name = str(key.content)
            if name in seen:
                raise self.fault(f"{quoted(name)} is given twice", start, "keep one of them")
            seen.add(name)
            colon, char = self._next()
            if char != ":":
                raise self.fault(f"{quoted(name)} has no `:` behind it", colon, "write its value")
            self._at += 1
            value = self.value(depth + 1)
            if value is not None:
                fields[name] = Field(key, value)
        return Node(fields, self._place(begin), begin, self._at, flow=True)

    def _list(self, begin: int, depth: int) -> Node:
        items: list[Node] = []
        count = 0
        while self._more(begin, "]", first=not count):
            count += 1
            start, _ = self._next()
            item = self.value(depth + 1)
            if item is None:
                raise self.fault("an item of a list is `null`", start, "leave it out")
            items.append(item)
        return Node(tuple(items), self._place(begin), begin, self._at, flow=True)

    def _more(self, begin: int, close: str, *, first: bool) -> bool:
        """Step over an opening bracket or a comma; whether another item follows."""
        if first:
            self._at += 1
        where, char = self._next()
        if char == close:
            self._at += 1
            return False
        if first:
            return True
        if char != ",":
            opened = self._text[begin]
            message = f"a `{opened}` is not closed" if not char else f"no `,` or `{close}` here"
            raise self.fault(message, where if char else begin, "look at the brackets and commas")
        self._at += 1
        return True

    def _string(self) -> str:
        begin = self._at
        found = _STRING.match(self._text, begin)
        try:
            said = str(json.loads(found[0])) if found else None
        except json.JSONDecodeError:
            said = None
        if found is None or said is None:
            message = "a text in quotes is not closed or not JSON"
            raise self.fault(message, begin, "look at its quotes and escapes")
        self._at = found.end()
        odd = _SURROGATE.search(said)
        if odd:
            message = f"a character that does not exist: U+{ord(odd[0]):04X}"
            raise self.fault(message, begin, "remove the escape")
        return said

    def _word(self, begin: int) -> Node | None:
        found = _WORD.match(self._text, begin)
        if found is None:
            raise self.fault("no JSON value begins here", begin, "put text in quotes")
        self._at = found.end()
        match found[0]:
            case "null":
                return None
            case "true" | "false" as said:
                return self._node(said == "true", begin)
        if not _WHOLE.fullmatch(found[0]):
            raise self.fault(f"{quoted(found[0])} is no whole number", begin, "put it in quotes")
        return self._node(int(found[0]), begin)
