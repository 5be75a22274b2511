"""What the answer to an AuthZEN question is made of."""

from typing import Final

from api.descriptions.schemas import (
    COUNT,
    INSTANT,
    JWS,
    SHA256,
    TEXT,
    UUID,
    by_name,
    described,
    listed,
    members,
    one_of,
    text,
)
from engine.decide import Code, Outcome
from engine.guard import Answer, GuardKind

_OBLIGATION: Final = members(
    {
        "id": TEXT,
        "type": text("What must be done."),
        "properties": by_name(TEXT, "By when, and what else is said of it."),
    },
    description="AuthZEN Obligations profile, draft 1.",
)
_REASON_USER: Final = members(
    {
        "outcome": one_of([each.value for each in Outcome]),
        "code": one_of([each.value for each in Code]),
        "meaning": TEXT,
        "missing": listed(TEXT, "What is missing, in kind."),
        "next_step": TEXT,
        "emergency": {"type": ["string", "null"]},
        "page": text("Where the documentation says more."),
    }
)
_NEAREST: Final = members(
    {
        "policy": TEXT,
        "agreement": TEXT,
        "version": TEXT,
        "state": TEXT,
        "effect": TEXT,
        "title": TEXT,
        "wants": listed(listed(TEXT)),
        "english": TEXT,
    }
)
_REASON_ADMIN: Final = members(
    {
        "category": TEXT,
        "nearest": listed(_NEAREST),
        "law": listed(listed(TEXT)),
        "english": listed(TEXT),
    }
)
_GUARD: Final = members(
    {
        "agency": TEXT,
        "kind": one_of([each.value for each in GuardKind]),
        "answer": one_of([each.value for each in Answer]),
    },
    {"reason": TEXT, "decision_id": TEXT, "revision": TEXT},
)
ANSWERED: Final = members(
    {
        "outcome": one_of([each.value for each in Outcome]),
        "code": one_of([each.value for each in Code], "docs/outcome-codes.md explains each."),
        "evaluation_id": described(UUID, "The record's number."),
        "evaluated_at": INSTANT,
        "reason_user": _REASON_USER,
        "next_step": TEXT,
        "obligations": listed(_OBLIGATION),
        "information": members(
            {name: listed(TEXT) for name in ("permitted", "referred", "refused")}
        ),
        "refer_to": listed(members({"role": TEXT}, {"contact": TEXT}), "Whom to ask."),
        "record": described(JWS, "The signed record, durable before it was sent."),
        "disclosures": listed(TEXT, "Its hidden claims."),
        "index": described(COUNT, "Its place in the log."),
        "bundle": described(SHA256, "What decided."),
        "use_by": described(INSTANT, "Until when the answer may be relied on."),
    },
    {
        "guards": listed(_GUARD),
        "ignored": listed(TEXT, "Members that were not read."),
        "reason_admin": listed(_REASON_ADMIN, "For a token with scope `audit` or `admin`."),
    },
)
UNANSWERED: Final = members(
    {
        "error": members(
            {"status": {"type": "integer"}, "code": TEXT, "message": TEXT}, {"hint": TEXT}
        )
    },
    description="Of one of several questions: why it got no answer.",
)
