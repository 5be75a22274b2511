"""One worker of several, as a process of its own.

Run as ``python -m api.worker OFFICE SOCKET LIFELINE NUMBER URL LEVEL``: where it listens, and
what tells it that whoever started it is gone, are open files it is handed.
"""

import os
import signal
import socket
import sys
import threading
from pathlib import Path

from api.server import listen


def main() -> None:
    """Answer until told to stop."""
    office, place, lifeline, number, url, level = sys.argv[1:]
    threading.Thread(target=_end_with, args=(int(lifeline),), daemon=True).start()
    with socket.socket(fileno=int(place)) as listening:
        began = listen(Path(office), listening, url=url, level=level, worker=int(number))
    sys.exit(0 if began else 8)


def _end_with(lifeline: int) -> None:
    """Stop as if told to, once nobody holds the other end."""
    os.read(lifeline, 1)
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    main()
