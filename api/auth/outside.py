"""Tokens of agencies' own authorisation servers: of applications, and of their people.

Promises that a token is checked with a key of the issuer it names, held in memory;
that it is for this office, lives for five minutes at most, and is bound to a key
unless the operator said otherwise. Refuses every other header member: a key, or an
address of one, inside a token is never looked at.

Source:
    RFC 9068, sections 2 and 4; RFC 8725, sections 3.8 to 3.12; RFC 8705, section 3.1.
"""

from dataclasses import dataclass
from typing import Any, Final

from api.auth.jwt import Jwt, TokenError, split
from api.auth.tokens import LIFE_S, Token
from api.site import Site
from engine.errors import TrustError
from engine.service.clients import Scope
from engine.service.issuers import Issuer

CLOCKS_APART_S: Final = 10
_KID: Final = frozenset({"kid"})


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody for whom an agency's issuer vouches.

    Attributes:
        issuer: Which vouches.
        subject: Who it is.
        roles, purposes: What it says of them; None where it says nothing.
    """

    issuer: Issuer
    subject: str
    roles: tuple[str, ...] | None
    purposes: tuple[str, ...] | None


def access(token: str, site: Site) -> Token:
    """Read the access token of an application.

    Raises:
        TokenError: It is not good here and now.
    """
    said = split(token, members=_KID, types=("at+jwt", "application/at+jwt"))
    issuer = _checked(said, site)
    for name in ("sub", "jti"):
        said.text(name)
    scope = said.text("scope")
    scopes = frozenset(each for each in Scope if each.value in scope.split())
    bound = said.claims.get("cnf")
    jkt, x5t = _binding(bound)
    return Token(said.text("client_id"), scopes, jkt, x5t, issuer.url)


def person(token: str, site: Site) -> Person:
    """Read what an agency's issuer says of one of its people.

    Raises:
        TokenError: It is not good here and now.
    """
    said = split(token, members=_KID, types=("JWT", ""))
    issuer = _checked(said, site)
    return Person(issuer, said.text("sub"), _words(said, "role"), _words(said, "purpose"))


def names_issuer(token: str, site: Site) -> bool:
    """Whether a token says that it is another's; what it says is then checked."""
    try:
        said = split(token, members=_KID, types=("at+jwt", "application/at+jwt"))
    except TokenError:
        return False
    return said.claims.get("iss") != site.url


def _checked(said: Jwt, site: Site) -> Issuer:
    url, kid, now_s = said.text("iss"), said.header["kid"], site.now_s()
    if not isinstance(kid, str):
        raise TokenError("its `kid` is not a text")
    try:
        issuer, key = site.issuers.issuer(url), site.issuers.key(url, kid, now_s=now_s)
    except TrustError as fault:
        raise TokenError(str(fault)) from fault
    said.verify(key)
    if said.claims.get("aud") not in (issuer.audience, [issuer.audience]):
        raise TokenError("it is for somebody else")
    iat, exp = said.seconds("iat"), said.seconds("exp")
    if not iat - CLOCKS_APART_S <= now_s < exp:
        raise TokenError("it has expired, or is not valid yet")
    if "nbf" in said.claims and said.seconds("nbf") > now_s + CLOCKS_APART_S:
        raise TokenError("it is not valid yet")
    if exp - iat > LIFE_S:
        raise TokenError(f"it lives longer than {LIFE_S} seconds")
    return issuer


def _binding(bound: Any) -> tuple[str | None, str | None]:  # Any: JSON of another's.
    if bound is None:
        return None, None
    if isinstance(bound, dict) and len(bound) == 1:
        name, value = next(iter(bound.items()))
        if name == "jkt" and isinstance(value, str):
            return value, None
        if name == "x5t#S256" and isinstance(value, str):
            return None, value
    raise TokenError("it is bound to something that is no key")


def _words(said: Jwt, name: str) -> tuple[str, ...] | None:
    value = said.claims.get(name)
    if value is None:
        return None
    listed = [value] if isinstance(value, str) else value
    if not isinstance(listed, list) or not all(isinstance(each, str) for each in listed):
        raise TokenError(f"`{name}` is neither a text nor a list of texts")
    return tuple(str(each) for each in listed)
