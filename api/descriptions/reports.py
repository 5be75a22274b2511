"""Reports, as they are described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.examples import Example
from api.descriptions.lists import AS_OF, LATER
from api.descriptions.operation import Answer, Operation, Parameter
from api.descriptions.schemas import (
    COUNT,
    INSTANT,
    SHA256,
    TEXT,
    UUID,
    Schema,
    listed,
    members,
    or_null,
    ref,
)

_TAG: Final = "Reports, for the office's own"
_ASKED: Final = members(
    {
        "evaluation_id": UUID,
        "answered_at": INSTANT,
        "purpose": TEXT,
        "outcome": TEXT,
        "code": TEXT,
    },
    {"requester": {"type": ["string", "null"], "description": "For the agency that asked alone."}},
)

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Attention": members(
        {
            "what": TEXT,
            "subject": TEXT,
            "said": TEXT,
            "do": TEXT,
            "on": or_null(INSTANT),
            "within_days": COUNT,
        }
    ),
    "ReAsk": members(
        {
            "from": TEXT,
            "to": TEXT,
            "asked_by": TEXT,
            "information": listed(TEXT),
            "first": _ASKED,
            "again": _ASKED,
        }
    ),
}

OPERATIONS: Final = (
    Operation(
        method="GET",
        path="/v1/reports/attention",
        name="attention",
        tag=_TAG,
        summary="What needs attention, the most pressing first",
        parameters=AS_OF,
        answers=(
            Answer(
                status=200,
                description="What needs attention, and by which bundle.",
                schema=members({"attention": listed(ref("Attention")), "bundle": SHA256}),
            ),
        ),
        problems={422: LATER},
        examples=(Example(name="now"),),
    ),
    Operation(
        method="GET",
        path="/v1/reports/re-asks",
        name="re_asks",
        tag=_TAG,
        summary="What was refused and asked again within a day for another purpose",
        description="Of the seven days before `at`, or from `since` on within them; among 2,000 "
        "records at most.",
        parameters=(
            Parameter(
                name="since", place="query", description="Asked again from then on.", schema=INSTANT
            ),
            *AS_OF,
        ),
        answers=(
            Answer(
                status=200,
                description="Each with the refusal before it, newest first.",
                schema=members(
                    {"re_asks": listed(ref("ReAsk")), "since": INSTANT, "until": INSTANT}
                ),
            ),
        ),
        examples=(
            Example(name="of-a-week"),
            Example(name="of-too-long", query={"since": "2020-01-01"}, status=422),
        ),
        problems={
            422: f"{LATER} Or more than seven days are asked for, or more records were made."
        },
    ),
)
