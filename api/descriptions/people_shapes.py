"""What consents, referrals and emergencies are made of."""

from collections.abc import Mapping
from typing import Any, Final

from api.descriptions.access_shapes import code, codes, line
from api.descriptions.schemas import (
    COUNT,
    FLAG,
    INSTANT,
    TEXT,
    UUID,
    Schema,
    listed,
    members,
    one_of,
    or_null,
    ref,
    text,
)
from engine.consent import ConsentKind, ConsentState
from engine.consent_terms import Capacity, CapacityBasis, Expressed

_WORDS: Final[Mapping[str, Any]] = {
    "minLength": 1,
    "maxLength": 4_000,
    "pattern": r"^[^\x00-\x08\x0b-\x1f\x7f]+$",
}
_PERSON: Final = text(
    "Whom it is about, as questions call them; only a pseudonym is kept.",
    minLength=1,
    maxLength=1024,
    pattern=r"^[^\x00-\x1f\x7f]*[^\x00-\x20\x7f][^\x00-\x1f\x7f]*$",
)
_LINE: Final = line("In one line.")
_OR_NULL: Final = or_null(TEXT)
_AGENCY: Final = text("An agency.", pattern="^[a-z0-9][a-z0-9.-]{0,62}$")
_AGENCIES: Final = listed(_AGENCY, minItems=1, maxItems=64, uniqueItems=True)
_LASTS: Final = text("Such as `P6Y`.", pattern=r"^P([1-9][0-9]{0,3}[YMD]|T[1-9][0-9]{0,3}[HM])$")
_SHA256: Final = text("Of the very words.", pattern="^[0-9a-f]{64}$")

_GIVEN_BY: Final = members(
    {"expressed": one_of(sorted(Expressed))},
    {
        "capacity": one_of(sorted(Capacity)),
        "evidence": or_null(_LINE),
        "capacity_basis": one_of(sorted(CapacityBasis)),
        "assessed_by": or_null(_LINE),
        "assessed_on": or_null(INSTANT),
        "witness": or_null(_LINE),
        "support": or_null(_LINE),
    },
    "Who said it, and what shows that they could.",
    closed=True,
)
_PARTY: Final = members(
    {
        "id": _AGENCY,
        **dict.fromkeys(("name", "address", "contact"), _LINE),
        "type": code("What kind of body."),
    },
    closed=True,
)

