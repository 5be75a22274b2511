"""The OpenAPI document describes every way in and no other, and its examples are true."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx2
import jsonschema_rs
import pytest

from api import pages
from api.app import create_app
from api.descriptions import lists
from api.descriptions.book import OPERATIONS, SCHEMAS, book
from api.descriptions.examples import VARIES, Example
from api.descriptions.operation import Operation
from api.scopes import NEEDS, Way
from tests.api.application import URL
from tests.api.described import World
from tests.api.states import STATES
from tests.api.ways import ways_of

BEYOND = {"tile_3", "tile_4"}
"""What only a log of 256,000 records, or of as many again, has."""
EXAMPLES = [
    pytest.param(operation, example, id=f"{operation.name}: {example.name}")
    for operation in OPERATIONS
    for example in operation.examples
]


def scope(way: Way) -> str | None:
    """The scope with which an example is sent."""
    scopes = sorted(NEEDS.get(way, ()))
    return "decide" if "decide" in scopes else next(iter(scopes), None)


DOCUMENT = book(url=URL)


def test_every_route_is_described_and_nothing_else() -> None:
    assert {each.way for each in OPERATIONS} == set(ways_of(create_app(Path("nowhere"))))


def test_a_page_is_described_as_long_as_it_is() -> None:
    assert (lists.LIMIT, lists.MAX_LIMIT) == (pages.LIMIT, pages.MAX_LIMIT)


def test_every_name_stands_for_one_operation() -> None:
    names = [each.name for each in OPERATIONS]

    assert len(names) == len(set(names))


def test_every_schema_that_is_meant_is_there() -> None:
    meant = set(re.findall(r"#/components/schemas/(\w+)", repr(DOCUMENT)))

    assert meant == set(SCHEMAS) | {"Problem"}


def test_every_operation_has_an_example_that_is_answered() -> None:
    unanswered = {
        each.name for each in OPERATIONS if not any(one.status < 400 for one in each.examples)
    }

    assert unanswered == BEYOND


def test_a_method_that_is_not_described_is_refused_with_those_that_are(world: World) -> None:
    for path, described in DOCUMENT["paths"].items():
        asked = re.sub(r"\{\w+\}", "x", path)
        for method in ("GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"):
            if method.lower() in described or (method, path) == ("GET", "/v1/consents/find"):
                continue
            refused = world.application.send(method, asked)
            allowed = ", ".join(sorted(each.upper() for each in described))
            assert (refused.status_code, refused.headers["Allow"]) == (405, allowed), path


@pytest.mark.parametrize(("operation", "example"), EXAMPLES)
def test_an_example_is_answered_as_it_says(
    world: World, operation: Operation, example: Example
) -> None:
    given = STATES[example.given](world)

    answered = world.send(operation, example, given, scope(operation.way))

    assert answered.status_code == example.status, answered.text
    content = _content(operation, answered)
    if content is None:
        assert answered.content == b""
        return
    said = answered.json() if "json" in answered.headers["content-type"] else answered.text
    jsonschema_rs.validator_for(closed(content["schema"])).validate(said)
    if example.answer is not None:
        assert _fixed(said) == _fixed(example.answer)
        jsonschema_rs.validator_for(closed(content["schema"])).validate(example.answer)


def _content(operation: Operation, answered: httpx2.Response) -> Mapping[str, Any] | None:
    described = DOCUMENT["paths"][operation.path][operation.method.lower()]["responses"]
    response = described[str(answered.status_code)]
    assert response["headers"].keys() >= _told(answered)
    if "content" not in response:
        return None
    content: Mapping[str, Any] = response["content"][answered.headers["content-type"]]
    return content


def _told(answered: httpx2.Response) -> set[str]:
    """The headers of an answer that a client may want to read."""
    usual = {"content-length", "content-type", "cache-control", "x-content-type-options"}
    usual.add("transfer-encoding")  # Of a long answer; the protocol's own.
    return {
        {
            "x-request-id": "X-Request-ID",
            "etag": "ETag",
            "www-authenticate": "WWW-Authenticate",
        }.get(name, name.title())
        for name in answered.headers
        if name not in usual
    }


def closed(schema: Mapping[str, Any]) -> dict[str, Any]:
    """The schema of an answer, in which nothing may stand that is not described."""
    closed: dict[str, Any] = _without_others({**schema, "components": DOCUMENT["components"]})
    return closed


def _without_others(schema: Any) -> Any:
    if isinstance(schema, Mapping):
        said = {name: _without_others(value) for name, value in schema.items()}
        if said.get("type") == "object" and "properties" in said:
            said.setdefault("additionalProperties", False)
        return said
    if isinstance(schema, list | tuple):
        return [_without_others(each) for each in schema]
    return schema


def _fixed(said: Any) -> Any:
    """What of an answer is the same each time."""
    if isinstance(said, Mapping):
        return {name: None if name in VARIES else _fixed(value) for name, value in said.items()}
    return [_fixed(each) for each in said] if isinstance(said, list) else said
