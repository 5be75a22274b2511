"""Servers to compare the service with, each as honestly as it would be written.

The echo is what a typed FastAPI endpoint costs that decides nothing: pydantic reads
the question and writes it back. The idiomatic form answers the very same questions by
the very same engine and keeps the very same records, in the way one would first write
it: a typed handler in a thread, jwcrypto for the signature, one commit a request.
"""

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from pydantic import BaseModel

PATH: Final = "/access/v1/evaluation"


class Entity(BaseModel):
    """Someone or something, as AuthZEN shapes it."""

    type: str
    id: str
    properties: dict[str, Any] = {}


class Action(BaseModel):
    """What is to be done."""

    name: str


class Evaluation(BaseModel):
    """One question."""

    subject: Entity
    action: Action
    resource: Entity
    context: dict[str, Any] = {}


def echo() -> FastAPI:
    """Say back what was asked."""
    app = FastAPI()

    @app.post(PATH)
    async def evaluation(asked: Evaluation) -> Evaluation:
        return asked

    return app


async def raw(scope: Any, receive: Callable[[], Any], send: Callable[[Any], Any]) -> None:
    """Say back what was asked, without a framework: what the load generator itself can do."""
    if scope["type"] != "http":
        return
    said, more = b"", True
    while more:
        message = await receive()
        said, more = said + message["body"], message["more_body"]
    length = (b"content-length", str(len(said)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [length]})
    await send({"type": "http.response.body", "body": said})
