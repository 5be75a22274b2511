"""What the services ask of the world, in Protocols as small as their callers.

Each window in `engine.adapters` keeps one of these promises; a test may keep
them in memory. All of them raise `StorageError`, and nothing else, when the
world fails them. Nothing here does anything.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from agreements.model import Agreement
from engine.chronicle import Effect, StandingEvent
from engine.compile import Compiled
from engine.consent_record import KeptConsent
from engine.errors import ConcordatError
from engine.keys import PrivateKey
from engine.law import Law
from engine.merkle import Digest, Node
from engine.ports_served import ServedStore
from engine.record import Link, Sealed


class Clock(Protocol):
    """Tells the time."""

    def now(self) -> datetime:
        """This instant, aware, UTC."""
        ...


class Chance(Protocol):
    """Gives bytes that nobody can foresee."""

    def draw(self, size_bytes: int) -> bytes:
        """Fresh bytes, used for nothing else."""
        ...


class Kept(NamedTuple):
    """A sealed record with what is kept beside it.

    Attributes:
        kind: The record's `type`.
        outcome: A decision's outcome; other records have none.
        iat_s: When the record says it was made.
        changes: What it does to versions of agreements.
        consent: Of a record of consent: the person's pseudonym, and the consent's id.
    """

    sealed: Sealed
    kind: str
    outcome: str | None
    iat_s: int
    changes: Sequence[Effect] = ()
    consent: tuple[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """A record in its place in the log."""

    index: int
    jti: str
    kind: str
    outcome: str | None
    jws: str


@dataclass(frozen=True, slots=True)
class Head:
    """The head of the log at one size; `at_s` is 0 for an empty log."""

    size: int
    root: Digest
    at_s: int


class RecordStore(ServedStore, Protocol):
    """Keeps records for good, in one order without a gap."""

    def append(self, seal: Callable[[Link], Kept]) -> tuple[int, Kept]:
        """Seal the next record and keep it; once it is durable, say its index and what was kept.

        Args:
            seal: Makes the record, given its place, which is held for it meanwhile.
        """
        ...

    def append_many(
        self, seals: Sequence[Callable[[Link], Kept]]
    ) -> list[tuple[int, Kept] | ConcordatError]:
        """Append with one flush what as many calls of `append` would; each reads those before it.

        Returns:
            For each seal in order its record's place; or its error, which takes none.

        Raises:
            StorageError: None of them was kept.
        """
        ...

    def head(self) -> Head:
        """The newest head."""
        ...

    def root_at(self, size: int) -> Digest:
        """The head the log had at a size it has reached."""
        ...

    def entry(self, jti: str) -> Entry | None:
        """The record of that id, if it is here."""
        ...

    def entry_at(self, index: int) -> Entry | None:
        """The record in that place, if there is one."""
        ...

    def newest(
        self, limit: int, kind: str | None, outcome: str | None = None, *, before: int | None = None
    ) -> list[Entry]:
        """The newest before a place in the log, newest first; of one kind or outcome if named."""
        ...

    def disclosures(self, jti: str) -> tuple[str, ...]:
        """What is left of a record's hidden claims, in their places."""
        ...

    def inclusion(self, index: int, size: int) -> list[Digest]:
        """Prove that one record is in the log of that size."""
        ...

    def subtrees(self, level: int, first: int, most: int) -> list[Digest]:
        """The heads of complete subtrees of one level, from one on, in order."""
        ...

    def standing_events(self) -> list[StandingEvent]:
        """Everything that was ever done to a version of an agreement, in order."""
        ...

    def last_change(self) -> int:
        """The index of the newest record that changed a standing; -1 if none did."""
        ...

    def consents(self, person: str | None = None, consent: str | None = None) -> list[KeptConsent]:
        """The records of consent, of one person or of one consent if named, in order."""
        ...

    def outcomes(self) -> Mapping[str, int]:
        """How many decisions had each outcome."""
        ...

    def entries(self) -> Iterator[Entry]:
        """Every row of the log, in order."""
        ...

    def nodes(self) -> Iterator[Node]:
        """Every stored subtree, in any order."""
        ...

    def heads(self) -> Iterator[Head]:
        """Every head, smallest first."""
        ...

    def all_disclosures(self) -> Iterator[tuple[str, int, str]]:
        """Every hidden claim that is left: record, place, and the claim as it travels."""
        ...

    def complaints(self) -> list[str]:
        """What the database finds wrong with itself and its settings; empty if nothing."""
        ...

    def close(self) -> None:
        """Let go of the file."""
        ...


@dataclass(frozen=True, slots=True)
class Commit:
    """Where the register stands: ids of git, which locate and do not prove."""

    commit: str
    tree: str


class Register(Protocol):
    """Holds agreements, signatures and policies as files, each version a commit."""

    def path(self, name: str) -> Path:
        """Where a file of the register stands."""
        ...

    def holds(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        ...

    def read_foreign(self, path: Path) -> bytes:
        """The bytes of a text that stands elsewhere on this machine."""
        ...

    def create(self, name: str, data: bytes) -> None:
        """Write a file that must not be there yet, without a commit."""
        ...

    def names(self, folder: str) -> list[str]:
        """What stands directly in a folder, sorted; nothing if there is no such folder."""
        ...

    def commit(self, files: Mapping[str, bytes], message: str, now: datetime) -> Commit:
        """Write files, each whole or not at all, and make a commit of them."""
        ...

    def remove(self, names: Sequence[str], message: str, now: datetime) -> Commit:
        """Take files away, first to last, and make a commit of that."""
        ...

    def head(self) -> Commit:
        """Where the register stands."""
        ...

    def read_then(self, name: str, at_s: int) -> bytes | None:
        """The bytes of one file as the history had it at an instant; None if it had none."""
        ...

    def changed(self) -> list[str]:
        """Files that differ from the newest commit, sorted."""
        ...


class KeyFolder(Protocol):
    """Holds private keys."""

    def read(self, name: str) -> PrivateKey:
        """The key of that name, such as ``decision`` or ``party-<agency>``."""
        ...

    def names(self) -> list[str]:
        """Every key there is, sorted."""
        ...

    def create(self, name: str, key: PrivateKey) -> None:
        """Keep a new key; never replaces one."""
        ...

    def replace(self, name: str, by: str) -> None:
        """Let the key of one name take the place of another, which is gone then."""
        ...

    def pseudonym_key(self, new: bytes = b"") -> bytes:
        """The key under which persons are named; kept new if there is none and one is given."""
        ...

    def complaints(self) -> list[str]:
        """What is wrong with the folder and its files; empty if nothing."""
        ...


class OfficeFiles(Protocol):
    """Holds the office's own public files: settings, trust roots, the last checkpoint."""

    def path(self, name: str) -> Path:
        """Where a file stands."""
        ...

    def holds(self, name: str) -> bool:
        """Whether there is such a file."""
        ...

    def read(self, name: str) -> bytes:
        """The bytes of one file."""
        ...

    def write(self, name: str, data: bytes) -> None:
        """Replace one file, whole or not at all."""
        ...

    def create(self, name: str, data: bytes) -> None:
        """Write a file that must not be there yet."""
        ...


class Compiler(Protocol):
    """Compiles and strictly validates an agreement where a fault can do no harm."""

    def compile(self, agreement: Agreement, law: Law) -> tuple[Compiled, str]:
        """The agreement compiled, and its policies as Cedar text for people.

        Raises:
            CompileError: A clause cannot become a policy.
            BundleError: The policies do not fit the schema, or compiling them failed.
        """
        ...
