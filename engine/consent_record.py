"""Records of consent: what one states, and what was kept, read back only if it bears out.

Promises that a consent which is read here was signed by a key of the office, and
speaks of the very person it is kept under. Nothing here reads or writes.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from agreements.values import epoch_s, format_instant
from engine import disclosure, hidden, jose
from engine.canonical import Json
from engine.consent import ConsentEvent, ConsentKind, ConsentState
from engine.consent_shape import CONSENT, STATES
from engine.consent_terms import ConsentForm, ConsentParty, GivenBy
from engine.errors import RecordError
from engine.statement import Kind, read
from engine.trust import Role, TrustRoot

SCOPE = (
    "consent_kind", "controllers", "recipients", "information", "purposes", "lawful_basis",
    "explicit", "lifts_confidence", "wording_sha256",
)  # fmt: skip
"""What every later record of a consent repeats."""


@dataclass(frozen=True, slots=True)
class KeptConsent:
    """A record of consent as it is kept.

    Attributes:
        index: Its place in the log.
        person: The pseudonym it is kept under.
        consent: The consent it is kept under.
        disclosures: What is left of its hidden claims.
    """

    index: int
    person: str
    consent: str
    jws: str
    disclosures: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BorneOut:
    """A record of consent that its signature bears out.

    Attributes:
        payload: What it states.
        shown: What it hides, by name, as far as it was not erased.
    """

    event: ConsentEvent
    payload: Mapping[str, Any]  # Any: closed by `statement.read`.
    shown: Mapping[str, Any]  # Any: closed by `engine.hidden`.


def kind_of(state: ConsentState) -> Kind:
    """The kind of record that states it."""
    return Kind.CONSENT if state in STATES[CONSENT] else Kind.CONSENT_WITHDRAWAL


def claims(
    form: ConsentForm, state: ConsentState, *, consent: str, now: datetime
) -> dict[str, Json]:
    """What the record of a first answer states."""
    return {
        "consent": consent,
        "state": state.value,
        "consent_kind": form.kind.value,
        "controllers": sorted(form.controllers),
        "recipients": sorted(form.recipients),
        "information": sorted(form.information),
        "purposes": sorted(form.purposes),
        "lawful_basis": sorted(form.lawful_basis),
        "explicit": form.explicit,
        "lifts_confidence": form.lifts_confidence,
        "at": epoch_s(form.said_at or now),
        "expires": None if form.expires is None else epoch_s(form.expires),
        "wording_sha256": form.wording_sha256,
    }


def later_claims(
    before: Mapping[str, Any], state: ConsentState, *, at_s: int, expires_s: int | None
) -> dict[str, Json]:  # Any: closed by `statement.read`.
    """What the record of what became of a consent states: the same, but for the event."""
    repeated = {name: before[name] for name in SCOPE}
    event = {"state": state.value, "at": at_s, "expires": expires_s}
    return {"consent": before["consent"], **repeated, **event}


def particulars(form: ConsentForm, parties: Sequence[ConsentParty]) -> dict[str, Json]:
    """What else the person was told."""
    return {
        "notice": form.notice,
        "language": form.language,
        "jurisdiction": form.jurisdiction,
        "storage": form.storage,
        "retention": form.retention,
        "withdrawal_method": form.withdrawal_method,
        "told_can_refuse": form.told_can_refuse,
        "parties": [each.model_dump() for each in parties],
        "override": None if form.override is None else form.override.model_dump(),
    }


def given_by(who: GivenBy) -> dict[str, Json]:
    """Who said it, as the record hides it."""
    said: dict[str, Json] = who.model_dump(mode="json", exclude_none=True)
    if who.assessed_on is not None:
        said["assessed_on"] = format_instant(who.assessed_on)
    return said


def read_kept(kept: KeptConsent, root: TrustRoot) -> BorneOut:
    """Read a record of consent, its signature checked; what is kept beside it opens nothing.

    Raises:
        RecordError: It is not the record of this person and this consent.
        TrustError: It is not signed by a key of this office.
    """
    parsed = jose.split(kept.jws)
    key = root.key(parsed.kid, Role.DECISION)
    jose.verify(parsed, key.key)
    record = read(parsed)
    if record.kind not in (Kind.CONSENT, Kind.CONSENT_WITHDRAWAL):
        raise RecordError(f"entry {kept.index} is no record of consent")
    said = record.payload
    revealed = disclosure.reveal(said, kept.disclosures)
    shown = {name: claim for name, claim in revealed.items() if name not in said}
    hidden.refuse_foreign_claims(said, shown)
    if (shown.get("person"), said["consent"]) != (kept.person, kept.consent):
        raise RecordError(
            f"records do not bear out whose consent entry {kept.index} is",
            hint="run `concordat doctor`; somebody may have altered or erased a part of it",
        )
    key.require_at(record.iat, "record")
    event = ConsentEvent(
        index=kept.index,
        jti=record.jti,
        consent=said["consent"],
        person=kept.person,
        kind=ConsentKind(said["consent_kind"]),
        state=ConsentState(said["state"]),
        controllers=frozenset(said["controllers"]),
        recipients=frozenset(said["recipients"]),
        information=frozenset(said["information"]),
        purposes=frozenset(said["purposes"]),
        explicit=said["explicit"],
        lifts_confidence=said["lifts_confidence"],
        recorded_s=record.iat,
        expires_s=said["expires"],
    )
    return BorneOut(event, said, shown)
