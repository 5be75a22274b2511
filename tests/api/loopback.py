"""A counter as it is reached over a network: its own protocol, on a socket of this machine."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial
from typing import Any

import httpx2
import uvicorn
from fastapi import FastAPI
from uvicorn.server import ServerState

from api.wire import Wire
from tests.api.application import URL

HOST = "127.0.0.1"
PATIENCE_S = 120
"""However busy the machine: how soon it answers is not asked here."""


class _Here(httpx2.AsyncHTTPTransport):
    """Reaches one port of this machine, whatever a request calls it."""

    def __init__(self, app: FastAPI, port: int, source: str) -> None:
        super().__init__(verify=False, local_address=source)
        self.app = app
        self._port = port

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        request.url = request.url.copy_with(host=HOST, port=self._port)
        return await super().handle_async_request(request)


@asynccontextmanager
async def listening(app: FastAPI, *, rest_s: float = 5) -> AsyncIterator[int]:
    """Answer at a port, which is yielded; the application must be open.

    Args:
        rest_s: After how long a connection is closed on which nothing comes.
    """
    config = uvicorn.Config(app, http=Wire, log_config=None, lifespan="off")
    rest: Any = rest_s  # The server counts whole seconds, and nothing in it asks for them.
    config.timeout_keep_alive = rest
    config.load()
    loop = asyncio.get_running_loop()
    state: dict[str, Any] = {}
    wire = partial(Wire, config=config, server_state=ServerState(), app_state=state, _loop=loop)
    server = await loop.create_server(wire, HOST, 0)
    async with server:
        yield int(server.sockets[0].getsockname()[1])


@asynccontextmanager
async def reached(app: FastAPI, *, hot: bool = True, source: str = HOST) -> AsyncIterator[Any]:
    """A client of an application that is open.

    Args:
        hot: Whether over a socket; else the framework is called, with no network between.
        source: From which address.
    """
    if not hot:
        transport = httpx2.ASGITransport(app=app, client=(source, 4711))
        made = httpx2.AsyncClient(transport=transport, base_url=URL, timeout=PATIENCE_S)
        async with made as client:
            yield client
        return
    async with AsyncExitStack() as stack:
        port = await stack.enter_async_context(listening(app))
        here = _Here(app, port, source)
        client = httpx2.AsyncClient(transport=here, base_url=URL, timeout=PATIENCE_S)
        yield await stack.enter_async_context(client)
