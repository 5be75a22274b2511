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

from api.doorway import Headers
from api.straight import METHOD, PREPARE, Came, Straight

MAX_BYTES: Final = 65_536
"""The longest body that is taken in before anybody looked at the token: as much as uvicorn does."""

_METHOD: Final = METHOD.encode()
_SENT: Final = asyncio.Event()  # Nobody waits for the end of a turn.


class Turn:
    """A request that is being answered straight; to uvicorn, one of its cycles."""

    __slots__ = (
        "_wire", "body", "came", "disconnected", "keep_alive", "message_event", "response_complete",
    )  # fmt: skip

    def __init__(self, wire: "Wire", came: Came) -> None:
        self._wire: Final = wire
        self.came: Final = came
        self.body = b""
        # What uvicorn looks at, and sets when it shuts down or the client goes.
        self.message_event: Final = _SENT
        self.response_complete = False
        self.disconnected = False
        self.keep_alive = True

    def reply(self, status: int, headers: Headers, data: bytes) -> bool:
        """Send an answer; whether anybody is still there to take it."""
        wire = self._wire
        transport, self.response_complete = wire.transport, True
        if self.disconnected or transport.is_closing():
            return False
        every = [*wire.server_state.default_headers, *headers]
        every.append((b"content-length", b"%d" % len(data)))
        if not self.keep_alive:
            every.append((b"connection", b"close"))
        head = b"\r\n".join(map(b": ".join, every))
        # INVARIANT: no header holds the end of a line, so none can say what another does.
        if head.count(b"\n") != len(every) - 1 or head.count(b"\r") != len(every) - 1:
            transport.close()
            raise ValueError("a header would be more than one line")
        transport.write(b"%b%b\r\n\r\n%b" % (STATUS_LINE[status], head, data))
        if not self.keep_alive:
            transport.close()
        wire.on_response_complete()
        return True


class Wire(HttpToolsProtocol):
    """A connection.

    Takes what uvicorn's own takes; the straight way is that of the application, if it has one.
    """

    def __init__(self, *args: Any, **more: Any) -> None:  # Any: uvicorn's own.
        super().__init__(*args, **more)
        found = getattr(self.config.app, "straight", None)
        self._straight: Final = found if isinstance(found, Straight) else None
        self._turn: Turn | None = None

    def on_message_begin(self) -> None:
        """Begin a request; its scope is made when it is known to need one."""
        self.url = b""
        self.expect_100_continue = False
        self.headers = []

    def on_headers_complete(self) -> None:
        """Decide which way a request takes."""
        straight = self._straight
        if straight is not None and self._is_plain(straight):
            peer = self.client[0] if self.client else ""
            # Any: it stands where uvicorn's own cycle does, with what is looked at of one.
            turn: Any = Turn(self, straight.came(self.url, self.headers, peer))
            self.cycle = self._turn = turn
            return
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers.extend(headers)
        super().on_headers_complete()

    def _is_plain(self, straight: Straight) -> bool:
        parser = self.parser
        if (
            self.url not in PREPARE
            or parser.get_method() != _METHOD
            or parser.get_http_version() != "1.1"
            or not parser.should_keep_alive()
            or parser.should_upgrade()
            or self.expect_100_continue
            or self.root_path
            or not straight.open
        ):
            return False
        before: RequestResponseCycle | None = self.cycle
        if self.flow.write_paused or (before is not None and not before.response_complete):
            return False
        return any(
            name == b"content-length" and value.isdigit() and 0 < int(value) <= MAX_BYTES
            for name, value in self.headers
        )

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
