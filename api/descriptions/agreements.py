"""Agencies and agreements, as they are described."""

from collections.abc import Mapping
from typing import Final

from api.descriptions.agreement_shapes import (
    AGREEMENT,
    AS_OF,
    EXAMPLE,
    LISTED,
    NEXT,
    SCHEMAS,
    STATE,
    TAG,
    TAGGED,
    UNCHANGED,
    VERSION,
    YAML,
)
from api.descriptions.examples import Example
from api.descriptions.lists import AT, IF_NONE_MATCH, KNOWN_AT, LATER, PAGE
from api.descriptions.operation import JSON, Answer, Operation, Parameter
from api.descriptions.schemas import INSTANT, TEXT, WORD, Schema, listed, members, or_null, ref

__all__ = ["OPERATIONS", "SCHEMAS"]

_PATH: Final = "/v1/agreements/{agreement}"
_VERSION: Final = _PATH + "/versions/{version}"


def _read(
    path: str,
    name: str,
    summary: str,
    schema: Schema,
    *,
    parameters: tuple[Parameter, ...],
    examples: tuple[Example, ...],
    headers: Mapping[str, str] = TAGGED,
    description: str = "",
    problems: Mapping[int, str] = {422: LATER},
) -> Operation:
    """Something that is read, and is not sent again to whoever has it."""
    answer = Answer(status=200, description="What was asked.", schema=schema, headers=headers)
    return Operation(
        method="GET",
        path=path,
        name=name,
        tag=TAG,
        summary=summary,
        description=description,
        parameters=(*parameters, IF_NONE_MATCH),
        answers=(answer, UNCHANGED),
        problems=problems,
        examples=examples,
    )


def _text(
    path: str,
    name: str,
    summary: str,
    *,
    parameters: tuple[Parameter, ...],
    problems: Mapping[int, str],
    examples: tuple[Example, ...],
) -> Operation:
    """A text, in either of its forms."""
    headers = {**TAGGED, "Vary": "`Accept`."}
    return Operation(
        method="GET",
        path=path,
        name=name,
        tag=TAG,
        summary=summary,
        description="In the canonical form, whose SHA-256 is signed; or, with `Accept: "
        "application/yaml`, in its author's own words.",
        parameters=(*parameters, IF_NONE_MATCH),
        answers=(
            Answer(
                status=200,
                description="The text.",
                schema={"type": "object"},
                media_type=JSON,
                headers=headers,
            ),
            Answer(
                status=200, description="The text.", schema=TEXT, media_type=YAML, headers=headers
            ),
            UNCHANGED,
        ),
        problems={
            406: "It is not to be had in that form.",
            409: "The draft cannot be read.",
            **problems,
        },
        examples=examples,
    )


