"""What is written down and counted of each request, once it was answered.

Costs a request some millionths of a second: lines are written, and sums made, elsewhere.
"""

from time import time  # noqa: TID251 -- The journal says when; nothing is decided by it.
from typing import TYPE_CHECKING, Final

from api import journal
from api.metrics import Metrics
from api.sighting import NONE, Sighting

if TYPE_CHECKING:
    from api.traces import Traces

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_REFUSALS: Final = (401, 403, 429)


class Observation:
    """Observes one service."""

    def __init__(self) -> None:
        self.metrics: Final = Metrics()
        self.traces: Traces | None = None
        self.metrics.gauge("journal_lines_lost", "Lines of the journal nobody took", journal.lost)

    def answered(self, sighting: Sighting, method: str, status: int, seconds: float) -> None:
        """Note that a request was answered.

        Args:
            status: As it was sent; 499 if whoever asked had gone before.
        """
        method = method if method in _METHODS else "OTHER"
        metrics, code = self.metrics, sighting.refused
        metrics.request(sighting.route or NONE, method, status, seconds)
        for answer in sighting.answers:
            metrics.decision(*answer)
        if status in _REFUSALS:
            metrics.refused(code or str(status))
        now_s = time()
        if self.traces is not None:
            self.traces.answered(sighting, method, status, now_s, seconds)
        journal.asked(
            journal.Asked(
                now_s,
                sighting.request_id,
                sighting.trace_id,
                sighting.client,
                sighting.agency,
                method,
                sighting.route,
                status,
                seconds * 1000,
                code,
                sighting.answers,
            )
        )
