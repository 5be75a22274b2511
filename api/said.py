"""The body of a request, as the values it must hold: strictly, or not at all.

Promises that whatever is not as it is described is told by its name and refused with
400, whichever reader finds it first.
"""

from typing import Final, TypeVar

from fastapi import Request
from pydantic import BaseModel, ConfigDict, ValidationError

from api.doorway import json_body
from api.problems import ProblemError, malformed

_MAX_CHARS: Final = 200


class Said(BaseModel):
    """What a request says: frozen, no unknown member, no coercion of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


S = TypeVar("S", bound=Said)


async def read(request: Request, shape: type[S]) -> tuple[bytes, S]:
    """The body of a request: its bytes as they came, and what they say.

    Raises:
        ProblemError: It is not JSON, or not of that shape.
    """
    data, _ = await json_body(request)
    return data, hold(shape, data)


def hold(shape: type[S], data: bytes) -> S:
    """Hold JSON that can be understood in one way only to a shape.

    Raises:
        ProblemError: It is not of it.
    """
    try:
        return shape.model_validate_json(data)
    except ValidationError as fault:
        raise _misshapen(fault, shape) from fault


def _misshapen(fault: ValidationError, shape: type[Said]) -> ProblemError:
    """The first fault, by the name of the member; never what the member held."""
    first = fault.errors(include_url=False, include_input=False, include_context=False)[0]
    where = ".".join(str(each) for each in first["loc"])[:_MAX_CHARS]
    named = "".join(c if c.isprintable() and c != "`" else "?" for c in where)
    match first["type"]:
        case "missing":
            return malformed(f"`{named}` is missing")
        case "extra_forbidden":
            known = ", ".join(f"`{each}`" for each in shape.model_fields)
            return malformed(f"`{named}` is not asked here", hint=f"what is asked: {known}")
        case _:
            why = first["msg"].removeprefix("Value error, ")
            return malformed(f"`{named}`: {why[:1].lower()}{why[1:_MAX_CHARS]}")
