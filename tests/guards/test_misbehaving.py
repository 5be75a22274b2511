"""Services that misbehave on real sockets: not one permit comes of any of them."""

import gc
import json
import socket
import threading
from collections.abc import Callable

import pytest

from engine.adapters.guard_post import MAX_BYTES
from engine.guard import Answer, Failure
from tests.guards.conftest import Ask, authzen_at, opa_at
from tests.guards.servers import misbehaving

Act = Callable[[socket.socket, threading.Event], None]

OK = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
EMPTY = b'{"result": []}'
SOON_MS = 250


def sending(data: bytes) -> Act:
    return lambda connection, _: connection.sendall(data)


def body(data: bytes, head: bytes = OK) -> Act:
    return sending(head + f"Content-Length: {len(data)}\r\n\r\n".encode() + data)


def status(line: str, *headers: str) -> Act:
    head = "\r\n".join([f"HTTP/1.1 {line}", "Content-Type: application/json", *headers, ""])
    return body(EMPTY, head.encode())


def hang(_: socket.socket, over: threading.Event) -> None:
    over.wait(5)


def drip(connection: socket.socket, over: threading.Event) -> None:
    """A byte now and then: each read returns, the answer never comes."""
    connection.sendall(OK + b"Content-Length: 100000\r\n\r\n")
    while not over.wait(0.02):
        connection.sendall(b" ")


def drip_head(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(OK)
    number = 0
    while not over.wait(0.02):
        number += 1
        connection.sendall(f"X-{number}: x\r\n".encode())


def go_on(connection: socket.socket, over: threading.Event) -> None:
    """Informational answers for ever."""
    while not over.wait(0.02):
        connection.sendall(b"HTTP/1.1 103 Early Hints\r\n\r\n")


def endless(connection: socket.socket, over: threading.Event) -> None:
    connection.sendall(OK + b"Transfer-Encoding: chunked\r\n\r\n")
    while not over.is_set():
        connection.sendall(b"1000\r\n" + b" " * 0x1000 + b"\r\n")


def reset(connection: socket.socket, _: threading.Event) -> None:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\x01\x00\x00\x00\x00\x00\x00\x00")


PADDED = EMPTY[:-1] + b" " * (MAX_BYTES - len(EMPTY)) + b"}"
GZIPPED = OK + b"Content-Encoding: gzip\r\n"
OTHER = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n"
BARE = b"HTTP/1.1 200 OK\r\n"

BAD: dict[str, tuple[Act, Failure]] = {
    "it hangs": (hang, Failure.TIMEOUT),
    "it drips": (drip, Failure.TIMEOUT),
    "it drips headers": (drip_head, Failure.TIMEOUT),
    "it hints for ever": (go_on, Failure.TIMEOUT),
    "500": (status("500 Oops"), Failure.STATUS),
    "503": (status("503 Later", "Retry-After: 1"), Failure.STATUS),
    "404": (status("404 Nothing"), Failure.STATUS),
    "201": (status("201 Created"), Failure.STATUS),
    "206": (status("206 Partial"), Failure.STATUS),
    "204": (sending(b"HTTP/1.1 204 Nothing\r\n\r\n"), Failure.STATUS),
    "302": (status("302 Found", "Location: /elsewhere"), Failure.STATUS),
    "307": (status("307 Again", "Location: /elsewhere"), Failure.STATUS),
    "no HTTP": (sending(b"ready to serve\r\n\r\n"), Failure.UNREACHABLE),
    "nothing": (sending(b""), Failure.UNREACHABLE),
    "a reset": (reset, Failure.UNREACHABLE),
    "half an answer": (
        sending(OK + b"Content-Length: 100\r\n\r\n" + EMPTY), Failure.UNREACHABLE,
    ),
    "two lengths": (
        sending(OK + b"Content-Length: 14\r\nContent-Length: 15\r\n\r\n" + EMPTY),
        Failure.UNREACHABLE,
    ),
    "another type": (body(EMPTY, OTHER), Failure.CONTENT_TYPE),
    "no type": (body(EMPTY, BARE), Failure.CONTENT_TYPE),
    "compressed": (body(EMPTY, GZIPPED), Failure.CONTENT_TYPE),
    "no JSON": (body(b'{"result": [}'), Failure.MALFORMED),
    "empty": (body(b""), Failure.MALFORMED),
    "a member twice": (body(b'{"result": ["no"], "result": []}'), Failure.MALFORMED),
    "a member twice below": (
        body(b'{"result": [], "provenance": {"a": 1, "a": 2}}'), Failure.MALFORMED,
    ),
    "NaN": (body(b'{"result": [], "x": NaN}'), Failure.MALFORMED),
    "half a pair": (body(b'{"result": [], "x": "\\ud800"}'), Failure.MALFORMED),
    "no UTF-8": (body(b'{"result": [], "x": "\xff"}'), Failure.MALFORMED),
    "a mark first": (body(b"\xef\xbb\xbf" + EMPTY), Failure.MALFORMED),
    "something behind": (body(EMPTY + b"{}"), Failure.MALFORMED),
    "too deep": (body(b'{"result": ' + b"[" * 5_000 + b"]" * 5_000 + b"}"), Failure.MALFORMED),
    "a list": (body(b"[]"), Failure.MALFORMED),
    "true": (body(b"true"), Failure.MALFORMED),
    "null": (body(b"null"), Failure.MALFORMED),
    "a true result": (body(b'{"result": true}'), Failure.MALFORMED),
    "a false result": (body(b'{"result": false}'), Failure.MALFORMED),
    "an object": (body(b'{"result": {}}'), Failure.MALFORMED),
    "a null result": (body(b'{"result": null}'), Failure.MALFORMED),
    "zero": (body(b'{"result": 0}'), Failure.MALFORMED),
    "an empty text": (body(b'{"result": ""}'), Failure.MALFORMED),
    "an id that is none": (body(b'{"result": [], "decision_id": 7}'), Failure.MALFORMED),
    "a bad provenance": (body(b'{"result": [], "provenance": []}'), Failure.MALFORMED),
    "bad bundles": (body(b'{"result": [], "provenance": {"bundles": []}}'), Failure.MALFORMED),
    "no result": (body(b"{}"), Failure.UNDEFINED),
    "an error": (body(b'{"code": "internal_error"}'), Failure.UNDEFINED),
    "the other kind": (body(b'{"decision": true}'), Failure.UNDEFINED),
    "a byte too many": (body(PADDED + b" "), Failure.TOO_LARGE),
    "10 MB": (body(b'{"result": []' + b" " * 10_000_000 + b"}"), Failure.TOO_LARGE),
    "no end": (endless, Failure.TOO_LARGE),
}  # fmt: skip
SLOW = {Failure.TIMEOUT}


@pytest.mark.parametrize(("act", "failure"), BAD.values(), ids=BAD)
def test_no_permit_comes_of_a_service_that_misbehaves(ask: Ask, act: Act, failure: Failure) -> None:
    timeout_ms = SOON_MS if failure in SLOW else 5_000

    with misbehaving(act) as served:
        found = ask(opa_at(served.url, timeout_ms=timeout_ms))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, failure.value)
    # Nothing is asked twice, and no other place is gone to.
    assert len(served.requests) == 1


