"""Says what is wrong with a text in the words of an agreement, never in those of a program."""

import difflib
import re
import types
from collections.abc import Collection
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from agreements.errors import DocumentError
from agreements.nodes import Node, Path, Place, Places
from agreements.values import Words

_SHOWN = 60
_SHAPES = {
    r"^[a-z0-9][a-z0-9.-]{0,62}$": (
        "an identifier",
        "use lower-case letters, digits, dots and hyphens, at most 63: `northshire-council`",
    ),
    r"^[A-Za-z0-9][A-Za-z0-9.-]{0,31}$": (
        "the number of a clause",
        "use letters, digits, dots and hyphens, at most 32: `4.2`",
    ),
    r"^[0-9]+(\.[0-9]+){0,2}$": ("a version", 'write up to three numbers: "1", "1.2", "1.2.3"'),
    r"^[A-Za-z0-9][A-Za-z0-9._-]{0,62}$": (
        "a term",
        "use letters, digits, dots, hyphens and underscores, at most 63",
    ),
    r"^[^\x00-\x1f\x7f]+$": ("one line of words", "write it without line breaks or tabs"),
    r"^[^\x00-\x08\x0b-\x1f\x7f]+$": ("words", "remove the control characters"),
    r"^P([1-9][0-9]{0,3}[YMD]|T[1-9][0-9]{0,3}[HM])$": (
        "a length of time",
        "write one number and one unit: `P6Y`, `P3M`, `P28D`, `PT24H`, `PT30M`",
    ),
    "^1$": ("the format we read", 'write `concordat: "1"`'),
}
_NOT_FIELDS = ("{name} must be fields", "write each as `name: value`, one a line, indented")
_MISFITS = {
    "string_type": ("{name} must be text", "write it on one line, or in quotes"),
    "string_too_short": ("{name} is empty", "write it, or leave the field out"),
    "string_too_long": ("{name} is longer than {max_length:,} characters", "shorten it"),
    "too_short": ("{name} must hold {min_length} or more", "add to it"),
    "too_long": ("{name} must hold {max_length} or fewer", "shorten it"),
    "tuple_type": ("{name} must be a list", "write it in brackets: `[one, another]`"),
    "enum": ("{shown} is none of {expected}", "choose one of them"),
    "bool_type": ("{name} must be `true` or `false`", "write it without quotes"),
    "int_type": ("{name} must be a whole number", "write it without quotes"),
    "greater_than_equal": ("{shown} is less than {ge}", "write a greater number"),
    "less_than_equal": ("{shown} is more than {le}", "write a smaller number"),
}
_MALFORMED = {
    "expected `,` or `]`": "a `[` is not closed",
    "expected `,` or `}`": "a `{` is not closed",
    "expected the node content, but found `<stream end>`": "a bracket is not closed",
    "found unexpected end of stream": "a quotation mark is not closed",
    "could not find expected `:`": "a field's name without its `:`",
    "mapping values are not allowed here": "a `:` where no field can begin",
    "expected <block end>": "a line is indented too little or too much",
    "found character `@`": "words cannot begin with `@`",
    "found character `'`": "words cannot begin with a backtick",
    "found character `%`": "words cannot begin with `%`",
}
_NAMES = {
    "ConsentTerms": "the consent terms",
    "End": "the end",
    "International": "the international part",
    "OnwardSharing": "onward sharing",
    "Particulars": "the particulars",
    "Process": "the process",
    "Publication": "the publication",
    "Retention": "a retention rule",
    "Termination": "the termination",
    "VersionEntry": "a row of the version record",
}


def quoted(text: str) -> str:
    """Put a reader's own words in backticks, on one line and not too long."""
    words = "".join(c if c.isprintable() else " " for c in text).replace("`", "'")
    return f"`{words[:_SHOWN]}…`" if len(words) > _SHOWN else f"`{words}`"


def at(message: str, place: Place, hint: str) -> DocumentError:
    """A fault at a place."""
    return DocumentError(message, hint=hint, line=place.line, column=place.column)


def number(text: str, place: Place) -> DocumentError:
    """A number, or true or false, stands where text belongs."""
    read_as = text if text in {"true", "false"} else "a number"
    shown = text if len(text) <= _SHOWN else "…"
    return DocumentError(
        f'{quoted(text)} is read as {read_as}; write it in quotes: "{shown}"',
        hint="only text in quotes is sure to be read as text",
        line=place.line,
        column=place.column,
    )


def refuse_empty_lists(root: Node) -> None:
    """Refuse `[]`: a list left out does not limit, and nobody may take it to mean nothing at all.

    Raises:
        DocumentError: The first empty list.
    """
    for node in root.lists():
        if not node.content:
            hint = "fill it, or leave the field out"
            raise at("an empty list says nothing", node.place, hint)


