"""The log and its tiles, as they are described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Operation, Parameter
from api.descriptions.schemas import COUNT, Schema, listed, members, ref

_TAG: Final = "The log, for auditors"
_SIZE: Final[Schema] = {"type": "integer", "minimum": 0, "maximum": 2**53 - 1}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "InclusionProof": members(
        {"index": COUNT, "size": COUNT, "hashes": listed({"type": "string"}, "In base64.")},
        description="The sibling hashes, from the leaf upwards (RFC 6962, section 2.1.1).",
    ),
    "ConsistencyProof": members(
        {"first": COUNT, "second": COUNT, "hashes": listed({"type": "string"}, "In base64.")},
        description="What RFC 6962, section 2.1.2, asks for.",
    ),
}


def _part(name: str) -> Parameter:
    return Parameter(
        name=name,
        place="path",
        description="`level` is a level of tiles or `entries`; the others make the number.",
    )


def _tile(
    names: str, example: Mapping[str, str], status: int, given: str = "a decision"
) -> Operation:
    path = "".join(f"/{{{name}}}" for name in names)
    return Operation(
        method="GET",
        path=f"/v1/log/tile/{{level}}{path}",
        name=f"tile_{len(names)}",
        tag=_TAG,
        summary="A tile of the tree, or a bundle of entries (C2SP tlog-tiles)",
        description="`/v1/log` is the prefix of the log. Entries are for auditors of this office.",
        parameters=(_part("level"), *map(_part, names)),
        answers=(
            Answer(
                status=200,
                description="Hashes of 32 bytes; or entries, each behind its length in two bytes.",
                schema={"type": "string", "format": "binary"},
                media_type="application/octet-stream",
            ),
        ),
        examples=(Example(name="one", given=given, path={"level": "0", **example}, status=status),),
    )


def _number(name: str, said: str) -> Parameter:
    return Parameter(name=name, place="query", description=said, schema=_SIZE, needed=True)


OPERATIONS: Final = (
    _tile("a", {"a": "000"}, 200, "a long log"),
    _tile("ab", {"a": "000.p", "b": "1"}, 200),
    _tile("abc", {"a": "x001", "b": "000.p", "c": "1"}, 404),
    _tile("abcd", {"a": "x001", "b": "x000", "c": "000.p", "d": "1"}, 404),
    Operation(
        method="GET",
        path="/v1/log/inclusion",
        name="inclusion",
        tag=_TAG,
        summary="That one record is in the log of a size",
        parameters=(
            _number("index", "The record's place."),
            _number("size", "How many records the log has, by its checkpoint."),
        ),
        answers=(Answer(status=200, description="The proof.", schema=ref("InclusionProof")),),
        problems={404: "The log does not reach so far, or the record is not among so many."},
        examples=(
            Example(
                name="the-first",
                query={"index": "0", "size": "1"},
                answer={"index": 0, "size": 1, "hashes": []},
            ),
            Example(name="none", query={"index": "1", "size": "1"}, status=404),
        ),
    ),
    Operation(
        method="GET",
        path="/v1/log/consistency",
        name="consistency",
        tag=_TAG,
        summary="That the log of one size begins with that of another",
        parameters=(_number("first", "The smaller size."), _number("second", "The larger size.")),
        answers=(Answer(status=200, description="The proof.", schema=ref("ConsistencyProof")),),
        problems={404: "The log does not reach so far, or the sizes are the wrong way round."},
        examples=(
            Example(
                name="the-same",
                query={"first": "1", "second": "1"},
                answer={"first": 1, "second": 1, "hashes": []},
            ),
            Example(name="none", query={"first": "2", "second": "1"}, status=404),
        ),
    ),
)
