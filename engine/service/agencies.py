"""What an office knows of each agency: from its own register, else from published agreements.

Promises that a register with any fault is refused whole: half of one would leave
some agencies to what agreements say of themselves. Without a register, agreements
and kinds of body decide.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final, Literal

from agreements import agencies
from agreements.agencies import Agency
from agreements.bodies import Status
from agreements.errors import DocumentError
from agreements.model import Agreement, CompetentAuthority, Party, Succession
from agreements.vocabulary import Vocabulary
from engine.errors import StorageError
from engine.ports import OfficeFiles, Register

AGENCIES: Final = "agencies.yaml"
ACCEPTED: Final = "agencies.accepted.yaml"
"""The text that decides once others change the shared one; empty if there was none."""
HISTORY: Final = "agencies.history.json"
"""Every text that was accepted here, and from when; before that, the register's history tells."""

_REGISTER: Final = "agency register"


@dataclass(frozen=True, slots=True)
class Followed:
    """A body that an agency followed; `on` and `evidence` are missing if an agreement lacks them.

    Attributes:
        body: Its id if the register says so, else its name.
    """

    body: str
    on: datetime | None
    evidence: str | None


@dataclass(frozen=True, slots=True)
class AgencyRow:
    """What the office holds one agency to be.

    Attributes:
        known_from: The register, or the agreements that have it.
        public_authority_by, competent_authority_by: What says so.
        jurisdiction: Where it acts; of an agency of agreements alone, where these hold.
        predecessors: Whom it had followed by then.
        bound_by: Agreements that bind it then.
        exists: Whether it had not ended by then, as far as is known.
    """

    id: str
    name: str
    kind: str
    known_from: tuple[str, ...]
    public_authority: bool
    public_authority_by: str
    competent_authority: bool
    competent_authority_by: str
    jurisdiction: tuple[str, ...]
    predecessors: tuple[Followed, ...]
    ended: datetime | None
    bound_by: tuple[str, ...]
    exists: bool


def read_agencies(
    files: OfficeFiles, register: Register, vocabulary: Vocabulary, *, known_s: int | None = None
) -> tuple[Agency, ...]:
    """The rows of the agency register that decide; none if the office keeps none.

    Args:
        known_s: Those that decided at this instant, in seconds since 1970-01-01T00:00:00Z.

    Raises:
        DocumentError: It cannot be relied on; the message says where.
    """
    name = ACCEPTED if files.holds(ACCEPTED) else AGENCIES
    text = _deciding(files, register) if known_s is None else _then(files, register, known_s)
    if not text:
        return ()
    try:
        return agencies.accept(text, vocabulary)
    except DocumentError as fault:
        where = f"{name}:{fault.line}:{fault.column}" if fault.line else name
        raise DocumentError(
            f"{where}: {fault}", hint=fault.hint, line=fault.line, column=fault.column
        ) from fault


def hold_agencies(files: OfficeFiles, register: Register, now_s: int) -> None:
    """Go on deciding by the agency register as it is, whatever others make of the shared one."""
    if not files.holds(ACCEPTED):
        _accept(files, _deciding(files, register), now_s)


def accept_agencies(
    files: OfficeFiles, register: Register, vocabulary: Vocabulary, now_s: int
) -> int:
    """Decide by the shared agency register as it is now; say how many agencies it has.

    Raises:
        DocumentError: It cannot be relied on.
    """
    text = _shared(register)
    found = agencies.accept(text, vocabulary) if text else ()
    if files.holds(ACCEPTED):
        _accept(files, text, now_s)
    return len(found)


def _accept(files: OfficeFiles, text: bytes, now_s: int) -> None:
    # INVARIANT: the history has every text before that text decides.
    history = [*_history(files), (now_s, text)]
    said = [{"from": since_s, "text": each.decode()} for since_s, each in history]
    files.write(HISTORY, json.dumps(said, ensure_ascii=False, indent=1).encode() + b"\n")
    files.write(ACCEPTED, text)


def _history(files: OfficeFiles) -> list[tuple[int, bytes]]:
    """From when each text decided, in seconds since 1970-01-01T00:00:00Z, and the text."""
    if not files.holds(HISTORY):
        return []
    try:
        said = json.loads(files.read(HISTORY))
        found = [(int(each["from"]), str(each["text"]).encode()) for each in said]
    except (ValueError, TypeError, KeyError) as fault:
        raise StorageError(
            f"`{HISTORY}` cannot be read",
            hint="restore it from a backup; if there is none, remove it, and `--known-at` goes by"
            " the register's history",
        ) from fault
    deciding = files.read(ACCEPTED) if files.holds(ACCEPTED) else None
    # A program that was killed may have left a text there by which nothing was decided.
    return found[:-1] if found and found[-1][1] != deciding else found


def _then(files: OfficeFiles, register: Register, known_s: int) -> bytes:
    """The text that decided at an instant: the one accepted last, else the one committed last."""
    accepted = [text for since_s, text in _history(files) if since_s <= known_s]
    return accepted[-1] if accepted else register.read_then(AGENCIES, known_s) or b""


