"""How an office stands: its agreements, its log and its keys."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from engine.bundle import SliceKey
from engine.service.author import Author
from engine.service.cases import Cases
from engine.service.emergencies import Emergencies
from engine.service.keyring import Keyring, KeyRow
from engine.service.premises import Premises
from engine.service.settings import Settings
from engine.service.shelf import Shelf, Shelved
from engine.service.signing import signers
from engine.standing import State, states_at


@dataclass(frozen=True, slots=True)
class AgreementRow:
    """One version of an agreement, published or being written.

    Attributes:
        state: Where it stands now; `draft` for a text that is not published.
        signed_by, missing: Agencies that signed it, and that have yet to.
        fault: Why a text cannot be read; empty if it can.
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


@dataclass(frozen=True, slots=True)
class StatusReport:
    """How an office stands.

    Attributes:
        size, root: The newest head of the log; the root in hex.
        outcomes: How many decisions had each outcome.
        trust_version: The version of the trust root in force.
        open_cases: How many answers wait for a person.
        unreviewed: How many emergencies nobody has reviewed.
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


def status(premises: Premises, shelf: Shelf, author: Author, keyring: Keyring) -> StatusReport:
    """Look an office over."""
    shelved = shelf.current()
    head = premises.records.head()
    rows = [*_published(shelved, premises.now()), *_drafts(author)]
    return StatusReport(
        office=premises.settings,
        agreements=tuple(sorted(rows, key=lambda row: (row.id, row.version))),
        size=head.size,
        root=head.root.hex(),
        outcomes=premises.records.outcomes(),
        trust_version=shelved.trust.version,
        keys=tuple(keyring.list()),
        open_cases=len(Cases(premises, shelf).list()),
        unreviewed=len(Emergencies(premises, shelf).list(unreviewed=True)),
    )


def states(shelved: Shelved, now: datetime) -> dict[SliceKey, State]:
    """Where each published version stands at an instant."""
    at_s = int(now.timestamp())
    found = states_at(shelved.bundle, tuple(shelved.bundle.slices.values()), shelved.standing, at_s)
    return {each.key: state for each, state in found.items()}


def _published(shelved: Shelved, now: datetime) -> list[AgreementRow]:
    rows = []
    for key, state in states(shelved, now).items():
        each = shelved.bundle.slices[key]
        record, _ = shelved.activations[key]
        signed = tuple(said["party"] for said in record.payload["signatures"])
        missing = tuple(who for who in signers(each.agreement, now) if who not in signed)
        rows.append(
            AgreementRow(
                id=key[0],
                version=key[1],
                title=each.agreement.title,
                state=state.value,
                signed_by=signed,
                missing=missing,
                in_force_from=datetime.fromtimestamp(max(each.in_force_s, record.iat), UTC),
                review_due=each.agreement.review_due,
            )
        )
    return rows


def _drafts(author: Author) -> list[AgreementRow]:
    return [
        AgreementRow(
            id=draft.id,
            version=draft.version,
            title=draft.title,
            state="draft",
            signed_by=draft.signed_by,
            missing=draft.missing,
            fault=draft.fault,
        )
        for draft in author.drafts()
        if not draft.published
    ]
