"""The time and the chance of the machine."""

import os
from datetime import UTC, datetime


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SystemChance:
    """The random source of the operating system."""

    def draw(self, size_bytes: int) -> bytes:
        return os.urandom(size_bytes)
