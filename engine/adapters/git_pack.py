"""What arrives over a wire is measured before it is unpacked.

Promises that no object of a pack is larger than it may be, that there are not
too many, and that all of them together stay within a bound, by reading the sizes
they declare and holding each to it while passing over its content. A few bytes
may otherwise unfold to fill a machine. Nothing is kept here.

Source:
    git, ``gitformat-pack``: header, object entries, and delta instructions.
"""

import zlib
from typing import IO, Final

from engine.errors import StorageError

MAX_PACK_BYTES: Final = 1 << 28
MAX_OBJECTS: Final = 1_000_000
MAX_OBJECT_BYTES: Final = 1 << 26
MAX_UNFOLDED_BYTES: Final = 1 << 32

_CHUNK: Final = 1 << 16
_COMMIT, _TAG, _OFFSET_DELTA, _NAMED_DELTA = 1, 4, 6, 7
_ID_BYTES: Final = 20
_MOST_BITS: Final = 63


def refuse_excess(pack: IO[bytes]) -> None:
    """Pass over a pack from its beginning, and refuse one that would unfold too far.

    Raises:
        StorageError: It is no pack, or exceeds a bound; the message says which.
    """
    pack.seek(0)
    reader = _Reader(pack)
    header = reader.take(12)
    if header[:4] != b"PACK":
        raise StorageError("what was sent is not a git pack")
    count = int.from_bytes(header[8:12], "big")
    if count > MAX_OBJECTS:
        raise StorageError(f"{count:,} objects were sent; at most {MAX_OBJECTS:,} are taken")
    unfolded = 0
    for _ in range(count):
        unfolded += _object_bytes(reader)
        if unfolded > MAX_UNFOLDED_BYTES:
            raise StorageError(f"what was sent unfolds to more than {MAX_UNFOLDED_BYTES:,} bytes")


def _object_bytes(reader: "_Reader") -> int:
    """How large one object is once unfolded; the reader is left at the next one."""
    first = reader.take(1)[0]
    kind, declared = (first >> 4) & 7, first & 15
    if first & 0x80:
        declared |= reader.number() << 4
    if kind == _OFFSET_DELTA:
        while reader.take(1)[0] & 0x80:
            pass
    elif kind == _NAMED_DELTA:
        reader.take(_ID_BYTES)
    elif not _COMMIT <= kind <= _TAG:
        raise StorageError(f"what was sent holds an object of unknown kind {kind}")
    _refuse_large(declared)
    begins = reader.skip_deflated(declared)
    if kind not in (_OFFSET_DELTA, _NAMED_DELTA):
        return declared
    _, rest = _number(begins)
    outcome, _ = _number(rest)
    _refuse_large(outcome)
    return outcome


def _refuse_large(size: int) -> None:
    if size > MAX_OBJECT_BYTES:
        raise StorageError(
            f"a file of {size:,} bytes was sent; at most {MAX_OBJECT_BYTES:,} are taken"
        )


def _number(data: bytes) -> tuple[int, bytes]:
    """Read a number written seven bits a byte, least first; return what follows it too."""
    value = 0
    for place, byte in enumerate(data):
        value |= (byte & 0x7F) << (7 * place)
        if not byte & 0x80:
            return value, data[place + 1 :]
    raise StorageError("what was sent holds a change that cannot be read")


class _Reader:
    """Reads a file in order, and can give back what it read too far."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file = file
        self._ahead = b""

    def take(self, size: int) -> bytes:
        while len(self._ahead) < size:
            more = self._file.read(_CHUNK)
            if not more:
                raise StorageError("what was sent is cut short")
            self._ahead += more
        taken, self._ahead = self._ahead[:size], self._ahead[size:]
        return taken

    def number(self) -> int:
        value = shift = 0
        while True:
            byte = self.take(1)[0]
            value |= (byte & 0x7F) << shift
            shift += 7
            if not byte & 0x80:
                return value
            if shift > _MOST_BITS:
                raise StorageError("what was sent declares a size that cannot be")

    def skip_deflated(self, declared: int) -> bytes:
        """Pass over deflated bytes of a declared length; return the first few of them."""
        unfolder, size, begins = zlib.decompressobj(), 0, b""
        try:
            while not unfolder.eof:
                folded = self.take(1) + self._ahead
                self._ahead = b""
                unfolded = unfolder.decompress(folded, declared - size + 1)
                self._ahead = unfolder.unused_data or unfolder.unconsumed_tail
                size += len(unfolded)
                begins = (begins + unfolded)[:_ID_BYTES]
                if size > declared:
                    raise StorageError("what was sent is larger than it declares")
        except zlib.error as fault:
            raise StorageError("what was sent is damaged") from fault
        if size != declared:
            raise StorageError("what was sent is smaller than it declares")
        return begins
