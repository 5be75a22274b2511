"""One entry's place in a log as a text that can be checked offline (C2SP tlog-proof).

Promises one spelling of index and hashes. Refuses the optional extra data: it is
not signed, so it could only mislead. The checkpoint is carried word for word and
not read here; nor is anything verified, for that needs the entry and the key.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from engine.canonical import b64_decode, b64_encode
from engine.errors import InclusionError, RecordError
from engine.merkle import DIGEST_BYTES

HEADER = "c2sp.org/tlog-proof@v1"
MAX_HASHES = 63  # No tree of fewer than 2**63 leaves is higher.
MAX_BYTES = 65_536 + 4_096  # The longest note, and the longest proof before it.

_INDEX = re.compile(r"index (0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True)
class TlogProof:
    """The place of one entry, and the head of the log in which it has it.

    Attributes:
        index: Zero-based position of the entry.
        hashes: Sibling hashes, from the leaf upwards (RFC 6962, section 2.1.1).
        checkpoint: The signed note, word for word; not verified.
    """

    index: int
    hashes: tuple[bytes, ...]
    checkpoint: str


def format_tlog_proof(index: int, hashes: Sequence[bytes], checkpoint: str) -> str:
    """Write a proof (C2SP tlog-proof, "Format")."""
    lines = [HEADER, f"index {index}", *map(b64_encode, hashes), "", checkpoint]
    return "\n".join(lines)


def parse_tlog_proof(text: str) -> TlogProof:
    """Read a proof. Says nothing about whether it is true.

    Raises:
        InclusionError: The text is not in its one spelling, too large, or
            carries extra data.

    Source:
        C2SP tlog-proof, "Format".
    """
    if len(text) > MAX_BYTES:
        raise InclusionError(f"proof is longer than {MAX_BYTES} letters")
    head, blank, checkpoint = text.partition("\n\n")
    if not blank or not checkpoint:
        raise InclusionError("proof has no checkpoint after a blank line")
    header, *rest = head.split("\n")
    if header != HEADER:
        raise InclusionError(f"proof does not start with `{HEADER}`")
    if rest and rest[0].startswith("extra "):
        raise InclusionError(
            "proof carries extra data, which is not signed",
            hint="remove the line; the proof holds without it",
        )
    index = _INDEX.fullmatch(rest[0]) if rest else None
    if index is None or int(index[1]) >= 2**63:
        raise InclusionError("proof does not state the index of the entry in plain decimals")
    if len(rest) - 1 > MAX_HASHES:
        raise InclusionError(f"proof has more than {MAX_HASHES} hashes")
    return TlogProof(int(index[1]), tuple(_digest(line) for line in rest[1:]), checkpoint)


def _digest(line: str) -> bytes:
    try:
        digest = b64_decode(line)
    except RecordError as error:
        raise InclusionError("a hash in the proof is misspelled", hint=error.hint) from error
    if len(digest) != DIGEST_BYTES:
        raise InclusionError(f"a hash in the proof is not {DIGEST_BYTES} bytes long")
    return digest
