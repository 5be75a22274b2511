"""The authorisation servers of agencies, whose tokens this office takes.

Promises that where their keys come from is said here and nowhere else: a set of
keys written down, or one address. Nothing here fetches.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Final, Self

from pydantic import Field, StringConstraints, model_validator

from agreements.values import Id, Words
from engine import caller_key, canonical
from engine.caller_key import CallerKey
from engine.errors import RecordError, TrustError

MAX_KEYS: Final = 50
MAX_SET_BYTES: Final = 65_536
MAX_ISSUERS: Final = 64

_HOST: Final = r"[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?"
_PATH: Final = r"(?:/[A-Za-z0-9._~/-]{0,200})?"
_HTTPS: Final = re.compile(rf"https://{_HOST}(?::[0-9]{{1,5}})?{_PATH}")
_LOOPBACK: Final = re.compile(
    rf"http://(?:127\.0\.0\.1|localhost|\[::1\])(?::[0-9]{{1,5}})?{_PATH}"
)

_Address = Annotated[str, StringConstraints(min_length=1, max_length=512)]


class Issuer(Words):
    """One authorisation server.

    Attributes:
        url: What its tokens name as `iss`.
        audience: What they must name as `aud`.
        agency: The agency whose people it may vouch for; none if it only speaks for applications.
        jwks: Its keys, written down; then none are fetched.
        jwks_url: Where its keys are fetched.
    """

    url: _Address
    audience: _Address
    agency: Id | None = None
    jwks: Annotated[tuple[dict[str, Any], ...], Field(max_length=MAX_KEYS)] = ()
    jwks_url: str = ""

    @model_validator(mode="after")
    def _says_where_its_keys_are(self) -> Self:
        if bool(self.jwks) is bool(self.jwks_url):
            raise ValueError("an issuer has either `jwks` or `jwks_url`")
        for address in filter(None, (self.url, self.jwks_url)):
            # An address in the open is for tests on this machine alone.
            if not _HTTPS.fullmatch(address) and not _LOOPBACK.fullmatch(address):
                raise ValueError(f"`{address[:80]}` is no `https://` address")
        try:
            self.keys()
        except (TrustError, RecordError) as fault:
            raise ValueError(str(fault)) from fault
        return self

    def keys(self) -> dict[str, CallerKey]:
        """Its keys by the names it gives them, if they are written down."""
        return keys_of(self.jwks)


def key_set(document: bytes) -> dict[str, CallerKey]:
    """Read a set of keys as an issuer publishes it.

    Keys of other kinds are left out; of those of ours, one that is weak or misspelled
    spoils the set.

    Raises:
        TrustError: It is no set, or holds too many keys, or a name twice.
        RecordError: It is too long, or no strict JSON.
    """
    said = canonical.parse(document, max_bytes=MAX_SET_BYTES)
    listed = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(listed, list) or len(listed) > MAX_KEYS:
        raise TrustError(f"the keys of the issuer are not a list of at most {MAX_KEYS}")
    return keys_of([each for each in listed if isinstance(each, dict)])


# Any: JSON of another's.
def keys_of(listed: "list[dict[str, Any]] | tuple[dict[str, Any], ...]") -> dict[str, CallerKey]:
    """Read keys by the names their issuer gives them.

    Raises:
        TrustError: One of a kind of ours is weak or misspelled, or a name stands there twice.
    """
    found: dict[str, CallerKey] = {}
    for each in listed:
        kid = each.get("kid")
        if not _is_of_ours(each) or not isinstance(kid, str) or not 0 < len(kid) <= 256:
            continue
        if kid in found:
            raise TrustError("two keys of the issuer have the same name")
        # Only what the key is made of: an `x5u` beside it is never followed.
        members = ("kty", "crv", "x", "y", "d")
        found[kid] = caller_key.read({name: each[name] for name in members if name in each})
    return found


def _is_of_ours(jwk: Mapping[str, Any]) -> bool:
    if (jwk.get("kty"), jwk.get("crv")) not in (("OKP", "Ed25519"), ("EC", "P-256")):
        return False
    algorithms = ("ES256",) if jwk["kty"] == "EC" else ("Ed25519", "EdDSA")
    return jwk.get("use", "sig") == "sig" and jwk.get("alg", algorithms[0]) in algorithms
