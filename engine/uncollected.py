"""Work during which the memory collector rests, because nothing of what it makes is a circle.

It would walk over everything made meanwhile again and again: a quarter to a third of
the time of reading hundreds of agreements.
"""

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def uncollected() -> Iterator[None]:
    """Keep the collector from looking for circles; however this ends, it looks again.

    For work that is bounded by what it is given, such as a register or two versions.
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
