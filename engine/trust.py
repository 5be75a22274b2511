"""Whose key it is: the list of keys a verifier believes, and from when until when.

Promises that a key found here is listed once, under its own name, for one role
and one owner. Refuses a key outside its interval. The list comes from outside,
by a way that does not depend on whoever hands over the evidence; nothing here
takes a key from a record, and nothing here reads a clock.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any, Final, Self

from engine import canonical, shape
from engine.canonical import Json
from engine.checkpoint import VerifierKey
from engine.errors import KeyExpiredError, RecordError, TrustError, UnknownKeyError
from engine.keys import ALGORITHM, PublicKey

MAX_KEYS: Final = 1024
_UPDATE = "compare your trust root with the office's newest; never take a key from the evidence"


class Role(StrEnum):
    """What a key may sign."""

    DECISION = "decision"
    """Records of an office: decisions and activations."""
    LOG = "log"
    """The head of a log."""
    PARTY = "party"
    """The text of an agreement, for an agency."""


@dataclass(frozen=True, slots=True)
class TrustedKey:
    """One key, what it may sign, for whom and when.

    Instants are seconds since 1970-01-01T00:00:00Z; the interval is half-open.

    Attributes:
        owner: The agency that speaks with it.
        name: That agency's name, for people.
        valid_to: The first second it no longer speaks; none if it is still in use.
        revoked_from: The first second from which it may be in other hands; none
            if it never was.
        iss: Who may issue records with it; decision keys only.
        origin: The log it signs for; log keys only.
    """

    key: PublicKey
    role: Role
    owner: str
    name: str
    valid_from: int
    valid_to: int | None = None
    revoked_from: int | None = None
    iss: str | None = None
    origin: str | None = None

    def __post_init__(self) -> None:
        if (self.iss is None) is (self.role is Role.DECISION):
            raise TrustError(
                f"key `{self.kid}`: a decision key names its issuer, no other key does"
            )
        if (self.origin is None) is (self.role is Role.LOG):
            raise TrustError(f"key `{self.kid}`: a log key names its log, no other key does")
        if self.valid_to is not None and self.valid_to <= self.valid_from:
            raise TrustError(f"key `{self.kid}` ends before it begins")

    @property
    def kid(self) -> str:
        """The key's name: its RFC 7638 thumbprint."""
        return self.key.kid

    def require_at(self, at_s: int, what: str) -> None:
        """Refuse a key that did not speak for its owner at an instant.

        Args:
            at_s: Seconds since 1970-01-01T00:00:00Z.
            what: What carries that date, to be named in the message.

        Raises:
            KeyExpiredError: The instant is outside the key's interval, or the
                key was revoked by then.
        """
        spoke = f"key `{self.kid}` spoke for `{self.owner}`"
        dated = f"the {what} is dated {_day(at_s, self)}"
        hint = f"ask `{self.owner}` which key it used then, and for a trust root that lists it"
        if at_s < self.valid_from:
            raise KeyExpiredError(f"{spoke} from {_day(self.valid_from, self)}; {dated}", hint=hint)
        if self.valid_to is not None and at_s >= self.valid_to:
            raise KeyExpiredError(f"{spoke} until {_day(self.valid_to, self)}; {dated}", hint=hint)
        if self.revoked_from is not None and at_s >= self.revoked_from:
            raise KeyExpiredError(
                f"key `{self.kid}` of `{self.owner}` was revoked from "
                f"{_day(self.revoked_from, self)}; {dated}",
                hint="after that moment anybody may have signed with it",
            )


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """The keys a verifier believes, under one version.

    Attributes:
        version: Counts up; a verifier refuses to go back.
        issued: When this version was made, in seconds since 1970-01-01T00:00:00Z.
        sha256: Digest of the exact bytes it was read from, in hex.
    """

    version: int
    issued: int
    keys: tuple[TrustedKey, ...]
    sha256: str

    @classmethod
    def of(cls, version: int, issued: int, keys: Iterable[TrustedKey]) -> Self:
        """Make a list of keys.

        Raises:
            TrustError: A key is listed twice for one role, two keys sign for one
                log, or there are too many.
        """
        listed = tuple(keys)
        if len(listed) > MAX_KEYS:
            raise TrustError(f"trust root has more than {MAX_KEYS} keys")
        for uniquely in ([key.kid for key in listed], [k.origin for k in listed if k.origin]):
            for name in uniquely:
                if uniquely.count(name) > 1:
                    raise TrustError(f"`{name}` stands twice in the trust root")
        document = canonical.encode(_document(version, issued, listed))
        return cls(version, issued, listed, canonical.digest_hex(document))

    def key(self, kid: str, role: Role) -> TrustedKey:
        """Find a key for one role.

        Raises:
            UnknownKeyError: No key has this name, or it may sign other things only.
        """
        found = next((key for key in self.keys if key.kid == kid), None)
        if found is None:
            raise UnknownKeyError(
                f"key `{kid}` is not in the trust root (version {self.version})", hint=_UPDATE
            )
        if found.role is not role:
            raise UnknownKeyError(
                f"key `{kid}` of `{found.owner}` is a {found.role} key, not a {role} key",
                hint="a key signs for one purpose only",
            )
        return found

    def log_key(self, origin: str) -> VerifierKey:
        """Find the key that signs the heads of a log.

        Raises:
            UnknownKeyError: The trust root knows no such log.
        """
        return VerifierKey(origin, self.log(origin).key)

    def log(self, origin: str) -> TrustedKey:
        """Find the entry of a log.

        Raises:
            UnknownKeyError: The trust root knows no such log.
        """
        found = next((key for key in self.keys if key.origin == origin), None)
        if found is None:
            raise UnknownKeyError(
                f"log `{canonical.escaped(origin)}` is not in the trust root "
                f"(version {self.version})",
                hint=_UPDATE,
            )
        return found

    def party_key(self, kid: str, owner: str, at_s: int) -> TrustedKey:
        """Find the key with which an agency signed an agreement at an instant.

        Raises:
            UnknownKeyError: There is no such key, or it is another agency's.
            KeyExpiredError: It did not speak for the agency then.
        """
        found = self.key(kid, Role.PARTY)
        if found.owner != owner:
            raise UnknownKeyError(
                f"key `{kid}` is that of `{found.owner}`, not of `{owner}`", hint=_UPDATE
            )
        found.require_at(at_s, "signature")
        return found


