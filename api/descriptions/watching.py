"""What whoever runs the office may ask of the service, as it is described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Operation
from api.descriptions.schemas import TEXT, Schema

SCHEMAS: Final[Mapping[str, Schema]] = {}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/metrics",
        name="metrics",
        tag="Running it",
        summary="What is counted",
        description="In the text format of Prometheus; docs/running.md lists each name. It counts"
        " by agreement, whoever's they are, so it is for the agency whose office this is.",
        answers=(
            Answer(
                status=200,
                description="What is counted since the service started.",
                schema=TEXT,
                media_type="text/plain; version=0.0.4; charset=utf-8",
            ),
        ),
        examples=(Example(name="counts"),),
    ),
)
