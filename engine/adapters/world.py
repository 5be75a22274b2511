"""The time and the chance of the machine."""

import os
import time
from datetime import UTC, datetime
from typing import Final

from engine.errors import StorageError

MAX_STEP_S: Final = 300
"""How far a clock may go ahead of the time that has passed before it is not believed."""
# Goes on while the machine sleeps, where there is one that does.
_STEADY: Final = getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC)


class SystemClock:
    """The clock of this machine."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SteadyClock(SystemClock):
    """The clock of this machine, as long as nobody has put it forward since this was made.

    How much time has passed is known from a clock that nobody sets. A clock that was put
    back is refused where records are kept, for it stands before the newest of them.
    """

    def __init__(self) -> None:
        self._ahead_s: Final = super().now().timestamp() - _passed_s()

    def now(self) -> datetime:
        """This instant.

        Raises:
            StorageError: The clock was put forward by more than five minutes.
        """
        found = datetime.now(UTC)
        step_s = found.timestamp() - _passed_s() - self._ahead_s
        if step_s > MAX_STEP_S:
            raise StorageError(
                f"clock was put forward by {step_s:.0f} seconds",
                hint="set the clock right; if it is right now, start the service again",
            )
        return found


def _passed_s() -> float:
    return time.clock_gettime(_STEADY)


class SystemChance:
    """The random source of the operating system."""

    def draw(self, size_bytes: int) -> bytes:
        return os.urandom(size_bytes)
