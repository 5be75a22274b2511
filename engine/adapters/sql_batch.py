"""Records that are kept together: sealed one after the other, in one transaction.

Promises that whatever is read while a record is sealed holds every record before
it, those of the same batch too; and that a batch whose transaction failed in any
way is never taken for one that was kept. Begins and ends no transaction itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from sqlalchemy import Connection, select

from engine.adapters import sql_log
from engine.adapters.sql_database import Database
from engine.adapters.sql_tables import ENTRY
from engine.errors import ConcordatError, StorageError
from engine.merkle import Frontier, leaf_hash, stored_frontier
from engine.ports import Head, Kept
from engine.record import Link

MAX_CLOCK_STEP_S: Final = 2
"""How far the clock may step back between two records."""

_LAST: Final = select(ENTRY.c.index, ENTRY.c.jws).order_by(ENTRY.c.index.desc()).limit(1)


class Batch:
    """The records of one transaction, in their places from the first seal on.

    Each has a head of its own, since a checkpoint may be asked for at any size and
    an audit holds each head's instant to its record; rows are written together.

    Args:
        connection: In a transaction that nobody else can be in.
        database: The one that the connection is to.
        chain: What the chain of records is called in them.
        edge: The edge of the tree as it was last known here; checked, not believed.

    Raises:
        StorageError: The head of the log is not that of its entries.
    """

    def __init__(
        self, connection: Connection, database: Database, chain: str, edge: Frontier
    ) -> None:
        self.connection: Final = connection
        self._database: Final = database
        # Any: what a column holds is known to the database, which is kept to that.
        self._rows: dict[str, list[dict[str, Any]]] = {}
        self._fault: Exception | None = None
        self._last_change: int | None = None
        last = connection.execute(_LAST).one_or_none()
        link = Link.first(chain)
        self._link = link if last is None else replace(link, n=last[0]).after(last[1])
        self._head = sql_log.head_of(connection)
        self.frontier = self._edge(edge)

    def _edge(self, known: Frontier) -> Frontier:
        head, size = self._head, self._link.n
        if (known.size, known.root()) != (size, head.root) or head.size != size:
            known = stored_frontier(size, sql_log.node_reader(self.connection))
        if (head.size, head.root) != (size, known.root()):
            raise StorageError(
                f"head of the log in `{self._database.place}` is not that of its {size} records",
                hint="run `concordat doctor`; somebody may have altered the file",
            )
        return known

    def take(self, seal: Callable[[Link], Kept]) -> tuple[int, Kept]:
        """Seal the next record and give it its place; if this raises, the place is still free.

        Raises:
            StorageError: The clock stands before the newest record.
        """
        index = self._link.n
        kept = seal(self._link)
        late_s = self._head.at_s - kept.iat_s
        if late_s > MAX_CLOCK_STEP_S:
            raise StorageError(
                f"clock stands {late_s} seconds before the newest record",
                hint="set the clock right; until it has caught up, nothing is answered",
            )
        sealed = kept.sealed
        self.frontier, nodes = self.frontier.append(leaf_hash(sealed.jws.encode()))
        self._head = Head(self.frontier.size, self.frontier.root(), kept.iat_s)
        self._link = self._link.after(sealed.jws)
        self._add(
            "entry",
            {
                "index": index,
                "jti": sealed.jti,
                "kind": kept.kind,
                "outcome": kept.outcome,
                "jws": sealed.jws,
            },
        )
        for each in nodes:
            self._add("node", {"level": each.level, "index": each.index, "hash": each.hash})
        self._add("head", {"size": self._head.size, "root": self._head.root, "at": kept.iat_s})
        self._add(
            "disclosure",
            *(
                {"index": index, "place": place, "encoded": encoded}
                for place, encoded in enumerate(sealed.disclosures)
            ),
        )
        self._add("standing", *_standing_rows(index, kept))
        if kept.changes:
            self._last_change = index
        if kept.consent is not None:
            person, consent = kept.consent
            self._add("consent", {"index": index, "person": person, "consent": consent})
        return index, kept

    def tried(self, seal: Callable[[Link], Kept]) -> tuple[int, Kept] | ConcordatError:
        """As `take`, but an error is handed back: it is that one record's."""
        try:
            return self.take(seal)
        except ConcordatError as fault:
            return fault

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Let nothing of this batch be kept if what is done within goes wrong halfway."""
        try:
            yield
        except Exception as fault:
            # INVARIANT: whoever catches this cannot make the rest of the batch durable.
            self._fault = self._fault or fault
            raise

    def _add(self, table: str, *rows: dict[str, Any]) -> None:
        self._rows.setdefault(table, []).extend(rows)

    def write(self) -> None:
        """Have the database hold every record taken so far; commits nothing.

        Raises:
            StorageError: The transaction ended behind our back.
        """
        if self._fault is not None:
            raise self._fault
        try:
            # A read that fails can undo the transaction all by itself. What is written after
            # that would be kept row by row, and the commit would succeed.
            if not self._database.in_transaction(self.connection):
                raise StorageError(
                    f"records in `{self._database.place}` could not be kept: their transaction was"
                    " undone",
                    hint="check the disk, then ask again; no record is half written",
                )
            rows, self._rows = self._rows, {}
            self._database.insert(self.connection, rows)
        except Exception as fault:
            # INVARIANT: whoever looks something up while sealing may take its failure for an
            # answer; a batch that lost rows there is never committed all the same.
            self._fault = fault
            raise

    def last_change(self) -> int:
        """The index of the newest record that changed a standing, those of this batch too."""
        # Asked for by each record, and nobody else can append meanwhile.
        if self._last_change is None:
            self._last_change = sql_log.last_change(self.connection)
        return self._last_change


def _standing_rows(index: int, kept: Kept) -> list[dict[str, Any]]:
    return [
        {
            "index": index,
            "agreement": effect.key[0],
            "version": effect.key[1],
            "event": effect.change.value,
            "party": effect.party,
            "at_s": effect.at_s,
            "known_s": kept.iat_s,
        }
        for effect in kept.changes
    ]
