"""What comes of putting an agreement in another form: the form, and what is missing from it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from agreements.vocabulary import Kind, Vocabulary

Path = tuple[str | int, ...]


@dataclass(frozen=True, slots=True)
class Gap:
    """One thing a form asks for and the agreement does not say, or says and the form cannot hold.

    Attributes:
        field: What the form calls it.
        path: The field of the agreement that would say it; empty if the agreement has none.
        message: What is missing or lost, in one sentence without a full stop.
        needed: Whether the form cannot do without it.
    """

    field: str
    path: Path
    message: str
    needed: bool = True


@dataclass(frozen=True, slots=True)
class Exported:
    """An agreement in another form.

    Attributes:
        content: The whole text of the form.
        gaps: Everything that is missing or lost, in the order of the form.
    """

    content: str
    gaps: tuple[Gap, ...]


def label(vocabulary: Vocabulary, kind: Kind, code: str) -> str:
    """How a sentence says a term; the code itself if there is no such term."""
    return vocabulary.term(kind, code).label if vocabulary.has(kind, code) else code


def iri(vocabulary: Vocabulary, kind: Kind, code: str) -> str:
    """The name of a term on the web, whether or not there is such a term."""
    return f"{vocabulary.namespace}{kind}-{code}"


def distinct(words: Sequence[str]) -> list[str]:
    """The words, each once, in their order."""
    return list(dict.fromkeys(words))


def as_json(value: Any) -> str:  # Any: JSON.
    """Write a form that is JSON, ending in a line break."""
    return json.dumps(value, indent=2, ensure_ascii=False) + "\n"
