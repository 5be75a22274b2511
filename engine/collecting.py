"""When Python's collector looks for circles of objects that nobody holds.

What is made here is seldom such a circle, and whatever is not one goes without it. Left
alone, it walks over everything made so far again and again: a sixth of the time of starting,
a quarter to a third of that of reading hundreds of agreements.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

MANY_OBJECTS: Final = 10_000
"""How many more objects are made than let go before it looks; one lot of requests makes some
thousands."""


def collect_seldom() -> None:
    """From now on, look only once many more objects were made than let go."""
    gc.set_threshold(MANY_OBJECTS)


def collect_no_more() -> None:
    """Never look at what was made up to now, not even when the process ends."""
    gc.freeze()


@contextmanager
def uncollected() -> Iterator[None]:
    """Look at nothing meanwhile; however this ends, look again.

    For work that is bounded by what it is given, such as a register or two versions.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
