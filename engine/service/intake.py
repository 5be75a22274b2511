"""What the register holds and the office's own log does not: verified, then written there.

Promises that nothing of the register has effect for being there: a published
version is activated only if each signature it rests on holds and its policies
are those that this office compiles from the signed text; an act counts only if
the agency's own key signed it. What is refused here is not in the log, and the
office goes on deciding by what it had.
"""

from collections.abc import Callable, Container
from dataclasses import dataclass
from typing import TypeAlias

from engine.bundle import SliceKey
from engine.law import Law
from engine.service.premises import Premises
from engine.service.shelf import Shelf
from engine.trust import TrustRoot

Read: TypeAlias = Callable[[str], bytes]
"""The bytes of one file of a tree, by its name; raises NotFoundError if there is none."""

Names: TypeAlias = Callable[[str], list[str]]
"""What stands directly in a folder of a tree, sorted; nothing if there is no such folder."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One thing that was taken in, and its record.

    Attributes:
        key: The agreement's id and version.
        what: `published`, or the act: `suspend`, `leave` …
        party: The agency that acted; empty of a publication.
        from_s: From when it has effect, in seconds since 1970-01-01T00:00:00Z.
        jti: Its record.
        index: The record's place in the log.
    """

    key: SliceKey
    what: str
    party: str
    from_s: int
    jti: str
    index: int


def take_in(premises: Premises, shelf: Shelf) -> list[Taken]:
    """Verify whatever is new in the register, and write each into the office's own log.

    Stops at the first that does not hold; what came before it stands.

    Raises:
        ConcordatError: Something is not borne out; the message names it.
    """
    raise NotImplementedError


def refuse_unborne(
    read: Read, names: Names, trust: TrustRoot, law: Law, *, known: Container[str] = ()
) -> None:
    """Verify every proposal, signature, publication and act in a tree, and write nothing.

    Args:
        read: Reads a file of the tree.
        names: Lists a folder of the tree.
        trust: Whose key is whose.
        law: What published versions must have been compiled under.
        known: Folders ``policies/published/<id>/<version>`` that need no look: the
            office's own log has them, and their files have not changed.

    Raises:
        ConcordatError: Something is not borne out; the message names the file.
    """
    raise NotImplementedError
