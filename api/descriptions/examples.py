"""Examples of requests and of their answers, each of which a test sends and compares."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

VARIES: Final = frozenset(
    {
        "access_token",
        "bundle",
        "disclosures",
        "evaluated_at",
        "evaluation_id",
        "index",
        "jti",
        "record",
        "use_by",
    }
)
"""Members of an answer whose value is another each time; a test holds them to their schema."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """A request, and how it is answered.

    Attributes:
        name: A phrase in kebab case, of which there is one in an operation.
        path: The words for what stands in braces.
        body: What is sent, if JSON is. Any: JSON.
        form: What is sent, if a form is.
        status: Of the answer.
        answer: Its body; none if its schema says enough. Any: JSON.
        given: What has happened before; see `tests/api/states.py`.
    """

    name: str
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None
    status: int = 200
    answer: Any = None
    given: str = ""
