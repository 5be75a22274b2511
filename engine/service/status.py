"""How an office stands: its agreements, its log and its keys."""

from collections import Counter
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass, replace
from datetime import datetime

from agreements.values import epoch_s
from engine import merkle
from engine.bundle import SliceKey
from engine.errors import ConcordatError
from engine.ports import Head
from engine.record import Kind
from engine.service.author import Author, DraftRow
from engine.service.borne import PROPOSALS, acts_on, versions
from engine.service.counting import root_known
from engine.service.intake import held_back
from engine.service.keyring import Keyring, KeyRow
from engine.service.premises import Premises
from engine.service.sequels import Sequels
from engine.service.settings import Settings
from engine.service.shelf import Shelf, Shelved
from engine.service.stand import instant, published_state, stand, to_come


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One version of an agreement, published or being written.

    Attributes:
        state: Where it stands now, as `agreements.lifecycle` names it.
        signed_by: Agencies that signed it.
        missing: Who has yet to sign: agency and office.
        fault: Why a text cannot be read; empty if it can.
        draft_differs: Whether its draft says something else than was fixed as this version.
        to_come: What acts already on record will make of it later, a sentence each.
    """

    id: str
    version: str
    title: str
    state: str
    signed_by: tuple[str, ...]
    missing: tuple[str, ...]
    in_force_from: datetime | None = None
    review_due: datetime | None = None
    fault: str = ""
    draft_differs: bool = False
    to_come: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How an office stands.

    Attributes:
        size, root: The newest head of the log; the root in hex.
        outcomes: How many decisions had each outcome.
        trust_version: The version of the trust root in force.
        open_cases: How many answers wait for a person.
        unreviewed: How many emergencies nobody has reviewed.
        bundle_sha256: Names what is decided by, in hex.
        at: The instant at which versions stand as told.
        known_at: What was on record by then counts; everything if none is given.
        held_back: Published versions that are not taken in, each with the reason.
    """

    office: Settings
    agreements: tuple[AgreementRow, ...]
    size: int
    root: str
    outcomes: Mapping[str, int]
    trust_version: int
    keys: tuple[KeyRow, ...]
    open_cases: int
    unreviewed: int
    bundle_sha256: str
    at: datetime
    known_at: datetime | None
    held_back: Mapping[SliceKey, str]


def status(
    premises: Premises,
    shelf: Shelf,
    author: Author,
    keyring: Keyring,
    sequels: Sequels,
    *,
    at: datetime | None = None,
    known_at: datetime | None = None,
) -> StatusReport:
    """Look an office over.

    Args:
        at: Say where versions stand at this instant; now if none is given.
        known_at: By what was on record then; texts not published are left out.

    Raises:
        RequestError: Nobody knows yet what will be known then.
    """
    shelved = shelf.at(known_at)
    sequels.catch_up()
    head = _head(premises, shelved.known_s)
    instant_ = at or premises.now()
    rows = _published(premises, shelved, epoch_s(instant_))
    if known_at is None:
        rows += _proposed(premises, shelved)
        drafts = author.drafts()
        rows += _drafts(drafts, {(row.id, row.version) for row in rows})
        altered = {(draft.id, draft.version) for draft in drafts if draft.altered}
        rows = [replace(row, draft_differs=(row.id, row.version) in altered) for row in rows]
    return StatusReport(
        office=premises.settings,
        agreements=tuple(sorted(rows, key=lambda row: (row.id, row.version))),
        size=head.size,
        root=head.root.hex(),
        outcomes=_outcomes(premises, head) if known_at else premises.records.outcomes(),
        trust_version=root_known(premises, shelved.known_s).version,
        keys=tuple(keyring.list(at, known_at=known_at)),
        open_cases=len(sequels.referred(known_s=shelved.known_s, open_only=True)),
        unreviewed=len(sequels.emergencies(known_s=shelved.known_s, open_only=True)),
        bundle_sha256=shelved.bundle.sha256,
        at=instant_,
        known_at=known_at,
        held_back=held_back(premises, shelved) if known_at is None else {},
    )


def _head(premises: Premises, known_s: int | None) -> Head:
    """The head of the log at an instant; the newest if none is given."""
    if known_s is None:
        return premises.records.head()
    by_then = (head for head in premises.records.heads() if head.at_s <= known_s)
    return max(by_then, key=lambda head: head.size, default=Head(0, merkle.EMPTY_ROOT, 0))


def _outcomes(premises: Premises, head: Head) -> Mapping[str, int]:
    """How many of the decisions under a head had each outcome."""
    decided = premises.records.newest(premises.records.head().size, Kind.DECISION.value)
    said = (each.outcome for each in decided if each.index < head.size)
    return dict(sorted(Counter(filter(None, said)).items()))


def _published(premises: Premises, shelved: Shelved, at_s: int) -> list[AgreementRow]:
    register, root = premises.register, premises.trust()
    rows = []
    for key, (record, _) in shelved.activations.items():
        each = shelved.bundle.slices[key]
        # Reading each act and checking its signature is only for reasons that will be told.
        later = any(since > at_s for since in shelved.suspended_by.get(key, {}).values())
        acts = acts_on(register, key, root) if later else ()
        signed = dict.fromkeys(said["party"] for said in record.payload["signatures"])
        rows.append(
            AgreementRow(
                id=key[0],
                version=key[1],
                title=each.agreement.title,
                state=published_state(shelved, key, at_s).value,
                signed_by=tuple(signed),
                missing=(),
                in_force_from=instant(record.payload["effective_from"]),
                review_due=each.agreement.review_due,
                to_come=to_come(shelved, key, acts, at_s),
            )
        )
    return rows


def _proposed(premises: Premises, shelved: Shelved) -> list[AgreementRow]:
    """Every version that was proposed and is not published, whatever its draft says now."""
    rows = []
    for key in versions(premises.register, PROPOSALS):
        if key in shelved.activations:
            continue
        try:
            of = stand(premises, shelved, key)
            agreement, _ = of.proposed()
        except ConcordatError as fault:
            rows.append(AgreementRow(*key, "", "", (), (), fault=str(fault)))
            continue
        rows.append(
            AgreementRow(
                id=key[0],
                version=key[1],
                title=agreement.title,
                state=of.state.value,
                signed_by=tuple(dict.fromkeys(each.party for each in of.signatures.valid)),
                missing=tuple(map(str, of.missing)),
                to_come=of.to_come,
            )
        )
    return rows


def _drafts(drafts: Sequence[DraftRow], known: Set[SliceKey]) -> list[AgreementRow]:
    return [
        AgreementRow(
            id=draft.id,
            version=draft.version,
            title=draft.title,
            state="draft",
            signed_by=(),
            missing=(),
            fault=draft.fault,
        )
        for draft in drafts
        if (draft.id, draft.version) not in known
    ]
