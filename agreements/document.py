"""The text of an agreement, read strictly and edited without disturbing a comment.

What YAML is allowed in it, and what its nodes are, is `agreements.composing`'s; here they
become fields, and fields an agreement. The first fault is raised, with its line and
column. Nothing here reads or writes a file.
"""

import json
from dataclasses import dataclass
from typing import TypeVar

from pydantic import ValidationError

from agreements import editing, faults, spelling
from agreements.characters import decode
from agreements.composing import compose
from agreements.errors import DocumentError
from agreements.faults import quoted
from agreements.model import Agreement
from agreements.nodes import Node, Path, Places
from agreements.spelling import Json
from agreements.values import Words

Model = TypeVar("Model", bound=Words)


@dataclass(frozen=True, slots=True)
class Outline:
    """A text as fields and values, before anybody asks whether they make an agreement."""

    fields: dict[str, Json]
    places: Places


@dataclass(frozen=True, slots=True)
class Document:
    """An agreement and the text it was read from."""

    agreement: Agreement
    places: Places
    text: str


def parse(text: str | bytes) -> Document:
    """Read an agreement.

    Args:
        text: YAML in UTF-8 without a byte order mark, at most 1 MiB.

    Raises:
        DocumentError: The first fault, with its line and column.
    """
    words = decode(text)
    outline = read(words)
    faults.refuse_empty_lists(outline.places.root)
    return Document(fit(outline, Agreement), outline.places, words)


def format(agreement: Agreement) -> str:  # noqa: A001 — `document.format` undoes `document.parse`.
    """Write an agreement in its one spelling: ``parse(format(a)).agreement == a``."""
    fields = agreement.model_dump(mode="json", by_alias=True, exclude_defaults=True)
    return spelling.write(fields)


def edit(text: str, path: Path, value: Json | None) -> str:
    """Change one field, and leave every other word, comment and blank line as it was.

    Whether the outcome is still an agreement is for :func:`parse`.

    Args:
        text: The text to change.
        path: The field or item; a field the text lacks, or the number past the last
            item of a list, is added.
        value: What it becomes; None takes it away.

    Raises:
        DocumentError: The text cannot be read, or has nothing at the path that could change.
    """
    root = compose(decode(text))
    wanted = editing.changed(root.plain, path, value)
    if wanted == root.plain:
        return _unchanged(text, root, path, value)
    for candidate in editing.candidates(text, root, path, value):
        try:
            outcome = compose(candidate)
        except DocumentError:
            continue
        if outcome.plain == wanted:
            return candidate
    raise DocumentError("the change cannot be written", hint="edit the text itself")


def read(text: str | bytes) -> Outline:
    """Read the fields of a text, whatever they are.

    Raises:
        DocumentError: The text is not the part of YAML that is allowed here.
    """
    root = compose(decode(text))
    fields = root.plain
    if not isinstance(fields, dict):
        raise faults.at(
            "the text is not made of fields",
            root.place,
            'write `name: value`, as in `version: "1"`',
        )
    return Outline(fields, Places(root))


def fit(outline: Outline, model: type[Model]) -> Model:
    """Read the fields as one of our values.

    Raises:
        DocumentError: The first field, in the order of the text, that does not fit.
    """
    try:
        return model.model_validate_json(json.dumps(outline.fields), by_alias=True, by_name=False)
    except ValidationError as error:
        raise faults.first(error, model, outline.places) from None


def _unchanged(text: str, root: Node, path: Path, value: Json | None) -> str:
    """The text itself if it already says so; otherwise the path led nowhere."""
    node = root.at(path)
    if value is None or (node is not None and node.plain == value):
        return text
    steps = " ".join(str(step) for step in path)
    raise DocumentError(f"there is no place for {quoted(steps)}", hint="add what holds it first")
