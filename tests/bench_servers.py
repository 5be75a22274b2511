"""Servers to compare the service with, each as honestly as it would be written.

The echo is what a typed FastAPI endpoint costs that decides nothing: pydantic reads
the question and writes it back. The idiomatic form answers the very same questions by
the very same engine and keeps the very same records, in the way one would first write
it: a typed handler in a thread, jwcrypto for the signature, one commit a request. The
undecided form is the service itself, which has one question answered and tells everybody
that answer: what HTTP, tokens, bodies, answers and the journal cost without the office.
"""

import json
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, Final

import uvicorn
from fastapi import FastAPI
from pydantic import BaseModel

from api import authzen, server
from engine import bootstrap, jose
from engine.keys import PrivateKey
from engine.service.desk import Desk
from engine.service.premises import DECISION_KEY
from engine.service.series import Series

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


class Answer(BaseModel):
    """One answer."""

    decision: bool
    context: dict[str, Any]


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


def idiomatic(folder: Path) -> FastAPI:
    """Decide as this service does, written as one would first write it."""
    from jwcrypto.jwk import JWK
    from jwcrypto.jws import JWS

    office = bootstrap.open_office(folder)
    own = JWK(**office.premises.keys.read(DECISION_KEY).to_jwk())

    def signed(payload: bytes, *, typ: str, key: PrivateKey) -> str:
        token = JWS(payload)
        header = json.dumps({"alg": "EdDSA", "kid": key.public.kid, "typ": typ})
        token.add_signature(own, alg="EdDSA", protected=header)
        return str(token.serialize(compact=True))

    jose.sign_compact = signed
    one_at_a_time = threading.Lock()
    app = FastAPI()

    @app.post(PATH)
    def evaluation(asked: Evaluation) -> Answer:
        question = authzen.read(asked.model_dump())
        with one_at_a_time:
            answered = office.desk.ask(json.dumps(question.fields).encode())
        return Answer.model_validate(authzen.answer(answered, question.ignored))

    return app


def undecided(folder: Path, port: int) -> None:
    """Answer as this service does, without deciding anew or keeping anything."""
    decide: Any = Desk.ask_together
    told: list[Any] = []

    def tell(desk: Desk, several: Sequence[Series]) -> list[Any]:
        if not told:
            told.extend(decide(desk, several[:1]))
        return told * len(several)

    desks: Any = Desk
    desks.ask_together = tell
    server.listen(folder, server.listening("127.0.0.1", port), url=f"http://127.0.0.1:{port}")


def main() -> None:
    """Serve one of them."""
    kind, port, folder = sys.argv[1:4]
    if kind == "undecided":
        undecided(Path(folder), int(port))
        return
    app: Any = {"echo": echo, "raw": lambda: raw, "idiomatic": lambda: idiomatic(Path(folder))}[
        kind
    ]()
    uvicorn.run(app, host="127.0.0.1", port=int(port), log_level="warning", access_log=False)


if __name__ == "__main__":
    main()
