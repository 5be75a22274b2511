"""Writes one change into a text in the smallest place that can hold it.

Each candidate touches more of the text than the one before: the value alone,
then everything around it, up to the whole. Whoever asks takes the first that
reads as it should. Nothing here reads YAML.
"""

from collections.abc import Iterator, Mapping

from agreements import spelling
from agreements.nodes import Field, Node, Path
from agreements.spelling import Json


def changed(value: Json | None, path: Path, new: Json | None) -> Json | None:
    """What a value is once the change is made; a path that leads nowhere changes nothing."""
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str):
        outcome = changed(value.get(step), rest, new)
        if outcome is None:
            return {name: entry for name, entry in value.items() if name != step}
        return {**value, step: outcome}
    if isinstance(value, list) and isinstance(step, int) and 0 <= step <= len(value):
        outcome = changed(value[step] if step < len(value) else None, rest, new)
        middle = [] if outcome is None else [outcome]
        return [*value[:step], *middle, *value[step + 1 :]]
    return value


def candidates(text: str, root: Node, path: Path, value: Json | None) -> Iterator[str]:
    """Texts that may hold the change, the least disturbing first."""
    for length in range(len(path), 0, -1):
        parent = root.at(path[: length - 1])
        if parent is None:
            continue
        step, before = path[length - 1], root.at(path[:length])
        new = changed(before.plain if before else None, path[length:], value)
        below = parent.child(step)
        if new is None:
            if below is not None and not parent.flow:
                yield _without(text, below)
        elif below is None:
            yield _with(text, parent, step, new)
        else:
            yield _replaced(text, parent, below, new)
            yield _in_place(text, below, new)
    whole = changed(root.plain, path, value)
    if isinstance(whole, dict):
        yield spelling.write(whole)


def _in_place(text: str, below: Field | Node, new: Json) -> str:
    """Write it on one line: a comment behind folded or literal words would be taken for words."""
    node = below.value if isinstance(below, Field) else below
    return text[: node.start] + spelling.inline(new) + text[node.end :]


def _replaced(text: str, parent: Node, below: Field | Node, new: Json) -> str:
    node = below.value if isinstance(below, Field) else below
    if parent.flow or (node.flow and not isinstance(new, dict)):
        return text[: node.start] + spelling.inline(new) + text[node.end :]
    if isinstance(below, Field) and not text[below.key.end : node.start].strip(": \r\n"):
        written = ":" + spelling.after_key(new, below.key.place.column - 1)
        return text[: below.key.end] + written + text[node.end :]
    return text[: node.start] + spelling.block(new, node.place.column - 1) + text[node.end :]


def _with(text: str, parent: Node, step: str | int, new: Json) -> str:
    """Add a field or an item behind the last one."""
    nodes = _nodes(parent)
    indent = parent.place.column - 1
    if parent.flow:
        last = nodes[-1].end if nodes else parent.start + 1
        entry = spelling.inline({str(step): new})[1:-1] if isinstance(step, str) else None
        comma = ", " if nodes else ""
        return text[:last] + comma + (entry or spelling.inline(new)) + text[last:]
    entry = spelling.block({step: new} if isinstance(step, str) else [new], indent)
    end = text.find("\n", parent.end)
    end = len(text) if end < 0 else end
    return f"{text[:end]}\n{' ' * indent}{entry}{text[end:]}"


def _without(text: str, below: Field | Node) -> str:
    """Take a field or an item away, with the whole lines it stands on."""
    begin = below.key.start if isinstance(below, Field) else below.start
    finish = below.value.end if isinstance(below, Field) else below.end
    begin = text.rfind("\n", 0, begin) + 1
    end = text.find("\n", finish)
    return text[:begin] + (text[end + 1 :] if end >= 0 else "")


def _nodes(parent: Node) -> list[Node]:
    if isinstance(parent.content, Mapping):
        return [entry.value for entry in parent.content.values()]
    return list(parent.content) if isinstance(parent.content, tuple) else []
