"""What keeping records together is worth, as ratios measured in one run. `make bench` prints it.

Two ladders: the whole way of a question through the desk, from its JSON to the durable
record; and the store alone, handed records that are already signed. On each, one at a
time and in batches take turns, round by round, so that a busy machine slows all alike.
Every record is flushed to the disk before its call returns. What is timed is the clock
on the wall, since waiting for the disk is what a batch saves.
"""

import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from engine import bootstrap
from engine.adapters.sql_store import SqlStore
from engine.ports import Kept
from engine.record import Link, Sealed
from engine.service.desk import Answered
from tests.service.conftest import AGREEMENT, asked, new_office

BATCHES = (1, 8, 32, 128)
ROUNDS = 9
RECORDS = 256
LEAST_GAIN = 1.5
"""How many times as many decisions a second batches of 32 must give."""


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk that is measured: the one in which this is run."""
    folder = Path(tempfile.mkdtemp(prefix=".bench-", dir=Path.cwd()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def rates(one_batch: Callable[[int], None]) -> Mapping[int, list[float]]:
    """Records a second for each size of batch, round by round."""
    found: dict[int, list[float]] = {size: [] for size in BATCHES}
    for number in range(ROUNDS + 1):
        for size in BATCHES:
            began = time.perf_counter()
            for _ in range(RECORDS // size):
                one_batch(size)
            if number:  # The first round warms up.
                found[size].append(RECORDS / (time.perf_counter() - began))
    return found


def desk_rates(folder: Path) -> Mapping[int, list[float]]:
    """From the question to the durable record."""
    office = new_office(folder / "office")
    office.author.publish(AGREEMENT)
    question = asked()

    def ask(size: int) -> None:
        if size == 1:
            office.desk.ask(question)
            return
        answers = office.desk.ask_many([question] * size)
        if not all(isinstance(each, Answered) for each in answers):
            raise AssertionError(answers)

    with office:
        return rates(ask)


def store_rates(folder: Path) -> Mapping[int, list[float]]:
    """Records of the usual size, signed beforehand."""
    with bootstrap.open_office(folder / "office") as office:
        answered = office.desk.ask(asked())
    store = SqlStore.create(folder / "log.sqlite", chain="bench")
    now_s = int(time.time())

    def seal(link: Link) -> Kept:
        jti = f"{answered.jti}-{link.n}"
        return Kept(Sealed(answered.jws, answered.disclosures, jti), "decision", "permit", now_s)

    def append(size: int) -> None:
        if size == 1:
            store.append(seal)
            return
        store.append_many([seal] * size)

    found = rates(append)
    store.close()
    return found


def show(what: str, found: Mapping[int, list[float]]) -> float:
    """Print one ladder, and return the gain of batches of 32."""
    gains = {
        size: statistics.median(a / b for a, b in zip(found[size], found[1], strict=True))
        for size in BATCHES
    }
    print(f"{what:<34} {'a second':>9} {'slowest':>9} {'fastest':>9}   times one by one")
    for size in BATCHES:
        rate, name = found[size], "one by one" if size == 1 else f"in batches of {size}"
        print(
            f"  {name:<32} {statistics.median(rate):>9,.0f} {min(rate):>9,.0f} {max(rate):>9,.0f}"
            f"   {gains[size]:.2f}"
        )
    print()
    return gains[32]


def main() -> int:
    """Measure and print; 1 if batches gain too little."""
    print(f"Durable records; medians of {ROUNDS} rounds of {RECORDS} records, wall clock.\n")
    with scratch() as folder:
        gain = show("question to durable record", desk_rates(folder))
        show("store alone", store_rates(folder))
    print(f"batches of 32 at the desk: {gain:.2f} times one by one (at least {LEAST_GAIN})")
    return 0 if gain >= LEAST_GAIN else 1


if __name__ == "__main__":
    sys.exit(main())
