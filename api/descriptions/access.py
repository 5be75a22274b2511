"""The AuthZEN evaluations, as they are described."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions.access_shapes import SHAPES
from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Body, Operation
from api.descriptions.schemas import Schema, ref

TAG: Final = "Decisions (AuthZEN 1.0)"
"""The chapter."""

SCHEMAS: Final[Mapping[str, Schema]] = SHAPES

ASKED: Final[Mapping[str, Any]] = {
    "subject": {
        "type": "practitioner",
        "id": "ncc:officer-17",
        "properties": {"agency": "northshire-council", "role": "social-worker"},
    },
    "action": {"name": "disclose"},
    "resource": {
        "type": "information",
        "id": "NC-EXAMPLE-0001",
        "properties": {
            "holder": "northshire-nhs-trust",
            "categories": ["health-mental"],
            "about": ["child", "parent"],
            "subject_ref": "Wren Example",
        },
    },
    "context": {
        "purpose": "child-protection-enquiry",
        "lawful_basis": {
            "article6": "6-1-e",
            "article9": "9-2-g",
            "schedule1": "18",
            "gateway": "CA89-47",
        },
        "necessity": "The strategy discussion is at five.",
        "no_consent_reason": "NC-c",
    },
}
"""A question, which the example agreement permits."""

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/access/v1/evaluation",
        name="evaluation",
        tag=TAG,
        summary="May this be disclosed?",
        description="Share at `decision: true` and at nothing else. A denial is an answer: 200.",
        body=Body(schema=ref("Evaluation")),
        answers=(Answer(status=200, description="The answer.", schema=ref("Decision")),),
        examples=(
            Example(name="permitted", body=ASKED),
            Example(name="malformed", body={"subject": {}}, status=400),
        ),
    ),
    Operation(
        method="POST",
        path="/access/v1/evaluations",
        name="evaluations",
        tag=TAG,
        summary="Several such questions",
        description="All answers come from one bundle. What cannot be answered is "
        "`decision: false` with `context.error`.",
        body=Body(schema=ref("Evaluations")),
        answers=(
            Answer(
                status=200,
                description="The answers, in order; one alone if no `evaluations` were sent.",
                schema={"anyOf": [ref("Decisions"), ref("Decision")]},
            ),
        ),
        examples=(
            Example(name="two", body={**ASKED, "evaluations": [{}, {}]}),
            Example(name="malformed", body={"evaluations": 7}, status=400),
        ),
    ),
)
