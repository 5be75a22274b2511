"""The signed head of a log: C2SP signed notes and the checkpoints written as such.

Promises that a note accepted here has one spelling, that a checkpoint names one
log, one size and one root, and that a bad signature from a known key spoils the
whole note. Refuses extension lines, which no monitor could audit, and every
signature type but Ed25519. Signatures of unknown keys are read and ignored:
witnesses may sign beside the log. Nothing here remembers an earlier head.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from engine.canonical import b64_decode, b64_encode, escaped
from engine.errors import CheckpointError, RecordError, SignatureError, TrustError
from engine.keys import PrivateKey, PublicKey, verify_bytes
from engine.merkle import DIGEST_BYTES, EMPTY_ROOT

MAX_NOTE_BYTES = 65_536
MAX_SIGNATURES = 100
MAX_SIZE = 2**63 - 1

_ED25519 = b"\x01"  # C2SP signed-note, "Signature types".
_KEY_ID_BYTES = 4
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]")
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one log at one size.

    Attributes:
        origin: Name of the log, which is also the name of its key. Narrower
            than C2SP allows: neither empty, nor with a space or a plus sign.
        size: Number of leaves, below 2**63.
        root: Head of the tree, 32 bytes.

    Raises:
        CheckpointError: One of them is not so, or an empty tree has a root of its own.

    Source:
        C2SP tlog-checkpoint, "Note text".
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not _is_key_name(self.origin):
            raise CheckpointError("origin of the log is empty, or holds a space or a plus sign")
        if not 0 <= self.size <= MAX_SIZE:
            raise CheckpointError(f"tree size {self.size} is not one a log can have")
        if len(self.root) != DIGEST_BYTES:
            raise CheckpointError(f"root is {len(self.root)} bytes long, not {DIGEST_BYTES}")
        if self.size == 0 and self.root != EMPTY_ROOT:
            raise CheckpointError("an empty tree has only one root, and this is not it")


@dataclass(frozen=True, slots=True)
class VerifierKey:
    """A key that signs notes under a name.

    Attributes:
        name: Neither empty, nor with a space or a plus sign.
        key: The Ed25519 key.
    """

    name: str
    key: PublicKey

    def __post_init__(self) -> None:
        if not _is_key_name(self.name):
            raise TrustError("name of the key is empty, or holds a space or a plus sign")

    @property
    def key_id(self) -> bytes:
        """The four bytes that stand before its signatures (C2SP signed-note, "Signatures")."""
        named = self.name.encode() + b"\n" + _ED25519 + self.key.x
        return hashlib.sha256(named).digest()[:_KEY_ID_BYTES]

    def __str__(self) -> str:
        """Write the key as operators exchange it: ``name+id+base64``."""
        return f"{self.name}+{self.key_id.hex()}+{b64_encode(_ED25519 + self.key.x)}"


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line: who says to have signed, and the signature."""

    name: str
    key_id: bytes
    signature: bytes


@dataclass(frozen=True, slots=True)
class Note:
    """A signed text, taken apart.

    Attributes:
        text: What is signed, its last newline included.
        signatures: In the order of their lines; at least one.
    """

    text: str
    signatures: tuple[NoteSignature, ...]


def parse_vkey(text: str) -> VerifierKey:
    """Read a verifier key, ``name+id+base64``.

    Raises:
        TrustError: It is not written so, is not Ed25519, or its id is not its own.
    """
    name, *rest = text.split("+", 2)
    if len(rest) != 2:
        raise TrustError("verifier key is not of the form name+id+key")
    try:
        material = b64_decode(rest[1])
    except RecordError as error:
        raise TrustError(
            f"verifier key `{escaped(name)}` is misspelled", hint=error.hint
        ) from error
    if material[:1] != _ED25519:
        raise TrustError(f"verifier key `{escaped(name)}` is not an Ed25519 key")
    vkey = VerifierKey(name, PublicKey.from_bytes(material[1:]))
    if rest[0] != vkey.key_id.hex():
        raise TrustError(
            f"verifier key `{name}` does not have the id it states",
            hint=f"the id of this key under this name is {vkey.key_id.hex()}",
        )
    return vkey


def parse_note(note: str | bytes) -> Note:
    """Take a signed note apart. Says nothing about whether it is true.

    Raises:
        CheckpointError: The note is not in its one spelling, or too large.

    Source:
        C2SP signed-note, "Format".
    """
    spelled = _decoded(note)
    text, blank, lines = spelled.rpartition("\n\n")
    if not blank or not lines.endswith("\n"):
        raise CheckpointError("note has no signatures after a blank line")
    signatures = lines[:-1].split("\n")
    if len(signatures) > MAX_SIGNATURES:
        raise CheckpointError(f"note has more than {MAX_SIGNATURES} signatures")
    return Note(text + "\n", tuple(_signature(line) for line in signatures))


