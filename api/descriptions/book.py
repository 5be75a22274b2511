"""All that is described, in the order of its chapters."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import orjson

from api.descriptions import (
    access,
    agreements,
    decision_log,
    drafts,
    hooks,
    log,
    mais,
    oauth,
    people,
    public,
    records,
    reports,
    searches,
    steps,
    watching,
)
from api.descriptions.document import document
from api.descriptions.operation import Operation
from api.descriptions.schemas import Schema
from api.scopes import NEEDS
from concordat import __version__

_CHAPTERS: Final = (
    *(
        access,
        searches,
        mais,
        agreements,
        drafts,
        steps,
        records,
        people,
        log,
        decision_log,
        reports,
    ),
    *(oauth, public, watching, hooks),
)

OPERATIONS: Final[tuple[Operation, ...]] = tuple(
    each for chapter in _CHAPTERS for each in chapter.OPERATIONS
)
SCHEMAS: Final[Mapping[str, Schema]] = {
    name: schema for chapter in _CHAPTERS for name, schema in chapter.SCHEMAS.items()
}


@lru_cache(maxsize=4)
def written(url: str) -> bytes:
    """The OpenAPI document of the whole service, as it is sent."""
    return orjson.dumps(book(url=url))


def book(*, url: str) -> dict[str, Any]:  # Any: JSON.
    """The OpenAPI document of the whole service.

    Args:
        url: Where it is reached.
    """
    return document(OPERATIONS, SCHEMAS, needs=NEEDS, url=url, version=__version__)
