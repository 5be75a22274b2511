"""What comparing two versions of a large agreement costs: forty clauses between thirty parties.

Every kind of change of `tests.crowds`, between versions whose parties share bases and between
versions in which each has its own; and agreements looked through for what they say together.
Printed are seconds of processor time, the median and the least of several takes, and how many rows
there are.
`python -m tests.bench_compare` runs it, and `make bench-register` with it.
"""

import statistics
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial

from engine.bundle import Slice
from engine.change_document import change_sha256
from engine.compare import Change, compare
from engine.lint import lint
from tests.crowds import BASES, CHANGES, changed, many, replaced
from tests.world import seed_law

TAKES = 5
COMPARED_S, LINTED_S = 1, 30
"""What each may be."""


def took(do: Callable[[], object]) -> float:
    """How long something takes this processor, in seconds, whatever else it does meanwhile."""
    begun = time.process_time()
    do()
    return time.process_time() - begun


def compared(*sides: Slice | None) -> Change:
    """The comparison with its digest, as whoever signs is shown it."""
    change = compare(seed_law(), *sides)
    change_sha256(change)
    return change


def pairs() -> Iterator[tuple[str, tuple[Slice | None, Slice | None]]]:
    """Everything that is compared, and what it is called."""
    for bases in BASES:
        for kind in CHANGES:
            yield f"{bases}: {kind}", changed(bases, kind)
    old, new = replaced()
    yield "another agreement in its place", (old, new)
    yield "a first version", (None, new)
    yield "it ends", (old, None)


def main() -> int:
    """Print the table; end with 1 if a limit is passed."""
    takes = int(sys.argv[1]) if len(sys.argv) > 1 else TAKES
    missed = False
    print(f"{'processor time, s':46}{'median':>8}{'least':>8}{'rows':>8}")
    for name, sides in pairs():
        rows = len(compared(*sides).rows)
        found = [took(partial(compared, *sides)) for _ in range(takes)]
        missed |= statistics.median(found) > COMPARED_S
        print(f"{name:46}{statistics.median(found):8.2f}{min(found):8.2f}{rows:8}", flush=True)
    slices = many(500)
    looked = took(lambda: lint(seed_law(), slices))
    print(f"{'500 agreements looked through':46}{looked:8.2f}   at most {LINTED_S}")
    return int(missed or looked > LINTED_S)


if __name__ == "__main__":
    sys.exit(main())
