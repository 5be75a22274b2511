"""The draft of an agreement, as it is described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.access_shapes import code
from api.descriptions.agreement_shapes import AGREEMENT, EXAMPLE, FINDINGS, HEX, LINE, TAGGED, YAML
from api.descriptions.examples import Example
from api.descriptions.lists import IDEMPOTENT, TAGS
from api.descriptions.operation import Answer, Body, Operation, Parameter
from api.descriptions.schemas import TEXT, Schema, described, members, or_null, ref, text

_TAG: Final = "Steps of an agreement"
_IF_MATCH: Final = Parameter(
    name="If-Match",
    place="header",
    description="The `ETag` of the draft as `application/yaml` that is changed.",
    schema=TAGS,
)
_AGENCY: Final = text("An agency.", pattern="^[a-z0-9][a-z0-9.-]{0,62}$")
_AGREEMENT: Final[Schema] = {"type": "object", "description": "An agreement, written as YAML."}
_GIVEN: Final = "a draft to change"
_JOINING: Final = {"agency": "northshire-fire", "name": "Northshire Fire", "kind": "fire"}
_ALREADY: Final = {**_JOINING, "agency": "northshire-nhs-trust"}
_OF_NO_KIND: Final = {**_JOINING, "kind": "fire-brigands"}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Drafted": members({**FINDINGS, "state": TEXT, "terms_sha256": HEX}),
    "Joining": members(
        {"agency": _AGENCY, "name": LINE, "kind": code("What body it is.")},
        {"class": or_null(described(_AGENCY, "The class of parties that it joins."))},
        closed=True,
    ),
}

OPERATIONS: Final = (
    Operation(
        method="PUT",
        path="/v1/agreements/{agreement}/versions/draft",
        name="write-draft",
        tag=_TAG,
        summary="Begin a draft, or change it",
        description="Only the agency whose office this is writes drafts here, and only texts that "
        "it is a party to. `If-Match` names what was seen; `If-None-Match: *` begins one.",
        parameters=(
            AGREEMENT,
            _IF_MATCH,
            Parameter(
                name="If-None-Match",
                place="header",
                description="`*`, to begin a draft where there is none.",
                schema={"type": "string", "enum": ["*"]},
            ),
            IDEMPOTENT,
        ),
        body=Body(schema=_AGREEMENT, media_type=YAML, description="docs/agreement-fields.md."),
        answers=(
            Answer(status=200, description="It is changed.", schema=ref("Drafted"), headers=TAGGED),
            Answer(status=201, description="It is begun.", schema=ref("Drafted"), headers=TAGGED),
        ),
        problems={
            409: "The text of a version with that number was fixed otherwise.",
            412: "The draft is not what was seen.",
            428: "What was seen is not said.",
        },
        examples=(
            Example(
                name="another-version",
                given="a draft that was read",
                path=EXAMPLE,
                headers={"If-Match": '"the ETag"'},
                body='concordat: "1"\nid: northshire-mash\nversion: "99.0"\n…',
            ),
            Example(
                name="unseen",
                given="a text that was written",
                path=EXAMPLE,
                body="id: northshire-mash\n…",
                status=428,
            ),
            Example(name="no-text", path=EXAMPLE, body="a text", status=400),
        ),
    ),
    Operation(
        method="POST",
        path="/v1/agreements/{agreement}/accede",
        name="accede",
        tag=_TAG,
        summary="Write a party into the draft, as a version that everybody then signs",
        description="Only in the office of the agency that writes the draft.",
        parameters=(AGREEMENT, _IF_MATCH, IDEMPOTENT),
        body=Body(schema=ref("Joining")),
        answers=(
            Answer(status=200, description="It is done.", schema=ref("Drafted"), headers=TAGGED),
        ),
        problems={
            409: "It is a party already, there is no such class, or the draft cannot be read.",
            412: "The draft is not what was seen.",
            422: "Nobody knows that kind of body.",
        },
        examples=(
            Example(name="of-its-own", given=_GIVEN, path=EXAMPLE, body=_JOINING),
            Example(name="already", given=_GIVEN, path=EXAMPLE, body=_ALREADY, status=409),
            Example(
                name="of-no-kind",
                given=_GIVEN,
                path=EXAMPLE,
                body=_OF_NO_KIND,
                status=422,
            ),
        ),
    ),
)
