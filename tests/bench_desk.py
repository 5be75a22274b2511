"""What one decision costs below HTTP, in processor time: from the question to the durable record.

One office in this process, SQLite with every flush, the questions of the bench of the service.
Printed are lots of 32 whose questions were never put before, lots of those that were, questions
alone, and 50 of one asker; each as the median, and the least, over its lots. Beside them stands a
bare signature, measured in turn, for a busy machine slows both.
With `--agreements N` the office is another.
"""

import gc
import json
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from api import authzen
from engine import bootstrap, canonical, request
from engine.asking import Asking, ProvedBy
from engine.service import Office
from engine.service.desk import Answered, Put, Series
from engine.service.guards import UnheardError
from tests import bench_office

LOT: Final = 32
ASKED: Final = 3_200
PAYLOAD: Final = bytes(2_000)


@contextmanager
def scratch() -> Iterator[Path]:
    """A folder on the disk that is measured: the one in which this is run."""
    folder = Path(tempfile.mkdtemp(prefix=".bench-", dir=Path.cwd()))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def puts(agreements: int, count: int, seed: int) -> list[Put]:
    """Questions as they come from over HTTP, read and bound to their caller."""
    found = []
    for body in bench_office.questions(agreements, count, seed=seed):
        fields = authzen.read(json.loads(body)).fields
        fields["asked_by"] = fields["to"] = bench_office.COUNCIL
        asked = request.parse(json.dumps(fields).encode())
        asking = Asking(bench_office.CLIENT, ProvedBy.BEARER, "", canonical.digest_hex(body))
        found.append(Put(asked, asking))
    return found


def lots(asked: Sequence[Put], size: int) -> list[list[Series]]:
    """The same questions as they come together, each of an asker of its own."""
    return [
        [Series([each]) for each in asked[start : start + size]]
        for start in range(0, len(asked), size)
    ]


def cost(office: Office, together: Sequence[Sequence[Series]]) -> float:
    """Processor microseconds of this thread for each decision."""
    began = time.thread_time_ns()
    for lot in together:
        for answers in office.desk.ask_together(lot):
            assert not isinstance(answers, UnheardError)
            assert all(isinstance(each, Answered) for each in answers)
    decisions = sum(len(series.puts) for lot in together for series in lot)
    return (time.thread_time_ns() - began) / 1000 / decisions


def signature(office: Office) -> float:
    """Processor microseconds of a bare signature."""
    key = office.shelf.stamp().key
    began = time.thread_time_ns()
    for _ in range(200):
        key.sign(PAYLOAD)
    return (time.thread_time_ns() - began) / 200_000


def measure(office: Office, agreements: int) -> None:
    """Print what a decision costs in each way of asking."""
    asked, new = puts(agreements, ASKED, 1), puts(agreements, ASKED, 2)
    cost(office, lots(asked, LOT))
    gc.collect()
    gc.freeze()
    batches = [[Series(asked[start : start + 50])] for start in range(0, ASKED, 50)]
    print(f"{'processor us a decision':<28} {'median':>7} {'least':>7} {'bare signature':>15}")
    for name, together in (
        ("never put before, 32", lots(new, LOT)),
        ("put before, 32", lots(asked, LOT)),
        ("put before, alone", lots(asked[:400], 1)),
        ("put before, 50 of one asker", batches),
    ):
        found, signed = [], []
        for lot in together:
            found.append(cost(office, [lot]))
            signed.append(signature(office))
        print(
            f"{name:<28} {statistics.median(found):>7.0f} {min(found):>7.0f}"
            f" {statistics.median(signed):>15.1f}"
        )


def main() -> int:
    """Make an office, and measure."""
    agreements = int(sys.argv[2]) if sys.argv[1:2] == ["--agreements"] else 1_000
    with scratch() as folder:
        bench_office.make(folder / "office", agreements)
        with bootstrap.open_office(folder / "office") as office:
            office.premises.records.tend()
            measure(office, agreements)
    return 0


if __name__ == "__main__":
    sys.exit(main())
