"""The JSON Schemas of what is sent and received, in few words (JSON Schema 2020-12)."""

from collections.abc import Mapping, Sequence
from typing import Any, Final, TypeAlias

from pydantic import BaseModel

from agreements.values import INSTANT_PATTERN

Schema: TypeAlias = Mapping[str, Any]
"""A JSON Schema. Any: JSON."""

_COMPONENTS: Final = "#/components/schemas/"

TEXT: Final[Schema] = {"type": "string"}
WORD: Final[Schema] = {"type": "string", "minLength": 1}
FLAG: Final[Schema] = {"type": "boolean"}
COUNT: Final[Schema] = {"type": "integer", "minimum": 0}
ANYTHING: Final[Schema] = {}
INSTANT: Final[Schema] = {
    "type": "string",
    "pattern": INSTANT_PATTERN,
    "description": "`YYYY-MM-DDTHH:MM:SSZ`; the start of a day, in UTC, as `YYYY-MM-DD`.",
}
SHA256: Final[Schema] = {"type": "string", "pattern": "^sha256:[0-9a-f]{64}$"}
JWS: Final[Schema] = {
    "type": "string",
    "pattern": r"^[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+$",
    "description": "A signature in compact form (RFC 7515).",
}
UUID: Final[Schema] = {"type": "string", "format": "uuid"}
URL: Final[Schema] = {"type": "string", "format": "uri"}


def ref(name: str) -> Schema:
    """A schema that has a name."""
    return {"$ref": _COMPONENTS + name}


def text(description: str, **also: Any) -> Schema:
    """A text."""
    return {"type": "string", "description": description, **also}


def one_of(values: Sequence[str], description: str = "") -> Schema:
    """One of a closed set of words."""
    said: dict[str, Any] = {"type": "string", "enum": list(values)}
    return said | ({"description": description} if description else {})


def listed(of: Schema, description: str = "", **also: Any) -> Schema:
    """A list."""
    said: dict[str, Any] = {"type": "array", "items": of, **also}
    return said | ({"description": description} if description else {})


def by_name(of: Schema, description: str = "") -> Schema:
    """An object whose members are named by nobody beforehand."""
    said: dict[str, Any] = {"type": "object", "additionalProperties": of}
    return said | ({"description": description} if description else {})


def members(
    needed: Mapping[str, Schema],
    others: Mapping[str, Schema] | None = None,
    description: str = "",
    *,
    closed: bool = False,
) -> Schema:
    """An object.

    Args:
        needed: Members that are always there.
        others: Members that may be.
        closed: Whether another member is refused; of what is sent to us, where it is.
    """
    said: dict[str, Any] = {"type": "object", "properties": {**needed, **(others or {})}}
    if needed:
        said["required"] = list(needed)
    if closed:
        said["additionalProperties"] = False
    return said | ({"description": description} if description else {})


def or_null(schema: Schema) -> Schema:
    """The same, or null, which says nothing."""
    return {**schema, "type": [schema["type"], "null"]}


def described(schema: Schema, description: str) -> Schema:
    """The same schema, with a sentence of its own."""
    return {**schema, "description": description}


def of_model(model: type[BaseModel]) -> dict[str, Schema]:
    """The schema of a model, and of those it is made of, by their names."""
    said = model.model_json_schema(ref_template=_COMPONENTS + "{model}")
    within: dict[str, Schema] = said.pop("$defs", {})
    return within | {model.__name__: said}
