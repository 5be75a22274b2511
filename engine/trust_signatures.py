"""Signatures under a trust root: each a compact JWS of one root key over one version.

Promises that a signature counted here is over this very version, by a root key
that the caller named, and that two by one key count once. How many are enough,
`engine.trust_chain` says.
"""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from engine import canonical, jose, shape, trust
from engine.errors import RecordError, SignatureError, TrustError
from engine.keys import PrivateKey
from engine.trust import RootKey, TrustRoot

TYP: Final = "trust-root+jws"
MAX_SIGNATURES: Final = 64

_PAYLOAD = shape.members(
    {"ver": shape.one_of(1), "version": shape.whole(1), "sha256": shape.SHA256}
)
_SIGNATURES = shape.members(
    {
        "ver": shape.one_of(1),
        "signatures": shape.listed(shape.text(r"[A-Za-z0-9._-]+"), at_most=MAX_SIGNATURES),
    }
)


def sign(document: bytes, key: PrivateKey) -> str:
    """Sign one version of a trust root with one root key.

    Whether the key is a root key, `weigh` says.

    Raises:
        TrustError: It is no trust root.
    """
    root = trust.read(document)
    payload: dict[str, canonical.Json] = {
        "ver": 1,
        "version": root.version,
        "sha256": root.sha256,
    }
    return jose.sign_compact(canonical.encode(payload), typ=TYP, key=key)


def write_signatures(signatures: Iterable[str]) -> bytes:
    """Write the signatures under a version: each once, in one order."""
    listed: list[canonical.Json] = [*sorted(set(signatures))]
    return canonical.encode({"ver": 1, "signatures": listed})


def read_signatures(signatures: bytes) -> tuple[str, ...]:
    """Read the signatures under a version, as they stand in the register.

    Raises:
        TrustError: They are not written as `write_signatures` writes them.
    """
    try:
        said: Any = canonical.parse_canonical(signatures)  # Any: checked by the next line.
        _SIGNATURES(said, "")
    except RecordError as fault:
        raise TrustError(
            f"signatures of a trust root cannot be read: {fault}", hint=fault.hint
        ) from fault
    return tuple(said["signatures"])


def signers(
    root: TrustRoot, known: Mapping[str, RootKey], signatures: bytes
) -> tuple[RootKey, ...]:
    """Find out which root keys signed a version, each once.

    Args:
        root: The version.
        known: The root keys that may sign it, by name; what is returned keeps their order.
        signatures: Those under it, as they stand in the register.

    Raises:
        TrustError: One of them is not by such a key over this version.
    """
    kids = [_signed_by(jws, root, known) for jws in read_signatures(signatures)]
    return tuple(key for kid, key in known.items() if kid in kids)


def _signed_by(jws: str, root: TrustRoot, known: Mapping[str, RootKey]) -> str:
    """Whose signature over a version this is, or why it is none."""
    try:
        parsed = jose.split(jws)
        if parsed.typ != TYP:
            raise RecordError(f"`{parsed.typ}` is not the signature of a trust root")
        payload: Any = canonical.parse_canonical(parsed.payload)  # Any: checked by the next line.
        _PAYLOAD(payload, "")
    except RecordError as fault:
        raise TrustError(
            f"signature of trust root version {root.version} cannot be read: {fault}",
            hint=fault.hint,
        ) from fault
    if parsed.kid not in known:
        raise TrustError(
            f"trust root version {root.version} is signed by `{parsed.kid}`, which is no root key",
            hint="only a root key of the version before or of this one signs it",
        )
    jose.verify(parsed, known[parsed.kid].key)
    if (payload["version"], payload["sha256"]) != (root.version, root.sha256):
        raise SignatureError(
            f"root key `{parsed.kid}` signed another trust root than version {root.version} as it"
            " stands here",
            hint="it was changed after it was signed, or the signature was taken from elsewhere",
        )
    return parsed.kid
