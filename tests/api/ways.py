"""Every way into an application, as the framework has it."""

from collections.abc import Iterable, Iterator
from typing import Any

from fastapi import FastAPI

from api.scopes import Way


def ways_of(app: FastAPI) -> list[Way]:
    """Each method of each path that the application answers."""
    return sorted(_ways(app.routes))


def _ways(routes: Iterable[Any]) -> Iterator[Way]:  # Any: the framework's own, of several kinds.
    for each in routes:
        within = getattr(each, "original_router", None)
        if within is not None:
            yield from _ways(within.routes)
        else:
            yield from ((method, each.path) for method in each.methods)
