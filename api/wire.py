"""One connection, on which evaluations take the straight way and all else the usual one.

Reads HTTP as uvicorn does, by its own protocol: what is plainly an evaluation is handed
over as bytes and answered without a task, a scope or an event of its own. Whatever is
not plain (another path or method, a long or chunked body, a client that sends a second
request before it read the answer to the first) is left to uvicorn (docs/adr/0016).
"""

import asyncio
from typing import Any, Final

from uvicorn.protocols.http.httptools_impl import (
    STATUS_LINE,
    HttpToolsProtocol,
    RequestResponseCycle,
)

from api.doorway import REQUEST_ID, ByName, Headers, by_name
from api.straight import ANSWERED, METHOD, WAYS, Came, Straight

MAX_BYTES: Final = 65_536
"""The longest body that is taken in before anybody looked at the token: as much as uvicorn does."""

_METHOD: Final = METHOD.encode()
_SENT: Final = asyncio.Event()  # Nobody waits for the end of a turn.


class Turn:
    """A request that is being answered straight; to uvicorn, one of its cycles."""

    __slots__ = ("_wire", "body", "came", "disconnected", "keep_alive", "response_complete")

    # What uvicorn looks at, and sets when it shuts down or the client goes.
    message_event: Final = _SENT

    def __init__(self, wire: "Wire", came: Came) -> None:
        self._wire: Final = wire
        self.came: Final = came
        self.body = b""
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True

    def reply(self, status: int, headers: Headers, name: bytes, data: bytes) -> bool:
        """Send an answer; whether anybody is still there to take it."""
        wire = self._wire
        transport, self.response_complete = wire.transport, True
        if self.disconnected or transport.is_closing():
            return False
        keeps = self.keep_alive
        head = wire.head(status, headers if keeps else (*headers, (b"connection", b"close")))
        transport.write(
            b"%b\r\n%b: %b\r\ncontent-length: %d\r\n\r\n%b"
            % (head, REQUEST_ID, name, len(data), data)
        )
        if not keeps:
            transport.close()
        wire.on_response_complete()
        return True


class Rest:
    """What a connection does between requests: close, once nothing has come for long enough.

    Stands where uvicorn's own timer does, which is made anew after every answer; this one is
    set once for as long as it takes, and then looks how long nothing came.
    """

    def __init__(self, wire: "Wire") -> None:
        self._wire: Final = wire
        self._since_s: float | None = None
        self._due: asyncio.TimerHandle | None = None

    def begin(self) -> None:
        """Rest from now on."""
        self._since_s = self._wire.loop.time()
        if self._due is None:
            self._look_in(self._wire.timeout_keep_alive)

    def cancel(self) -> None:
        """Rest no longer, for something came."""
        self._since_s = None

    def _look_in(self, seconds: float) -> None:
        self._due = self._wire.loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._due = None
        if self._since_s is None:
            return
        rested_s = self._wire.loop.time() - self._since_s
        left_s = self._wire.timeout_keep_alive - rested_s
        if left_s > 0:
            self._look_in(left_s)
        else:
            self._wire.timeout_keep_alive_handler()


class Wire(HttpToolsProtocol):
    """A connection.

    Takes what uvicorn's own takes; the straight way is that of the application, if it has one.
    """

    def __init__(self, *args: Any, **more: Any) -> None:  # Any: uvicorn's own.
        super().__init__(*args, **more)
        found = getattr(self.config.app, "straight", None)
        self._straight: Final = found if isinstance(found, Straight) else None
        self._turn: Turn | None = None
        self._rest: Final[Any] = Rest(self)  # Any: it stands where uvicorn has a timer.
        self._dated: Headers | None = None
        self._answered = b""

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made when it is known to need one."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Decide which way a request takes."""
        straight = self._straight
        way = WAYS.get(self.url)
        if straight is not None and way is not None:
            named = by_name(self.headers)
            if self._is_plain(straight, named):
                peer = self.client[0] if self.client else ""
                # Any: it stands where uvicorn's own cycle does, with what is looked at of one.
                turn: Any = Turn(self, straight.came(way, self.headers, named, peer))
                self.cycle = self._turn = turn
                return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def _is_plain(self, straight: Straight, named: ByName) -> bool:
        parser = self.parser
        length = named.get(b"content-length", b"")
        if (
            not (length.isdigit() and 0 < int(length) <= MAX_BYTES)
            or parser.get_method() != _METHOD
            or not parser.should_keep_alive()
            # What is kept open without being asked to is HTTP/1.1 at least.
            or (b"connection" in named and parser.get_http_version() != "1.1")
            or parser.should_upgrade()
            or self.expect_100_continue
            or self.root_path
            or not straight.open
        ):
            return False
        before: RequestResponseCycle | None = self.cycle
        return not self.flow.write_paused and (before is None or before.response_complete)

    def on_body(self, body: bytes) -> None:
        """Take in a part of a body."""
        if self._turn is None:
            super().on_body(body)
        else:
            self._turn.body += body

    def on_message_complete(self) -> None:
        """Answer what has come whole."""
        turn = self._turn
        if turn is None:
            super().on_message_complete()
        elif self._straight is not None:
            self._turn = None
            self._straight.take(turn.came, turn.body, turn.reply)

    def head(self, status: int, headers: Headers) -> bytes:
        """The head of an answer but for the request's id and the length.

        Raises:
            ValueError: A header would be more than one line; the connection is closed.
        """
        dated = self.server_state.default_headers
        if headers is not ANSWERED:
            return self._joined(status, [*dated, *headers])
        if dated is not self._dated:  # Another list each second.
            self._answered, self._dated = self._joined(status, [*dated, *headers]), dated
        return self._answered

    def _joined(self, status: int, every: Headers) -> bytes:
        head = b"\r\n".join(map(b": ".join, every))
        # INVARIANT: no header holds the end of a line, so none can say what another does.
        # A request's id is of visible characters alone.
        if head.count(b"\n") != len(every) - 1 or head.count(b"\r") != len(every) - 1:
            self.transport.close()
            raise ValueError("a header would be more than one line")
        return STATUS_LINE[status] + head

    def on_response_complete(self) -> None:
        """Take the next request that waits, or rest."""
        if self.pipeline or self.transport.is_closing():
            super().on_response_complete()
            return
        self.server_state.total_requests += 1
        self._unset_keepalive_if_required()
        self.flow.resume_reading()
        self._rest.begin()
        self.timeout_keep_alive_task = self._rest
