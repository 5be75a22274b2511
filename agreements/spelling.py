"""How an agreement is spelt in YAML: block style, one spelling for each value.

A string stands bare only where every YAML reader takes it for text; otherwise
it is quoted. Long words are folded and lines kept apart, so that a lawyer can
read them. Nothing here reads YAML: that is ``agreements.document``.
"""

import json
import re
from collections.abc import Iterator
from typing import TypeAlias

from agreements.characters import UNSEEN

Json: TypeAlias = bool | int | str | list["Json"] | dict[str, "Json"]
"""What an agreement's text can hold; there is no null and no fraction."""

WIDTH = 96
"""The column past which words are folded and lists are written one item a line."""

_INDENT = 2
_BARE = re.compile(r"[A-Za-z0-9][\w ./()'&+;-]*(?<! )")
# YAML 1.1 and 1.2 readers take these for numbers, booleans or nothing at all.
_NOT_TEXT = re.compile(
    r"[0-9][0-9_]*(\.[0-9_]*)?(e[-+]?[0-9]+)?|0[xob][0-9a-f_]+|y|n|yes|no|on|off|true|false|null"
)
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}:\d{2}Z)?", re.ASCII)


def write(fields: dict[str, Json]) -> str:
    """Write the fields of an agreement as YAML, ending in a line break."""
    return block(fields, 0) + "\n"


def block(value: Json, indent: int) -> str:
    """Write a value in block style where its first line already stands at `indent`.

    Args:
        value: What to write; an empty list or mapping is written `[]` or `{}`.
        indent: Columns before every further line.
    """
    if value and isinstance(value, dict):
        lines = (f"{_string(key)}:{after_key(entry, indent)}" for key, entry in value.items())
    elif value and isinstance(value, list):
        lines = (f"- {block(item, indent + _INDENT)}" for item in value)
    else:
        return _scalar(value, indent)
    return f"\n{' ' * indent}".join(lines)


def after_key(value: Json, indent: int) -> str:
    """Write what follows the colon of a key that stands at `indent`."""
    if isinstance(value, list) and _is_short(value, indent):
        return f" {inline(value)}"
    if value and isinstance(value, dict | list):
        inner = indent + _INDENT
        return f"\n{' ' * inner}{block(value, inner)}"
    return f" {_scalar(value, indent)}"


def inline(value: Json) -> str:
    """Write a value on one line, so that it can stand in a `[…]` or `{…}`."""
    match value:
        case dict():
            return "{" + ", ".join(f"{_string(k)}: {inline(v)}" for k, v in value.items()) + "}"
        case list():
            return "[" + ", ".join(inline(item) for item in value) + "]"
        case str():
            return _string(value)
        case bool():
            return "true" if value else "false"
        case int():
            return str(value)


def _is_short(items: list[Json], indent: int) -> bool:
    """Whether a list holds only single words and fits beside its key."""
    wordy = any(isinstance(i, dict | list) or (isinstance(i, str) and " " in i) for i in items)
    return not wordy and len(inline(items)) + indent < WIDTH - 24


def _scalar(value: Json, indent: int) -> str:
    if not isinstance(value, str) or (len(value) + indent < WIDTH - 16 and "\n" not in value):
        return inline(value)
    inner = " " * (indent + _INDENT)
    if "\n" in value:
        return _literal(value, inner) if _can_be_literal(value) else _string(value)
    if not _can_be_folded(value):
        return _string(value)
    return ">-\n" + "\n".join(inner + line for line in _fold(value, WIDTH - len(inner)))


def _can_be_literal(text: str) -> bool:
    lines = text.removesuffix("\n").split("\n")
    return (
        UNSEEN.search(text) is None
        and bool(lines[0].strip())
        and bool(lines[-1].strip())
        and all(not line or line.strip(" \t") for line in lines)
        and not lines[0].startswith((" ", "\t"))
    )


def _literal(text: str, inner: str) -> str:
    mark = "|" if text.endswith("\n") else "|-"
    lines = text.removesuffix("\n").split("\n")
    return "\n".join((mark, *(inner + line if line else "" for line in lines)))


def _can_be_folded(text: str) -> bool:
    return UNSEEN.search(text) is None and "\t" not in text and text == " ".join(text.split())


def _fold(text: str, width: int) -> Iterator[str]:
    line = ""
    for word in text.split(" "):
        if line and len(line) + 1 + len(word) > width:
            yield line
            line = word
        else:
            line = f"{line} {word}" if line else word
    yield line


def _string(text: str) -> str:
    if _INSTANT.fullmatch(text):
        return text
    if _BARE.fullmatch(text) and not _NOT_TEXT.fullmatch(text.lower()):
        return text
    escaped = json.dumps(text, ensure_ascii=False)
    return UNSEEN.sub(lambda found: f"\\u{ord(found[0]):04x}", escaped)
