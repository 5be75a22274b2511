"""What an office knows of each agency: from its own register, else from published agreements.

Promises that a register with any fault is refused whole: half of one would leave
some agencies to what agreements say of themselves. Without a register, agreements
and kinds of body decide.
"""

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


def read_agencies(
    files: OfficeFiles, register: Register, vocabulary: Vocabulary
) -> tuple[Agency, ...]:
    """The rows of the agency register that decide; none if the office keeps none.

    Raises:
        DocumentError: It cannot be relied on; the message says where.
    """
    name = ACCEPTED if files.holds(ACCEPTED) else AGENCIES
    text = _deciding(files, register)
    if not text:
        return ()
    try:
        return agencies.accept(text, vocabulary)
    except DocumentError as fault:
        where = f"{name}:{fault.line}:{fault.column}" if fault.line else name
        raise DocumentError(
            f"{where}: {fault}", hint=fault.hint, line=fault.line, column=fault.column
        ) from fault


def hold_agencies(files: OfficeFiles, register: Register) -> None:
    """Go on deciding by the agency register as it is, whatever others make of the shared one."""
    if not files.holds(ACCEPTED):
        files.write(ACCEPTED, _deciding(files, register))


def accept_agencies(files: OfficeFiles, register: Register, vocabulary: Vocabulary) -> int:
    """Decide by the shared agency register as it is now; say how many agencies it has.

    Raises:
        DocumentError: It cannot be relied on.
    """
    text = _shared(register)
    found = agencies.accept(text, vocabulary) if text else ()
    if files.holds(ACCEPTED):
        files.write(ACCEPTED, text)
    return len(found)


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
) -> list[AgencyRow]:
    """Every agency that the register or an agreement has, by id."""
    register = {agency.id: agency for agency in listed}
    parts: dict[str, list[tuple[Agreement, Party]]] = {}
    for agreement in agreements:
        for party in agreement.parties:
            for agency_id in party.agencies:
                parts.setdefault(agency_id, []).append((agreement, party))
    return [
        _row(name, statuses[name], register.get(name), parts.get(name, []))
        for name in sorted(register.keys() | parts.keys())
    ]


def _row(
    name: str, status: Status, row: Agency | None, parts: Sequence[tuple[Agreement, Party]]
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
        predecessors=_followed(name, row, parts),
        ended=row.ended if row else None,
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
