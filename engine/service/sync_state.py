"""What an office remembers of the shared register: when it last pulled, and what it refused."""

from dataclasses import asdict, dataclass, replace
from typing import Any, Final

from engine import canonical, shape
from engine.errors import ConcordatError, RecordError, StorageError
from engine.ports import OfficeFiles

STATE: Final = "shared.json"


@dataclass(frozen=True, slots=True)
class Refused:
    """What the office last refused, until a later pull is sound.

    Attributes:
        at_s: When, in seconds since 1970-01-01T00:00:00Z.
        commit: The newest commit that arrived; empty if nothing had.
    """

    at_s: int
    commit: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True)
class SyncState:
    """What is remembered.

    Attributes:
        pulled_s: When a pull was last sound, in seconds since 1970-01-01T00:00:00Z.
        refused: What was refused since then; None if nothing.
    """

    pulled_s: int | None = None
    refused: Refused | None = None


_TEXT = shape.text(r"[^\x00]{0,4000}")
_REFUSED = shape.members({"at_s": shape.whole(), "commit": _TEXT, "message": _TEXT, "hint": _TEXT})
_STATE = shape.members(
    {"pulled_s": shape.or_null(shape.whole()), "refused": shape.or_null(_REFUSED)}
)


def read(files: OfficeFiles) -> SyncState:
    """Read what is remembered; nothing yet in an office that never pulled.

    Raises:
        StorageError: The file holds something else.
    """
    if not files.holds(STATE):
        return SyncState()
    try:
        # Any: checked by the next line.
        said: Any = canonical.parse_canonical(files.read(STATE))
        _STATE(said, "")
    except RecordError as fault:
        raise StorageError(
            f"`{STATE}` cannot be read: {fault}", hint="remove it; the next pull writes it anew"
        ) from fault
    refused = Refused(**said["refused"]) if said["refused"] else None
    return SyncState(said["pulled_s"], refused)


def remember_pulled(files: OfficeFiles, now_s: int) -> None:
    """Remember that a pull was sound, and that nothing stands refused."""
    _write(files, SyncState(pulled_s=now_s))


def remember_refused(
    files: OfficeFiles, now_s: int, commit: str | None, fault: ConcordatError
) -> None:
    """Remember what was refused, beside when a pull was last sound."""
    refused = Refused(now_s, commit or "", str(fault)[:2000], fault.hint[:2000])
    _write(files, replace(read(files), refused=refused))


def _write(files: OfficeFiles, state: SyncState) -> None:
    refused = None if state.refused is None else asdict(state.refused)
    files.write(STATE, canonical.encode({"pulled_s": state.pulled_s, "refused": refused}))