SHAPES: Final[Mapping[str, Schema]] = {
    "ConsentForm": members(
        {
            "kind": one_of(sorted(ConsentKind)),
            "controllers": _AGENCIES,
            "recipients": _AGENCIES,
            "information": codes("Single categories.", 64),
            "purposes": codes("What for.", 64),
            "given_by": _GIVEN_BY,
            **dict.fromkeys(("notice", "jurisdiction", "storage", "withdrawal_method"), _LINE),
            "retention": _LASTS,
            "told_can_refuse": FLAG,
        },
        {
            "lawful_basis": codes("The bases that are consent.", 8, 0),
            "explicit": FLAG,
            "lifts_confidence": FLAG,
            "expires": or_null(INSTANT),
            "said_at": or_null(INSTANT),
            "wording_sha256": or_null(_SHA256),
            "language": code("Of the notice."),
            "parties": listed(_PARTY, maxItems=128),
            "override": {
                "anyOf": [
                    members(dict.fromkeys(("basis", "reason", "decided_by"), _LINE), closed=True),
                    {"type": "null"},
                ]
            },
        },
        "What somebody was asked to consent to, and how (docs/consent.md).",
        closed=True,
    ),
    "ConsentGiven": members(
        {
            "person": _PERSON,
            "state": one_of(["requested", "given", "refused"]),
            "form": ref("ConsentForm"),
        },
        {"consent": or_null(text("The request that is answered.", minLength=1, maxLength=64))},
        closed=True,
    ),
    "ConsentWithdrawn": members(
        {"person": _PERSON},
        {"capacity": one_of(sorted(Capacity)), "reason": or_null(_LINE)},
        closed=True,
    ),
    "ConsentRenewed": members({"person": _PERSON, "expires": INSTANT}, closed=True),
    "ConsentsOf": members({"person": _PERSON}, closed=True),
    "Consent": members(
        {
            "consent": UUID,
            "person": text("A pseudonym.", pattern="^[0-9a-f]{64}$"),
            "kind": one_of(sorted(ConsentKind)),
            "state": one_of(sorted(ConsentState)),
            **dict.fromkeys(("controllers", "recipients"), listed(_AGENCY)),
            **dict.fromkeys(("information", "purposes"), listed(TEXT)),
            "expires": or_null(INSTANT),
            "recorded_at": INSTANT,
            "record": text("Its newest record."),
            "index": COUNT,
        }
    ),
    "Receipt": {"type": "object", "description": "docs/consent-receipt.schema.json."},
    "Referral": members(
        {
            "evaluation_id": UUID,
            "index": COUNT,
            "referred_at": INSTANT,
            **dict.fromkeys(("from", "to"), _AGENCY),
            "purpose": TEXT,
            **dict.fromkeys(("about", "permitted", "referred"), listed(TEXT)),
            "refer_to": listed(members({"role": TEXT, "contact": _OR_NULL})),
            "state": one_of(["open", "closed"]),
            "closing": {"anyOf": [ref("Closing"), {"type": "null"}]},
        }
    ),
    "ReferralClosed": members(
        {
            "outcome": one_of(["deny", "permit"]),
            "reason": text("Why; kept hidden.", **_WORDS),
            "role": line("The office held by whoever decides, as `refer_to` names it."),
            "by": line("Who decides; kept hidden."),
        },
        {"categories": listed(code("One that was referred."), maxItems=256)},
        closed=True,
    ),
    "Closing": members(
        {
            "record": UUID,
            "index": COUNT,
            "closed_at": INSTANT,
            "outcome": one_of(["deny", "permit"]),
            **dict.fromkeys(("permitted", "refused"), listed(TEXT)),
            "role": TEXT,
            **dict.fromkeys(("by", "reason", "recorded_by"), _OR_NULL),
        },
        {"of": UUID},
        "`by` and `reason` are for the agency that had it recorded.",
    ),
    "EmergencyShared": members(
        {
            **dict.fromkeys(("from", "to"), _AGENCY),
            "information": codes("What information.", 64),
            "about": codes("About what kinds of person.", 64),
            **dict.fromkeys(("shared", "why"), text("In words; kept hidden.", **_WORDS)),
            "shared_with": line("Who received it; kept hidden."),
            "role": code("In which role it was shared."),
        },
        {
            "at": or_null(INSTANT),
            **dict.fromkeys(("by", "subject", "case_reference"), or_null(_LINE)),
        },
        closed=True,
    ),
    "Emergency": members(
        {
            "record": UUID,
            "index": COUNT,
            **dict.fromkeys(("recorded_at", "shared_at"), INSTANT),
            **dict.fromkeys(("from", "to"), _AGENCY),
            **dict.fromkeys(("information", "about"), listed(TEXT)),
            "role": TEXT,
            **dict.fromkeys(
                ("shared", "shared_with", "why", "by", "subject", "case_reference", "recorded_by"),
                _OR_NULL,
            ),
            "review": {"anyOf": [ref("Review"), {"type": "null"}]},
        },
        description="Persons and free words are for the agency that had it recorded.",
    ),
    "EmergencyReviewed": members(
        {
            "finding": text("What was found; kept hidden.", **_WORDS),
            "role": line("The office held by whoever reviews."),
        },
        {"by": or_null(line("Who reviews; kept hidden."))},
        closed=True,
    ),
    "Review": members(
        {
            "record": UUID,
            "index": COUNT,
            "reviewed_at": INSTANT,
            "role": TEXT,
            **dict.fromkeys(("by", "finding", "recorded_by"), _OR_NULL),
        },
        {"of": UUID},
    ),
}
