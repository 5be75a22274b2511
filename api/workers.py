"""Several workers that answer at one address, and who looks after them.

Promises that a worker that ended is started again, that what waits at its door meanwhile is
not turned away, and that all end when whoever looks after them is told to, or is gone.
Workers share nothing but the office: its register, its database, its keys and its settings.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import api
from api import journal
from api.server import STDERR, listening

PATIENCE_S: Final = 20.0
"""How long workers have to finish what was begun."""
LOOKS_S: Final = 0.2
SHORT_S: Final = 10.0
"""A worker that ended sooner did not really begin."""
MOST_SHORT: Final = 5
"""How many in a row, before it is given up."""
PAUSE_S: Final = 1.0

_FLOORS: Final = Path(api.__file__).resolve().parents[1]


@dataclass(slots=True)
class _Worker:
    number: int
    place: socket.socket
    child: "subprocess.Popen[bytes] | None" = None
    began_s: float = 0.0
    again_s: float = 0.0
    short: int = field(default=0)

    @property
    def runs(self) -> bool:
        return self.child is not None and self.child.poll() is None


class Workers:
    """The workers of one service.

    Args:
        office: The office's folder.
        places: Where each listens.
    """

    def __init__(
        self, office: Path, places: Sequence[socket.socket], *, url: str, level: str
    ) -> None:
        self._office: Final = office
        self._url: Final = url
        self._level: Final = level
        self._workers: Final = [_Worker(n, place) for n, place in enumerate(places)]
        self._told_to_stop = False
        self._lifeline = (-1, -1)

    def run(self) -> bool:
        """Keep them running until told to stop; whether they ended well."""
        written = journal.begin(self._level, lambda lines: os.write(STDERR, lines))
        self._lifeline = os.pipe()
        with ExitStack() as kept:
            for end in self._lifeline:
                kept.callback(os.close, end)
            for number in (signal.SIGTERM, signal.SIGINT):
                kept.callback(signal.signal, number, signal.signal(number, self._stop))
            try:
                return self._kept() and self._ended()
            finally:
                for worker in self._workers:
                    if worker.runs and worker.child is not None:
                        worker.child.kill()
                journal.end(written)

    def _stop(self, *_: object) -> None:
        self._told_to_stop = True

    def _kept(self) -> bool:
        """Start whatever does not run, until told to stop; false if that is given up."""
        while not self._told_to_stop:
            for worker in self._workers:
                if not worker.runs:
                    self._look_after(worker)
                if worker.short >= MOST_SHORT:
                    journal.note("error", "worker", said="a worker ends as soon as it begins")
                    self._ended()
                    return False
            time.sleep(LOOKS_S)
        return True

    def _look_after(self, worker: _Worker) -> None:
        now_s = time.monotonic()
        if worker.child is not None:
            ended = worker.child.returncode
            worker.child = None
            worker.short = worker.short + 1 if now_s - worker.began_s < SHORT_S else 0
            worker.again_s = now_s + PAUSE_S * worker.short
            journal.note("error", "worker", said=f"worker {worker.number} ended with {ended}")
        if now_s >= worker.again_s:
            worker.began_s = now_s
            worker.child = self._started(worker)

    def _started(self, worker: _Worker) -> "subprocess.Popen[bytes]":
        handed = worker.place.fileno(), self._lifeline[0]
        said = (*map(str, handed), str(worker.number), self._url, self._level)
        return subprocess.Popen(  # noqa: S603 -- Our own program, by our own words.
            [sys.executable, "-P", "-s", "-m", "api.worker", str(self._office), *said],
            stdin=subprocess.DEVNULL,
            pass_fds=handed,
            start_new_session=True,  # What is typed at a terminal reaches who looks after it.
            env={**os.environ, "PYTHONPATH": str(_FLOORS)},
        )

    def _ended(self) -> bool:
        """Have all finish what was begun; whether they did in time, and well."""
        # One that ended before was not told to, and would have been started again.
        children = [each.child for each in self._workers if each.runs and each.child is not None]
        for worker in self._workers:
            worker.place.close()  # From now on nobody new is let in.
        for child in children:
            child.send_signal(signal.SIGTERM)
        until_s = time.monotonic() + PATIENCE_S
        return all(_ends_well(child, until_s) for child in children)


def _ends_well(child: "subprocess.Popen[bytes]", until_s: float) -> bool:
    try:
        # Told to stop while it was still starting it ends by the signal: it had begun nothing.
        return child.wait(max(0.1, until_s - time.monotonic())) in (0, -signal.SIGTERM)
    except subprocess.TimeoutExpired:
        child.kill()
        return False


def taken_places(host: str, port: int, count: int) -> list[socket.socket]:
    """Take a place for each worker at the one address; the system spreads callers over them.

    Raises:
        StorageError: Nothing can listen there, or another program does.
    """
    alone = listening(host, port)
    if count == 1:
        return [alone]
    # So that an address where another program listens was refused.
    alone.close()
    return [listening(host, port, shared=True) for _ in range(count)]
