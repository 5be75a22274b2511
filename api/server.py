"""The counter, listening."""

import logging
from pathlib import Path

import uvicorn

from api.app import create_app


def listen(office: Path, *, host: str, port: int, url: str) -> bool:
    """Answer until told to stop, and finish what was begun; whether it ever began.

    Args:
        office: The office's folder.
        url: Where applications reach it.
    """
    logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    settings = uvicorn.Config(
        create_app(office, url=url),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        server_header=False,
        proxy_headers=False,  # Who is calling comes from the token, so nothing is gained by them.
        timeout_graceful_shutdown=10,
    )
    server = uvicorn.Server(settings)
    server.run()
    return server.started
