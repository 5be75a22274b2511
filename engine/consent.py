"""Consent: its kinds, what may become of it, and whether it is given for one disclosure.

Promises that nothing counts as given but a consent of the right kind, to this
recipient, from this holder, for this purpose and for every category asked, which
still lasts and about which nothing later was said to the contrary. Whatever is
unknown, or cannot be true, is never given. Nothing here reads or writes.

Source:
    ISO/IEC TS 27560:2023; UK GDPR Articles 4(11) and 7; DPA 2018 s.33(1A), s.40A.
"""

import hashlib
import hmac
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from engine.errors import TransitionError
from engine.request import Consent

PSEUDONYM_KEY_BYTES: Final = 32
_DOMAIN: Final = b"concordat person v1\x00"


class ConsentKind(StrEnum):
    """Four things that are all called consent; each counts for its own use only."""

    DP_BASIS = "dp-basis"
    """A lawful basis: UK GDPR Article 6(1)(a) or 9(2)(a), or DPA 2018 s.35(2)(a)."""
    CONFIDENTIALITY = "confidentiality"
    """It lifts the common-law duty of confidence."""
    SERVICE = "service"
    """Agreement to work with a service, such as early help; no consent to share."""
    TREATMENT = "treatment"
    """Consent to medical treatment; no consent to share."""


class ConsentState(StrEnum):
    """What became of a consent.

    Source:
        DPV consent status, as ISO/IEC TS 27560:2023 uses it.
    """

    REQUESTED = "requested"
    GIVEN = "given"
    REFUSED = "refused"
    RENEWED = "renewed"
    WITHDRAWN = "withdrawn"
    """By the person."""
    REVOKED = "revoked"
    """By somebody else, such as the controller."""
    INVALIDATED = "invalidated"
    """It was never valid, as was found later."""
    EXPIRED = "expired"
    """By time alone; no record says so."""


LASTING: Final = frozenset({ConsentState.GIVEN, ConsentState.RENEWED})
"""The only states in which a consent counts."""

_ENDS = frozenset({ConsentState.WITHDRAWN, ConsentState.REVOKED, ConsentState.INVALIDATED})

TRANSITIONS: Final[Mapping[ConsentState | None, frozenset[ConsentState]]] = {
    None: frozenset({ConsentState.REQUESTED, ConsentState.GIVEN, ConsentState.REFUSED}),
    ConsentState.REQUESTED: frozenset(
        {ConsentState.GIVEN, ConsentState.REFUSED, ConsentState.INVALIDATED}
    ),
    ConsentState.GIVEN: _ENDS | {ConsentState.RENEWED},
    ConsentState.RENEWED: _ENDS | {ConsentState.RENEWED},
    # A consent that has run out may be renewed, and may be withdrawn all the same.
    ConsentState.EXPIRED: _ENDS | {ConsentState.RENEWED},
    # Whoever refused or withdrew may consent anew: that is another consent.
    ConsentState.REFUSED: frozenset({ConsentState.INVALIDATED}),
    ConsentState.WITHDRAWN: frozenset(),
    ConsentState.REVOKED: frozenset(),
    ConsentState.INVALIDATED: frozenset(),
}
"""What may follow what; before its first record a consent is in no state."""


def after(state: ConsentState | None, next_: ConsentState) -> ConsentState:
    """Take one step of a consent's life.

    Raises:
        TransitionError: That cannot follow.
    """
    if next_ not in TRANSITIONS[state]:
        said = f"that is {state}" if state else "that was never given"
        raise TransitionError(
            f"a consent {said} cannot be {next_}",
            hint="`concordat consent list` shows each with its state; record a new consent instead",
        )
    return next_


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """One record of consent, read and borne out by its signature.

    Attributes:
        index: Its place in the log.
        jti: Its own name.
        consent: The consent it belongs to, by the `jti` of its first record.
        person: The pseudonym of whom it is about.
        explicit: Whether it was an express statement (UK GDPR Article 9(2)(a)).
        lifts_confidence: Whether it says that it lifts the duty of confidence too.
        recorded_s: When the office recorded it, in seconds since 1970-01-01T00:00:00Z.
        expires_s: The first second at which it counts no more; none unless it lasts.
    """

    index: int
    jti: str
    consent: str
    person: str
    kind: ConsentKind
    state: ConsentState
    controllers: frozenset[str]
    recipients: frozenset[str]
    information: frozenset[str]
    purposes: frozenset[str]
    explicit: bool
    lifts_confidence: bool
    recorded_s: int
    expires_s: int | None

    def serves(self, kind: ConsentKind) -> bool:
        """Whether consent of this kind is good for a use that asks for that one."""
        if kind is ConsentKind.CONFIDENTIALITY and self.lifts_confidence:
            return self.kind in (ConsentKind.CONFIDENTIALITY, ConsentKind.DP_BASIS)
        return self.kind is kind

    def state_at(self, at_s: int) -> ConsentState:
        """What has become of it by an instant, if nothing followed."""
        if self.state in LASTING and (self.expires_s is None or at_s >= self.expires_s):
            return ConsentState.EXPIRED
        return self.state


