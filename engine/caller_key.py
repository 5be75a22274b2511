"""Keys with which callers sign: Ed25519, and P-256 for those whose devices know no other.

Promises that a key fixes its algorithm, so that no header can choose another; that it
is spelled in one way and is a point of its curve. What an office itself signs is
Ed25519 alone (`engine.keys`).
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, TypeAlias

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature

from engine.canonical import Json, b64url_decode, b64url_encode, encode, escaped
from engine.errors import RecordError, SignatureError, TrustError
from engine.keys import PublicKey, verify_bytes

ES256: Final = "ES256"
ALGORITHMS: Final = ("Ed25519", "EdDSA", ES256)
"""`EdDSA` is deprecated by RFC 9864, but is what most libraries still write for Ed25519."""

_COORDINATE_BYTES: Final = 32
_REQUIRED: Final = ("crv", "kty", "x", "y")
_MEMBERS: Final = frozenset({*_REQUIRED, "alg", "kid", "use"})
_FIXED: Final = {"kty": "EC", "crv": "P-256", "alg": ES256, "use": "sig"}


@dataclass(frozen=True, slots=True)
class P256Key:
    """A P-256 key that verifies.

    Attributes:
        kid: Its RFC 7638 thumbprint, 43 characters.
        x, y: Its point, 32 bytes each (RFC 7518, section 6.2.1).

    Raises:
        TrustError: It is no point of the curve.
    """

    kid: str
    x: bytes
    y: bytes

    def __post_init__(self) -> None:
        _verifier(self.x, self.y)

    def to_jwk(self) -> dict[str, str]:
        """Write the key with its name."""
        return _named(self.x, self.y) | {"alg": ES256, "kid": self.kid}


CallerKey: TypeAlias = PublicKey | P256Key


def read(jwk: Mapping[str, Json]) -> CallerKey:
    """Read the public key of a caller.

    Raises:
        TrustError: It is of another kind, weak, misspelled, or private.
    """
    if jwk.get("kty") != "EC":
        return PublicKey.from_jwk(jwk)
    if "d" in jwk:
        raise TrustError(
            "a private key stands where a public key is expected",
            hint="treat it as lost: whoever sent it no longer keeps it alone",
        )
    for name in sorted(jwk.keys() - _MEMBERS):
        raise TrustError(f"key has a member `{escaped(name)}` that no P-256 key needs")
    for name, expected in _FIXED.items():
        if jwk.get(name, expected) != expected:
            raise TrustError(f"key is not a P-256 signing key: `{name}` is not {expected}")
    x, y = (_coordinate(jwk, name) for name in ("x", "y"))
    kid = b64url_encode(hashlib.sha256(encode(_named(x, y))).digest())
    if jwk.get("kid", kid) != kid:
        raise TrustError(
            "key is not the one its `kid` names", hint=f"the thumbprint of this key is {kid}"
        )
    return P256Key(kid, x, y)


def verify(data: bytes, signature: bytes, key: CallerKey, *, alg: str) -> None:
    """Check a signature, by the algorithm of the key and no other.

    Raises:
        SignatureError: It is not this key's signature over these bytes, or names another algorithm.

    Source:
        RFC 7518, section 3.4; RFC 8725, section 3.1.
    """
    if (alg == ES256) is not isinstance(key, P256Key):
        raise SignatureError(f"`alg` {escaped(alg)} is not that of the key")
    if isinstance(key, PublicKey):
        verify_bytes(data, signature, key)
        return
    if len(signature) != 2 * _COORDINATE_BYTES:
        raise SignatureError(f"signature is {len(signature)} bytes long, not 64")
    r, s = (int.from_bytes(half) for half in (signature[:32], signature[32:]))
    try:
        verifier = _verifier(key.x, key.y)
        verifier.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature as error:
        raise SignatureError(
            f"signature is not that of key `{key.kid}` over these bytes"
        ) from error


@lru_cache(maxsize=256)
def _verifier(x: bytes, y: bytes) -> ec.EllipticCurvePublicKey:
    point = ec.EllipticCurvePublicNumbers(int.from_bytes(x), int.from_bytes(y), ec.SECP256R1())
    try:
        return point.public_key()
    except ValueError as error:
        raise TrustError("public key is not a point of the curve") from error


def _named(x: bytes, y: bytes) -> dict[str, str]:
    return {"crv": "P-256", "kty": "EC", "x": b64url_encode(x), "y": b64url_encode(y)}


def _coordinate(jwk: Mapping[str, Json], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise TrustError(f"key has no text `{name}`")
    try:
        octets = b64url_decode(text)
    except RecordError as error:
        raise TrustError(f"`{name}` of the key is not base64url in its one spelling") from error
    if len(octets) != _COORDINATE_BYTES:
        raise TrustError(f"`{name}` of the key is not 32 bytes long")
    return octets