def malformed(text: str, error: Exception) -> DocumentError:
    """The text is not YAML at all.

    Args:
        text: The whole text.
        error: What the YAML reader said; its places and its words are used if it has them.
    """
    found, opened = getattr(error, "problem_mark", None), getattr(error, "context_mark", None)
    mark = found or opened
    lines = text.split("\n")
    row = min(mark.line, len(lines) - 1) if mark else 0
    margin = lines[row][: len(lines[row]) - len(lines[row].lstrip(" \t"))]
    if "\t" in margin:
        place = Place(row + 1, margin.index("\t") + 1)
        return at("a tab indents this line", place, "indent with spaces")
    said = str(getattr(error, "problem", None) or "it cannot be read").split("\n")[0].strip()
    problem = re.sub(r"'[^']*'|\"[^\"]*\"", lambda words: quoted(words[0][1:-1]), said)
    for begins, message in _MALFORMED.items():
        if problem.startswith(begins):
            mark = opened or mark if message.endswith("closed") else mark
            break
    else:
        message = f"the text is not YAML: {problem}"
    place = Place(mark.line + 1, mark.column + 1) if mark else Place(1, 1)
    return at(message, place, "check the indentation, and quote words that hold `: `, ` #` or `[`")


def first(error: ValidationError, model: type[Words], places: Places) -> DocumentError:
    """The fault that stands first in the text, in domain words.

    Args:
        error: What the model found.
        model: The value that was to be read.
        places: Where its fields stand.
    """
    details = error.errors(include_url=False)
    misspelt = {detail["loc"][:-1] for detail in details if detail["type"] == "extra_forbidden"}
    found = [_fault(detail, model, places) for detail in details if not _is_echo(detail, misspelt)]
    return min(found, key=lambda fault: (fault.line, fault.column))


def _is_echo(detail: ErrorDetails, misspelt: Collection[tuple[int | str, ...]]) -> bool:
    """Whether another fault is likely the cause of this one.

    A field is missing because its name is misspelt; a list is too short because its items
    are at fault.
    """
    if detail["type"] == "missing":
        return detail["loc"][:-1] in misspelt
    return detail["type"] == "too_short" and len(detail["input"]) >= detail["ctx"]["min_length"]


def _fault(detail: ErrorDetails, model: type[Words], places: Places) -> DocumentError:
    path = [step for step in detail["loc"] if step != "[key]"]
    kind, given = detail["type"], detail["input"]
    at_value = places.value(path)
    if kind == "extra_forbidden":
        message, hint = _unknown(path, model)
        place = places.of(path)
    elif kind == "missing":
        message = f"{_owner(path[:-1], model)} has no `{path[-1]}`"
        hint, place = f"add `{path[-1]}`", places.of(path)
    elif kind == "string_type" and isinstance(given, int):
        return number(str(given).lower(), at_value)
    else:
        message, hint = _misfit(detail, _name(path))
        place = at_value if detail["loc"][-1:] != ("[key]",) else places.of(path)
    return DocumentError(message, hint=hint, line=place.line, column=place.column)


def _unknown(path: Path, model: type[Words]) -> tuple[str, str]:
    owner = _model_at(path[:-1], model)
    fields = [field.alias or name for name, field in owner.model_fields.items()] if owner else []
    near = difflib.get_close_matches(str(path[-1]), fields, n=1)
    meant = f"; did you mean `{near[0]}`?" if near else ""
    message = f"{quoted(str(path[-1]))} is not a field of {_owner(path[:-1], model)}{meant}"
    return message, f"its fields are: {', '.join(fields)}"


def _misfit(detail: ErrorDetails, name: str) -> tuple[str, str]:
    """What to say of a value that does not fit its field."""
    kind, given, context = detail["type"], detail["input"], detail.get("ctx", {})
    shown = quoted(given if isinstance(given, str) else str(given).lower())
    if kind == "string_pattern_mismatch":
        what, hint = _SHAPES.get(context["pattern"], ("what belongs here", f"correct {name}"))
        return f"{shown} is not {what}", hint
    if kind == "value_error":
        said = str(context["error"])
        if not isinstance(given, dict):
            said = said if said.startswith("must") else "is not a day of the calendar"
            said = f"{shown} {said}"
        return said, f"correct {name}"
    message, hint = _MISFITS.get(kind, _NOT_FIELDS)
    choices = str(context.get("expected", "")).replace("'", "`")
    return message.format_map({**context, "name": name, "shown": shown, "expected": choices}), hint


def _name(path: Path) -> str:
    """How a sentence calls the value at the end of a path."""
    if not path:
        return "the text"
    if isinstance(path[-1], int):
        return f"an item of {_name(path[:-1])}"
    return quoted(path[-1])


def _owner(path: Path, model: type[Words]) -> str:
    owner = _model_at(path, model)
    if owner is None:
        return _name(path)
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", owner.__name__).lower()
    article = "an" if words[0] in "aeiou" else "a"
    return _NAMES.get(owner.__name__, f"{article} {words}")


def _model_at(path: Path, model: type[Words]) -> type[Words] | None:
    """The value that has the field at the end of a path."""
    shape: Any = model  # A type expression, which has no type of its own.
    for step in path:
        if isinstance(shape, type) and issubclass(shape, Words):
            fields = shape.model_fields.items()
            shape = next((f.annotation for n, f in fields if step in {n, f.alias}), None)
            shape = _bare(shape)
        else:
            arguments = [a for a in get_args(shape) if a is not Ellipsis]
            shape = _bare(arguments[-1]) if arguments else None
    return shape if isinstance(shape, type) and issubclass(shape, Words) else None


def _bare(shape: Any) -> Any:  # As in `_model_at`.
    """A type without its constraints, and without the choice of being absent."""
    while get_origin(shape) in {Annotated, Union, types.UnionType}:
        shape = next(a for a in get_args(shape) if a is not types.NoneType)
    return shape
