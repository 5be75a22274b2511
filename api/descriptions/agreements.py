"""Agencies and agreements, as they are described."""

from collections.abc import Mapping
from typing import Final

from agreements.lifecycle import Act, State
from api.descriptions.examples import Example
from api.descriptions.operation import JSON, Answer, Operation, Parameter
from api.descriptions.schemas import (
    ANYTHING,
    COUNT,
    FLAG,
    INSTANT,
    SHA256,
    TEXT,
    Schema,
    by_name,
    described,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)

TAG: Final = "Agreements"
YAML: Final = "application/yaml"
HEX: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
EXAMPLE: Final = {"agreement": "northshire-mash"}
LATER: Final = "It is asked by what will be known at an instant that is still to come."

AGREEMENT: Final = Parameter(name="agreement", place="path", description="The agreement's id.")
VERSION: Final = Parameter(
    name="version",
    place="path",
    description="A version's number; `in-force` for the one that decides, or `draft`.",
)
AT: Final = Parameter(
    name="at", place="query", description="As of this instant, else now.", schema=INSTANT
)
KNOWN_AT: Final = Parameter(
    name="known_at",
    place="query",
    description="By what was on record at this instant, else by everything.",
    schema=INSTANT,
)
SEEN: Final = Parameter(
    name="If-None-Match",
    place="header",
    description="The `ETag` of what the caller has; 304 if it is still that.",
)
PAGE: Final = (
    Parameter(
        name="limit",
        place="query",
        description="How much may stand on a page, 50 if it is left out.",
        schema={"type": "integer", "minimum": 1, "maximum": 200},
    ),
    Parameter(name="after", place="query", description="Where the page before ended: see `next`."),
)
TAGGED: Final = {"ETag": "Names this very state."}
UNCHANGED: Final = Answer(
    status=304, description="It is what the caller has already.", headers=TAGGED
)
_LISTED: Final = {**TAGGED, "Link": "The next page, if there is one (RFC 8288)."}

STATE: Final = one_of([each.value for each in State], "docs/lifecycle.md says what it means.")
SEATS: Final = listed(members({"party": TEXT, "role": TEXT}), "Who has still to sign.")
AS_OF: Final[Mapping[str, Schema]] = {
    "as_of": or_null(INSTANT),
    "known_at": or_null(INSTANT),
    "bundle": described(SHA256, "What decided then."),
}
_NEXT: Final = or_null(text("Where the next page is; null on the last."))
_CLAIM: Final = members({"is": FLAG, "by": text("What says so.")})

_SIGNED: Final = members(
    {"party": TEXT, "role": TEXT, "deputy": or_null(TEXT), "at": INSTANT, "change_sha256": HEX}
)
_ACTED: Final = members(
    {
        "act": one_of([each.value for each in Act]),
        "party": TEXT,
        "role": TEXT,
        "from": INSTANT,
        "at": INSTANT,
        "said": or_null(TEXT),
    }
)
_LISTS: Final = (
    *("newly_permitted", "no_longer_permitted"),
    *("newly_referred", "no_longer_referred"),
)
_ROWS: Final = listed(by_name(ANYTHING), "Rows of what is limited how: docs/compare.md.")

_AGENCY: Final[Mapping[str, Schema]] = {
    "id": TEXT,
    "name": TEXT,
    "kind": TEXT,
    "known_from": listed(TEXT, "The list of agencies, or agreements of the caller's own."),
    "bound_by": listed(TEXT, "Agreements of the caller's own that bind it."),
    "exists": FLAG,
    "public_authority": _CLAIM,
    "competent_authority": _CLAIM,
    "jurisdiction": listed(TEXT),
    "predecessors": listed(
        members({"body": TEXT, "on": or_null(INSTANT), "evidence": or_null(TEXT)})
    ),
    "ended": or_null(INSTANT),
}

