"""Bodies of our own resources: exactly what is described, or 400 and the member's name."""

import asyncio
from typing import Annotated, Literal

import pytest
from pydantic import Field

from api import said
from api.problems import ProblemError
from tests.api.requests import request


class Thing(said.Said):
    name: Annotated[str, Field(max_length=8)]
    kinds: tuple[str, ...] = ()
    count: int = 0
    state: Literal["open", "shut"] = "open"


def read(body: bytes) -> Thing:
    return asyncio.run(said.read(request(method="POST", body=body), Thing))[1]


def test_what_is_described_is_read() -> None:
    assert read(b'{"name":"a","kinds":["b"],"count":3,"state":"shut"}') == Thing(
        name="a", kinds=("b",), count=3, state="shut"
    )


@pytest.mark.parametrize(
    ("body", "told"),
    [
        (b"{}", "`name` is missing"),
        (b'{"name":"a","nme":1}', "`nme` is not asked here"),
        (b'{"name":1}', "`name`: input should be a valid string"),
        (b'{"name":"a","count":"3"}', "`count`: input should be a valid integer"),
        (b'{"name":"a","count":true}', "`count`: input should be a valid integer"),
        (b'{"name":"a","kinds":[1]}', "`kinds.0`: input should be a valid string"),
        (b'{"name":"a","state":"ajar"}', "`state`: input should be 'open' or 'shut'"),
        (b'{"name":"123456789"}', "`name`: string should have at most 8"),
        (b'{"name":"a","name":"b"}', "`name` stands there twice"),
        (b"[]", "not a JSON object"),
        (b'{"name":NaN}', "`NaN` is not a number"),
        (b"", "the body is empty"),
        (b'{"name":"a","`\\u0000\\u2028":1}', "`???` is not asked here"),
    ],
)
def test_anything_else_is_malformed(body: bytes, told: str) -> None:
    with pytest.raises(ProblemError) as refused:
        read(body)

    assert told in str(refused.value)
    assert refused.value.status == 400
