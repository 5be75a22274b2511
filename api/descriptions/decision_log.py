"""The log of decisions, as it is described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.lists import AS_OF, LATER
from api.descriptions.operation import Answer, Operation, Parameter
from api.descriptions.schemas import ANYTHING, INSTANT, Schema, members, one_of, ref, text

SCHEMAS: Final[Mapping[str, Schema]] = {
    "LoggedDecision": members(
        {
            "trace_id": text("Of the request, or of the record.", pattern="^[0-9a-f]{32}$"),
            "span_id": text("Of the decision.", pattern="^[0-9a-f]{16}$"),
            "event_name": one_of(["adl.access_evaluation"]),
            "timestamp": {"type": "integer", "description": "In milliseconds since 1970."},
            "status": one_of(["Unset", "Error"]),
            "resource": ANYTHING,
            "attributes": ANYTHING,
            "body": ANYTHING,
        },
        {"parent_span_id": text("Of the request.", pattern="^[0-9a-f]{16}$")},
        description="docs/decision-log.md says what stands where.",
    )
}


def _asked(name: str, said: str, schema: Schema) -> Parameter:
    return Parameter(name=name, place="query", description=said, schema=schema)


OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/decision-log",
        name="decision_log",
        tag="The log, for auditors",
        summary="Decisions for a log of authorisation decisions: a line of JSON each, oldest first",
        description="Without persons. The header `Link` says where to go on.",
        parameters=(
            _asked("level", "How much of each.", {"type": "integer", "minimum": 1, "maximum": 4}),
            _asked(
                "from",
                "At which place of the log to begin.",
                {"type": "integer", "minimum": 0, "maximum": 2**53 - 1},
            ),
            _asked(
                "limit",
                "How many places of the log are looked at; 1000 unless said.",
                {"type": "integer", "minimum": 1, "maximum": 10_000},
            ),
            _asked("since", "Decided at or after.", INSTANT),
            _asked("until", "Decided before.", INSTANT),
            *AS_OF,
        ),
        answers=(
            Answer(
                status=200,
                description="Lines, as they are read from the log.",
                schema=ref("LoggedDecision"),
                media_type="application/jsonl",
                headers={"Link": "Where to go on, if the log goes on (RFC 8288)."},
            ),
        ),
        problems={422: LATER},
        examples=(
            Example(name="questions-and-answers", given="a decision", query={"level": "1"}),
            Example(name="no-level", query={"level": "5"}, status=400),
        ),
    ),
)
