"""The AuthZEN searches, as they are described."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions.access import ASKED, TAG
from api.descriptions.access_shapes import (
    NAME,
    RESOURCE_PROPERTIES,
    SUBJECT_PROPERTIES,
    question_context,
    question_resource,
    question_subject,
)
from api.descriptions.examples import Example
from api.descriptions.operation import Answer, Body, Operation
from api.descriptions.schemas import (
    COUNT,
    FLAG,
    INSTANT,
    SHA256,
    TEXT,
    Schema,
    listed,
    members,
    one_of,
    ref,
    text,
)

_ACTIONS: Final = ["disclose", "refer"]
_PAGE: Final = members(
    {},
    {
        "limit": {
            "type": "integer",
            "minimum": 0,
            "description": "How many results at most; 50 if it is not said, 100 at the most.",
        },
        "token": text("The `next_token` of the page before.", pattern="^[A-Za-z0-9_-]{40}$"),
        "properties": {},
    },
    "Which page. Beside the token, the request is the same for each.",
)
_TYPE: Final = text("What is sought; of any other type nothing is found.", **NAME)


def _search(entities: Mapping[str, Schema], description: str) -> Schema:
    return members({**entities, "context": question_context()}, {"page": _PAGE}, description)


def _answer(result: Schema) -> Schema:
    return members(
        {
            "page": members(
                {
                    "next_token": text("Asks for the next page; empty if this is the last."),
                    "count": COUNT,
                },
                {"total": COUNT},
            ),
            "context": members(
                {
                    "evaluated_at": INSTANT,
                    "bundle": SHA256,
                    "recorded": {**FLAG, "const": False},
                    "guards": one_of(["not_asked"]),
                },
                {
                    "ignored": listed(TEXT, "Members that were not read."),
                    "unknown": listed(TEXT, "Words that nobody knows."),
                },
                "By what it was decided. Nothing was recorded, so ask before you share.",
            ),
            "results": listed(result),
        }
    )


_ACTION: Final = members({"name": one_of(_ACTIONS)}, {"properties": {"type": "object"}})
_ROLE: Final = members(
    {
        "type": one_of(["practitioner"]),
        "id": text("Agency and role, with a stroke between."),
        "properties": members({name: SUBJECT_PROPERTIES[name] for name in ("agency", "role")}),
    },
    description="A role in an agency; it can be put into an evaluation as it is.",
)
_INFORMATION: Final = members(
    {
        "type": one_of(["information"]),
        "id": text("Holder and category, with a stroke between."),
        "properties": members(
            {name: RESOURCE_PROPERTIES[name] for name in ("holder", "categories", "about")},
            {
                name: schema
                for name, schema in RESOURCE_PROPERTIES.items()
                if name not in ("holder", "categories", "about")
            },
        ),
    },
    description="Information of a holder; it can be put into an evaluation as it is.",
)

SCHEMAS: Final[Mapping[str, Schema]] = {
    "SubjectSearch": _search(
        {
            "subject": members(
                {"type": _TYPE},
                {"id": {}, "properties": members({}, SUBJECT_PROPERTIES)},
                "Whose roles are sought: of one agency, one role, or any the client may assert.",
            ),
            "action": _ACTION,
            "resource": question_resource(),
        },
        "To whom, in which roles, could this be given?",
    ),
    "ResourceSearch": _search(
        {
            "subject": question_subject(),
            "action": _ACTION,
            "resource": members(
                {
                    "type": _TYPE,
                    "properties": members(
                        {"about": RESOURCE_PROPERTIES["about"]},
                        {
                            name: schema
                            for name, schema in RESOURCE_PROPERTIES.items()
                            if name != "about"
                        },
                    ),
                },
                {"id": {}},
                "What is sought: of one holder, among some categories, or any.",
            ),
        },
        "Which information could be given to this subject?",
    ),
    "ActionSearch": _search(
        {"subject": question_subject(), "resource": question_resource()},
        "What can be done: `disclose`, `refer` to a person, or nothing?",
    ),
    "FoundSubjects": _answer(_ROLE),
    "FoundResources": _answer(_INFORMATION),
    "FoundActions": _answer(members({"name": one_of(_ACTIONS)})),
}

_TOLD: Final = {
    "evaluated_at": "2026-11-23T16:50:00Z",
    "bundle": "sha256:" + "0" * 64,
    "recorded": False,
    "guards": "not_asked",
}
_ONE_END: Final = {"holder": "northshire-nhs-trust", "about": ["child", "parent"]}


def _found(*results: Mapping[str, Any], total: int) -> dict[str, Any]:
    page = {"next_token": "", "count": len(results), "total": total}
    return {"page": page, "context": _TOLD, "results": list(results)}


def _role(role: str) -> dict[str, Any]:
    properties = {"agency": "northshire-council", "role": role}
    return {"type": "practitioner", "id": f"northshire-council/{role}", "properties": properties}


def _category(category: str) -> dict[str, Any]:
    properties = {**_ONE_END, "categories": [category]}
    return {
        "type": "information",
        "id": f"northshire-nhs-trust/{category}",
        "properties": properties,
    }


_CATEGORIES: Final = ("health-physical", "health-mental", "disability", "substance-use")
_MALFORMED: Final = Example(name="malformed", body={"subject": {}}, status=400)

OPERATIONS: Final = (
    Operation(
        method="POST",
        path="/access/v1/search/subject",
        name="search_subject",
        tag=TAG,
        summary="To whom, in which roles, could this be given?",
        description="Roles that the client may assert, in agencies that have an agreement with "
        "its own. Nothing is recorded and no guard is asked.",
        body=Body(schema=ref("SubjectSearch")),
        answers=(Answer(status=200, description="What was found.", schema=ref("FoundSubjects")),),
        examples=(
            Example(
                name="roles",
                body={**ASKED, "subject": {"type": "practitioner"}},
                answer=_found(_role("mash-manager"), _role("social-worker"), total=2),
            ),
            _MALFORMED,
        ),
    ),
    Operation(
        method="POST",
        path="/access/v1/search/resource",
        name="search_resource",
        tag=TAG,
        summary="Which information could this subject be given?",
        description="Categories one by one: of the holder that is named, or of every agency that "
        "has an agreement with the client's. Nothing is recorded and no guard is asked.",
        body=Body(schema=ref("ResourceSearch")),
        answers=(Answer(status=200, description="What was found.", schema=ref("FoundResources")),),
        examples=(
            Example(
                name="categories",
                body={**ASKED, "resource": {"type": "information", "properties": _ONE_END}},
                answer=_found(*map(_category, _CATEGORIES), total=4),
            ),
            _MALFORMED,
        ),
    ),
    Operation(
        method="POST",
        path="/access/v1/search/action",
        name="search_action",
        tag=TAG,
        summary="Could this be disclosed, or referred to a person?",
        description="Nothing is recorded and no guard is asked.",
        body=Body(schema=ref("ActionSearch")),
        answers=(Answer(status=200, description="What was found.", schema=ref("FoundActions")),),
        examples=(
            Example(
                name="disclose",
                body={name: ASKED[name] for name in ("subject", "resource", "context")},
                answer=_found({"name": "disclose"}, total=1),
            ),
            _MALFORMED,
        ),
    ),
)
