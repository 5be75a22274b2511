"""What was worked out once, found again by the digest of what it was worked out from.

Holds a bounded number; the oldest goes first. Only for what stays true: whoever looks
something up here still has to ask whatever may change, such as the time.
"""

import hashlib
from typing import Final, Generic, TypeVar

T = TypeVar("T")


class Recalled(Generic[T]):
    """Findings, by what they were made of.

    Args:
        most: How many are remembered at a time.
    """

    def __init__(self, most: int = 10_000) -> None:
        self._most: Final = most
        self._found: Final[dict[bytes, T]] = {}

    def find(self, of: str) -> T | None:
        """What was found out about it, if that is still remembered."""
        return self._found.get(_name(of))

    def keep(self, of: str, found: T) -> None:
        """Remember what was found out about it."""
        if len(self._found) >= self._most:
            del self._found[next(iter(self._found))]
        self._found[_name(of)] = found


def _name(of: str) -> bytes:
    # Not by itself: what is secret is not kept longer than it is needed.
    return hashlib.sha256(of.encode()).digest()
