"""How often one caller may come: a bucket for each, filled at a steady rate.

Promises that whoever comes too often is told when to come again, and that nobody
else notices. Remembers a bounded number of callers; who came longest ago is forgotten
first, and begins with a full bucket.
"""

import math
from collections import OrderedDict
from typing import Final

MOST: Final = 10_000
BURST_S: Final = 2
"""A full bucket holds what comes in this many seconds."""


class Rates:
    """The buckets of one kind of caller.

    Args:
        per_s: How many requests a second; 0 lets everything through.
        most: How many callers are remembered.
    """

    def __init__(self, per_s: int, most: int = MOST) -> None:
        self._per_s: Final = per_s
        self._most: Final = most
        self._left: Final[OrderedDict[str, tuple[float, float]]] = OrderedDict()

    def wait_s(self, name: str, *, now_s: float) -> int:
        """Take one request from a caller's bucket; how long to wait if it is empty, else 0.

        Args:
            now_s: A clock that never goes back, in seconds.
        """
        if not self._per_s:
            return 0
        full = float(self._per_s * BURST_S)
        left, then_s = self._left.pop(name, (full, now_s))
        left = min(full, left + max(0.0, now_s - then_s) * self._per_s)
        if left >= 1:
            self._left[name] = (left - 1, now_s)
        else:
            self._left[name] = (left, now_s)
        if len(self._left) > self._most:
            self._left.popitem(last=False)
        return 0 if left >= 1 else math.ceil((1 - left) / self._per_s)