FINDINGS: Final[Mapping[str, Schema]] = {
    "id": TEXT,
    "version": TEXT,
    "faults": described(COUNT, "How many would keep it from being proposed."),
    "findings": listed(
        members(
            {
                "severity": one_of(["E", "W"]),
                "rule": TEXT,
                "line": COUNT,
                "column": COUNT,
                "path": listed(ANYTHING),
                "message": TEXT,
                "citation": TEXT,
                "sure": TEXT,
                "mend": TEXT,
            }
        )
    ),
}

SCHEMAS: Final[Mapping[str, Schema]] = {
    "Agency": members(_AGENCY),
    "AgencyThen": members({**_AGENCY, **AS_OF}),
    "Stand": members(
        {
            "id": TEXT,
            "version": TEXT,
            "state": STATE,
            "terms_sha256": or_null(HEX),
            "signed": listed(_SIGNED),
            "missing": SEATS,
            "faults": by_name(TEXT, "Signatures that do not count, and why."),
            "not_taken": or_null(TEXT),
            "acts": listed(_ACTED),
            "to_come": listed(TEXT),
            "possible": listed(TEXT, "What can be done to it now."),
        },
        description="Where a version stands.",
    ),
    "Change": members(
        {
            "v": COUNT,
            "law_sha256": HEX,
            "old": or_null(members({"id": TEXT, "version": TEXT, "terms_sha256": HEX})),
            "new": members({"id": TEXT, "version": TEXT, "terms_sha256": HEX}),
            **dict.fromkeys(
                (
                    *("newly_permitted", "no_longer_permitted"),
                    *("newly_referred", "no_longer_referred"),
                ),
                _ROWS,
            ),
            **{name: listed(TEXT) for name in ("wording", "deciding", "other")},
            "change_sha256": described(HEX, "Of this document without what follows it: signed."),
        },
        AS_OF,
    ),
    "Findings": members({**FINDINGS, **AS_OF}),
}

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
        parameters=(*parameters, SEEN),
        answers=(answer, UNCHANGED),
        problems=problems,
        examples=examples,
    )


OPERATIONS: Final = (
    _read(
        "/v1/agencies",
        "agencies",
        "The agencies of the list, and of one's own agreements",
        members({"agencies": listed(ref("Agency")), **AS_OF, "next": _NEXT}),
        parameters=(AT, KNOWN_AT, *PAGE),
        headers=_LISTED,
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
                "next": _NEXT,
            }
        ),
        parameters=(
            Parameter(
                name="party", place="query", description="Only versions with this agency as well."
            ),
            Parameter(name="state", place="query", description="Only such versions.", schema=STATE),
            AT,
            KNOWN_AT,
            *PAGE,
        ),
        headers=_LISTED,
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
            Parameter(name="from", place="query", description="The version that is replaced."),
            Parameter(name="to", place="query", description="The version that replaces it."),
            AT,
            KNOWN_AT,
        ),
        problems={409: "A text cannot be compared.", 422: LATER},
        examples=(
            Example(name="of-the-version-in-force", path=EXAMPLE, query={"to": "in-force"}),
            Example(name="of-no-such-version", path=EXAMPLE, query={"to": "99.0"}, status=404),
        ),
    ),
    Operation(
        method="GET",
        path=_VERSION,
        name="version",
        tag=TAG,
        summary="The text of a version",
        description="In the canonical form, whose SHA-256 is signed; or, with `Accept: "
        "application/yaml`, in its author's own words.",
        parameters=(AGREEMENT, VERSION, AT, KNOWN_AT, SEEN),
        answers=(
            Answer(
                status=200,
                description="The text.",
                schema={"type": "object"},
                media_type=JSON,
                headers={**TAGGED, "Vary": "`Accept`."},
            ),
            Answer(status=200, description="The text.", schema=TEXT, media_type=YAML),
            UNCHANGED,
        ),
        problems={
            406: "It is not to be had in that form.",
            409: "The draft cannot be read.",
            422: LATER,
        },
        examples=(
            Example(name="in-force", path={**EXAMPLE, "version": "in-force"}),
            Example(name="of-no-such-version", path={**EXAMPLE, "version": "99"}, status=404),
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