def test_an_answer_of_just_the_size_is_read(ask: Ask) -> None:
    with misbehaving(body(PADDED)) as served:
        assert ask(opa_at(served.url)).answer is Answer.STOOD_ASIDE


def test_a_refusal_of_just_the_size_is_a_veto(ask: Ask) -> None:
    with misbehaving(body(json.dumps({"result": ["no"] * 1_000}).encode())) as served:
        assert ask(opa_at(served.url)).answer is Answer.VETO


@pytest.mark.parametrize("name", ["it hangs", "it drips", "302", "10 MB", "true", "a reset"])
def test_nor_of_a_decision_point(ask: Ask, name: str) -> None:
    act, failure = BAD[name]

    with misbehaving(act) as served:
        found = ask(authzen_at(served.url, timeout_ms=SOON_MS if failure in SLOW else 5_000))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, failure.value)
    assert len(served.requests) == 1


def test_nobody_there_is_no_permit(ask: Ask) -> None:
    with socket.create_server(("127.0.0.1", 0)) as place:
        port = place.getsockname()[1]

    found = ask(opa_at(f"http://127.0.0.1:{port}"))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, "unreachable")


def test_a_plain_service_where_tls_is_expected_is_no_permit(ask: Ask) -> None:
    with misbehaving(body(EMPTY)) as served:
        found = ask(opa_at(served.url.replace("http:", "https:"), timeout_ms=1_000))

    assert (found.answer, found.reason) == (Answer.UNAVAILABLE, "timeout")
    # Nothing is left behind: a socket that nobody closed would fail the tests that follow.
    gc.collect()
