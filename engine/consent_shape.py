"""Consent and its end, as records state them.

Promises a closed form for both. The person stands in them as a pseudonym, and that
only in a hidden claim, as does every word written freely; what was consented to
stands in the open, because a decision rests on it.

Source:
    ISO/IEC TS 27560:2023, consent record.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from engine import shape
from engine.errors import RecordError
from engine.shape import CODE, IDENTIFIER, LINE, SHA256, Check, listed, members, or_null

CONSENT: Final = "consent"
WITHDRAWAL: Final = "consent-withdrawal"

STATES: Final[Mapping[str, tuple[str, ...]]] = {
    CONSENT: ("requested", "given", "refused", "renewed"),
    WITHDRAWAL: ("withdrawn", "revoked", "invalidated"),
}
"""What each kind of record may say became of a consent."""

KINDS: Final = ("dp-basis", "confidentiality", "service", "treatment")

PERSON: Final = shape.text(r"[0-9a-f]{64}")
_UUID7 = shape.text(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_IDS = listed(IDENTIFIER, at_least=1, at_most=64)
_CODES = listed(CODE, at_least=1, at_most=64)
_TIME = shape.whole()
_PARTY = members({"id": IDENTIFIER, "name": LINE, "address": LINE, "contact": LINE, "type": CODE})
_NAMES = (
    "capacity", "evidence", "capacity_basis", "assessed_by", "assessed_on", "expressed",
    "witness", "support", "reason",
)  # fmt: skip
_PARTICULARS = members(
    {
        "notice": LINE,
        "language": CODE,
        "jurisdiction": LINE,
        "storage": LINE,
        "retention": LINE,
        "withdrawal_method": LINE,
        "told_can_refuse": shape.flag,
        "parties": listed(_PARTY, at_least=1, at_most=128),
        "override": or_null(members({"basis": LINE, "reason": LINE, "decided_by": LINE})),
    }
)
_HIDES: Mapping[str, Check] = {
    "person": PERSON,
    "given_by": members({}, dict.fromkeys(_NAMES, LINE)),
    "particulars": or_null(_PARTICULARS),
}
HIDDEN: Final[Mapping[str, Mapping[str, Check]]] = {CONSENT: _HIDES, WITHDRAWAL: _HIDES}
"""The claims that every record of a kind hides, one disclosure each, present or not."""


def _claims(kind: str) -> dict[str, Check]:
    return {
        "consent": _UUID7,
        "state": shape.one_of(*STATES[kind]),
        "consent_kind": shape.one_of(*KINDS),
        "controllers": _IDS,
        "recipients": _IDS,
        "information": _CODES,
        "purposes": _CODES,
        "lawful_basis": listed(CODE, at_most=8),
        "explicit": shape.flag,
        "lifts_confidence": shape.flag,
        "at": _TIME,
        "expires": or_null(_TIME),
        "wording_sha256": or_null(SHA256),
        "_sd": listed(shape.DIGEST, at_least=len(_HIDES), at_most=len(_HIDES)),
        "_sd_alg": shape.one_of("sha-256"),
    }


CLAIMS: Final[Mapping[str, Mapping[str, Check]]] = {kind: _claims(kind) for kind in STATES}
"""What a record of each kind states besides what all records do.

``consent`` is the first record of the same consent, by its ``jti``; ``at`` is when
the person said so, which ``iat`` may come after.
"""


# Any: the shape of the payload has been checked before.
def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a record of consent whose parts cannot all be true (step V6).

    Raises:
        RecordError: The message names the first that cannot.
    """
    if payload["type"] not in CLAIMS:
        return
    state, expires = payload["state"], payload["expires"]
    lasts = state in ("given", "renewed")
    lists = [payload[name] for name in ("controllers", "recipients", "information", "purposes")]
    for holds, said in (
        (all(a < b for a, b in pairwise(payload["_sd"])), "digests of hidden claims not sorted"),
        (all(a < b for each in lists for a, b in pairwise(each)), "a list is not sorted"),
        (payload["at"] <= payload["iat"], "what it states was still to come"),
        (not lasts or expires is not None, "consent without an end"),
        (not lasts or (expires or 0) > payload["at"], "consent that ends before it begins"),
        (state not in ("given", "renewed") or payload["wording_sha256"], "consent to no wording"),
        (state != "requested" or payload["consent"] == payload["jti"], "a request is the first"),
        (state not in _LATER or payload["consent"] != payload["jti"], f"nothing can be {state}"),
    ):
        if not holds:
            raise RecordError(f"record contradicts itself: {said}")


_LATER = ("renewed", "withdrawn", "revoked", "invalidated")
