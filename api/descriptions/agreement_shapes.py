"""What is told of agencies and agreements, and by what it is asked."""

from collections.abc import Mapping
from typing import Final

from agreements.lifecycle import Act, State
from api.descriptions.lists import LINK
from api.descriptions.operation import Answer, Parameter
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
    text,
)

TAG: Final = "Agreements"
YAML: Final = "application/yaml"
HEX: Final[Schema] = {"type": "string", "pattern": "^[0-9a-f]{64}$"}
EXAMPLE: Final = {"agreement": "northshire-mash"}
LINE: Final[Schema] = {
    "type": "string",
    "minLength": 1,
    "maxLength": 1_000,
    "pattern": r"^[^\x00-\x1f\x7f\u0085\u2028\u2029]+$",
}

AGREEMENT: Final = Parameter(name="agreement", place="path", description="The agreement's id.")
VERSION: Final = Parameter(
    name="version",
    place="path",
    description="A version's number; `in-force` for the one that decides, or `draft`.",
)
TAGGED: Final = {"ETag": "Names this very state."}
UNCHANGED: Final = Answer(
    status=304, description="It is what the caller has already.", headers=TAGGED
)
LISTED: Final = {**TAGGED, **LINK}

STATE: Final = one_of([each.value for each in State], "docs/lifecycle.md says what it means.")
SEATS: Final = listed(members({"party": TEXT, "role": TEXT}), "Who has still to sign.")
AS_OF: Final[Mapping[str, Schema]] = {
    "as_of": or_null(INSTANT),
    "known_at": or_null(INSTANT),
    "bundle": described(SHA256, "What decided then."),
}
NEXT: Final = or_null(text("Where the next page is; null on the last."))
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
