"""Two people changed one text at once: what each changed, and both in one text if that can be.

Promises that a merged text says, field by field, exactly what both wrote where
they wrote in different fields, with every other line as it was; and that nobody
ever reads a mark of conflict. Where both wrote in one field, or nobody can tell,
there is no merged text, and people compare. Nothing here reads or writes a file.
"""

from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final, TypeAlias

from agreements import document
from agreements.errors import DocumentError
from agreements.spelling import Json

MOST_LINES: Final = 5_000
"""The longest text that is merged, in lines."""

_Value: TypeAlias = "Json | _Missing"
_Hunk: TypeAlias = tuple[int, int, tuple[str, ...]]
_ONE: Final = {"clauses": "clause", "parties": "party", "members": "member", "agencies": "agency"}
_DEEPEST: Final = 3


class _Missing:
    """Stands where a text has no such field."""


_MISSING: Final = _Missing()


def merge(base: bytes, ours: bytes, theirs: bytes) -> bytes | None:
    """Put the changes of both into one text; None if they cannot stand side by side.

    Args:
        base: The text both began with.
        ours: What we made of it.
        theirs: What they made of it.
    """
    try:
        wanted = _both(_fields(base), _fields(ours), _fields(theirs))
        text = _by_lines(base.decode(), ours.decode(), theirs.decode())
        said = _fields(text.encode())
    except (DocumentError, _ClashError):
        return None
    return text.encode() if said == wanted else None


def changed_fields(old: bytes | None, new: bytes | None) -> tuple[str, ...]:
    """Name each field that differs, for people, such as ``Purposes of clause 4.2``.

    Returns:
        The fields in the order of the texts; none if one of the texts cannot be read.
    """
    try:
        before = _fields(old) if old is not None else {}
        after = _fields(new) if new is not None else {}
    except DocumentError:
        return ()
    return tuple(dict.fromkeys(map(_named, _differing(before, after, ()))))


class _ClashError(Exception):
    """Both changed the same place."""


def _fields(text: bytes) -> Json:
    return _by_id(document.read(text).fields)


def _by_id(value: Json) -> Json:
    """Key the items of a list by their ids, where all have one: then order tells nothing."""
    if isinstance(value, dict):
        return {name: _by_id(each) for name, each in value.items()}
    if not isinstance(value, list):
        return value
    names = [each.get("id") for each in value if isinstance(each, dict)]
    plain = [name for name in names if isinstance(name, str)]
    if value and len(set(plain)) == len(value):
        return {f"#{name}": _by_id(each) for name, each in zip(plain, value, strict=True)}
    return [_by_id(each) for each in value]


def _both(base: _Value, ours: _Value, theirs: _Value) -> Json:
    """What a value is once both changes are made.

    Raises:
        _ClashError: Both changed it, and not alike.
    """
    merged = _merged(base, ours, theirs)
    if isinstance(merged, _Missing):
        raise _ClashError
    return merged


def _merged(base: _Value, ours: _Value, theirs: _Value) -> _Value:
    if ours == theirs or theirs == base:
        return ours
    if ours == base:
        return theirs
    if not (isinstance(base, dict) and isinstance(ours, dict) and isinstance(theirs, dict)):
        raise _ClashError
    found = {
        name: _merged(
            base.get(name, _MISSING), ours.get(name, _MISSING), theirs.get(name, _MISSING)
        )
        for name in {**base, **ours, **theirs}
    }
    return {name: each for name, each in found.items() if not isinstance(each, _Missing)}


def _differing(old: Json, new: Json, path: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    if old == new:
        return
    if not (isinstance(old, dict) and isinstance(new, dict)) or len(path) == _DEEPEST:
        yield path
        return
    for name in {**old, **new}:
        if name in old and name in new:
            yield from _differing(old[name], new[name], (*path, name))
        else:
            yield (*path, name)


def _named(path: tuple[str, ...]) -> str:
    """Say which field it is, the nearest word first."""
    words: list[str] = []
    for place, step in enumerate(path):
        if step.startswith("#"):
            listed = path[place - 1] if place else ""
            words.append(f"{_ONE.get(listed, _plain(listed))} {step[1:]}")
        elif not (place + 1 < len(path) and path[place + 1].startswith("#")):
            words.append(_plain(step))
    said = " of ".join(reversed(words)) or "text"
    return said[:1].upper() + said[1:]


def _plain(name: str) -> str:
    return name.replace("_", " ")


def _by_lines(base: str, ours: str, theirs: str) -> str:
    """Make both sets of changed lines in the one text.

    Raises:
        _ClashError: They overlap, or stand in one place with nothing to order them.
    """
    lines = base.splitlines(keepends=True)
    if max(text.count("\n") for text in (base, ours, theirs)) > MOST_LINES:
        raise _ClashError
    hunks = sorted({*_hunks(lines, ours), *_hunks(lines, theirs)}, key=lambda hunk: hunk[:2])
    merged: list[str] = []
    place = 0
    for number, (begin, end, new) in enumerate(hunks):
        same = number and hunks[number - 1][:2] == (begin, end)
        if begin < place or same:
            raise _ClashError
        merged += lines[place:begin]
        merged += new
        place = end
    return "".join([*merged, *lines[place:]])


def _hunks(lines: list[str], changed: str) -> Iterator[_Hunk]:
    new = changed.splitlines(keepends=True)
    for tag, begin, end, first, last in SequenceMatcher(
        None, lines, new, autojunk=False
    ).get_opcodes():
        if tag != "equal":
            yield begin, end, tuple(new[first:last])
