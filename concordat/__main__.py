"""The front door: finds the floors, then hands over to the terminal.

In a checkout the floors are ordinary packages beside this one. In a wheel they
stand in ``concordat/_floors``, out of everybody else's way, and only our own
process sees them. Nothing else happens here.
"""

import os
import sys


def main() -> int:
    """Run one command and return its exit code."""
    floors = os.path.join(os.path.dirname(os.path.abspath(__file__)), "_floors")  # noqa: PTH100,PTH118,PTH120 -- pathlib would cost every command 5 ms.
    if os.path.isdir(floors):  # noqa: PTH112 -- as above.
        sys.path.insert(0, floors)
    from cli.main import run

    return run()


if __name__ == "__main__":
    sys.exit(main())
