"""JSON Web Tokens that others wrote: assertions of clients, and DPoP proofs.

Others' libraries write headers in an order of their own, so the one spelling of
our records cannot be asked of them. Everything else is: three parts in strict
base64url, strict JSON without fractions, the algorithm of the key, a closed header.

Source:
    RFC 7519; RFC 8725, sections 3.1 and 3.11; RFC 9864, section 2.2.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from typing import Final

from engine import caller_key, canonical
from engine.caller_key import ALGORITHMS, CallerKey
from engine.canonical import Json
from engine.errors import RecordError, SignatureError

MAX_BYTES: Final = 8_192
MAX_NAME: Final = 128


class TokenError(Exception):
    """A token is not to be relied on; the message is for whoever made it."""


@dataclass(frozen=True, slots=True)
class Jwt:
    """A token whose form is sound; whose it is, `verify` says.

    Attributes:
        head: Its header, as it is spelled.
    """

    head: str
    header: Mapping[str, Json]
    claims: Mapping[str, Json]
    signing_input: bytes
    signature: bytes

    def verify(self, key: CallerKey) -> None:
        """Check that this key signed it.

        Raises:
            TokenError: It did not.
        """
        try:
            alg = str(self.header["alg"])  # Held to the key, which knows its own.
            caller_key.verify(self.signing_input, self.signature, key, alg=alg)
        except SignatureError as fault:
            raise TokenError("the signature is not that of the key") from fault

    def text(self, name: str) -> str:
        """A claim that is a text.

        Raises:
            TokenError: It is missing, empty, too long or something else.
        """
        value = self.claims.get(name)
        if not isinstance(value, str) or not 0 < len(value) <= 512:
            raise TokenError(f"`{name}` is not a text of at most 512 characters")
        return value

    def seconds(self, name: str) -> int:
        """A claim that is an instant, in whole seconds.

        Raises:
            TokenError: It is missing or something else.
        """
        value = self.claims.get(name)
        if not isinstance(value, int) or isinstance(value, bool):
            raise TokenError(f"`{name}` is not an instant in whole seconds")
        return value

    def name(self) -> str:
        """Its own name, by which it is used once."""
        name = self.text("jti")
        if len(name) > MAX_NAME:
            raise TokenError(f"`jti` is longer than {MAX_NAME} characters")
        return name


def split(token: str, *, members: frozenset[str], types: tuple[str, ...]) -> Jwt:
    """Take a token apart.

    Args:
        members: The header members allowed beside `alg` and `typ`; each must be there.
        types: What `typ` may say; an empty one lets it be left out.

    Raises:
        TokenError: Its form, or its header, is not as it must be.
    """
    if not token.isascii() or len(token) > MAX_BYTES:
        raise TokenError(f"it is not ASCII of at most {MAX_BYTES} characters")
    parts = token.split(".")
    if len(parts) != 3:
        raise TokenError("it is not of three parts")
    header = header_of(parts[0], members, types)
    claims, signature = _object(parts[1]), _octets(parts[2])
    return Jwt(parts[0], header, claims, f"{parts[0]}.{parts[1]}".encode(), signature)


@lru_cache(maxsize=1_024)
def header_of(head: str, members: frozenset[str], types: tuple[str, ...]) -> Mapping[str, Json]:
    """Read a header; one that came before, as most do, is known again.

    Args:
        head: As it is spelled.
        members, types: As of `split`.

    Raises:
        TokenError: It is not as it must be.
    """
    header = _object(head)
    if header.get("alg") not in ALGORITHMS:
        raise TokenError("its `alg` is neither Ed25519 nor ES256")
    if header.get("typ", "") not in types:
        raise TokenError(f"its `typ` is not `{types[0]}`")
    if header.keys() - {"alg", "typ"} != members:
        raise TokenError("its header has more members, or fewer, than it must")
    return MappingProxyType(header)


def _object(part: str) -> dict[str, Json]:
    try:
        said = canonical.parse(_octets(part))
    except RecordError as fault:
        raise TokenError(f"it is misspelled: {fault}") from fault
    if not isinstance(said, dict):
        raise TokenError("it does not hold two objects")
    return said


def _octets(part: str) -> bytes:
    try:
        return canonical.b64url_decode(part)
    except RecordError as fault:
        raise TokenError(f"it is misspelled: {fault}") from fault
