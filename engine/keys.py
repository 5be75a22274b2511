"""Keys that sign and keys that verify: Ed25519, named by their thumbprint.

Promises that a public key accepted here is spelled in one way and binds each of
its signatures to the bytes signed. Refuses keys under which one signature would
fit every message. Nothing here draws a key: seeds are passed in. Whose key it
is, and from when until when, is for `engine.trust` to say.
"""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Self

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import (
    Ed25519PrivateKey,
    Ed25519PublicKey,
)

from engine.canonical import Json, b64url_decode, b64url_encode, encode, escaped
from engine.errors import RecordError, SignatureError, TrustError

ALGORITHM: Final = "Ed25519"  # RFC 9864, section 2.2; `EdDSA` is deprecated there.
KEY_BYTES = 32
SIGNATURE_BYTES = 64

_MEMBERS = frozenset({"alg", "crv", "kid", "kty", "use", "x"})
_FIXED_MEMBERS = {"kty": "OKP", "crv": "Ed25519", "alg": ALGORITHM, "use": "sig"}
_REQUIRED_MEMBERS = frozenset({"kty", "crv", "x"})

# The field, the curve -x^2 + y^2 = 1 + d x^2 y^2, and the y of its points of
# order 1, 2, 4 and 8 (RFC 8032, section 5.1).
_P = 2**255 - 19
_D = -121665 * pow(121666, -1, _P) % _P
_Y_OF_ORDER_8 = 0x05FC536D880238B13933C6D305ACDFD5F098EFF289F4C345B027B2C28F95E826
_Y_OF_SMALL_ORDER = frozenset({0, 1, _P - 1, _Y_OF_ORDER_8, _P - _Y_OF_ORDER_8})


