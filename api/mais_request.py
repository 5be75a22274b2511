"""A MAIS `Request`, read: each member as it must be written, whichever agreement it names.

Promises that a request of the wrong form is refused by the name of its own member, before
anything is looked up.

Source:
    SocialCareData/information-governance at cc74fe4 (MIT), `request.json`, version 0.1.
"""

import re
from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Final

from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from agreements.values import Code, Id, Line
from api.problems import malformed
from engine.request import MAX_CATEGORIES

EXTENSION: Final = "Concordat"
MAX_POLICIES: Final = 16

_Said = Annotated[str, StringConstraints(min_length=1, max_length=512)]
_Name = Annotated[
    str, StringConstraints(min_length=1, max_length=256, pattern=r"^[^\x00-\x1f\x7f]+$")
]
_Statement = Annotated[
    str,
    StringConstraints(min_length=1, max_length=2_000, pattern=r"^[^\x00-\x08\x0b-\x1f\x7f]+$"),
]
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,1024}")
_STAMP: Final = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt]\d{2}:\d{2}:\d{2}(\.\d+)?([Zz]|[+-]\d{2}:\d{2})", re.ASCII
)
_Object = dict[str, Any]  # Any: JSON; its members are read by whoever knows them.


class _Form(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class Identifier(_Form):
    """How somebody calls something."""

    value: _Name
    system: _Said | None = None
    System: _Said | None = None


class Policy(_Form):
    """A `SharingPolicy`, as far as it names a clause."""

    uri: _Said | None = Field(default=None, alias="URI")
    identifier: Identifier | None = Field(default=None, alias="Identifier")


class Data(_Form):
    """About whom, and what."""

    query: _Object = Field(alias="Query")
    categories: Annotated[tuple[_Said, ...], Field(max_length=MAX_CATEGORIES)] = Field(
        default=(), alias="dataCategories"
    )


class Extension(_Form):
    """The member `Concordat`, in which an unknown name is refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    holder: Id | None = None
    requester: _Name | None = None
    role: Code | None = None
    about: tuple[Code, ...] = ()
    subject_ref: Line | None = None
    lawful_basis: _Object | None = None
    classification: Code | None = None
    handling: Code | None = None
    handling_conditions: _Statement | None = None
    collected_under: Code | None = None
    necessity: _Statement | None = None
    no_consent_reason: Code | None = None
    public_task_statement: _Statement | None = None
    confirms: tuple[Code, ...] = ()


class Request(_Form):
    """A MAIS `Request`, read; members that it does not know are ignored."""

    identifier: Identifier = Field(alias="Identifier")
    stamped: AwareDatetime = Field(alias="DateStamp")
    requester: Identifier = Field(alias="RequesterIdentifier")
    data: Data = Field(alias="RequestedData")
    purpose: _Said = Field(alias="AssertedPurpose")
    policies: Annotated[tuple[Policy, ...], Field(min_length=1, max_length=MAX_POLICIES)] = Field(
        alias="SharingPolicy"
    )
    more: Extension = Field(default=Extension(), alias=EXTENSION)


def read(said: Mapping[str, Any]) -> Request:
    """Read a request.

    Raises:
        ProblemError: A member that must be there is missing or of the wrong kind.
    """
    stamp = said.get("DateStamp")
    if "DateStamp" in said and not (isinstance(stamp, str) and _STAMP.fullmatch(stamp)):
        # Pydantic would count seconds.
        raise malformed("`DateStamp` is no instant", hint="write 2026-11-23T16:50:00Z (RFC 3339)")
    try:
        request = Request.model_validate(dict(said))
    except ValidationError as fault:
        first = fault.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        told = "is missing" if first["type"] == "missing" else f": {first['msg']}"
        raise malformed(f"`{where}` {told}", hint="docs/mais.md shows every member") from fault
    reference(request.data.query)
    if len(set(request.data.categories)) < len(request.data.categories):
        raise malformed("`RequestedData.dataCategories` lists something twice")
    return request


def reference(person: Mapping[str, Any]) -> str | None:
    """How a `Person` is called, by its first identifier; by nothing if there is none.

    Raises:
        ProblemError: One of them is not written as an identifier is.
    """
    called = [each for name in ("Identifier", "identifier") for each in _called(person, name)]
    return next(iter(called), None)


def _called(person: Mapping[str, Any], name: str) -> Iterator[str | None]:
    known = person.get(name)
    for each in known if isinstance(known, list) else [known] * (known is not None):
        value = each.get("value") if isinstance(each, dict) else each or ""
        if value is not None and not (isinstance(value, str) and _LINE.fullmatch(value)):
            raise malformed(
                f"`RequestedData.Query.{name}` says of nobody who it is",
                hint="an identifier is one line of up to 1024 characters, its `value`",
            )
        yield value
