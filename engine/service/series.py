"""Questions as they are put to the desk, one behind the other, and what becomes of each.

Nothing here decides, reads or writes.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from engine.asking import Asking
from engine.decide import Decision
from engine.errors import ConcordatError
from engine.request import Disclosure, Facts
from engine.service.guards import Heard


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer, and its place in the log.

    Attributes:
        index: The record's place in the log.
        jws: The record.
        disclosures: Its hidden claims, as they travel beside it.
        bundle_sha256: Names the bundle that decided, in hex.
        known_s: What was recorded by then decided; everything if none is given.
        use_by_s: Until when it may be relied on; none if nobody asked over HTTP.
    """

    decision: Decision
    disclosure: Disclosure
    jti: str
    index: int
    jws: str
    disclosures: tuple[str, ...]
    bundle_sha256: str = ""
    known_s: int | None = None
    use_by_s: int | None = None


class Put(NamedTuple):
    """One question, and who asks it; nobody is named at the terminal."""

    asked: Disclosure
    asking: Asking | None = None


class Series(NamedTuple):
    """Questions of one asker, answered in order.

    Attributes:
        stops: After which answer the rest is not asked; after none, if there is no such rule.
        heard: What guards made of its permits so far, for an asker who may not wait for them here;
            whoever may has none, and they are asked.
        complete: Whether nobody will be asked any more; what was not heard is then closed.
    """

    puts: Sequence[Put]
    stops: Callable[[Decision], bool] | None = None
    heard: Heard | None = None
    complete: bool = False


@dataclass(slots=True)
class Running:
    """A series that is being answered.

    Attributes:
        ended: Whether an answer was such that nothing behind it is asked.
    """

    stops: Callable[[Decision], bool] | None
    ended: bool = False


@dataclass(slots=True)
class Pending:
    """A question whose record is still to be kept.

    Attributes:
        settled: Its answer and by which facts; none until both are certain.
    """

    put: Put
    series: Running
    settled: tuple[Decision, Facts] | None = None

    def ends_series(self) -> bool:
        """Whether it was settled so that nothing behind it is asked."""
        stops = self.series.stops
        return stops is not None and self.settled is not None and stops(self.settled[0])


class NotReachedError(ConcordatError):
    """An answer before it ended the series, so the question is not asked."""
