"""The trust root as it is written: one closed form, version 2, in one spelling.

Promises that what is read has exactly the members of the form and only sound
keys, and that writing it again gives the same bytes. Whether its parts fit
together is for `engine.trust` to say.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine import canonical, shape
from engine.canonical import Json
from engine.errors import RecordError, TrustError
from engine.keys import ALGORITHM, PublicKey
from engine.trusted_key import Role, RootKey, TrustedKey

FORM: Final = 2
MAX_KEYS: Final = 1024
MAX_ROOT_KEYS: Final = 32

_INSTANT = shape.or_null(shape.whole())
JWK: Final = shape.members(
    {"crv": shape.one_of("Ed25519"), "kty": shape.one_of("OKP"), "x": shape.text(r"[\w-]+")}
)
_NAMED: Final = {
    "kid": shape.KID,
    "jwk": JWK,
    "alg": shape.one_of(ALGORITHM),
    "owner": shape.IDENTIFIER,
    "name": shape.LINE,
}
_ROOT_KEY = shape.members(_NAMED)
_KEY = shape.members(
    {
        **_NAMED,
        "role": shape.one_of(*(role.value for role in Role)),
        "valid_from": shape.whole(),
        "valid_to": _INSTANT,
        "revoked_from": _INSTANT,
        "reason": shape.or_null(shape.LINE),
    },
    {"iss": shape.LINE, "origin": shape.LINE},
)
_DOCUMENT = shape.members(
    {
        "ver": shape.one_of(FORM),
        "version": shape.whole(1),
        "issued": shape.whole(),
        "previous_sha256": shape.or_null(shape.SHA256),
        "threshold": shape.whole(1),
        "root_keys": shape.listed(_ROOT_KEY, at_least=1, at_most=MAX_ROOT_KEYS),
        "keys": shape.listed(_KEY, at_least=1, at_most=MAX_KEYS),
    }
)


@dataclass(frozen=True, slots=True)
class Contents:
    """Everything one version of a trust root says.

    Attributes:
        version: Counts up from 1.
        issued: When this version was made, in seconds since 1970-01-01T00:00:00Z.
        previous_sha256: Digest of the version before, in hex; none for the first.
        threshold: How many of the root keys must sign a version.
    """

    version: int
    issued: int
    previous_sha256: str | None
    threshold: int
    root_keys: Sequence[RootKey]
    keys: Sequence[TrustedKey]


def parse(document: bytes) -> Contents:
    """Read the bytes of a trust root.

    Raises:
        TrustError: They are not canonical JSON of the closed form, or a key is
            weak or not the one its name says.
    """
    try:
        # Any, because the shape is checked in the next line and mypy cannot see it.
        root: Any = canonical.parse_canonical(document)
        _DOCUMENT(root, "")
    except RecordError as error:
        raise TrustError(f"trust root cannot be read: {error}", hint=error.hint) from error
    return Contents(
        version=root["version"],
        issued=root["issued"],
        previous_sha256=root["previous_sha256"],
        threshold=root["threshold"],
        root_keys=tuple(
            RootKey(public(each), each["owner"], each["name"]) for each in root["root_keys"]
        ),
        keys=tuple(map(_trusted_key, root["keys"])),
    )


def encode(contents: Contents) -> bytes:
    """Write a trust root in its one spelling, the inverse of `parse`."""
    return canonical.encode(
        {
            "ver": FORM,
            "version": contents.version,
            "issued": contents.issued,
            "previous_sha256": contents.previous_sha256,
            "threshold": contents.threshold,
            "root_keys": [_named(each.key, each.owner, each.name) for each in contents.root_keys],
            "keys": [_entry(each) for each in contents.keys],
        }
    )


# Any: the shape of the entry has been checked before, here and below.
def public(entry: Mapping[str, Any]) -> PublicKey:
    """Take the key out of an entry.

    Raises:
        TrustError: The key is weak, misspelled, or not the one its `kid` names.
    """
    return PublicKey.from_jwk({**entry["jwk"], "kid": entry["kid"], "alg": entry["alg"]})


def bare(key: PublicKey) -> dict[str, Json]:
    """Write a key as an entry names it: its required members only (RFC 7638, section 3)."""
    return {"crv": "Ed25519", "kty": "OKP", "x": canonical.b64url_encode(key.x)}


def _trusted_key(entry: Mapping[str, Any]) -> TrustedKey:
    return TrustedKey(
        key=public(entry),
        role=Role(entry["role"]),
        owner=entry["owner"],
        name=entry["name"],
        valid_from=entry["valid_from"],
        valid_to=entry["valid_to"],
        revoked_from=entry["revoked_from"],
        iss=entry.get("iss"),
        origin=entry.get("origin"),
        reason=entry["reason"],
    )


def _named(key: PublicKey, owner: str, name: str) -> dict[str, Json]:
    return {"kid": key.kid, "jwk": bare(key), "alg": ALGORITHM, "owner": owner, "name": name}


def _entry(trusted: TrustedKey) -> dict[str, Json]:
    entry: dict[str, Json] = _named(trusted.key, trusted.owner, trusted.name) | {
        "role": trusted.role.value,
        "valid_from": trusted.valid_from,
        "valid_to": trusted.valid_to,
        "revoked_from": trusted.revoked_from,
        "reason": trusted.reason,
    }
    named = {"iss": trusted.iss, "origin": trusted.origin}
    return entry | {name: said for name, said in named.items() if said is not None}
