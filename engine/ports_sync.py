"""What it takes to share a register: history to read, somewhere to fetch from and push to.

Nothing that was fetched touches the register's own files before it is asked for
by `forward` or `join`. Every call raises `StorageError`, and nothing else, when the
world fails it. Nothing here does anything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from engine.ports import Commit

PLAIN_FILE = 0o100644
"""The one mode that a file of a register has."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One file of one commit: its mode, and the id of its content, which locates it."""

    mode: int
    id: str


@dataclass(frozen=True, slots=True)
class Alteration:
    """What happened to one file between two commits; None where there was, or is, no file."""

    name: str
    before: Entry | None
    after: Entry | None


@dataclass(frozen=True, slots=True)
class Told:
    """What a commit says of itself; anybody may have written it.

    Attributes:
        author: The name of whoever made the change.
        at_s: When, in seconds since 1970-01-01T00:00:00Z.
        message: Its first line.
    """

    commit: str
    parents: tuple[str, ...]
    author: str
    at_s: int
    message: str


@dataclass(frozen=True, slots=True)
class Step:
    """What one commit changed against one of its parents; None if it has none."""

    told: Told
    parent: str | None
    alterations: Sequence[Alteration]


class SharedRegister(Protocol):
    """A register whose history several offices hold, through one place they all reach."""

    def address(self) -> str:
        """Where it is shared, without any password; empty if it is not."""
        ...

    def share(self, address: str) -> None:
        """Remember where it is shared."""
        ...

    def fetch(self) -> str | None:
        """Bring the shared history here, and say which commit is its newest; None if it has none.

        Raises:
            StorageError: The place cannot be reached, asks for a password, holds no
                git repository, or offers more than is taken.
        """
        ...

    def push(self, commit: str) -> str:
        """Offer a commit of ours to the place; empty if taken, else why it was not."""
        ...

    def seen(self) -> str | None:
        """The newest commit that was fetched, sound or not."""
        ...

    def accepted(self) -> str | None:
        """The newest commit of the place that this office found sound, or put there."""
        ...

    def accept(self, commit: str) -> None:
        """Remember that a commit of the place was found sound."""
        ...

    def newest(self) -> str | None:
        """Our newest commit; None in a register that has none."""
        ...

    def read_at(self, commit: str, name: str) -> bytes:
        """The bytes of one file as of a commit.

        Raises:
            NotFoundError: That commit has no such file.
        """
        ...

    def read_entry(self, entry: Entry) -> bytes:
        """The bytes of one file, by the id of its content."""
        ...

    def files_at(self, commit: str) -> dict[str, Entry]:
        """Every file of a commit, by name."""
        ...

    def alterations(self, old: str | None, new: str) -> list[Alteration]:
        """What differs between two commits, by name; everything if there is no old one."""
        ...

    def commits(self, since: str | None, until: str) -> list[Told]:
        """The commits that lead to one and not to the other, parents before children."""
        ...

    def steps(self, since: str | None, until: str) -> Iterator[Step]:
        """What each of those commits changed, against each of its parents."""
        ...

    def told(self, commit: str) -> Told:
        """What one commit says of itself."""
        ...

    def descends(self, commit: str, ancestor: str) -> bool:
        """Whether one commit is, or was made from, another."""
        ...

    def meeting(self, ours: str, theirs: str) -> str | None:
        """The newest commit from which both were made; None if there is none."""
        ...

    def refuse_malformed(self, since: str | None, until: str) -> None:
        """Refuse history of which something is missing or is not as git writes it.

        Raises:
            StorageError: The message names the object.
        """
        ...

    def finish(self) -> None:
        """Finish a move that was cut short, if there is one."""
        ...

    def forward(self, commit: str) -> None:
        """Move the register, files and all, to a commit made from ours."""
        ...

    def join(
        self,
        parents: Sequence[str],
        changes: Mapping[str, bytes | Entry | None],
        message: str,
        now: datetime,
    ) -> Commit:
        """Make a commit of several, and move the register to it.

        Args:
            parents: What it is made from; the first one's files are taken.
            changes: What differs from those: new bytes, a file some commit has, or
                None for a file that is gone.
        """
        ...

    def set_aside(self, commit: str) -> str:
        """Keep a commit that no other leads to; say under which name git finds it."""
        ...

    def keep_beside(self, name: str, data: bytes) -> str:
        """Keep what somebody wrote beside the file that stands, in no commit and never shared.

        Returns:
            The name under which it is kept, such as ``agreements/x.mine.yaml``.
        """
        ...
