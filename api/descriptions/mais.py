"""The social-care door, as it is described."""

import re
from collections.abc import Mapping
from typing import Any, Final

from agreements.vocabulary import Kind, current
from api.descriptions.access_shapes import BASIS, agency, code, codes, line, statement
from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Body, Operation
from api.descriptions.schemas import (
    INSTANT,
    TEXT,
    Schema,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)
from engine.request import MAX_CATEGORIES

_SAID: Final[Schema] = {"type": "string", "minLength": 1, "maxLength": 512}
_MAX_POLICIES: Final = 16
_NAME: Final = line("In one line.", 256)
_CALLED: Final[Schema] = {
    "anyOf": [
        line("Whom it is about."),
        members({}, {"value": or_null(line("Whom it is about."))}),
    ]
}
_WHOM: Final[Schema] = {"anyOf": [*_CALLED["anyOf"], listed(_CALLED), {"type": "null"}]}


def _term(kind: Kind, description: str) -> Schema:
    """A word of the vocabulary, by its code or by its address."""
    address = re.escape(f"{current().namespace}{kind}-")
    return text(description, pattern=f"^({address})?[A-Za-z0-9][A-Za-z0-9._-]{{0,62}}$")


ASKED: Final[Mapping[str, Any]] = {
    "Identifier": {"value": "s47-2026-0042", "System": "https://example.org/requests"},
    "DateStamp": "2026-11-23T16:50:00Z",
    "RequesterIdentifier": {"value": "northshire-council", "system": "agency"},
    "RequestedData": {
        "Query": {"Identifier": [{"value": "Wren Example"}]},
        "dataCategories": ["health-mental"],
    },
    "AssertedPurpose": "child-protection-enquiry",
    "SharingPolicy": [{"Identifier": {"value": "northshire-mash/1.0/4.3"}}],
    "Concordat": {
        "holder": "northshire-nhs-trust",
        "role": "social-worker",
        "about": ["child", "parent"],
        "necessity": "The strategy discussion is at five.",
        "no_consent_reason": "NC-c",
    },
}
"""A request, which the example agreement permits."""

_LOGGED: Final = {
    "Request": members({"Identifier": ref("MaisIdentifier"), "Sha256": TEXT}),
    "SharingPolicy": members({"Identifier": TEXT, "Title": TEXT}),
    "Response": one_of(["PERMIT", "DENY", "REVIEW"]),
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "MaisIdentifier": members(
        {"value": _NAME}, {"system": or_null(_SAID), "System": or_null(_SAID)}
    ),
    "MaisRequest": members(
        {
            "Identifier": ref("MaisIdentifier"),
            "DateStamp": text("When it was written.", format="date-time"),
            "RequesterIdentifier": ref("MaisIdentifier"),
            "RequestedData": members(
                {"Query": members({}, {"Identifier": _WHOM, "identifier": _WHOM})},
                {
                    "dataCategories": listed(
                        _term(Kind.INFORMATION, "By its code or address."),
                        maxItems=MAX_CATEGORIES,
                        uniqueItems=True,
                    )
                },
            ),
            "AssertedPurpose": _term(Kind.PURPOSE, "By its code or address."),
            "SharingPolicy": listed(
                members(
                    {},
                    {
                        "URI": or_null(_SAID),
                        "Identifier": {"anyOf": [ref("MaisIdentifier"), {"type": "null"}]},
                    },
                ),
                minItems=1,
                maxItems=_MAX_POLICIES,
            ),
        },
        {
            "Concordat": members(
                {},
                {
                    "holder": or_null(agency("The other end, if the requester asks.")),
                    "requester": or_null(line("Who asks.", 256)),
                    "role": or_null(code("In which role the person asks.")),
                    "about": codes("About what kinds of person.", 16, 0),
                    "subject_ref": or_null(line("About whom.")),
                    "lawful_basis": or_null(BASIS),
                    "classification": or_null(code("Its marking.")),
                    "handling": or_null(code("How it is to be handled.")),
                    "handling_conditions": or_null(statement("How it will be handled.")),
                    "collected_under": or_null(code("Under which regime it was collected.")),
                    "necessity": or_null(statement("Why it is needed.")),
                    "no_consent_reason": or_null(code("Why there is no consent.")),
                    "public_task_statement": or_null(statement("Which public task it serves.")),
                    "confirms": codes("Facts that are confirmed.", 64, 0),
                },
                closed=True,
            )
        },
        "A `Request` of the Information Governance standard, version 0.1; docs/mais.md.",
    ),
    "MaisResponse": members(
        {
            "Identifier": ref("MaisIdentifier"),
            "DateStamp": INSTANT,
            "Response": one_of(["PERMIT", "DENY", "REVIEW"]),
            "SharingPolicy": listed(members({"Identifier": TEXT, "Title": TEXT})),
            "Reason": {"type": "object"},
            "NextStep": TEXT,
            "Log": members(
                {
                    "Requestor": members({**_LOGGED, "ReceivedFrom": TEXT, "EvaluationId": TEXT}),
                    "Responder": members({**_LOGGED, "Decision": {"type": "object"}}),
                }
            ),
            "Concordat": ref("Decision"),
        }
    ),
}

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/mais/v1/requests",
        name="mais_request",
        tag="Decisions (social care)",
        summary="A MAIS `Request`, answered PERMIT, DENY or REVIEW",
        body=Body(schema=ref("MaisRequest")),
        answers=(Answer(status=200, description="The answer.", schema=ref("MaisResponse")),),
        examples=(
            Example(name="permitted", body=ASKED),
            Example(name="malformed", body={}, status=400),
        ),
    ),
)
