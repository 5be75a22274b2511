"""What follows an answer, as records state it: a case closed, an emergency, its review.

Promises a closed form for each. Who did something, and every word written freely,
stands only in hidden claims, so that it can be erased and the record still holds.
None of these is ever a permit: an approval names the answer that it completes.
"""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from engine import shape
from engine.errors import RecordError
from engine.shape import CODE, IDENTIFIER, LINE, SHA256, Check, listed, members, or_null

APPROVAL: Final = "approval"
EMERGENCY: Final = "emergency"
REVIEW: Final = "emergency-review"

_CODES = listed(CODE, at_most=256)
_SOME_CODES = listed(CODE, at_least=1, at_most=256)
_WORDS = shape.text(at_most=4_000)
_UUID7 = shape.text(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_FIRST = members({"jti": _UUID7, "sha256": SHA256})

HIDDEN: Final[Mapping[str, Mapping[str, Check]]] = {
    APPROVAL: {"by": LINE, "reason": _WORDS},
    EMERGENCY: {
        "by": or_null(LINE),
        "subject": or_null(LINE),
        "shared": _WORDS,
        "shared_with": LINE,
        "why": _WORDS,
        "case_ref": or_null(LINE),
    },
    REVIEW: {"by": or_null(LINE), "finding": _WORDS},
}
"""The claims that every record of a kind hides, one disclosure each, present or not."""


def _sealed(kind: str) -> dict[str, Check]:
    count = len(HIDDEN[kind])
    return {
        "_sd": listed(shape.DIGEST, at_least=count, at_most=count),
        "_sd_alg": shape.one_of("sha-256"),
    }


CLAIMS: Final[Mapping[str, Mapping[str, Check]]] = {
    APPROVAL: {
        "of": _FIRST,
        "outcome": shape.one_of("permit", "deny"),
        "information": members({"permitted": _CODES, "refused": _CODES}),
        "role": LINE,
        **_sealed(APPROVAL),
    },
    EMERGENCY: {
        "from": IDENTIFIER,
        "to": IDENTIFIER,
        "information": _SOME_CODES,
        "about": _SOME_CODES,
        "role": LINE,
        "at": shape.whole(),
        **_sealed(EMERGENCY),
    },
    REVIEW: {"of": _FIRST, "role": LINE, **_sealed(REVIEW)},
}
"""What a record of each kind states besides what all records do."""


# Any: the shape of the payload has been checked before.
def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a record of one of these kinds whose parts cannot all be true (step V6).

    Raises:
        RecordError: The message names the first that cannot.
    """
    if payload["type"] not in CLAIMS:
        return
    if any(a >= b for a, b in pairwise(payload["_sd"])):
        raise RecordError("record contradicts itself: digests of hidden claims are not sorted")
    match payload["type"]:
        case "approval":
            said = _about_approval(payload)
        case "emergency":
            said = (
                (len(set(payload["information"])) == len(payload["information"]), "a category"),
                (payload["from"] != payload["to"], "an end"),
            )
            said = tuple((holds, f"{what} is named twice") for holds, what in said)
        case _:
            said = ()
    for holds, what in said:
        if not holds:
            raise RecordError(f"record contradicts itself: {what}")


def _about_approval(payload: Mapping[str, Any]) -> tuple[tuple[bool, str], ...]:
    permitted = payload["information"]["permitted"]
    settled = [*permitted, *payload["information"]["refused"]]
    return (
        (bool(settled), "it settles no category"),
        (len(set(settled)) == len(settled), "a category is settled twice"),
        (
            bool(permitted) is (payload["outcome"] == "permit"),
            f"`{payload['outcome']}` does not go with the categories permitted",
        ),
    )