_INSTANT = shape.or_null(shape.whole())
_JWK = shape.members(
    {"crv": shape.one_of("Ed25519"), "kty": shape.one_of("OKP"), "x": shape.text(r"[\w-]+")}
)
_KEY = shape.members(
    {
        "kid": shape.KID,
        "jwk": _JWK,
        "alg": shape.one_of(ALGORITHM),
        "role": shape.one_of(*(role.value for role in Role)),
        "owner": shape.IDENTIFIER,
        "name": shape.LINE,
        "valid_from": shape.whole(),
        "valid_to": _INSTANT,
        "revoked_from": _INSTANT,
    },
    {"iss": shape.LINE, "origin": shape.LINE},
)
_ROOT = shape.members(
    {
        "ver": shape.one_of(1),
        "version": shape.whole(1),
        "issued": shape.whole(),
        "keys": shape.listed(_KEY, at_least=1, at_most=MAX_KEYS),
    }
)


def read(document: bytes) -> TrustRoot:
    """Read a trust root.

    Raises:
        TrustError: It is not canonical JSON of the closed form, a key is weak or
            not the one its name says, or one stands there twice.
    """
    try:
        # Any, because the shape is checked in the next line and mypy cannot see it.
        root: Any = canonical.parse_canonical(document)
        _ROOT(root, "")
    except RecordError as error:
        raise TrustError(f"trust root cannot be read: {error}", hint=error.hint) from error
    return TrustRoot.of(root["version"], root["issued"], map(_trusted_key, root["keys"]))


def write(root: TrustRoot) -> bytes:
    """Write a trust root in its one spelling, the inverse of `read`."""
    return canonical.encode(_document(root.version, root.issued, root.keys))


# Any: the shape of the entry has been checked by `_KEY`.
def _trusted_key(entry: Mapping[str, Any]) -> TrustedKey:
    return TrustedKey(
        key=PublicKey.from_jwk({**entry["jwk"], "kid": entry["kid"], "alg": entry["alg"]}),
        role=Role(entry["role"]),
        owner=entry["owner"],
        name=entry["name"],
        valid_from=entry["valid_from"],
        valid_to=entry["valid_to"],
        revoked_from=entry["revoked_from"],
        iss=entry.get("iss"),
        origin=entry.get("origin"),
    )


def _document(version: int, issued: int, keys: Iterable[TrustedKey]) -> Json:
    return {
        "ver": 1,
        "version": version,
        "issued": issued,
        "keys": [_entry(key) for key in keys],
    }


def _entry(trusted: TrustedKey) -> dict[str, Json]:
    x = canonical.b64url_encode(trusted.key.x)
    entry: dict[str, Json] = {
        "kid": trusted.kid,
        "jwk": {"crv": "Ed25519", "kty": "OKP", "x": x},
        "alg": ALGORITHM,
        "role": trusted.role.value,
        "owner": trusted.owner,
        "name": trusted.name,
        "valid_from": trusted.valid_from,
        "valid_to": trusted.valid_to,
        "revoked_from": trusted.revoked_from,
    }
    named = {"iss": trusted.iss, "origin": trusted.origin}
    return entry | {name: said for name, said in named.items() if said is not None}


def _day(at_s: int, key: TrustedKey) -> str:
    """Write a date; with the time of day where a key's interval could turn on it."""
    bounds = (key.valid_from, key.valid_to, key.revoked_from)
    by_day = not any(bound is not None and bound % 86_400 for bound in bounds)
    if not -62_135_596_800 <= at_s < 253_402_300_800:
        return f"{at_s} s after 1970"
    at = datetime.fromtimestamp(at_s, UTC)
    return at.strftime("%Y-%m-%d" if by_day else "%Y-%m-%dT%H:%M:%SZ")