def format_note(note: Note) -> str:
    """Write a note as `parse_note` reads it."""
    lines = (
        f"— {signed.name} {b64_encode(signed.key_id + signed.signature)}\n"
        for signed in note.signatures
    )
    return f"{note.text}\n{''.join(lines)}"


def verify_note(note: str | bytes, vkeys: Iterable[VerifierKey]) -> tuple[str, ...]:
    """Find out which known keys signed a note.

    Returns:
        The names of those keys, each once, in the order of their lines.

    Raises:
        CheckpointError: The note is misspelled, no known key signed it, or a
            line under a known key does not verify.

    Source:
        C2SP signed-note, "Signatures".
    """
    parsed = parse_note(note)
    known = {(vkey.name, vkey.key_id): vkey.key for vkey in vkeys}
    verified: dict[str, None] = {}
    for signed in dict.fromkeys(parsed.signatures):
        key = known.get((signed.name, signed.key_id))
        if key is None:
            continue
        try:
            verify_bytes(parsed.text.encode(), signed.signature, key)
        except SignatureError as error:
            raise CheckpointError(f"signature of `{signed.name}` does not fit the note") from error
        verified[signed.name] = None
    if not verified:
        raise CheckpointError("note is not signed by a known key")
    return tuple(verified)


def format_body(checkpoint: Checkpoint) -> str:
    """Write the three lines that a log signs (C2SP tlog-checkpoint, "Note text")."""
    return f"{checkpoint.origin}\n{checkpoint.size}\n{b64_encode(checkpoint.root)}\n"


def parse_body(text: str) -> Checkpoint:
    """Read the three lines that a log signs.

    Raises:
        CheckpointError: They are not three, or not in their one spelling.
    """
    lines = text.split("\n")
    if len(lines) < 4 or lines[-1]:
        raise CheckpointError("checkpoint has fewer than three lines")
    if len(lines) > 4:
        raise CheckpointError("checkpoint has extension lines, which are not accepted")
    origin, size, root, _ = lines
    if not _DECIMAL.fullmatch(size):
        raise CheckpointError("tree size is not a plain decimal number")
    try:
        return Checkpoint(origin, int(size), b64_decode(root))
    except RecordError as error:
        raise CheckpointError("root of the checkpoint is misspelled", hint=error.hint) from error


def sign(checkpoint: Checkpoint, key: PrivateKey) -> str:
    """Write a checkpoint as a note signed under the name of its log."""
    body = format_body(checkpoint)
    key_id = VerifierKey(checkpoint.origin, key.public).key_id
    signed = NoteSignature(checkpoint.origin, key_id, key.sign(body.encode()))
    return format_note(Note(body, (signed,)))


def open_checkpoint(note: str | bytes, vkey: VerifierKey, origin: str) -> Checkpoint:
    """Accept the head of one log on the word of its key.

    Raises:
        CheckpointError: The note is misspelled, not signed by this key, or the
            head of another log.
    """
    verify_note(note, [vkey])
    checkpoint = parse_body(parse_note(note).text)
    if checkpoint.origin != origin:
        raise CheckpointError(f"checkpoint is of log `{checkpoint.origin}`, not `{origin}`")
    return checkpoint


def _decoded(note: str | bytes) -> str:
    try:
        raw = note.encode("utf-8") if isinstance(note, str) else note
        if len(raw) > MAX_NOTE_BYTES:
            raise CheckpointError(f"note is {len(raw)} bytes long; at most {MAX_NOTE_BYTES}")
        spelled = raw.decode("utf-8")
    except UnicodeError as error:
        raise CheckpointError("note is not UTF-8") from error
    if _CONTROL.search(spelled):
        raise CheckpointError("note holds a control character other than newline")
    return spelled


def _signature(line: str) -> NoteSignature:
    dash, _, rest = line.partition(" ")
    name, _, encoded = rest.partition(" ")
    if dash != "—" or not _is_key_name(name):
        raise CheckpointError("a signature line is not of the form: em dash, name, signature")
    try:
        material = b64_decode(encoded)
    except RecordError as error:
        raise CheckpointError(f"signature of `{name}` is misspelled", hint=error.hint) from error
    if len(material) <= _KEY_ID_BYTES:
        raise CheckpointError(f"signature of `{name}` is empty")
    return NoteSignature(name, material[:_KEY_ID_BYTES], material[_KEY_ID_BYTES:])


def _is_key_name(name: str) -> bool:
    return bool(name) and not any(
        letter.isspace() or letter == "+" or letter < " " or "\ud800" <= letter <= "\udfff"
        for letter in name
    )
