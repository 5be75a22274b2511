"""What a counter that serves for long asks of the store, beside what everybody does.

A port like those of `engine.ports`. Nothing here does anything.
"""

from contextlib import AbstractContextManager
from typing import Protocol


class ServedStore(Protocol):
    """Holds nobody up who appends."""

    def at_once(self) -> AbstractContextManager[None]:
        """Raise `BusyError` rather than have this thread wait for another program or a network."""
        ...

    @property
    def refusal(self) -> str:
        """Why nothing more is kept, whatever is asked; empty while records are kept."""
        ...

    def tend(self) -> None:
        """Do in a thread beside, until it is closed, what would now and then hold up an append."""
        ...
