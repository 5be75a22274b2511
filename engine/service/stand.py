"""Where a version of an agreement stands, from its draft to its end.

Promises one answer: of a published version from the log, of any other from the
proposal, the signatures and the acts in the register, each of them checked.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Final

from agreements.errors import TransitionError
from agreements.lifecycle import Act, State, possible
from agreements.model import Agreement
from agreements.signatories import Seat
from agreements.values import format_instant
from engine import standing
from engine.act import Acted
from engine.bundle import SliceKey
from engine.canonical import digest_hex
from engine.service.borne import PROPOSALS, acts_on, held_back, proposal, versions
from engine.service.library import MANIFEST, folder_of
from engine.service.premises import Premises
from engine.service.shelf import Shelved
from engine.service.signing import Signatures, empty_seats, proposed, signatures_of
from engine.standing import states_at

_STATES: Final = {
    standing.State.NOT_SIGNED: State.PUBLISHED,
    standing.State.NOT_YET_IN_FORCE: State.PUBLISHED,
    standing.State.EXPIRED: State.ENDED,
    standing.State.SUSPENDED: State.SUSPENDED,
    standing.State.OVERDUE: State.OVERDUE,
    standing.State.IN_FORCE: State.IN_FORCE,
}
BINDING: Final = (State.PUBLISHED, State.IN_FORCE, State.SUSPENDED, State.OVERDUE)
"""The states in which a version binds its parties."""


@dataclass(frozen=True, slots=True)
class Stand:
    """Where one version stands.

    Attributes:
        agreement, text: What was proposed, and its canonical form; none of a draft.
        signatures: Those beside it.
        missing: Who has yet to sign.
        acts: What agencies did about it, by when they signed that.
        suspended_by: Agencies whose suspension is open or still to come, with its beginning.
        left: Agencies that left it, with the instant.
        ends: From when it has ended by the act of all its parties, come or to come.
        to_come: What acts already on record will make of it later, a sentence each.
        held_back: Why it is not taken in here although it is published; empty if it is.
    """

    key: SliceKey
    state: State
    agreement: Agreement | None = None
    text: bytes = b""
    signatures: Signatures = field(default_factory=Signatures)
    missing: tuple[Seat, ...] = ()
    acts: tuple[Acted, ...] = ()
    suspended_by: Mapping[str, int] = field(default_factory=dict)
    left: Mapping[str, int] = field(default_factory=dict)
    ends: datetime | None = None
    to_come: tuple[str, ...] = ()
    held_back: str = ""

    def proposed(self) -> tuple[Agreement, bytes]:
        """The text that was proposed, and its canonical form.

        Raises:
            TransitionError: It is a draft.
        """
        if self.agreement is None:
            raise TransitionError(f"{named(self.key)} is a draft", hint="propose it first")
        return self.agreement, self.text

    @property
    def terms_sha256(self) -> str:
        """Digest of the text that was proposed, in hex."""
        return digest_hex(self.text)

    @property
    def changes_signed(self) -> dict[str, tuple[str, ...]]:
        """Who signed it, by the digest of the change that each was shown."""
        found: dict[str, dict[str, None]] = {}
        for each in self.signatures.valid:
            found.setdefault(each.change_sha256, {})[each.party] = None
        return {change: tuple(parties) for change, parties in found.items()}

    @property
    def possible(self) -> tuple[Act, ...]:
        """What can be done to it; resuming if a suspension is open, begun or to come."""
        found = {*possible(self.state)} - {Act.RESUME}
        if self.suspended_by and self.state in BINDING:
            found.add(Act.RESUME)
        return tuple(each for each in Act if each in found)

    @property
    def questions(self) -> tuple[Acted, ...]:
        """The questions with which it was sent back."""
        return tuple(each for each in self.acts if each.act is Act.SEND_BACK)


def named(key: SliceKey) -> str:
    """A version as messages name it."""
    return f"`{key[0]}` {key[1]}"


def stand(premises: Premises, shelved: Shelved, key: SliceKey, *, at_s: int | None = None) -> Stand:
    """Find where a version stands.

    Args:
        at_s: At which instant, of a published version; now if none is given.

    Raises:
        ConcordatError: What the register holds of it is not borne out.
    """
    register, root, now_s = premises.register, premises.trust(), premises.now_s()
    if key in shelved.activations:
        each = shelved.bundle.slices[key]
        known = shelved.standing[key]
        acts = acts_on(register, key, root)
        then_s = now_s if at_s is None else at_s
        return Stand(
            key=key,
            state=published_state(shelved, key, then_s),
            agreement=each.agreement,
            text=each.agreement_json,
            signatures=signatures_of(register, each.agreement, each.agreement_json, root),
            acts=tuple(acts),
            suspended_by=shelved.suspended_by.get(key, {}),
            left=dict(known.left),
            ends=None if known.ended_s is None else instant(known.ended_s),
            to_come=to_come(shelved, key, acts, then_s),
        )
    if proposed(register, key) is None:
        return Stand(key, State.DRAFT)
    agreement, text = proposal(register, key)
    found = signatures_of(register, agreement, text, root)
    missing = empty_seats(agreement, found, now_s)
    acts = acts_on(register, key, root)
    state = State.PROPOSED if missing or found.faults else State.SIGNED
    published = MANIFEST in register.names(folder_of(key))
    held = held_back(register, key, root, shelved.bundle.law) if published else ""
    if published and not held:
        later = (_taken_in_once(premises.unlisted()),)
        return Stand(key, State.PUBLISHED, agreement, text, found, acts=tuple(acts), to_come=later)
    if acts or held:
        # Held back, it is used up as well: its signatures stand for ever, and one does not count.
        state = State.SENT_BACK
    if _overtaken(shelved, key):
        state = State.SUPERSEDED
    return Stand(key, state, agreement, text, found, missing, tuple(acts), held_back=held)


def _taken_in_once(unlisted: str) -> str:
    """Say when a version that is published, and not in this office's log, will decide here."""
    once = "its keys are in the trust root and it has pulled" if unlisted else "it has pulled"
    return f"not taken in yet: it decides in this office once {once}"


