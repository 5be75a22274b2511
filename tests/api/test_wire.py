"""However an evaluation comes over the wire, it is answered once, in order, and alike."""

import asyncio
import json
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from anyio.from_thread import BlockingPortal
from uvicorn.server import ServerState

from api import straight
from api.app import create_app
from api.roll import Roll
from api.wire import MAX_BYTES, Wire
from engine.service import Office
from tests.api.application import URL, Application, evaluation
from tests.api.conftest import application, opened, registered
from tests.api.loopback import HOST, listening
from tests.api.written import Written

EVALUATION = "/access/v1/evaluation"
ASKED = json.dumps(evaluation()).encode()


class Line:
    """An application of the council, and the counter on a socket, byte by byte."""

    def __init__(self, app: Application, port: int) -> None:
        self.app, self.port, self._token = app, port, app.token()

    def head(self, *more: str, length: int | None = len(ASKED), path: str = EVALUATION) -> bytes:
        """The head of one request, with a proof of its own."""
        lines = [
            f"POST {path} HTTP/1.1",
            "Host: counter",
            "Content-Type: application/json",
            f"Authorization: DPoP {self._token}",
            f"DPoP: {self.app.proof(EVALUATION, self._token)}",
            *([] if length is None else [f"Content-Length: {length}"]),
            *more,
        ]
        return "\r\n".join([*lines, "", ""]).encode()

    def call(self) -> socket.socket:
        """A connection."""
        made = socket.create_connection((HOST, self.port), timeout=20)
        made.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        return made


def answers(line: socket.socket, count: int) -> list[tuple[int, dict[str, str], Any]]:
    """So many answers from a connection, each its status, headers and JSON."""
    found = []
    with line.makefile("rb") as file:
        for _ in range(count):
            status = int(file.readline().split()[1])
            headers = {}
            while (read := file.readline().strip()) != b"":
                name, _, value = read.decode().partition(": ")
                headers[name.lower()] = value
            found.append((status, headers, json.loads(file.read(int(headers["content-length"])))))
    return found


@contextmanager
def on_a_socket(folder: Path, portal: BlockingPortal, rest_s: float = 5) -> Iterator[Line]:
    app = create_app(folder, url=URL)
    on_port = portal.wrap_async_context_manager(listening(app, rest_s=rest_s))
    with opened(app, portal) as client, on_port as port:
        yield Line(application("council-app", portal, client), port)


@pytest.fixture
def line(folder: Path, portal: BlockingPortal) -> Iterator[Line]:
    """The counter on a socket."""
    with on_a_socket(folder, portal) as made:
        yield made


