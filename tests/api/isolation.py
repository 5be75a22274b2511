"""For every way in: what an application tries that is no end of anything, and that it gets nothing.

Each way has one row, a function that tries and asserts. The rows of a family of
resources stand in a module of their own, named in `tests.api.test_isolation`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from api.scopes import Way
from engine.service import Office
from tests.api.application import Application


@dataclass(frozen=True)
class World:
    """An office, whose council and trust share, and somebody who has no part in it.

    Attributes:
        stranger: An application of a third agency, with every scope.
        office: The office, opened a second time.
    """

    council: Application
    trust: Application
    stranger: Application
    office: Office

    def size(self) -> int:
        """How many records the log has."""
        return self.office.premises.records.head().size

    def commit(self) -> str:
        """Where the register stands."""
        return self.office.premises.register.head().commit

    def unknown(self, method: str, path: str, missing: str, **said: Any) -> None:
        """Assert that a thing of others is answered like one that is not there."""
        theirs = self.stranger.request(method, path, **said)
        nothing = self.stranger.request(method, missing, **said)
        assert theirs.status_code == nothing.status_code == 404, theirs.text
        assert theirs.json() == nothing.json()


Row: TypeAlias = Callable[[World], None]
ROWS: Final[dict[Way, Row]] = {}


def isolates(method: str, path: str) -> Callable[[Row], Row]:
    """Say of a function that it is the row of a way in."""

    def kept(row: Row) -> Row:
        assert (method, path) not in ROWS
        ROWS[method, path] = row
        return row

    return kept
