"""Versions that decide here and rest on a signature by a key that was revoked since.

Promises to tell, and changes nothing: what the office's own log took in stands, for
it was borne out then. An office that hears of it later leaves it out.
"""

from agreements.lifecycle import State
from engine.bundle import SliceKey
from engine.service.shelf import Shelved
from engine.service.stand import published_state
from engine.trust import Role
from engine.trusted_key import instant

_OVER = (State.ENDED, State.SUPERSEDED)


def compromised(shelved: Shelved, at_s: int) -> list[tuple[SliceKey, str]]:
    """Running versions with such a signature, each with whose it is.

    Args:
        at_s: Versions that run at this instant, in seconds since 1970-01-01T00:00:00Z.
    """
    found = []
    for key, (record, _) in shelved.activations.items():
        if published_state(shelved, key, at_s) in _OVER:
            continue
        for signed in record.payload["signatures"]:
            used = shelved.trust.key(signed["kid"], Role.PARTY)
            if used.revoked_from is not None and used.is_revoked_at(signed["iat"]):
                on, since = instant(signed["iat"]), instant(used.revoked_from)
                who = f"`{signed['party']}` signed it as {signed['role']} on {on}"
                found.append((key, f"{who}, with a key since revoked from {since}"))
    return found
