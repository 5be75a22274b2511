"""What a counter asks of the store so that a request sent twice does nothing twice.

A port like those of `engine.ports`. Nothing here does anything.
"""

from collections.abc import Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class GivenAnswer:
    """An answer as it was given.

    Attributes:
        request_sha256: Digest of the request it answers, in hex.
        status: Its HTTP status.
        headers: The headers that belong to it.
        body: Its bytes.
        at_s: When it was given, in seconds since 1970-01-01T00:00:00Z.
    """

    request_sha256: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    at_s: int


class AnswerBook(Protocol):
    """Keeps answers for a while, each in one transaction with the records it speaks of."""

    def together(self) -> AbstractContextManager[None]:
        """Let all that this thread appends within be kept as one: durable when left, or not at all.

        Raises:
            StorageError: It could not be kept, and nothing of it is.
        """
        ...

    def remembered(self, name: str) -> GivenAnswer | None:
        """The answer that was given under a name, if it is still known."""
        ...

    def remember(self, name: str, given: GivenAnswer, *, since_s: int) -> None:
        """Keep an answer under a name; called within `together`.

        Args:
            name: Nothing was given under it before.
            since_s: Answers given before this instant are forgotten.
        """
        ...

    @property
    def is_shared(self) -> bool:
        """Whether programs on other machines may use it too."""
        ...

    def take(self, names: Mapping[str, int], *, now_s: int) -> frozenset[str]:
        """Take names that may be used once, each until its instant; durable when this returns.

        Args:
            names: Instants in seconds since 1970-01-01T00:00:00Z.
            now_s: Now; what lapsed before is forgotten.

        Returns:
            Those that nobody had taken.
        """
        ...
