"""What questions would be answered if they were asked now; none of them is.

Promises the very decision that an evaluation would make, by the bundle and the facts
of this moment. Nothing is recorded and no guard is asked, so whatever is found here
must still be asked before anything is shared.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from engine.bundle import Bundle
from engine.decide import Decision
from engine.service.series import Put
from engine.service.settling import Settling
from engine.service.shelf import Shelf


@dataclass(frozen=True, slots=True)
class Ground:
    """By what is decided at one moment.

    Attributes:
        last_change: The newest record that changed the standing of an agreement.
        at: The moment.
    """

    bundle: Bundle
    last_change: int
    at: datetime

    @property
    def name(self) -> str:
        """Names what decides: the bundle, and how its agreements stand."""
        return f"{self.bundle.sha256} {self.last_change}"


class Search:
    """Tries questions out."""

    def __init__(self, shelf: Shelf, settling: Settling) -> None:
        self._shelf: Final = shelf
        self._settling: Final = settling

    def ground(self) -> Ground:
        """By what is decided now."""
        shelved = self._shelf.current()
        return Ground(shelved.bundle, shelved.last_change, self._settling.premises.now())

    def decisions(self, puts: Sequence[Put]) -> list[Decision]:
        """Say for each question what it would be answered now, in order."""
        shelved = self._shelf.current()
        return [self._settling.settle(shelved, each, None, None)[0] for each in puts]
