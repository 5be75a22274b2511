"""The log as whoever watches it reads it: tiles, bundles of entries, and what proves it grew.

Promises that whatever is handed out fits a checkpoint of this office, and that nothing
is there which no checkpoint can reach yet. Changes nothing.

Source:
    C2SP tlog-tiles; RFC 6962, section 2.1.
"""

from typing import Final

from engine import merkle
from engine.errors import NotFoundError, ProofError, StorageError
from engine.merkle import Digest
from engine.service.premises import Premises
from engine.service.scanning import onwards
from engine.tiles import HEIGHT, Tile, bundled


class LogFiles:
    """For those who check that the log is one, and only ever grows."""

    def __init__(self, premises: Premises) -> None:
        self._premises: Final = premises

    def read(self, tile: Tile) -> bytes:
        """The hashes of a tile, or the entries of a bundle.

        Raises:
            NotFoundError: The log does not reach so far.
        """
        records = self._premises.records
        if not tile.is_there(records.head().size):
            raise NotFoundError("log does not reach that tile", hint="ask for the checkpoint first")
        if tile.level is None:
            entries = onwards(records, tile.first, tile.width)
            return bundled([each.jws.encode() for each in entries])
        hashes = records.subtrees(tile.level * HEIGHT, tile.first, tile.width)
        if len(hashes) != tile.width:
            raise StorageError("a tile of the log is not whole", hint="run `concordat doctor`")
        return b"".join(hashes)

    def inclusion(self, index: int, size: int) -> list[Digest]:
        """Prove that one record is in the log of a size that it has reached.

        Raises:
            NotFoundError: The log does not reach so far.
            ProofError: The record is not among so many.
        """
        self._refuse_beyond(size)
        return self._premises.records.inclusion(index, size)

    def consistency(self, first: int, second: int) -> list[Digest]:
        """Prove that the log of one size begins with that of another.

        Raises:
            NotFoundError: The log does not reach so far.
            ProofError: The first is larger than the second.
        """
        self._refuse_beyond(second)
        if first > second:
            raise ProofError(f"a log of {second} records does not begin with one of {first}")
        return merkle.stored_consistency_proof(first, second, self._node)

    def _node(self, level: int, index: int) -> Digest:
        found = self._premises.records.subtrees(level, index, 1)
        if not found:
            raise StorageError(f"node {index} on level {level} of the log is not there")
        return found[0]

    def _refuse_beyond(self, size: int) -> None:
        if size > self._premises.records.head().size:
            raise NotFoundError(f"log has not yet {size} records", hint="ask for its checkpoint")
