"""Connections to the records: each is lent in a transaction that has begun.

The connection that appended last is kept at hand for the next lot, since taking one out and
putting it back costs more than many a record. Promises that one which failed in any way is never
lent again. Commits nothing.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Final

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import SQLAlchemyError

from engine.adapters.sql_database import AT_ONCE, WRITES, Database


class Connections:
    """Connections to one database, opened when first asked for.

    Attributes:
        errors: What working with one may raise.
    """

    def __init__(self, database: Database) -> None:
        self._database: Final = database
        self.engine: Final[Engine] = database.engine()
        self.errors: Final[tuple[type[Exception], ...]] = (SQLAlchemyError, *database.errors)
        self._appended: Final[deque[Connection]] = deque()

    def begun(self, **options: bool) -> Connection:
        """A connection in a transaction; undone when closed, unless it was committed before."""
        try:
            return self._begun_once(options)
        except self.errors as fault:
            if not self._database.was_unbegun(fault):
                raise
        # Nothing was asked of it yet: the server may have been started anew since the
        # connection was last used.
        self.forget()
        return self._begun_once(options)

    @contextmanager
    def appending(self, *, at_once: bool) -> Iterator[Connection]:
        """A connection that appends, alone in its transaction; undone if this raises.

        Args:
            at_once: Whether not to wait for another program that is appending.
        """
        connection = self.begun(**{WRITES: True, AT_ONCE: at_once})
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._appended.append(connection)

    def forget(self) -> None:
        """Close every connection that nobody uses now."""
        while self._appended:
            self._appended.pop().close()
        self.engine.dispose()

    def _begun_once(self, options: Mapping[str, bool]) -> Connection:
        connection = self._connected(options).execution_options(**options)
        try:
            connection.begin()
        except BaseException:
            self.discard(connection)
            connection.close()
            raise
        return connection

    def _connected(self, options: Mapping[str, bool]) -> Connection:
        if options.get(WRITES):
            with suppress(IndexError):
                return self._appended.pop()
        return self.engine.connect()

    def discard(self, connection: Connection) -> None:
        """Never use again what a connection holds, for nobody knows what that is."""
        with suppress(*self.errors):
            connection.invalidate()
