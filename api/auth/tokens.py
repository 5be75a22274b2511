"""Access tokens of this office: made here, read here, in one spelling.

Promises that a token names its client, its audience and its scopes, lives for
five minutes at most, and is bound to a key unless the operator said otherwise.

Source:
    RFC 9068, section 2; RFC 7800, section 3.1 (`cnf`).
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from api.auth.jwt import TokenError
from api.site import Site
from engine import canonical, jose
from engine.errors import RecordError, SignatureError
from engine.service.clients import Client, Scope

LIFE_S: Final = 300
TYP: Final = "at+jwt"


@dataclass(frozen=True, slots=True)
class Token:
    """What a token says.

    Attributes:
        client: Whose it is.
        scopes: What it lets its bearer do.
        jkt: The thumbprint of the key its bearer must hold; none if it is bound to no key.
        x5t: The thumbprint of the certificate its bearer must hold; likewise.
        issuer: Who made it; empty if this office did.
    """

    client: str
    scopes: frozenset[Scope]
    jkt: str | None
    x5t: str | None = None
    issuer: str = ""


@dataclass(frozen=True, slots=True)
class _Said:
    """A token whose signature was checked, and from when until when it is good."""

    token: Token
    iat: int
    exp: int


def issue(
    client: Client, scopes: Iterable[Scope], site: Site, *, jkt: str | None, x5t: str | None = None
) -> str:
    """Make a token for a client that proved who it is."""
    now_s = site.now_s()
    claims: dict[str, canonical.Json] = {
        "iss": site.url,
        "aud": site.url,
        "sub": client.id,
        "client_id": client.id,
        "scope": " ".join(sorted(scopes)),
        "iat": now_s,
        "exp": now_s + LIFE_S,
        "jti": canonical.b64url_encode(site.draw(16)),
    }
    bound: dict[str, canonical.Json] = {"jkt": jkt} if jkt else {"x5t#S256": x5t} if x5t else {}
    claims |= {"cnf": bound} if bound else {}
    return jose.sign_compact(canonical.encode(claims), typ=TYP, key=site.key)


def read(token: str, site: Site) -> Token:
    """Read a token that is good here and now.

    One that was read before is known again without checking its signature.

    Raises:
        TokenError: It is not.
    """
    said = site.tokens.find(token)
    if not isinstance(said, _Said):
        said = _read(token, site)
        site.tokens.keep(token, said)
    if not said.iat <= site.now_s() < said.exp:
        raise TokenError("it has expired, or is not valid yet")
    return said.token


def _read(token: str, site: Site) -> _Said:
    try:
        parsed = jose.split(token)
        if parsed.typ != TYP:
            raise TokenError(f"its `typ` is not `{TYP}`")
        former = site.former
        signer = former if former and parsed.kid == former.kid else site.key.public
        jose.verify(parsed, signer)
        claims = canonical.parse_canonical(parsed.payload)
    except (RecordError, SignatureError) as fault:
        raise TokenError("it is not a token of this office") from fault
    if not isinstance(claims, dict) or claims.get("iss") != site.url:
        raise TokenError("its issuer is another")
    if claims.get("aud") != site.url:
        raise TokenError("it is for somebody else")
    exp, iat = claims.get("exp"), claims.get("iat")
    if not isinstance(exp, int) or not isinstance(iat, int):
        raise TokenError("it does not say from when until when it is good")
    client, scope, bound = claims.get("client_id"), claims.get("scope"), claims.get("cnf")
    if not isinstance(client, str) or not isinstance(scope, str):
        raise TokenError("it names no client or no scope")
    jkt, x5t = (bound.get(n) if isinstance(bound, dict) else None for n in ("jkt", "x5t#S256"))
    if bound is not None and not isinstance(jkt, str) and not isinstance(x5t, str):
        raise TokenError("it is bound to something that is no key")
    scopes = frozenset(each for each in Scope if each.value in scope.split())
    said = Token(
        client,
        scopes,
        jkt if isinstance(jkt, str) else None,
        x5t if isinstance(x5t, str) else None,
    )
    return _Said(said, iat, exp)
