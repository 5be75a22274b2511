"""Notices every connection that this process makes, while it is told to."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_EVENTS = ("socket.connect", "socket.getaddrinfo", "socket.gethostbyname", "socket.sendto")
_watching: list[list[tuple[str, Any]]] = []


def _note(event: str, arguments: tuple[Any, ...]) -> None:
    if _watching and event in _EVENTS:
        for seen in _watching:
            seen.append((event, arguments[-1]))


sys.addaudithook(_note)  # It stays, for Python takes none away.


@contextmanager
def connections() -> Iterator[list[tuple[str, Any]]]:
    """What was connected to, or looked up, meanwhile."""
    seen: list[tuple[str, Any]] = []
    _watching.append(seen)
    try:
        yield seen
    finally:
        _watching.remove(seen)
