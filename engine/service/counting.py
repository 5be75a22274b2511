"""What of the log counts: nothing that rests on a key revoked by the moment it signed.

Promises that offices which believe the same trust root agree, whenever each heard of
what was signed. Whoever took a version in before its key was found to be in other hands
stops deciding by it then, as whoever hears of it later never begins.
"""

from engine import agreement_shape, jose, trust
from engine.errors import ConcordatError
from engine.record import Kind, Record, read
from engine.service.premises import Premises
from engine.trust import Role, TrustRoot


def counts(record: Record, root: TrustRoot) -> bool:
    """Whether a version or an act that was written down counts, by the keys it rests on."""
    return not any(
        root.key(kid, Role.PARTY).is_revoked_at(signed_s)
        for kid, signed_s in agreement_shape.rests_on(record.payload)
    )


def root_known(premises: Premises, known_s: int | None) -> TrustRoot:
    """The trust root that this office believed at an instant; the newest if none is given.

    What it cannot find again is taken to be the newest, which revokes the most.

    Args:
        known_s: Seconds since 1970-01-01T00:00:00Z.
    """
    newest = premises.trust()
    if known_s is None:
        return newest
    records = premises.records
    later: Record | None = None
    # The newest first: the one before the earliest that came later is what was believed.
    for entry in records.newest(records.head().size, Kind.KEY_EVENT.value):
        parsed = jose.split(entry.jws)
        jose.verify(parsed, newest.key(parsed.kid, Role.DECISION).key)
        record = read(parsed)
        if record.iat <= known_s:
            break
        later = record
    if later is None:
        return newest
    version, digest = later.payload["root"]["version"] - 1, later.payload["root"]["previous_sha256"]
    try:
        found = trust.read(premises.register.read(f"trust/{version}.json"))
    except ConcordatError:
        return newest
    return found if found.sha256 == digest else newest
