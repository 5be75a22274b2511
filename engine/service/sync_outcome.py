"""What pulling and pushing come to, and how a register stands to the shared one."""

from collections.abc import Mapping
from dataclasses import dataclass

from engine.bundle import SliceKey
from engine.service.intake import Taken
from engine.service.reconcile import FieldChange
from engine.service.sync_state import Refused


@dataclass(frozen=True, slots=True)
class Beside:
    """A text both edited: theirs stands as `name`, ours is kept as `kept_as`.

    Attributes:
        kept_as: Where ours is kept, never shared; empty if we had removed the text.
        theirs: What they changed, who, and when.
    """

    name: str
    kept_as: str
    theirs: tuple[FieldChange, ...]


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull brought.

    Attributes:
        commit: Where the register now stands.
        commits: How many commits of others were new.
        by: Who made them, as the commits say.
        edited: Texts edited here that were committed first.
        merged: Texts that now hold the edits of both sides.
        beside: Texts of which ours is kept beside theirs.
        dropped: Files of ours that somebody else shared first with other content;
            `aside` is where git keeps our commit that has them.
        trust_version: The newest trust root.
        taken: What was verified and written into this office's own log.
        waiting: Why nothing could be written there yet; empty if it could.
        held_back: Published versions that are not taken in, each with the reason.
        agencies_waiting: Whether others changed the list of agencies, and nobody here has
            accepted that.
    """

    commit: str
    commits: int
    by: tuple[str, ...]
    edited: tuple[str, ...]
    merged: tuple[str, ...]
    beside: tuple[Beside, ...]
    dropped: tuple[str, ...]
    aside: str
    trust_version: int
    taken: tuple[Taken, ...]
    waiting: str
    held_back: Mapping[SliceKey, str]
    agencies_waiting: bool = False


@dataclass(frozen=True, slots=True)
class Pushed:
    """What a push came to.

    Attributes:
        address: Where the register is shared.
        commit: The newest commit there.
        commits: How many of ours were new there.
        pulled: What was pulled on the way, because others were first.
        put_back: How many commits somebody had taken away there, and are there again.
    """

    address: str
    commit: str
    commits: int
    pulled: tuple[Pulled, ...]
    put_back: int = 0


@dataclass(frozen=True, slots=True)
class SyncReport:
    """How the register stands to the shared one, as far as is known here.

    Attributes:
        address: Where it is shared; empty if it is not.
        pulled_s: When a pull was last sound, in seconds since 1970-01-01T00:00:00Z.
        ahead, behind: Commits only we have, and sound or unchecked ones only they have.
        kept: Texts of this office that a pull kept beside those of others.
        refused: What was refused since; None if nothing.
    """

    address: str
    pulled_s: int | None
    ahead: int
    behind: int
    kept: tuple[str, ...]
    refused: Refused | None
