"""What was used lately, up to a limit; the rest is forgotten.

Nothing is ever moved but what is used again, so that whoever looks something up
meanwhile in another thread finds it or does not, and nothing worse.
"""

from collections.abc import Callable, Hashable
from typing import Final, Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


def slim(data: bytes) -> bytes:
    """The same bytes, in no more memory than they are long: to be kept for a while.

    What is written at speed stands in 4 KB however short it is, and holds all of it.
    """
    return bytes(memoryview(data))


class Lately(Generic[K, V]):
    """Keeps values by their keys, in two generations of at most half the limit each.

    What is used moves into the younger one. Once that is full, the older one is forgotten
    whole, and the younger becomes the older.

    Args:
        most: The limit, in whatever `weigh` counts.
        weigh: What one key counts for, with its value.
    """

    def __init__(self, most: int, weigh: Callable[[K], int] = lambda _: 1) -> None:
        self._half: Final = most // 2
        self._weigh: Final = weigh
        self._young: dict[K, V] = {}
        self._old: dict[K, V] = {}
        self._weight = 0

    def __len__(self) -> int:
        """How many are kept."""
        return len(self._young.keys() | self._old.keys())

    def get(self, key: K) -> V | None:
        """The value under a key, if it is still kept."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is not None:
                self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        """Keep a value."""
        self._weight += self._weigh(key)
        self._young[key] = value
        if self._weight > self._half:
            self._old, self._young, self._weight = self._young, {}, 0
