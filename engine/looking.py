"""Looks at a whole register in a process of its own, so that nobody who asks waits for it.

Run as ``python -m engine.looking OFFICE`` it opens an office as a service does that has
just been started, each published file held to the log; with ``pull`` behind that it takes
in what others shared first. Says in one line of JSON what is wrong, and decides nothing.
"""

import json
import os
import sys
from pathlib import Path
from typing import Final

from engine.bootstrap import open_office
from engine.errors import ConcordatError

NICENESS: Final = 10
PULL: Final = "pull"


def main() -> None:
    """Look once and end."""
    os.nice(NICENESS)
    of = "register"
    told: dict[str, str] = {}
    try:
        with open_office(Path(sys.argv[1])) as office:
            if PULL in sys.argv[2:]:
                of = "shared"
                office.sync.pull()
    except ConcordatError as fault:
        told = {"of": of, "code": fault.code, "message": str(fault), "hint": fault.hint}
    sys.stdout.write(json.dumps(told))


if __name__ == "__main__":
    main()
