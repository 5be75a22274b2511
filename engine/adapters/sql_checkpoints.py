"""Moves what SQLite wrote ahead into the file, in a thread beside whoever appends.

SQLite does so itself, but within a commit that crosses its threshold, so that one
answer in some hundreds waits for all of it. Changes nothing about when a record is
durable: that is the flush of the log written ahead, which is each commit's own.

Source:
    SQLite, "Write-Ahead Logging", sections 2.1 and 3.3.
"""

import sqlite3
import threading
from contextlib import suppress
from pathlib import Path
from typing import Final

EVERY_S: Final = 0.1
MOST_BYTES: Final = 32 * 1024 * 1024
"""How long the log written ahead may grow before appending waits until it begins anew."""


class Checkpoints:
    """The thread of one file.

    Args:
        path: The file.
        connection: Its own, which flushes as fully as any; closed at the end.
    """

    def __init__(self, path: Path, connection: sqlite3.Connection) -> None:
        self._ahead: Final = path.with_name(f"{path.name}-wal")
        self._connection: Final = connection
        self._ending: Final = threading.Event()
        self._thread: Final = threading.Thread(target=self._run, name="checkpoints", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Finish what was begun, and stop."""
        self._ending.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._ending.wait(EVERY_S):
            # What goes wrong with the disk here, whoever appends next is told; nothing that
            # was kept is lost by it, for it stands in the log written ahead.
            with suppress(sqlite3.Error, OSError):
                self._move()
        self._connection.close()

    def _move(self) -> None:
        self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        # Written without a pause, the log would never come to begin anew by itself.
        if self._ahead.exists() and self._ahead.stat().st_size > MOST_BYTES:
            self._connection.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
