"""What differs between the databases that can hold the records of an office.

All else is the same for each. Nothing here does anything.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final, Protocol

from sqlalchemy import Connection, Engine

from engine.errors import StorageError

WRITES: Final = "concordat_writes"
"""The execution option of a connection that is going to append."""

BESIDE: Final = "concordat_beside"
"""The execution option of one that writes beside the log, and so need not be alone."""

AT_ONCE: Final = "concordat_at_once"
"""The execution option of one that does not wait for another program that is appending."""


class Database(Protocol):
    """A database that keeps what it is given, or says that it cannot.

    A connection of its engine begins each transaction by itself: one that writes
    (`WRITES`) is in it alone, and one that reads sees one state of the log throughout.
    """

    @property
    def place(self) -> str:
        """Where it is, to be named in messages; holds no secret."""
        ...

    @property
    def at_hand(self) -> bool:
        """Whether it is on a disk of this machine, so that nobody waits for a network."""
        ...

    @property
    def errors(self) -> tuple[type[Exception], ...]:
        """What its driver raises."""
        ...

    def make(self) -> None:
        """Make empty tables where there is nothing yet.

        Raises:
            StorageError: There is something already, or it cannot be written.
        """
        ...

    def upgrade(self) -> tuple[int, int]:
        """Bring the tables to the form that this version reads, all of it or nothing.

        Returns:
            The form before and after.

        Raises:
            StorageError: It is no office's, or of a newer form.
        """
        ...

    def tend(self) -> Callable[[], None]:
        """Do beside whoever appends what would now and then hold one up; hands back its end."""
        ...

    def engine(self) -> Engine:
        """Connections, each seen to keep safely what it is given, before it is used."""
        ...

    def in_transaction(self, connection: Connection) -> bool:
        """Whether the transaction is still the one that was begun."""
        ...

    def first(self, connection: Connection, statement: str) -> tuple[Any, ...] | None:
        """The first row that a statement finds, asked of the driver itself."""
        ...

    def insert(self, connection: Connection, rows: Mapping[str, Sequence[tuple[Any, ...]]]) -> None:
        """Insert rows, by table, whole and in the order of its columns.

        A row that refers to an entry comes behind it.
        """
        ...

    def complaints(self, connection: Connection) -> list[str]:
        """What it finds wrong with itself and its settings; empty if nothing."""
        ...

    def told(self, fault: BaseException) -> StorageError:
        """Say what went wrong."""
        ...

    def was_unbegun(self, fault: BaseException) -> bool:
        """Whether a transaction that could not begin may be begun again on a new connection."""
        ...

    def ends_appending(self, fault: BaseException) -> bool:
        """Whether after this failure of a commit nothing may be appended until a restart."""
        ...
