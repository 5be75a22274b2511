"""Records that are kept together: sealed one after the other, in one transaction.

Promises that whatever is read while a record is sealed holds every record before
it, those of the same batch too; and that a batch whose transaction failed in any
way is never taken for one that was kept. Begins and ends no transaction itself.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final

from sqlalchemy import Connection

from engine.adapters import sql_log
from engine.adapters.sql_database import Database
from engine.adapters.sql_tables import TABLES
from engine.errors import ConcordatError, StorageError
from engine.merkle import Digest, Frontier, leaf_hash, stored_frontier
from engine.ports import Head, Kept
from engine.record import Link
from engine.tiles import LEAST_LEVEL

MAX_CLOCK_STEP_S: Final = 2
"""How far the clock may step back between two records."""

MAX_BEHIND: Final = 256
"""After how many records of others the edge of the tree is read anew rather than made of them."""


class Batch:
    """The records of one transaction, in their places from the first seal on.

    They have one head, that of the last: of any other size it follows from the tree.

    Args:
        connection: In a transaction that nobody else can be in.
        database: The one that the connection is to.
        chain: What the chain of records is called in them.
        edge: The edge of the tree as it was last known here; checked, not believed.

    Attributes:
        last_change: The index of the newest record that changed a standing, those taken too.

    Raises:
        StorageError: The head of the log is not that of its entries.
    """

    def __init__(
        self, connection: Connection, database: Database, chain: str, edge: Frontier
    ) -> None:
        self.connection: Final = connection
        self._database: Final = database
        # Any: what a column holds is known to the database, which is kept to that.
        self._rows: dict[str, list[tuple[Any, ...]]] = {table.name: [] for table in TABLES}
        self._fault: Exception | None = None
        self.last_change, last, head = sql_log.end_in(database.first(connection, sql_log.END))
        link = Link.first(chain)
        self._link = link if last is None else link._replace(n=last[0]).after(last[1])
        self._newest_s = head.at_s
        self._leaves: list[Digest] = []
        self.frontier = self._edge(edge, head)

    def _edge(self, known: Frontier, head: Head) -> Frontier:
        size = self._link.n
        behind = size - known.size
        if 0 < behind <= MAX_BEHIND:
            # What others appended meanwhile is asked for once, and the edge not node by node.
            known, _ = known.append(*sql_log.subtrees(self.connection, 0, known.size, behind))
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
        late_s = self._newest_s - kept.iat_s
        if late_s > MAX_CLOCK_STEP_S:
            raise StorageError(
                f"clock stands {late_s} seconds before the newest record",
                hint="set the clock right; until it has caught up, nothing is answered",
            )
        sealed, rows = kept.sealed, self._rows
        self._leaves.append(leaf_hash(sealed.jws.encode()))
        self._newest_s = kept.iat_s
        self._link = self._link.after(sealed.jws)
        rows["entry"].append((index, sealed.jti, kept.kind, kept.outcome, sealed.jws))
        rows["disclosure"] += [
            (index, place, encoded) for place, encoded in enumerate(sealed.disclosures)
        ]
        if kept.changes:
            rows["standing"] += _standing_rows(index, kept)
            self.last_change = index
        if kept.consent is not None:
            rows["consent"].append((index, *kept.consent))
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
            rows, self._rows = self._rows, {table.name: [] for table in TABLES}
            if rows["entry"]:
                leaves, self._leaves = self._leaves, []
                self.frontier, nodes = self.frontier.append(*leaves, least_level=LEAST_LEVEL)
                rows["node"] = [(each.level, each.index, each.hash) for each in nodes]
                rows["head"].append((self.frontier.size, self.frontier.root(), self._newest_s))
            self._database.insert(self.connection, rows)
        except Exception as fault:
            # INVARIANT: whoever looks something up while sealing may take its failure for an
            # answer; a batch that lost rows there is never committed all the same.
            self._fault = fault
            raise


def _standing_rows(index: int, kept: Kept) -> list[tuple[Any, ...]]:
    return [
        (index, *effect.key, effect.change.value, effect.party, effect.at_s, kept.iat_s)
        for effect in kept.changes
    ]
