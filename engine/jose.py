"""The strict gate: signed records, and the keys they are checked with.

Promises that a compact JWS accepted here has one spelling and one shape of
header. Refuses every algorithm but Ed25519, every key carried in a header, and
every encoding that merely decodes. Which key to check with, and whether it may
speak, is for `engine.trust` to say.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache

from engine.canonical import (
    Json,
    b64url_bytes,
    b64url_decode,
    b64url_encode,
    encode,
    escaped,
    parse_canonical,
)
from engine.errors import RecordError, SignatureError, TrustError
from engine.keys import (
    ALGORITHM,
    SIGNATURE_BYTES,
    PrivateKey,
    PublicKey,
    thumbprint,
    verify_bytes,
)

__all__ = [
    "ALGORITHM",
    "MAX_TOKEN_BYTES",
    "Parsed",
    "PrivateKey",
    "PublicKey",
    "b64url_decode",
    "b64url_encode",
    "enrol",
    "sign_compact",
    "split",
    "thumbprint",
    "verify",
    "verify_bytes",
]

MAX_TOKEN_BYTES = 32_768

_HEADER_MEMBERS = ("alg", "kid", "typ")


def enrol(jwk: Mapping[str, Json]) -> PublicKey:
    """Accept a public key that someone presents for the first time.

    Two implementations must agree on its name before it is written anywhere.

    Raises:
        TrustError: The key is refused, or the two do not agree.
    """
    key = PublicKey.from_jwk(jwk)
    # Imported here: it takes longer than checking a record, and only enrolment needs it.
    from jwcrypto.jwk import JWK

    if JWK(**key.to_jwk()).thumbprint() != key.kid:
        raise TrustError("two implementations disagree about the name of this key")
    return key


@dataclass(frozen=True, slots=True)
class Parsed:
    """A compact JWS whose form is sound; whether it is true, `verify` says.

    Attributes:
        header: Exactly `alg`, `kid` and `typ`.
        kid: The key it says it was signed with.
        typ: The kind of thing it says it is; the caller compares.
        payload: The signed bytes, as received.
        signing_input: What the signature covers: the first two parts and their dot.
        signature: 64 bytes.
    """

    header: Mapping[str, str]
    kid: str
    typ: str
    payload: bytes
    signing_input: bytes
    signature: bytes


def sign_compact(payload: bytes, *, typ: str, key: PrivateKey) -> str:
    """Sign a payload into a compact JWS (RFC 7515, section 7.1)."""
    signing_input = _header_part(key.public.kid, typ) + b64url_bytes(payload)
    signature = b64url_bytes(key.sign(signing_input))
    return (signing_input + b"." + signature).decode("ascii")


def split(token: str | bytes) -> Parsed:
    """Take a compact JWS apart, refusing every form but one.

    Two steps of the verifier: V2, the form of the token, and V3, its header.

    Raises:
        RecordError: The token, one of its parts or its header is misspelled.
    """
    # V2: ASCII, short enough, three parts, each in its one spelling.
    try:
        spelled = token.encode("ascii") if isinstance(token, str) else token
    except UnicodeEncodeError as error:
        raise RecordError("record is not ASCII") from error
    if not spelled.isascii():
        raise RecordError("record is not ASCII")
    if len(spelled) > MAX_TOKEN_BYTES:
        raise RecordError(f"record is {len(spelled)} bytes long; at most {MAX_TOKEN_BYTES}")
    parts = spelled.split(b".")
    if len(parts) != 3:
        raise RecordError(
            f"record has {len(parts)} parts; a compact JWS has 3",
            hint="JSON serialisation is not accepted",
        )
    header_bytes, payload, signature = map(b64url_decode, parts)
    # V3: a closed header in its one spelling, and a signature of the size it implies.
    header = _header(header_bytes)
    if len(signature) != SIGNATURE_BYTES:
        raise RecordError(f"signature is {len(signature)} bytes long, not {SIGNATURE_BYTES}")
    return Parsed(
        header=header,
        kid=header["kid"],
        typ=header["typ"],
        payload=payload,
        signing_input=spelled[: spelled.rindex(b".")],
        signature=signature,
    )


def verify(parsed: Parsed, key: PublicKey) -> None:
    """Check that this key signed these very bytes.

    Raises:
        SignatureError: It did not, or the record names another key.
    """
    if parsed.kid != key.kid:
        raise SignatureError(f"record names key `{parsed.kid}`, not `{key.kid}`")
    verify_bytes(parsed.signing_input, parsed.signature, key)


@lru_cache(maxsize=256)
def _header_part(kid: str, typ: str) -> bytes:
    if not _is_kind(typ):
        raise RecordError(f"kind {_named(typ)} is not a media type without parameters")
    header = encode({"alg": ALGORITHM, "kid": kid, "typ": typ})
    return b64url_encode(header).encode("ascii") + b"."


def _header(data: bytes) -> dict[str, str]:
    header = parse_canonical(data)
    if not isinstance(header, dict):
        raise RecordError("header is not an object")
    if header.get("alg", ALGORITHM) != ALGORITHM:
        raise RecordError(f"algorithm {_named(header['alg'])} is not accepted; only {ALGORITHM}")
    for name in sorted(header.keys() - set(_HEADER_MEMBERS)):
        raise RecordError(f"header member {_named(name)} is not allowed")
    for name in _HEADER_MEMBERS:
        if not isinstance(header.get(name), str):
            raise RecordError(f"header has no text `{name}`")
    if len(b64url_decode(header["kid"])) != hashlib.sha256().digest_size:
        raise RecordError(f"`kid` {_named(header['kid'])} is not a key thumbprint")
    if not _is_kind(header["typ"]):
        raise RecordError(f"`typ` {_named(header['typ'])} is not a media type without parameters")
    return header


def _is_kind(typ: str) -> bool:
    """Tell whether a kind is a restricted name (RFC 6838, section 4.2)."""
    return typ.isascii() and 0 < len(typ) <= 127 and all(c.isalnum() or c in "+-._/" for c in typ)


def _named(value: Json) -> str:
    return f"`{escaped(value)}`" if isinstance(value, str) else "of another type"