@lru_cache(maxsize=1024)
def thumbprint(x: bytes) -> str:
    """Name an Ed25519 key by the digest of its required members.

    Source:
        RFC 7638, section 3; RFC 8037, section 2.
    """
    required = encode({"crv": "Ed25519", "kty": "OKP", "x": b64url_encode(x)})
    return b64url_encode(hashlib.sha256(required).digest())


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A key that verifies.

    Attributes:
        kid: The key's RFC 7638 thumbprint, 43 characters.
        x: The encoded point, 32 bytes (RFC 8032, section 5.1.2).

    Raises:
        TrustError: The point is weak or misspelled, or `kid` is not its name.
    """

    kid: str
    x: bytes

    def __post_init__(self) -> None:
        if len(self.x) != KEY_BYTES:
            raise TrustError(f"public key is {len(self.x)} bytes long, not {KEY_BYTES}")
        _refuse_weak_point(self.x)
        if self.kid != thumbprint(self.x):
            raise TrustError(
                "key is not the one its `kid` names",
                hint=f"the thumbprint of this key is {thumbprint(self.x)}",
            )

    @classmethod
    def from_bytes(cls, x: bytes) -> Self:
        """Read a key from its encoded point."""
        return cls(kid=thumbprint(x), x=x)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Json]) -> Self:
        """Read a public key.

        Raises:
            TrustError: The members are not those of a public Ed25519 signing key.
        """
        if "d" in jwk:
            raise TrustError(
                "a private key stands where a public key is expected",
                hint="treat it as lost: whoever sent it no longer keeps it alone",
            )
        return cls._from_members(jwk, _MEMBERS)

    @classmethod
    def _from_members(cls, jwk: Mapping[str, Json], allowed: frozenset[str]) -> Self:
        for name in sorted(jwk.keys() - allowed):
            raise TrustError(f"key has a member `{escaped(name)}` that no Ed25519 key needs")
        for name, expected in _FIXED_MEMBERS.items():
            if jwk.get(name, expected) != expected:
                raise TrustError(f"key is not an Ed25519 signing key: `{name}` is not {expected}")
        for name in sorted(_REQUIRED_MEMBERS - jwk.keys()):
            raise TrustError(f"key has no `{name}`")
        key = cls.from_bytes(_octets(jwk, "x"))
        if jwk.get("kid", key.kid) != key.kid:
            raise TrustError(
                "key is not the one its `kid` names",
                hint=f"the thumbprint of this key is {key.kid}",
            )
        return key

    def to_jwk(self) -> dict[str, str]:
        """Write the key with its name."""
        x = b64url_encode(self.x)
        return {"alg": ALGORITHM, "crv": "Ed25519", "kid": self.kid, "kty": "OKP", "x": x}


class PrivateKey:
    """A key that signs. Neither its text form nor an error of its own shows the secret."""

    __slots__ = ("_signer", "public")

    def __init__(self, seed: bytes) -> None:
        if len(seed) != KEY_BYTES:
            raise TrustError(f"private key is {len(seed)} bytes long, not {KEY_BYTES}")
        self._signer: Final = Ed25519PrivateKey.from_private_bytes(seed)
        self.public: Final = PublicKey.from_bytes(self._signer.public_key().public_bytes_raw())

    def derive(self, purpose: str) -> "PrivateKey":
        """Another key that only whoever holds this one can make, always the same for a purpose.

        Source:
            RFC 5869, section 2.3, with one block; the purpose is its `info`.
        """
        seed = self._signer.private_bytes_raw()
        return PrivateKey(hmac.digest(seed, purpose.encode() + b"\x01", "sha256"))

    @classmethod
    def generate(cls, seed: bytes) -> Self:
        """Make the key that belongs to 32 bytes of chance, drawn by the caller."""
        return cls(seed)

    @classmethod
    def from_jwk(cls, jwk: Mapping[str, Json]) -> Self:
        """Read a private key.

        Raises:
            TrustError: The members are not those of a private Ed25519 signing
                key, or its two halves do not belong together.
        """
        public = PublicKey._from_members(jwk, _MEMBERS | {"d"})  # noqa: SLF001 - one reader
        key = cls(_octets(jwk, "d"))
        if key.public != public:
            raise TrustError("private and public half of the key do not belong together")
        return key

    def to_jwk(self) -> dict[str, str]:
        """Write the key, secret included."""
        return self.public.to_jwk() | {"d": b64url_encode(self._signer.private_bytes_raw())}

    def sign(self, data: bytes) -> bytes:
        """Sign bytes: 64 bytes, the same for the same data (RFC 8032, section 5.1.6)."""
        return self._signer.sign(data)

    def __repr__(self) -> str:
        return f"PrivateKey(kid={self.public.kid!r})"


def verify_bytes(data: bytes, signature: bytes, key: PublicKey) -> None:
    """Check a bare Ed25519 signature.

    Raises:
        SignatureError: It is not this key's signature over these bytes.

    Source:
        RFC 8032, section 5.1.7.
    """
    try:
        _verifier(key.x).verify(signature, data)
    except InvalidSignature as error:
        raise SignatureError(
            f"signature is not that of key `{key.kid}` over these bytes"
        ) from error


@lru_cache(maxsize=256)
def _verifier(x: bytes) -> Ed25519PublicKey:
    return Ed25519PublicKey.from_public_bytes(x)


def _octets(jwk: Mapping[str, Json], name: str) -> bytes:
    text = jwk.get(name)
    if not isinstance(text, str):
        raise TrustError(f"key has no text `{name}`")
    try:
        return b64url_decode(text)
    except RecordError as error:
        # The reason is dropped on purpose: it could show part of a secret.
        raise TrustError(f"`{name}` of the key is not base64url in its one spelling") from error


@lru_cache(maxsize=1024)  # What is refused is looked at anew each time.
def _refuse_weak_point(x: bytes) -> None:
    """Refuse a key that is misspelled, no key at all, or good for every message.

    Under a point of small order one constant signature verifies for any bytes.
    """
    y = int.from_bytes(x, "little") & (1 << 255) - 1
    if y >= _P:
        raise TrustError("public key is a point written in a second spelling")
    if y in _Y_OF_SMALL_ORDER:
        raise TrustError(
            "public key is a point of small order",
            hint="it would verify forged signatures; never list it",
        )
    # x^2 = (y^2 - 1) / (d y^2 + 1) must be a square (RFC 8032, section 5.1.3).
    # Multiplying by a square instead of dividing leaves that unchanged.
    square = (y * y - 1) * (_D * y * y + 1) % _P
    if pow(square, (_P - 1) // 2, _P) != 1:
        raise TrustError("public key is not a point of the curve")
