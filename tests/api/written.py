"""What a service wrote into its journal."""

import json
from typing import Any

from api import journal


class Written:
    """What was written."""

    def __init__(self) -> None:
        self.data = b""
        self.open: journal.Journal | None = None

    def write(self, lines: bytes) -> None:
        self.data += lines

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Every line, once all that waits is written."""
        if self.open is not None:
            journal.end(self.open)
            self.open = None
        return [json.loads(line) for line in self.data.splitlines()]

    def requests(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line["event"] == "request"]
