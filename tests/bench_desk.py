"""What one decision costs below HTTP, in processor time: from the question to the durable record.

One office in this process, lots of 32, SQLite with every flush. The questions are those of the
bench of the service. Printed are the cost of a decision whose question was never put before,
of one put before, and of one asked alone; and how these grow with agreements and with the log.
"""

import json
import shutil
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from api import authzen
from engine import canonical, request
from engine.asking import Asking, ProvedBy
from engine.service import Office
from engine.service.desk import Answered, Put, Series
from engine.service.guards import UnheardError
from tests import bench_office

LOT: Final = 32
LOTS: Final = 100
ROUNDS: Final = 7


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
    return (time.thread_time_ns() - began) / 1000 / sum(map(len, together))
