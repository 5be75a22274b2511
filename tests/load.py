"""A load generator for the bench of the service: raw HTTP/1.1 over loopback, as cheap as may be.

A closed loop: each connection sends its next request as soon as the last was answered,
so at many connections a latency is mostly waiting in line. Requests are written
beforehand, whole, and an answer is only measured and looked at for its status.
"""

import asyncio
import os
import statistics
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from typing import Final, cast

import uvloop

_TICKS_A_SECOND: Final = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True)
class Round:
    """What one round of load found.

    Attributes:
        per_second: Requests answered a second.
        p50_ms, p99_ms: Within which half, and 99 in 100, were answered.
        cpu_us: Processor time of the server for each request, in microseconds.
        slowest_ms: Within which all were answered.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    slowest_ms: float = 0.0


def request(path: str, body: bytes, headers: Sequence[str] = ()) -> bytes:
    """A POST of JSON, as it goes over the wire."""
    head = [
        f"POST {path} HTTP/1.1",
        "Host: 127.0.0.1",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        *headers,
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


class _Connection(asyncio.Protocol):
    """One connection, asking one thing after another."""

    def __init__(self, run: "_Run") -> None:
        self._run: Final = run
        self._taken = b""
        self._wanted = 0
        self._sent_ns = 0
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        # uvloop's own are of no common kind.
        self._transport = cast(asyncio.Transport, transport)
        self._ask()

    def _ask(self) -> None:
        assert self._transport is not None
        following = self._run.following()
        if following is None:
            self._transport.close()
            return
        self._sent_ns = time.perf_counter_ns()
        self._transport.write(following)

    def data_received(self, data: bytes) -> None:
        taken = self._taken = self._taken + data if self._taken else data
        if not self._wanted:
            end = taken.find(b"\r\n\r\n")
            if end < 0:
                return
            head = taken[:end].lower()
            place = head.index(b"content-length:") + 15
            self._wanted = end + 4 + int(head[place:].split(b"\r\n", 1)[0])
        if len(taken) < self._wanted:
            return
        self._run.answered(time.perf_counter_ns() - self._sent_ns, taken)
        self._taken, self._wanted = b"", 0
        self._ask()

    def connection_lost(self, _: Exception | None) -> None:
        self._run.left()


class _Run:
    """One round, shared by its connections."""

    def __init__(self, requests: Iterator[bytes], connections: int, seconds: float) -> None:
        self.done: Final = asyncio.get_running_loop().create_future()
        self.took_ns: Final[list[int]] = []
        self.refused: Final[list[bytes]] = []
        self._requests: Final = requests
        self._open = connections
        self._until_ns: Final = time.perf_counter_ns() + int(seconds * 1e9)

    def following(self) -> bytes | None:
        if time.perf_counter_ns() >= self._until_ns or self.refused:
            return None
        return next(self._requests, None)

    def answered(self, took_ns: int, answer: bytes) -> None:
        self.took_ns.append(took_ns)
        if answer[9:12] != b"200":
            self.refused.append(answer)

    def left(self) -> None:
        self._open -= 1
        if not self._open and not self.done.done():
            self.done.set_result(None)


def load(
    port: int, requests: Sequence[bytes], *, connections: int, seconds: float, pid: int,
    once: bool = False,
) -> Round:  # fmt: skip
    """Ask for so long, by so many connections at a time.

    Args:
        requests: In order, and again from the first.
        pid: The server, whose processor time is counted.
        once: Whether each may be sent only once; the round ends with the last.

    Raises:
        AssertionError: An answer was not 200, or a connection broke.
    """
    return uvloop.run(_load(port, requests, connections, seconds, pid, once=once))


async def _load(
    port: int, requests: Sequence[bytes], connections: int, seconds: float, pid: int, *, once: bool
) -> Round:
    run = _Run(iter(requests) if once else cycle(requests), connections, seconds)
    loop = asyncio.get_running_loop()
    cpu_s, began = cpu_of(pid), time.perf_counter()
    await asyncio.gather(
        *(
            loop.create_connection(lambda: _Connection(run), "127.0.0.1", port)
            for _ in range(connections)
        )
    )
    await run.done
    took_s, cpu_s = time.perf_counter() - began, cpu_of(pid) - cpu_s
    assert not run.refused, run.refused[0].decode("utf-8", "replace")
    sorted_ns = sorted(run.took_ns)
    count = len(sorted_ns)
    return Round(
        per_second=count / took_s,
        p50_ms=sorted_ns[count // 2] / 1e6,
        p99_ms=sorted_ns[min(count - 1, count * 99 // 100)] / 1e6,
        cpu_us=cpu_s / count * 1e6,
        slowest_ms=sorted_ns[-1] / 1e6,
    )


def cpu_of(pid: int) -> float:
    """The processor time a process and those it began have used, in seconds, all threads."""
    fields = Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text("utf-8").split()
    own_s = (int(fields[11]) + int(fields[12])) / _TICKS_A_SECOND
    return own_s + sum(cpu_of(int(each)) for each in children)


def memory_of(pid: int) -> int:
    """The memory a process holds, in bytes."""
    lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    (resident,) = (line.split()[1] for line in lines if line.startswith("VmRSS"))
    return int(resident) * 1024


def median(rounds: Sequence[Round], name: str) -> float:
    """The median over rounds of one of their figures."""
    return float(statistics.median(getattr(each, name) for each in rounds))


def ratio(over: Sequence[Round], under: Sequence[Round], name: str = "per_second") -> float:
    """The median of the ratios within each round."""
    found = (getattr(a, name) / getattr(b, name) for a, b in zip(over, under, strict=True))
    return float(statistics.median(found))