def is_waiting(files: OfficeFiles, register: Register) -> bool:
    """Whether the shared agency register is another than the one that decides."""
    return files.holds(ACCEPTED) and files.read(ACCEPTED) != _shared(register)


def _deciding(files: OfficeFiles, register: Register) -> bytes:
    return files.read(ACCEPTED) if files.holds(ACCEPTED) else _shared(register)


def _shared(register: Register) -> bytes:
    return register.read(AGENCIES) if register.holds(AGENCIES) else b""


def require_kept(register: Register) -> None:
    """Refuse an agency register whose text is in no commit, so that no record could locate it.

    Raises:
        StorageError: It differs from the newest commit.
    """
    if AGENCIES in register.changed():
        folder = register.path(AGENCIES).parent
        raise StorageError(
            f"`{AGENCIES}` differs from the newest commit",
            hint=f"`git -C {folder} add {AGENCIES}`, then `git -C {folder} commit`",
        )


def agency_rows(
    listed: Iterable[Agency],
    agreements: Sequence[Agreement],
    statuses: Mapping[str, Status],
    bound: Mapping[str, Sequence[str]],
    at: datetime,
) -> list[AgencyRow]:
    """Every agency that the register or an agreement has, by id, as of an instant.

    Args:
        bound: By agency, the agreements that bind it then.
    """
    register = {agency.id: agency for agency in listed}
    parts: dict[str, list[tuple[Agreement, Party]]] = {}
    for agreement in agreements:
        for party in agreement.parties:
            for agency_id in party.agencies:
                parts.setdefault(agency_id, []).append((agreement, party))
    return [
        _row(name, statuses[name], register.get(name), parts.get(name, []), bound.get(name, ()), at)
        for name in sorted(register.keys() | parts.keys())
    ]


def _row(
    name: str,
    status: Status,
    row: Agency | None,
    parts: Sequence[tuple[Agreement, Party]],
    bound: Sequence[str],
    at: datetime,
) -> AgencyRow:
    sources = [f"{agreement.id} {agreement.version}" for agreement, _ in parts]
    places = [place for agreement, _ in parts for place in agreement.jurisdiction]
    return AgencyRow(
        id=name,
        name=row.name if row else _name(name, parts[-1][1]),
        kind=status.kind,
        known_from=tuple(dict.fromkeys([*([_REGISTER] if row else []), *sources])),
        public_authority=status.public_authority,
        public_authority_by=_by("public_authority", status, row, parts),
        competent_authority=status.competent_authority,
        competent_authority_by=_by("competent_authority", status, row, parts),
        jurisdiction=row.jurisdiction if row else tuple(dict.fromkeys(places)),
        predecessors=tuple(
            each for each in _followed(name, row, parts) if each.on is None or each.on <= at
        ),
        ended=row.ended if row else None,
        bound_by=tuple(bound),
        exists=not status.has_ended_by(at),
    )


def _name(agency_id: str, party: Party) -> str:
    return next((each.name for each in party.members if each.agency == agency_id), party.name)


def _by(
    field: Literal["public_authority", "competent_authority"],
    status: Status,
    row: Agency | None,
    parts: Sequence[tuple[Agreement, Party]],
) -> str:
    """What the office's answer rests on: the register, an agreement, or the kind of body."""
    claims: list[tuple[str, bool | CompetentAuthority | None]] = []
    if row is not None:
        claims.append((_REGISTER, getattr(row, field)))
    if not claims or claims[0][1] is None:
        said = ((f"{each.id} {each.version}", getattr(party, field)) for each, party in parts)
        claims += said
    for source, claim in claims:
        if claim is not None and _truth(claim) == getattr(status, field):
            return f"{source}{_ground(claim)}"
    return f"its kind, `{status.kind}`"


def _truth(claim: bool | CompetentAuthority) -> bool:
    if isinstance(claim, CompetentAuthority):
        return claim.schedule7 or claim.function is not None
    return claim


def _ground(claim: bool | CompetentAuthority) -> str:
    if not isinstance(claim, CompetentAuthority) or not _truth(claim):
        return ""
    grounds = (*(("Schedule 7",) if claim.schedule7 else ()), *filter(None, (claim.function,)))
    return f": {'; '.join(grounds)}"


def _followed(
    name: str, row: Agency | None, parts: Sequence[tuple[Agreement, Party]]
) -> tuple[Followed, ...]:
    if row is not None and row.predecessors:
        return tuple(Followed(each.agency, each.on, each.evidence) for each in row.predecessors)
    found: list[Succession | None] = []
    for _, party in parts:
        found += [each.successor_of for each in party.members if each.agency == name]
        if not party.class_of:
            found.append(party.successor_of)
    return tuple(
        dict.fromkeys(Followed(each.body, each.since, each.evidence) for each in found if each)
    )
