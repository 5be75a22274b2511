"""What the service counts, for whoever watches it, in the form Prometheus reads.

Counting costs a dictionary's look-up; the library is asked only when somebody
looks. Promises that the number of series is bounded, whatever is asked of the
service, and that no label holds more than ids, codes and templates of paths.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Final, TypeAlias

from prometheus_client import CollectorRegistry, generate_latest, start_http_server
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)
from prometheus_client.registry import Collector

CONTENT_TYPE: Final = "text/plain; version=0.0.4; charset=utf-8"
MAX_AGREEMENTS: Final = 1_000
"""How many agreements are counted by name; the decisions of others are counted together."""

OTHER: Final = "(other)"
SECONDS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
SIZES: Final = (1.0, 2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0)


Read: TypeAlias = Callable[[], float | Mapping[str, float]]
"""Reads a value as it is now; or one by each value of a label."""


class Histogram:
    """How often something was at most so large."""

    def __init__(self, bounds: tuple[float, ...]) -> None:
        self._bounds: Final = bounds
        self._counts: Final = [0] * (len(bounds) + 1)
        self._total = 0.0

    def add(self, value: float) -> None:
        """Count one."""
        self._counts[bisect_left(self._bounds, value)] += 1
        self._total += value

    def told(self) -> tuple[list[tuple[str, float]], float]:
        """The buckets, each with all that are below its bound, and the total."""
        counts, sum_so_far, told = list(self._counts), 0, []
        for bound, count in zip([*map(str, self._bounds), "+Inf"], counts, strict=True):
            sum_so_far += count
            told.append((bound, float(sum_so_far)))
        return told, self._total


class Metrics(Collector):
    """Everything that is counted, in one process."""

    def __init__(self) -> None:
        self._registry: Final = CollectorRegistry(auto_describe=False)
        self._requests: Final[Counter[tuple[str, str, int]]] = Counter()
        self._durations: Final[dict[str, Histogram]] = {}
        self._decisions: Final[Counter[tuple[str, str, str]]] = Counter()
        self._agreements: Final[set[str]] = set()
        self._refused: Final[Counter[str]] = Counter()
        self._reloads: Final[Counter[str]] = Counter()
        self._batches: Final = Histogram(SIZES)
        self._gauges: Final[dict[str, tuple[str, str, Read]]] = {}
        self._registry.register(self)

    def request(self, route: str, method: str, status: int, seconds: float) -> None:
        """Count one request that was answered."""
        self._requests[route, method, status] += 1
        durations = self._durations.get(route)
        if durations is None:
            durations = self._durations[route] = Histogram(SECONDS)
        durations.add(seconds)

    def decision(self, outcome: str, code: str, agreement: str) -> None:
        """Count one decision."""
        if agreement not in self._agreements:
            if len(self._agreements) >= MAX_AGREEMENTS:
                agreement = OTHER
            self._agreements.add(agreement)
        self._decisions[outcome, code, agreement] += 1

    def refused(self, code: str) -> None:
        """Count one caller who was refused."""
        self._refused[code] += 1

    def reloaded(self, result: str) -> None:
        """Count one look at a register that had moved."""
        self._reloads[result] += 1

    def batch(self, size: int) -> None:
        """Count one commit of so many records."""
        self._batches.add(size)

    def gauge(self, name: str, said: str, read: Read, label: str = "") -> None:
        """Show a value as it is when somebody looks.

        Args:
            name: Without the `concordat_` before it.
            said: What it is, in a line.
            read: Reads the value; or one by each value of the label.
        """
        self._gauges[name] = said, label, read

    def collect(self) -> Iterator[Metric]:
        """Everything that was counted; for the library."""
        requests = CounterMetricFamily(
            "concordat_requests", "Requests, as they were answered",
            labels=["route", "method", "status"],
        )  # fmt: skip
        for (route, method, status), count in self._requests.copy().items():
            requests.add_metric([route, method, str(status)], count)
        yield requests
        durations = HistogramMetricFamily(
            "concordat_request_seconds", "How long answers took", labels=["route"]
        )
        for route, histogram in self._durations.copy().items():
            buckets, total = histogram.told()
            durations.add_metric([route], buckets, total)
        yield durations
        decisions = CounterMetricFamily(
            "concordat_decisions", "Decisions, by the agreement they rest on",
            labels=["outcome", "code", "agreement"],
        )  # fmt: skip
        for labels, count in self._decisions.copy().items():
            decisions.add_metric(labels, count)
        yield decisions
        for name, said, label, counted in (
            ("concordat_refused", "Callers who were refused", "code", self._refused),
            ("concordat_reloads", "Looks at a register that had moved", "result", self._reloads),
        ):
            family = CounterMetricFamily(name, said, labels=[label])
            for value, count in counted.copy().items():
                family.add_metric([value], count)
            yield family
        batches = HistogramMetricFamily("concordat_commit_records", "Records kept by one commit")
        batches.add_metric([], *self._batches.told())
        yield batches
        for name, (said, label, read) in self._gauges.copy().items():
            labelled, now = bool(label), read()
            shown = GaugeMetricFamily(f"concordat_{name}", said, labels=[label] * labelled)
            for value, number in now.items() if isinstance(now, Mapping) else [("", now)]:
                shown.add_metric([value] * labelled, number)
            yield shown

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)

    def listen(self, port: int) -> Callable[[], None]:
        """Show it on this machine alone; returns what stops that."""
        server, thread = start_http_server(port, "127.0.0.1", self._registry)

        def stop() -> None:
            server.shutdown()
            server.server_close()
            thread.join(5)

        return stop
