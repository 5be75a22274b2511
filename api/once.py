"""What was seen once and may not be seen again while it could still be valid.

Promises that a name is let pass once until it lapses. Forgets nothing early: when
full, it refuses. Kept in memory, so whatever was made before this counter opened
is refused by whoever asks, by the time it was made.
"""

from typing import Final


class SeenOnce:
    """Names that were used, each until it lapses.

    Args:
        most: How many are remembered at a time.
    """

    def __init__(self, most: int = 1_000_000) -> None:
        self._most: Final = most
        self._until: Final[dict[str, int]] = {}
        self._swept_s = 0

    def first(self, name: str, *, until_s: int, now_s: int) -> bool:
        """Whether a name is seen for the first time; it is remembered until the instant given."""
        if now_s > self._swept_s:
            self._swept_s = now_s
            for lapsed in [each for each, until in self._until.items() if until < now_s]:
                del self._until[lapsed]
        if name in self._until or len(self._until) >= self._most:
            return False
        self._until[name] = until_s
        return True
