"""What was seen once and may not be seen again while it could still be valid.

Promises that a name is let pass once until it lapses, at one counter or at all workers
of an office. Forgets nothing early: when full, it refuses. What a counter keeps in memory
is gone with it, so whatever was made before it opened is refused by whoever asks, by the
time it was made. Where several workers answer, their database decides who was first: names
are taken there by a thread of its own, all that wait in one statement, while the request
goes on being read.
"""

import threading
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from api.problems import unavailable

TOGETHER: Final = 500
"""How many names are taken in one statement."""
PATIENCE_S: Final = 5.0

Claim: TypeAlias = Future[bool]
"""Whether a name is used for the first time, once the database has said so."""

Take = Callable[[Mapping[str, int]], frozenset[str]]
"""Takes names, each until its instant; says which nobody had taken before."""


class SeenOnce:
    """Names that were used, each until it lapses.

    Args:
        most: How many are remembered at a time.
        shared: Those used at other workers, if there are any.
    """

    def __init__(self, most: int = 1_000_000, shared: "SharedOnce | None" = None) -> None:
        self._most: Final = most
        self._shared: Final = shared
        self._names: Final[set[str]] = set()
        self._lapsing: Final[dict[int, list[str]]] = {}
        self._swept_s = 0

    def first(self, name: str, *, until_s: int, now_s: int) -> bool:
        """Whether a name is seen here for the first time; it is remembered until then."""
        if now_s > self._swept_s:
            self._swept_s = now_s
            # By the second: looking at every name would hold up whoever asks just then.
            for lapsed_s in [each for each in self._lapsing if each < now_s]:
                self._names.difference_update(self._lapsing.pop(lapsed_s))
        if name in self._names or len(self._names) >= self._most:
            return False
        self._names.add(name)
        self._lapsing.setdefault(until_s, []).append(name)
        return True

    def claim(self, name: str, *, until_s: int) -> Claim | None:
        """Begin to ask whether it is the first time at any worker; none if there are no others."""
        return None if self._shared is None else self._shared.claim(name, until_s)

    def close(self) -> None:
        """Answer what waits, and end."""
        if self._shared is not None:
            self._shared.close()


def is_first(claim: Claim | None) -> bool:
    """Wait for what was claimed; never called where the event loop runs.

    Raises:
        StorageError: The database cannot say.
        ProblemError: It does not say in time.
    """
    if claim is None:
        return True
    try:
        return claim.result(PATIENCE_S)
    except TimeoutError as fault:
        raise unavailable("nobody can say in time whether a proof was used before") from fault


class SharedOnce:
    """Names that were used at any worker.

    Args:
        take: Takes them in the database.
    """

    def __init__(self, take: Take) -> None:
        self._take: Final = take
        self._asked: Final[SimpleQueue[tuple[str, int, Claim] | None]] = SimpleQueue()
        self._thread: Final = threading.Thread(target=self._work, name="once", daemon=True)
        self._thread.start()

    def claim(self, name: str, until_s: int) -> Claim:
        """Begin to find out whether a name is used for the first time."""
        told: Claim = Future()
        self._asked.put((name, until_s, told))
        return told

    def close(self) -> None:
        """Answer what waits, and end."""
        self._asked.put(None)
        self._thread.join(PATIENCE_S)

    def _work(self) -> None:
        while (lot := self._gathered()) is not None:
            names: dict[str, int] = {}
            claims: dict[str, Claim] = {}
            for name, until_s, told in lot:
                if name in claims:
                    told.set_result(False)
                else:
                    names[name], claims[name] = until_s, told
            self._answer(names, claims)

    def _answer(self, names: Mapping[str, int], claims: Mapping[str, Claim]) -> None:
        try:
            fresh = self._take(names)
        except Exception as fault:  # noqa: BLE001 -- Told to each who asks; the next lot is tried.
            for told in claims.values():
                told.set_exception(fault)
            return
        for name, told in claims.items():
            told.set_result(name in fresh)

    def _gathered(self) -> list[tuple[str, int, Claim]] | None:
        first = self._asked.get()
        if first is None:
            return None
        lot = [first]
        while len(lot) < TOGETHER:
            try:
                following = self._asked.get_nowait()
            except Empty:
                break
            if following is None:
                self._asked.put(None)
                break
            lot.append(following)
        return lot
