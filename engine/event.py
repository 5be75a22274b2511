"""The records that are no answers: sealed as a decision is, with their own hidden claims.

Nothing here draws chance or reads a clock: both are arguments.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from engine import disclosure
from engine.canonical import Json
from engine.errors import RecordError
from engine.hidden import hidden_in
from engine.record import Link, Sealed, Stamp, common, sign_payload
from engine.statement import Kind

if TYPE_CHECKING:
    from engine.bundle import Bundle


def entropy_bytes(kind: Kind) -> int:
    """How much chance a record of a kind takes: a salt for each claim it hides."""
    return len(hidden_in(kind)) * disclosure.SALT_BYTES


def seal_event(
    kind: Kind,
    claims: Mapping[str, Json],
    hidden: Mapping[str, Json],
    bundle: "Bundle",
    stamp: Stamp,
    link: Link,
    *,
    jti: str,
    iat: int,
    entropy: bytes,
) -> Sealed:
    """Sign that something happened, with the persons and the free words in it hidden.

    Args:
        kind: What the record states.
        claims: What it states besides what all records do.
        hidden: Every claim that its kind hides; one that is not said is none.
        bundle: What the office decides by at the time.
        stamp: What the office adds to each record.
        link: The place in the chain.
        jti: A fresh name (`uuid7`).
        iat: Now, in seconds since 1970-01-01T00:00:00Z.
        entropy: `entropy_bytes` of chance, used for nothing else.

    Raises:
        RecordError: The chance is too short, a claim is not one of the kind, or
            the record would be longer than any verifier reads.
    """
    names = hidden_in(kind)
    if not hidden.keys() <= set(names):
        raise RecordError(f"a record of kind `{kind}` hides {', '.join(names)}, and nothing else")
    if len(entropy) != entropy_bytes(kind):
        raise RecordError(f"{entropy_bytes(kind)} bytes of chance are needed, not {len(entropy)}")
    size = disclosure.SALT_BYTES
    salts = [entropy[start : start + size] for start in range(0, len(entropy), size)]
    digests, sealed = disclosure.conceal({name: hidden.get(name) for name in names}, salts, [])
    payload = {**common(kind, bundle, stamp, link, jti, iat), **claims}
    payload |= {"_sd": list(digests), "_sd_alg": "sha-256"} if names else {}
    return Sealed(sign_payload(payload, kind, stamp), tuple(each.encoded for each in sealed), jti)