def taken(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A list that grows with each request that goes straight."""
    seen: list[str] = []
    usual = straight.Straight.take

    def take(self: Any, came: straight.Came, *rest: Any) -> None:
        seen.append(came.way.path)
        usual(self, came, *rest)

    monkeypatch.setattr(straight.Straight, "take", take)
    return seen


WAYS: dict[str, tuple[list[str], int | None, bytes, bool]] = {
    "plainly": ([], len(ASKED), ASKED, True),
    "asked for once": (["Connection: close"], len(ASKED), ASKED, False),
    "in chunks": (
        ["Transfer-Encoding: chunked"],
        None,
        b"%x\r\n%b\r\n0\r\n\r\n" % (len(ASKED), ASKED),
        False,
    ),
    "long": ([], MAX_BYTES + 1, ASKED.ljust(MAX_BYTES + 1), False),
    "as long as may be": ([], MAX_BYTES, ASKED.ljust(MAX_BYTES), True),
}


@pytest.mark.parametrize(("more", "length", "sent", "goes_straight"), WAYS.values(), ids=WAYS)
def test_however_it_is_sent_it_is_answered(
    line: Line,
    monkeypatch: pytest.MonkeyPatch,
    more: list[str],
    length: int | None,
    sent: bytes,
    goes_straight: bool,
) -> None:
    seen = taken(monkeypatch)
    with line.call() as call:
        call.sendall(line.head(*more, length=length) + sent)
        ((status, headers, said),) = answers(call, 1)

    assert status == 200, said
    assert said["decision"] is True
    assert headers["cache-control"] == "no-store"
    assert seen == [EVALUATION] * goes_straight


def test_what_comes_byte_by_byte_is_answered(line: Line) -> None:
    with line.call() as call:
        for byte in line.head() + ASKED:
            call.send(bytes([byte]))
        ((status, _, said),) = answers(call, 1)

    assert (status, said["decision"]) == (200, True)


def test_who_waits_to_be_told_to_go_on_is_told(line: Line) -> None:
    with line.call() as call:
        call.sendall(line.head("Expect: 100-continue"))
        assert call.recv(64).startswith(b"HTTP/1.1 100 ")
        call.sendall(ASKED)
        ((status, _, _),) = answers(call, 1)

    assert status == 200


def test_requests_sent_before_the_answer_are_answered_in_order(line: Line) -> None:
    names = [f"request-{number}" for number in range(6)]
    with line.call() as call:
        call.sendall(b"".join(line.head(f"X-Request-ID: {name}") + ASKED for name in names))
        told = answers(call, len(names))

    assert [headers["x-request-id"] for _, headers, _ in told] == names
    assert all(said["decision"] for _, _, said in told)
    indices = [said["context"]["index"] for _, _, said in told]
    assert indices == sorted(set(indices))


def test_one_connection_takes_both_ways_in_turn(line: Line) -> None:
    with line.call() as call:
        for _ in range(3):
            call.sendall(line.head() + ASKED)
            call.sendall(b"GET /health HTTP/1.1\r\nHost: counter\r\n\r\n")
            (asked, _, _), (health, _, _) = answers(call, 2)
            assert (asked, health) == (200, 200)


def test_a_connection_is_kept_while_a_request_is_coming_and_closed_when_nothing_does(
    folder: Path, portal: BlockingPortal
) -> None:
    with on_a_socket(folder, portal, rest_s=1) as line, line.call() as call:
        heads = [line.head(), line.head()]
        call.sendall(heads[0] + ASKED)
        answers(call, 1)
        call.sendall(heads[1][:20])
        time.sleep(1.5)
        call.sendall(heads[1][20:] + ASKED)
        ((status, _, _),) = answers(call, 1)

        assert status == 200
        assert call.recv(1) == b""


def test_a_target_with_a_query_takes_the_usual_way(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = taken(monkeypatch)
    with line.call() as call:
        call.sendall(line.head(path=f"{EVALUATION}?x=1") + ASKED)
        ((status, _, _),) = answers(call, 1)

    assert (status, seen) == (200, [])


def test_of_who_is_gone_the_record_is_kept_and_the_request_noted(
    line: Line, office: Office, written: Written
) -> None:
    before = office.premises.records.head().size

    async def gone() -> None:
        """Leave before the loop could answer: both happen in one tick."""
        reader, writer = await asyncio.open_connection(HOST, line.port)
        del reader
        writer.write(line.head("X-Request-ID: " + "0" * 32) + ASKED)
        await writer.drain()
        writer.transport.abort()
        for _ in range(400):
            await asyncio.sleep(0.01)
            if office.premises.records.head().size > before:
                return

    line.app.portal.call(gone)

    assert office.premises.records.head().size == before + 1
    told = [each for each in written.lines if each.get("request") == "0" * 32]
    assert [each["status"] for each in told] in ([200], [499])


def test_a_header_of_ours_can_never_be_two(line: Line, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(straight, "ANSWERED", ((b"x", b"a\r\nset-cookie: b"),))

    with line.call() as call:
        call.sendall(line.head() + ASKED)
        assert call.recv(64) == b""


def test_what_is_being_answered_when_it_is_shut_down_is_answered_and_then_it_closes(
    folder: Path, portal: BlockingPortal
) -> None:
    app = create_app(folder, url=URL)
    state: Any = ServerState()  # Its connections are of any protocol.
    config = uvicorn.Config(app, http=Wire, log_config=None, lifespan="off")
    config.load()

    async def story() -> bytes:
        loop = asyncio.get_running_loop()
        wire = await loop.create_server(
            lambda: Wire(config=config, server_state=state, app_state={}, _loop=loop), HOST, 0
        )
        port = wire.sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection(HOST, port)
        writer.write(b"POST %b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{" % path)
        await writer.drain()
        for _ in range(400):
            await asyncio.sleep(0.01)
            if any(each.cycle is not None for each in state.connections):
                break
        (connection,) = state.connections
        connection.shutdown()
        writer.write(b"}")
        told = await reader.read()
        writer.close()
        wire.close()
        return told

    path = EVALUATION.encode()
    with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
        told = portal.call(story)

    assert told.startswith(b"HTTP/1.1 401 ")
    assert b"connection: close" in told


def test_the_register_of_clients_is_found_in_by_name_however_it_changes() -> None:
    one, two = registered("council-app"), registered("trust-app")
    outside = two.model_copy(update={"id": "x", "issuer": "https://i", "client_id": "trust-app"})
    roll, lists = Roll(), [(one, two), (two,), (), (two, outside), (one,)]

    for clients in (*lists, *lists):
        for issuer, name in (("", "council-app"), ("", "trust-app"), ("https://i", "trust-app")):
            by_scan = next(
                (
                    each
                    for each in clients
                    if (each.issuer, each.client_id or each.id) == (issuer, name)
                ),
                None,
            )
            assert roll.find(clients, issuer, name) is by_scan
    assert roll.find((outside,), "", "x") is None
