"""A client proves who it is by signing for each token it asks for: `private_key_jwt`.

Source:
    RFC 7523, sections 2.2 and 3; FAPI 2.0 Security Profile, section 5.3.2.1: the
    audience is the issuer, as one text.
"""

from collections.abc import Iterable
from typing import Final

from api.auth.jwt import TokenError, split
from api.once import SeenOnce, is_first
from api.site import Site
from engine.service.clients import Client

LONGEST_S: Final = 60
CLOCKS_APART_S: Final = 10
TYPE: Final = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


def proven(assertion: str, clients: Iterable[Client], site: Site, seen: SeenOnce) -> Client:
    """Which client made an assertion; each is good once.

    Raises:
        TokenError: It is nobody's, or not good now.
    """
    said = split(assertion, members=frozenset({"kid"}), types=("JWT", "client-authentication+jwt"))
    name = said.text("iss")
    if said.text("sub") != name:
        raise TokenError("`iss` and `sub` are not both the client")
    client = next((each for each in clients if each.id == name and not each.issuer), None)
    held = client.public_keys() if client else ()
    key = next((key for key in held if key.kid == said.header["kid"]), None)
    if client is None or key is None:
        # One message for both, so that nobody learns which clients there are.
        raise TokenError("no client of that name has that key")
    said.verify(key)
    if said.text("aud") != site.url:
        raise TokenError(f"`aud` is not `{site.url}`")
    now_s, iat, exp = site.now_s(), said.seconds("iat"), said.seconds("exp")
    if not site.opened_s - CLOCKS_APART_S <= iat <= now_s + CLOCKS_APART_S:
        raise TokenError("`iat` is still to come, or before this service began")
    if not now_s < exp <= iat + LONGEST_S:
        raise TokenError(f"it is past `exp`, or good for more than {LONGEST_S} seconds")
    once = f"{name} {said.name()}"
    first = seen.first(once, until_s=exp, now_s=now_s)
    if not first or not is_first(seen.claim(once, until_s=exp)):
        raise TokenError("it was used before")
    return client
