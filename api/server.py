"""The counter, listening."""

import gc
import os
import select
import signal
import socket
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import FastAPI

from api import journal
from api.app import create_app
from api.beforehand import Beforehand
from api.counter import Counter
from api.wire import Wire
from engine.collecting import collect_seldom
from engine.errors import StorageError

STDERR: Final = 2
GRACE_S: Final = 7
"""How long what was begun may take once the service was told to stop."""


def listen(
    office: Path,
    place: socket.socket,
    *,
    url: str,
    level: str = "info",
    worker: int = 0,
    beforehand: Beforehand | None = None,
) -> bool:
    """Answer until told to stop, and finish what was begun.

    It ends by itself when no record can be kept any more, for then it could only refuse.

    Args:
        office: The office's folder.
        place: Where to listen, as `listening` opened it.
        url: Where applications reach it.
        level: From which level on the journal is written, to standard error.
        worker: Which one this is, if several answer; the first pulls from the shared register.
        beforehand: The office, if it is open already.

    Returns:
        Whether it began, and ended because it was told to.
    """
    kept = journal.begin(level, _to_stderr)
    try:
        app = create_app(office, url=url, waits=True, worker=worker, beforehand=beforehand)
        return _listen(app, place)
    finally:
        journal.end(kept)


def _to_stderr(lines: bytes) -> None:
    # In pieces that are written whole: several workers may write to one pipe.
    while lines:
        end = lines.rfind(b"\n", 0, select.PIPE_BUF) + 1 or min(len(lines), select.PIPE_BUF)
        lines = lines[os.write(STDERR, lines[:end]) :]


def _listen(app: FastAPI, place: socket.socket) -> bool:
    settings = uvicorn.Config(
        app,
        log_config=None,  # What it logs goes to the journal.
        loop="uvloop",
        http=Wire,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # Who is calling comes from the token, so nothing is gained by them.
        timeout_graceful_shutdown=GRACE_S,
    )
    server = _Server(settings, app)
    # It listens to signals itself only once its loop runs, and when it has finished it raises anew
    # the one that stopped it, which then ends nothing.
    before = {each: signal.signal(each, server.stop) for each in (signal.SIGTERM, signal.SIGINT)}
    try:
        server.run(sockets=[place])
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
    return server.started and not server.gave_up


class _Server(uvicorn.Server):
    """The server, once what it will need for good is in memory.

    Attributes:
        gave_up: Whether it ended by itself, because no record can be kept any more.
    """

    def __init__(self, settings: uvicorn.Config, app: FastAPI) -> None:
        super().__init__(settings)
        self.gave_up = False
        self._state: Final = app.state

    def stop(self, *_: object) -> None:
        """Stop as soon as what was begun is finished; for a signal."""
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Look whether to stop; ten times a second."""
        if await super().on_tick(counter):
            return True
        if not self._office_refuses():
            return False
        # Only a process that opens the log anew can tell what a failed flush has left.
        self.gave_up = True
        return True

    def _office_refuses(self) -> bool:
        counter: Counter | None = getattr(self._state, "counter", None)
        return counter is not None and bool(counter.office.premises.records.refusal)

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Open the office, then let the collector pass over all that stays."""
        await super().startup(sockets)
        gc.collect()
        gc.freeze()
        collect_seldom()


def listening(host: str, port: int, *, shared: bool = False) -> socket.socket:
    """Take a place to listen.

    Args:
        shared: Whether others may listen there too, callers spread over them by the system.

    Raises:
        StorageError: Nothing can listen there.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, for asyncio sends at once (TCP_NODELAY) only where it is.
    place = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        place.bind((host, port))
        place.listen(2048)
    except OSError as fault:
        place.close()
        reason = (fault.strerror or "it is refused").lower()
        raise StorageError(
            f"cannot listen at `{host}`, port {port}: {reason}",
            hint="another program may have it; `--port` takes another",
        ) from fault
    return place
