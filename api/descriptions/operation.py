"""One thing that can be asked over HTTP, as it is described to whoever asks it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from api.descriptions.examples import Example
from api.descriptions.schemas import TEXT, Schema

JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
PLAIN: Final = "text/plain; charset=utf-8"

Method = Literal["GET", "POST", "PUT", "PATCH", "DELETE"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """What is sent beside the body.

    Attributes:
        needed: Whether a request without it is refused; always so of what stands in the path.
    """

    name: str
    place: Literal["path", "query", "header"]
    description: str
    schema: Schema = field(default_factory=lambda: TEXT)
    needed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What is sent."""

    schema: Schema
    media_type: str = JSON
    description: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One way in which it is answered.

    Attributes:
        schema: Of the body; none if there is no body.
        headers: What each header says, by name; beside those that every answer has.
    """

    status: int
    description: str
    schema: Schema | None = None
    media_type: str = JSON
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One method of one path.

    Attributes:
        name: By which programs know it; never changed.
        tag: The chapter it stands in.
        summary: In a few words.
        description: What the summary cannot say.
        answers: What is true of every route is left out; a problem's schema too.
        problems: Further statuses at which a problem is told, and when.
    """

    method: Method
    path: str
    name: str
    tag: str
    summary: str
    description: str = ""
    parameters: tuple[Parameter, ...] = ()
    body: Body | None = None
    answers: tuple[Answer, ...]
    problems: Mapping[int, str] = field(default_factory=dict)
    examples: tuple[Example, ...] = ()

    @property
    def way(self) -> tuple[str, str]:
        """By which it is found among the routes."""
        return self.method, self.path
