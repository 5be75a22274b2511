"""Proof that whoever holds a token also holds a key: DPoP.

Source:
    RFC 9449, sections 4.2 and 4.3.
"""

import hashlib
from functools import lru_cache
from typing import Final, NamedTuple

from api.auth.jwt import TokenError, header_of, split
from api.once import Claim, SeenOnce
from api.site import Site
from engine import caller_key, canonical
from engine.caller_key import CallerKey
from engine.errors import RecordError, TrustError

OLDEST_S: Final = 60
CLOCKS_APART_S: Final = 10
USED: Final = "it was used before"
BODY: Final = "content_sha256"
"""The claim by which a proof signs the body too (RFC 9449, section 4.2, lets a profile add one)."""

_MEMBERS: Final = frozenset({"jwk"})
_TYPES: Final = ("dpop+jwt",)


class Proof(NamedTuple):
    """What a proof shows.

    Attributes:
        kid: Which key is held, by its thumbprint.
        signs: The digest of the body it goes with, in base64url; empty if it names none.
        claim: Whether no other worker was shown it, if there are any others.
    """

    kid: str
    signs: str
    claim: Claim | None = None


def proven(
    proof: str, site: Site, seen: SeenOnce, *, method: str, path: str, token: str | None = None
) -> Proof:
    """Which key a proof shows to be held; each proof is good once.

    Args:
        token: The access token it must be bound to; none when asking for one.

    Raises:
        TokenError: The proof is not good for this request.
    """
    said = split(proof, members=_MEMBERS, types=_TYPES)
    key = _key(said.head)
    said.verify(key)
    if said.text("htm") != method or said.text("htu") != site.url + path:
        raise TokenError(f"`htm` and `htu` are not `{method}` and `{site.url}{path}`")
    now_s, iat = site.now_s(), said.seconds("iat")
    begun_s = max(now_s - OLDEST_S, site.opened_s - CLOCKS_APART_S)
    if not begun_s <= iat <= now_s + CLOCKS_APART_S:
        raise TokenError("`iat` is still to come, or too long ago")
    if token is not None and said.text("ath") != digest_of(token.encode()):
        raise TokenError("`ath` is not the digest of the token")
    until_s = iat + OLDEST_S
    signs = said.text(BODY) if BODY in said.claims else ""
    name = f"dpop {key.kid} {said.name()}"
    if not seen.first(name, until_s=until_s, now_s=now_s):
        raise TokenError(USED)
    return Proof(key.kid, signs, seen.claim(name, until_s=until_s))


@lru_cache(maxsize=1_024)
def _key(head: str) -> CallerKey:
    """The key that a header holds; of one that came before it is known.

    Raises:
        TokenError: It holds none.
    """
    jwk = header_of(head, _MEMBERS, _TYPES)["jwk"]
    try:
        key = caller_key.read(jwk) if isinstance(jwk, dict) else None
    except (TrustError, RecordError) as fault:
        raise TokenError(str(fault)) from fault
    if key is None:
        raise TokenError("`jwk` is not a key")
    return key


def digest_of(data: bytes) -> str:
    """The digest by which a proof names the token, or the body, it goes with."""
    return canonical.b64url_encode(hashlib.sha256(data).digest())
