"""Asking to have keys listed: each key signs the request for itself.

Promises that whoever asked held the private half of every key asked for, and that
each key is sound. Refuses a key that somebody else would sign for, and one that
says it is whose it is not. Who may be listed, the root holders decide; a request
opens nothing.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine import canonical, jose, shape, trust_form
from engine.errors import ConcordatError, RecordError, SignatureError, TrustError
from engine.keys import PrivateKey, PublicKey
from engine.trust import Role, TrustedKey

TYP: Final = "key-request+jws"
MAX_REQUESTS: Final = 16
MAX_BYTES: Final = 65_536
ROOT: Final = "root"
"""The role asked for by whoever is to sign trust roots."""

_PAYLOAD = shape.members(
    {
        "ver": shape.one_of(1),
        "jwk": trust_form.JWK,
        "role": shape.one_of(*(role.value for role in Role), ROOT),
        "owner": shape.IDENTIFIER,
        "name": shape.LINE,
        "iat": shape.whole(),
    },
    {"iss": shape.LINE, "origin": shape.LINE},
)
_FILE = shape.members(
    {
        "ver": shape.one_of(1),
        "requests": shape.listed(shape.text(r"[A-Za-z0-9._-]+"), at_least=1, at_most=MAX_REQUESTS),
    }
)


@dataclass(frozen=True, slots=True)
class KeyRequest:
    """One key that somebody asks to have listed, and holds.

    Attributes:
        role: What it is to sign: that of a `Role`, or `ROOT`.
        iat: When it was asked for, in seconds since 1970-01-01T00:00:00Z.
    """

    key: PublicKey
    role: str
    owner: str
    name: str
    iat: int
    iss: str | None = None
    origin: str | None = None

    def listed(self, valid_from: int, valid_to: int) -> TrustedKey:
        """How a trust root lists it, if it is no root key."""
        return TrustedKey(
            self.key,
            Role(self.role),
            self.owner,
            self.name,
            valid_from,
            valid_to,
            iss=self.iss,
            origin=self.origin,
        )


def ask(
    key: PrivateKey,
    *,
    role: str,
    owner: str,
    name: str,
    iat: int,
    iss: str | None = None,
    origin: str | None = None,
) -> str:
    """Ask for one key, signed with the key itself.

    Raises:
        RecordError: An id or a name is not written as it must be.
    """
    named = {"iss": iss, "origin": origin}
    payload: dict[str, canonical.Json] = {
        "ver": 1,
        "jwk": trust_form.bare(key.public),
        "role": role,
        "owner": owner,
        "name": name,
        "iat": iat,
    }
    payload |= {what: word for what, word in named.items() if word is not None}
    _PAYLOAD(payload, "")
    return jose.sign_compact(canonical.encode(payload), typ=TYP, key=key)


def write(requests: Iterable[str]) -> bytes:
    """Write what one agency asks for."""
    listed: list[canonical.Json] = [*requests]
    return canonical.encode({"ver": 1, "requests": listed})


def read(document: bytes) -> list[KeyRequest]:
    """Read what an agency asks for, each key proved to be held.

    Raises:
        TrustError: The file is not of its form, a key is weak or not the one its
            name says, or a request is not signed by the key it asks for.
    """
    if len(document) > MAX_BYTES:
        raise TrustError(f"request is {len(document)} bytes long; at most {MAX_BYTES}")
    try:
        said: Any = canonical.parse_canonical(document)  # Any: checked by the next line.
        _FILE(said, "")
    except RecordError as fault:
        raise TrustError(f"request cannot be read: {fault}", hint=fault.hint) from fault
    requests = [_read_one(jws, place) for place, jws in enumerate(said["requests"], start=1)]
    _refuse_mixed(requests)
    return requests


def _read_one(jws: str, place: int) -> KeyRequest:
    try:
        parsed = jose.split(jws)
        if parsed.typ != TYP:
            raise RecordError(f"`{parsed.typ}` is not a request for a key")
        payload: Any = canonical.parse_canonical(parsed.payload)  # Any: checked by the next line.
        _PAYLOAD(payload, "")
        key = _enrolled(parsed.kid, payload["jwk"])
        _refuse_unproved(parsed, key)
        asked = KeyRequest(
            key,
            payload["role"],
            payload["owner"],
            payload["name"],
            payload["iat"],
            payload.get("iss"),
            payload.get("origin"),
        )
        if asked.role != ROOT:
            asked.listed(0, 1)  # Refuses an issuer or a log where the role has none.
    except ConcordatError as fault:
        raise TrustError(f"request {place}: {fault}", hint=fault.hint) from fault
    return asked


def _enrolled(kid: str, jwk: Mapping[str, canonical.Json]) -> PublicKey:
    key = jose.enrol({**jwk})
    if key.kid != kid:
        raise TrustError(
            "the key that signed is not the key that is asked for",
            hint="each key signs the request for itself; that shows who holds it",
        )
    return key


def _refuse_unproved(parsed: jose.Parsed, key: PublicKey) -> None:
    try:
        jose.verify(parsed, key)
    except SignatureError as fault:
        raise TrustError(
            "it is not signed by the key it asks for, so nothing shows that anybody holds it",
            hint="ask its owner for a new request: `concordat keys request`",
        ) from fault


def _refuse_mixed(requests: list[KeyRequest]) -> None:
    kids = [each.key.kid for each in requests]
    if len(set(kids)) != len(kids):
        raise TrustError("a key is asked for twice", hint="a key signs for one purpose only")
    if len({each.owner for each in requests}) != 1:
        raise TrustError("the keys asked for are not all one agency's")
