"""The last that a limit lets through, the next, which it refuses; and the slow, who stop nobody."""

import json
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api import body
from api.auth import jwt as tokens
from api.evaluation import MAX_EVALUATIONS
from engine.asking import MAX_NONCE
from engine.request import MAX_CATEGORIES
from engine.service import Office
from tests.api.application import Application, evaluation, within
from tests.api.test_server import bearing, served, token

BOTH_WAYS = True

EVALUATION, EVALUATIONS = "/access/v1/evaluation", "/access/v1/evaluations"
LINE, STATEMENT = 1_024, 2_000


def padded(size: int) -> bytes:
    """A question of so many bytes, by a member that nobody reads."""
    said = json.dumps(evaluation(x=""))
    return said.replace('"x": ""', f'"x": "{"y" * (size - len(said))}"').encode()


def nested(levels: int) -> bytes:
    """A question so deep, itself the first level."""
    deep = "[" * (levels - 1) + "]" * (levels - 1)
    return json.dumps(evaluation(x="")).replace('""', deep).encode()


def properties(entity: str, **said: Any) -> bytes:
    return json.dumps(evaluation(**within(entity, **said))).encode()


def named(entity: str, length: int) -> bytes:
    said = evaluation()
    said[entity]["id"] = "n" * length
    return json.dumps(said).encode()


def items(count: int) -> bytes:
    # Each is cut short, so that none of them is decided.
    return json.dumps(evaluation() | {"evaluations": [{"action": {}}] * count}).encode()


LIMITS: dict[str, tuple[int, Callable[[int], bytes], str]] = {
    "bytes of a body": (body.MAX_BYTES, padded, EVALUATION),
    "levels of a body": (body.MAX_DEPTH, nested, EVALUATION),
    "questions at once": (MAX_EVALUATIONS, items, EVALUATIONS),
    "the name of a person": (256, lambda n: named("subject", n), EVALUATION),
    "the name of a case": (256, lambda n: named("resource", n), EVALUATION),
    "a reference": (
        LINE, lambda n: properties("resource", subject_ref="x" * n), EVALUATION,
    ),
    "a statement": (STATEMENT, lambda n: properties("context", necessity="x" * n), EVALUATION),
    "a nonce": (MAX_NONCE, lambda n: properties("context", nonce="x" * n), EVALUATION),
    "a code": (63, lambda n: properties("context", no_consent_reason="x" * n), EVALUATION),
    "an agency": (63, lambda n: properties("resource", holder="x" * n), EVALUATION),
    "categories": (
        MAX_CATEGORIES,
        lambda n: properties("resource", categories=[f"c{each}" for each in range(n)]),
        EVALUATION,
    ),
    "kinds of person": (
        16, lambda n: properties("resource", about=[f"k{each}" for each in range(n)]), EVALUATION,
    ),
    "confirmations": (
        64, lambda n: properties("context", confirms=[f"c{each}" for each in range(n)]), EVALUATION,
    ),
    "a whole number": (
        body.MAX_INTEGER, lambda n: json.dumps(evaluation(x=n)).encode(), EVALUATION,
    ),
}  # fmt: skip


@pytest.mark.parametrize(("most", "made", "path"), LIMITS.values(), ids=LIMITS)
def test_the_last_is_let_through_and_the_next_is_not(
    council: Application, office: Office, most: int, made: Callable[[int], bytes], path: str
) -> None:
    bound = council.token()

    last = council.post(path, content=made(most), token=bound)
    before = office.premises.records.head().size
    over = council.post(path, content=made(most + 1), token=bound)

    assert last.status_code == 200, last.text
    assert over.status_code == 400, over.text
    assert office.premises.records.head().size == before


def test_a_token_is_read_up_to_its_limit_and_no_further(council: Application) -> None:
    def of(length: int) -> str:
        return council.assertion(note="x" * length, jti=f"limit-{length:05}")

    longest = max(n for n in range(5_500, 6_200) if len(of(n)) <= tokens.MAX_BYTES)

    last, over = council.ask_token(of(longest)), council.ask_token(of(longest + 1))

    assert last.status_code == 200, last.text
    assert over.status_code == 401, over.text


# ---- the slow

SLOW = 200
BEGINNINGS = (
    b"",
    b"POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nX-",
    b"POST /access/v1/evaluation HTTP/1.1\r\nHost: x\r\nContent-Length: 400\r\n\r\n{",
    b"GET /health HTTP/1.1\r\nHost: x\r\n",
)


@contextmanager
def slow_callers(url: str) -> Iterator[list[socket.socket]]:
    """So many who begin to say something, and do not go on."""
    where = httpx2.URL(url)
    with ExitStack() as stack:
        callers = [
            stack.enter_context(socket.create_connection((where.host, where.port or 0)))
            for _ in range(SLOW)
        ]
        for number, each in enumerate(callers):
            each.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        yield callers


def test_two_hundred_who_are_slow_stop_nobody(folder: Path, hot: bool) -> None:
    if not hot:
        return  # There is one server, which has one way in.
    bearing(folder)

    with served(folder) as (_, url):
        headers = {"Authorization": f"Bearer {token(url)}"}
        with slow_callers(url) as callers, httpx2.Client(headers=headers, timeout=60) as http:
            for number in range(20):
                for each in callers[1 :: len(BEGINNINGS)]:
                    each.sendall(b"y" if number < 19 else b"-")
                assert http.post(url + EVALUATION, json=evaluation()).status_code == 200
        again = httpx2.post(url + EVALUATION, json=evaluation(), headers=headers, timeout=60)

    assert again.status_code == 200
