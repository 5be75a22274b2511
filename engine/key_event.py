"""Records of keys: that an office believes a new version of the trust root, and what changed.

Promises a closed form. Nothing in it is hidden: keys are public, and so is why one
was revoked, which stands in the trust root itself.
"""

from collections.abc import Mapping
from typing import Any, Final

from engine import shape
from engine.errors import RecordError
from engine.shape import KID, SHA256, Check, listed, members

KEY_EVENT: Final = "key-event"

_KEYS = listed(KID, at_most=1024)

CLAIMS: Final[Mapping[str, Mapping[str, Check]]] = {
    KEY_EVENT: {
        "root": members({"version": shape.whole(2), "sha256": SHA256, "previous_sha256": SHA256}),
        "added": _KEYS,
        "ended": _KEYS,
        "revoked": _KEYS,
        "root_keys": members({"added": _KEYS, "removed": _KEYS}),
        "threshold": shape.whole(1),
    }
}
"""What a record of each kind states besides what all records do."""


# Any: the shape of the payload has been checked before.
def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a record of keys whose parts cannot all be true (step V6).

    Raises:
        RecordError: The message names the first that cannot.
    """
    if payload["type"] not in CLAIMS:
        return
    root, made_under = payload["root"], payload["trust_root"]
    lists = [payload["added"], payload["ended"], payload["revoked"], *payload["root_keys"].values()]
    for holds, said in (
        (all(kids == sorted(set(kids)) for kids in lists), "keys are not sorted, or stand twice"),
        (
            not set(payload["added"]) & {*payload["ended"], *payload["revoked"]},
            "a key is both added and taken out of use",
        ),
        (
            made_under["version"] > root["version"]
            or (made_under["version"], made_under["sha256"]) == (root["version"], root["sha256"]),
            "it was made under an older trust root than the one it is about, or under another",
        ),
        (root["sha256"] != root["previous_sha256"], "a version follows itself"),
    ):
        if not holds:
            raise RecordError(f"record contradicts itself: {said}")