@dataclass(frozen=True, slots=True, kw_only=True)
class Sought:
    """The consent on which one disclosure turns.

    Attributes:
        explicit: Whether only an express statement will do.
    """

    person: str
    holder: str
    recipient: str
    categories: frozenset[str]
    purpose: str
    kind: ConsentKind
    explicit: bool = False


def pseudonym(key: bytes, reference: str) -> str:
    """Name a person so that only who holds the key can tell whom.

    Args:
        key: The office's own, 32 bytes.
        reference: How the agencies call the person, such as an NHS number.

    Source:
        RFC 2104, with SHA-256. Spellings that look the same are the same (Unicode NFC).
    """
    spelt = unicodedata.normalize("NFC", reference.strip())
    return hmac.new(key, _DOMAIN + spelt.encode(), hashlib.sha256).hexdigest()


def latest(events: Iterable[ConsentEvent], at_s: int) -> dict[str, ConsentEvent]:
    """The newest record of each consent as of an instant.

    Raises:
        TransitionError: Something followed that cannot follow.
    """
    found: dict[str, ConsentEvent] = {}
    for event in sorted(events, key=lambda each: each.index):
        if event.recorded_s > at_s:
            continue
        before = found.get(event.consent)
        after(before.state_at(event.recorded_s) if before else None, event.state)
        found[event.consent] = event
    return found


def state_for(events: Iterable[ConsentEvent], sought: Sought, at_s: int) -> Consent:
    """Whether consent is given for one disclosure: what was said last decides.

    What was said last is asked for each category by itself, so that a consent to
    more does not outlive the withdrawal of a part. It is given only if one consent,
    of the kind that is sought, covers all of it.

    Args:
        events: The records of consent of the office.
        sought: What the disclosure turns on.
        at_s: As of when, in seconds since 1970-01-01T00:00:00Z.
    """
    try:
        consents = latest((each for each in events if each.person == sought.person), at_s)
    except TransitionError:
        return Consent.UNKNOWN
    near = [each for each in consents.values() if _touches(each, sought)]
    near.sort(key=lambda each: each.index)
    said = weakest(_last_word(near, category, at_s) for category in sought.categories)
    if said is not Consent.GIVEN:
        return said
    whole = bool(sought.categories) and any(
        each.state_at(at_s) in LASTING
        and sought.categories <= each.information
        and (each.explicit or not sought.explicit)
        for each in near
    )
    return Consent.GIVEN if whole else Consent.NOT_RECORDED


def _touches(each: ConsentEvent, sought: Sought) -> bool:
    return (
        each.serves(sought.kind)
        and sought.holder in each.controllers
        and sought.recipient in each.recipients
        and sought.purpose in each.purposes
    )


_SAID: Final[Mapping[ConsentState, Consent]] = {
    ConsentState.GIVEN: Consent.GIVEN,
    ConsentState.RENEWED: Consent.GIVEN,
    ConsentState.REFUSED: Consent.REFUSED,
    ConsentState.WITHDRAWN: Consent.WITHDRAWN,
    ConsentState.REVOKED: Consent.WITHDRAWN,
    ConsentState.EXPIRED: Consent.EXPIRED,
}
"""What each state is to a decision; a request, and what was never valid, say nothing."""


def _last_word(near: Sequence[ConsentEvent], category: str, at_s: int) -> Consent:
    for each in reversed(near):
        said = _SAID.get(each.state_at(at_s))
        if said is not None and category in each.information:
            return said
    return Consent.NOT_RECORDED


def weakest(states: Iterable[Consent]) -> Consent:
    """What several kinds of consent amount to where a question turns on all of them."""
    order = (
        Consent.WITHDRAWN,
        Consent.REFUSED,
        Consent.EXPIRED,
        Consent.NOT_RECORDED,
        Consent.UNKNOWN,
    )
    found = set(states)
    return next((state for state in order if state in found), Consent.GIVEN)
