"""All that is described, in the order of its chapters."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions import (
    access,
    agreements,
    decision_log,
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
from api.descriptions.document import Needs, document
from api.descriptions.operation import Operation
from api.descriptions.schemas import Schema

_CHAPTERS: Final = (
    *(access, searches, mais, agreements, steps, records, people, log, decision_log, reports),
    *(oauth, public, watching, hooks),
)

OPERATIONS: Final[tuple[Operation, ...]] = tuple(
    each for chapter in _CHAPTERS for each in chapter.OPERATIONS
)
SCHEMAS: Final[Mapping[str, Schema]] = {
    name: schema for chapter in _CHAPTERS for name, schema in chapter.SCHEMAS.items()
}


def book(*, needs: Needs, url: str, version: str) -> dict[str, Any]:  # Any: JSON.
    """The OpenAPI document of the whole service."""
    return document(OPERATIONS, SCHEMAS, needs=needs, url=url, version=version)