def _overtaken(shelved: Shelved, key: SliceKey) -> bool:
    """Whether a later version was published while this one was not."""
    number = tuple(map(int, key[1].split(".")))
    return any(each.version > number for each in shelved.bundle.versions.get(key[0], ()))


def published_state(shelved: Shelved, key: SliceKey, at_s: int) -> State:
    """Where a published version stands at an instant: exactly where the judge finds it."""
    each = shelved.bundle.slices[key]
    states = states_at(shelved.bundle, [each], shelved.standing, at_s)
    state = _STATES[states[each]]
    if state is State.ENDED and _replaced(shelved, key, at_s):
        return State.SUPERSEDED
    return state


def bound_by(shelved: Shelved, at_s: int) -> dict[str, list[str]]:
    """The agreements that bind each agency at an instant, as id and version."""
    found: dict[str, list[str]] = {}
    for key, each in sorted(shelved.bundle.slices.items()):
        known = shelved.standing[key]
        signed = known.activated_s is not None and known.activated_s <= at_s
        if not signed or published_state(shelved, key, at_s) not in BINDING:
            continue
        left = dict(known.left)
        for agency, until in each.bound.items():
            ends = [end for end in (until, left.get(agency)) if end is not None]
            if all(at_s < end for end in ends):
                found.setdefault(agency, []).append(" ".join(key))
    return found


def to_come(shelved: Shelved, key: SliceKey, acts: Sequence[Acted], at_s: int) -> tuple[str, ...]:
    """What acts on record will make of a published version after an instant; a sentence each.

    Args:
        acts: What agencies did about it, from which the reasons are taken.
    """
    if published_state(shelved, key, at_s) not in BINDING:
        return ()
    said = []
    for agency, since in sorted(shelved.suspended_by.get(key, {}).items()):
        if since <= at_s:
            continue
        why = next(
            (
                f": {each.said}"
                for each in acts
                if (each.act, each.party, each.from_s) == (Act.SUSPEND, agency, since)
            ),
            "",
        )
        said.append(f"suspended by {agency} from {format_instant(instant(since))}{why}")
    ends = shelved.standing[key].ended_s
    if ends is not None and ends > at_s:
        said.append(f"ends on {format_instant(instant(ends))}: all its parties have agreed to that")
    return tuple(said)


def _replaced(shelved: Shelved, key: SliceKey, at_s: int) -> bool:
    """Whether a version would not have ended by itself."""
    each = shelved.bundle.slices[key]
    alone = standing.state_at(each, shelved.standing[key], at_s)
    return alone is not standing.State.EXPIRED


def open_proposals(premises: Premises, shelved: Shelved, agreement_id: str) -> list[Stand]:
    """Versions of an agreement that can still be signed or published; by number."""
    keys = [
        key
        for key in versions(premises.register, PROPOSALS)
        if key[0] == agreement_id and key not in shelved.activations
    ]
    found = [stand(premises, shelved, key) for key in keys]
    return [each for each in found if each.state in (State.PROPOSED, State.SIGNED)]


def running(shelved: Shelved, agreement_id: str, now_s: int) -> SliceKey | None:
    """The version of an agreement by which its parties are bound now, or will be; the newest."""
    states = {
        each.key: published_state(shelved, each.key, now_s)
        for each in shelved.bundle.versions.get(agreement_id, ())
    }
    live = [key for key, state in states.items() if state not in (State.SUPERSEDED, State.ENDED)]
    begun = [key for key in live if states[key] is not State.PUBLISHED]
    found = begun or live or list(states)
    return max(found, key=lambda key: shelved.bundle.slices[key].version, default=None)


def instant(at_s: int) -> datetime:
    """Seconds since 1970-01-01T00:00:00Z, as a moment."""
    return datetime.fromtimestamp(at_s, UTC)


def later_that_day(shelved: Shelved, agreement_id: str, at_s: int) -> str:
    """Say which version came into force after an instant, on the same day; empty if none did."""
    for each in reversed(shelved.bundle.versions.get(agreement_id, ())):
        activated = shelved.standing[each.key].activated_s
        began = instant(max(each.in_force_s, at_s if activated is None else activated))
        if began > instant(at_s) and began.date() == instant(at_s).date():
            return (
                f"{each.agreement.version} came into force later that day:"
                f" `--at {format_instant(began)}`"
            )
    return ""
