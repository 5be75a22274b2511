"""What becomes of a version of an agreement, as records state it: activated, acted on.

Promises a closed form for each. Instants are seconds since 1970-01-01T00:00:00Z;
that of an activation follows from the signatures it names, so it is the same in
every office.
"""

from collections.abc import Mapping
from typing import Any, Final

from agreements.lifecycle import BY_A_PARTY
from engine import shape
from engine.errors import RecordError
from engine.shape import IDENTIFIER, LINE, SHA256, VERSION, Check, listed, members, or_null

ACTIVATION: Final = "agreement-activation"
ACT: Final = "agreement-act"

_ANY_TIME = shape.whole(None)
_TIME = shape.whole()

CLAIMS: Final[Mapping[str, Mapping[str, Check]]] = {
    ACTIVATION: {
        "agreement": members(
            {
                "id": IDENTIFIER,
                "version": VERSION,
                "manifest_sha256": SHA256,
                "terms_sha256": SHA256,
            }
        ),
        "in_force_from": _ANY_TIME,
        "effective_from": _ANY_TIME,
        "signatures": listed(
            members(
                {
                    "party": IDENTIFIER,
                    "role": LINE,
                    "kid": shape.KID,
                    "iat": _TIME,
                    "sha256": SHA256,
                }
            ),
            at_least=1,
        ),
        "accepted_findings": listed(LINE),
    },
    ACT: {
        "agreement": members({"id": IDENTIFIER, "version": VERSION, "terms_sha256": SHA256}),
        "act": shape.one_of(*(act.value for act in BY_A_PARTY)),
        "party": IDENTIFIER,
        "role": LINE,
        "from": _TIME,
        "signed": _TIME,
        "kid": shape.KID,
        "sha256": SHA256,
        "said": or_null(LINE),
    },
}
"""What a record of each kind states besides what all records do."""


# Any, here and below: the shape of the payload has been checked before.
def signed_s(activation: Mapping[str, Any]) -> int:
    """When the last of those that an activation names signed."""
    return max(int(each["iat"]) for each in activation["signatures"])


def rests_on(payload: Mapping[str, Any]) -> list[tuple[str, int]]:
    """The keys with which agencies signed what a record states, and when each says it did."""
    if payload["type"] == ACTIVATION:
        return [(each["kid"], int(each["iat"])) for each in payload["signatures"]]
    return [(payload["kid"], int(payload["signed"]))]


def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a record of one of these kinds whose parts cannot all be true (step V6).

    Raises:
        RecordError: The message names the first that cannot.
    """
    if payload["type"] != ACTIVATION:
        return
    if payload["effective_from"] != max(payload["in_force_from"], signed_s(payload)):
        raise RecordError(
            "record contradicts itself: a version has effect from its first day or the last "
            "signature, whichever is later"
        )
    seats = [(each["party"], each["role"]) for each in payload["signatures"]]
    if len(set(seats)) != len(seats):
        raise RecordError("record contradicts itself: somebody has signed twice")