OPERATIONS: Final = (
    _read(
        "/v1/agencies",
        "agencies",
        "The agencies of the list, and of one's own agreements",
        members({"agencies": listed(ref("Agency")), **AS_OF, "next": NEXT}),
        parameters=(AT, KNOWN_AT, *PAGE),
        headers=LISTED,
        examples=(Example(name="two", query={"limit": "2"}),),
    ),
    _read(
        "/v1/agencies/{agency}",
        "agency",
        "One agency",
        ref("AgencyThen"),
        parameters=(
            Parameter(name="agency", place="path", description="The agency's id."),
            AT,
            KNOWN_AT,
        ),
        examples=(
            Example(name="the-trust", path={"agency": "northshire-nhs-trust"}),
            Example(name="of-nobody", path={"agency": "nobody"}, status=404),
        ),
    ),
    _read(
        "/v1/agreements",
        "agreements",
        "The agreements that the caller's agency is a party to",
        members(
            {
                "agreements": listed(
                    members(
                        {
                            "id": TEXT,
                            "versions": listed(
                                members(
                                    {
                                        "version": TEXT,
                                        "state": STATE,
                                        "title": TEXT,
                                        "parties": listed(TEXT),
                                        "in_force_from": or_null(INSTANT),
                                        "review_due": or_null(INSTANT),
                                    }
                                )
                            ),
                        }
                    )
                ),
                **AS_OF,
                "next": NEXT,
            }
        ),
        parameters=(
            Parameter(
                name="party",
                place="query",
                description="Only versions with this agency as well.",
                schema=WORD,
            ),
            Parameter(name="state", place="query", description="Only such versions.", schema=STATE),
            AT,
            KNOWN_AT,
            *PAGE,
        ),
        headers=LISTED,
        examples=(
            Example(name="in-force", query={"state": "in_force"}),
            Example(name="of-no-such-state", query={"state": "open"}, status=400),
        ),
    ),
    _read(
        _PATH,
        "agreement",
        "Where each version of an agreement stands",
        members({"id": TEXT, "versions": listed(ref("Stand")), **AS_OF}),
        parameters=(AGREEMENT, AT, KNOWN_AT),
        problems={409: "Its text cannot be read.", 422: LATER},
        examples=(
            Example(name="in-force", path=EXAMPLE),
            Example(name="of-others", path={"agreement": "of-others"}, status=404),
        ),
    ),
    _read(
        _PATH + "/diff",
        "diff",
        "What a version changes, by meaning: what is signed with the text",
        ref("Change"),
        description="With neither `from` nor `to`: what whoever signs now would sign. With `to` "
        "alone: against the version in force. With both, `at` and `known_at` are not asked.",
        parameters=(
            AGREEMENT,
            Parameter(
                name="from",
                place="query",
                description="The version that is replaced; with `to` alone.",
                schema=WORD,
            ),
            Parameter(
                name="to",
                place="query",
                description="The version that replaces it.",
                schema=WORD,
            ),
            AT,
            KNOWN_AT,
        ),
        problems={
            409: "A text cannot be compared.",
            422: f"{LATER} Or `from` is named without `to`, or an instant beside both.",
        },
        examples=(
            Example(name="of-the-version-in-force", path=EXAMPLE, query={"to": "in-force"}),
            Example(name="of-no-such-version", path=EXAMPLE, query={"to": "99.0"}, status=404),
        ),
    ),
    _text(
        _VERSION,
        "version",
        "The text of a version",
        parameters=(AGREEMENT, VERSION, AT, KNOWN_AT),
        problems={422: LATER},
        examples=(
            Example(name="in-force", path={**EXAMPLE, "version": "in-force"}),
            Example(name="of-no-such-version", path={**EXAMPLE, "version": "99"}, status=404),
        ),
    ),
    _text(
        _PATH + "/versions/draft",
        "draft",
        "The text of the draft, for the agency whose office this is",
        parameters=(AGREEMENT,),
        problems={},
        examples=(
            Example(name="as-it-is", given="a draft to change", path=EXAMPLE),
            Example(name="of-others", path={"agreement": "of-others"}, status=404),
        ),
    ),
    _read(
        _VERSION + "/english",
        "english",
        "What each clause means, read from what the engine enforces",
        members(
            {
                "id": TEXT,
                "version": TEXT,
                "title": TEXT,
                "clauses": listed(members({"id": TEXT, "title": TEXT, "english": TEXT})),
                **AS_OF,
            }
        ),
        parameters=(AGREEMENT, VERSION, AT, KNOWN_AT),
        problems={409: "A text cannot be compiled, or read.", 422: LATER},
        examples=(Example(name="in-force", path={**EXAMPLE, "version": "in-force"}),),
    ),
    _read(
        _VERSION + "/findings",
        "findings",
        "All there is to know about a text before it is signed, as of a day",
        ref("Findings"),
        parameters=(AGREEMENT, VERSION, AT),
        problems={409: "The draft cannot be read."},
        examples=(Example(name="in-force", path={**EXAMPLE, "version": "in-force"}),),
    ),
)
