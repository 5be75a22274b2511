"""What others sent, in its one spelling, so that they and we name it by the same digest.

Promises RFC 8785 to the letter, fractions included, which `engine.canonical` refuses
in whatever is signed. Nothing is concluded here from what a value says.
"""

from collections.abc import Mapping
from typing import Any

from engine import canonical


def digest_hex(sent: Mapping[str, Any]) -> str:
    """Name a JSON object by the SHA-256 of its RFC 8785 form, in hex. Any: JSON.

    Raises:
        RecordError: It holds an integer beyond 2**53 - 1 or half of a surrogate pair.
    """
    return canonical.digest_hex(encode(sent))


def encode(sent: Mapping[str, Any]) -> bytes:
    """Write a JSON object in its one spelling (RFC 8785, section 3.2). Any: JSON."""
    quick = canonical.encode_trusted(sent)
    # Equal, byte for byte, where names are ASCII and no number is a fraction.
    return quick if quick.isascii() and not _holds_fraction(sent) else canonical.spell(sent)


def _holds_fraction(value: Any) -> bool:
    if isinstance(value, dict):
        return any(map(_holds_fraction, value.values()))
    if isinstance(value, list):
        return any(map(_holds_fraction, value))
    return isinstance(value, float)
