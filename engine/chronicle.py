"""What was done to each version of an agreement, in order, and what it comes to.

Promises that where a version stands follows from the office's own records and
nothing else, and that the order in which they came in does not matter: each
change counts from the instant it names. Refuses nothing; whether a record is to
be believed has been found out before.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from agreements.lifecycle import Act
from engine import agreement_shape
from engine.bundle import SliceKey
from engine.standing import Standing
from engine.statement import Kind, Record


class Change(StrEnum):
    """What a record may do to one version of an agreement."""

    ACTIVATED = "activated"
    RESUMED = "resumed"
    SUSPENDED = "suspended"
    LEFT = "left"
    ENDED = "ended"
    """By one party; the version has ended once all have done so."""


@dataclass(frozen=True, slots=True)
class Effect:
    """What one record does to one version.

    Attributes:
        key: The agreement's id and version.
        party: The agency that acted; empty of an activation.
        at_s: From when it counts, in seconds since 1970-01-01T00:00:00Z.
    """

    key: SliceKey
    change: Change
    party: str
    at_s: int


@dataclass(frozen=True, slots=True)
class StandingEvent:
    """An effect in its place in the log.

    Attributes:
        known_s: From when the office knew: when its record says it was made.
        index: The record's place in the log.
    """

    effect: Effect
    known_s: int
    index: int


_DONE: Mapping[str, Change] = {
    Act.WITHDRAW: Change.LEFT,
    Act.SUSPEND: Change.SUSPENDED,
    Act.RESUME: Change.RESUMED,
    Act.LEAVE: Change.LEFT,
    Act.END: Change.ENDED,
}
"""A signature taken back counts as having left, whether or not publication came before it.

So it is the same in every office, whichever of the two arrived there first.
"""


def effects_of(record: Record) -> tuple[Effect, ...]:
    """What a record does to versions of agreements; most do nothing."""
    if record.kind not in (Kind.ACTIVATION, Kind.AGREEMENT_ACT):
        return ()
    said = record.payload
    key = said["agreement"]["id"], said["agreement"]["version"]
    if record.kind is Kind.ACTIVATION:
        return (Effect(key, Change.ACTIVATED, "", agreement_shape.signed_s(said)),)
    done = _DONE.get(said["act"])
    return (Effect(key, done, said["party"], said["from"]),) if done else ()


Bound: TypeAlias = "Mapping[str, int | None]"
"""Agencies of a version, each with the instant from which it is no longer bound, if any."""


def standings(
    events: Iterable[StandingEvent], bound: Mapping[SliceKey, Bound]
) -> dict[SliceKey, Standing]:
    """Find where each version stands.

    Args:
        events: What was done, in any order.
        bound: The agencies of each version that was activated.
    """
    by_key: dict[SliceKey, list[Effect]] = {}
    for event in events:
        by_key.setdefault(event.effect.key, []).append(event.effect)
    return {key: _standing(effects, bound.get(key, {})) for key, effects in by_key.items()}


def suspended_by(events: Iterable[StandingEvent]) -> dict[SliceKey, dict[str, int]]:
    """Agencies whose suspension of a version nobody has resumed, each with its beginning."""
    by_key: dict[SliceKey, list[Effect]] = {}
    for event in events:
        by_key.setdefault(event.effect.key, []).append(event.effect)
    return {key: dict(_suspensions(effects)[1]) for key, effects in by_key.items()}


_CHANGES = tuple(Change)


def _in_order(effect: Effect) -> tuple[int, int]:
    return effect.at_s, _CHANGES.index(effect.change)


def _suspensions(effects: Iterable[Effect]) -> tuple[list[tuple[int, int]], dict[str, int]]:
    """From when until when each party suspended a version, and since when it still does.

    Nobody resumes but what is suspended. So of two acts of one party that count from the same
    second, a resumption lifts what was open before; if nothing was, it lifts the suspension of
    that second, which then never counted.
    """
    spans: list[tuple[int, int]] = []
    open_since: dict[str, int] = {}
    lifted: Counter[tuple[str, int]] = Counter()
    # Of one second the resumptions come first: a suspension outlasts all but those left over.
    for effect in sorted(effects, key=_in_order):
        who = effect.party, effect.at_s
        if effect.change is Change.RESUMED:
            since = open_since.pop(effect.party, None)
            if since is None:
                lifted[who] += 1
            else:
                spans.append((since, effect.at_s))
        elif effect.change is Change.SUSPENDED:
            if effect.party not in open_since and lifted[who]:
                lifted[who] -= 1
            else:
                open_since.setdefault(effect.party, effect.at_s)
    return spans, open_since


def _standing(effects: Sequence[Effect], bound: Bound) -> Standing:
    activated: int | None = None
    left: dict[str, int] = {}
    ended: dict[str, int] = {}
    for effect in sorted(effects, key=_in_order):
        match effect.change:
            case Change.ACTIVATED:
                activated = effect.at_s if activated is None else activated
            case Change.SUSPENDED | Change.RESUMED:
                pass  # Told below.
            case Change.LEFT:
                left.setdefault(effect.party, effect.at_s)
            case Change.ENDED:
                ended.setdefault(effect.party, effect.at_s)
    closed, open_since = _suspensions(effects)
    spans = [*closed, *((since, None) for since in open_since.values())]
    return Standing(
        activated_s=activated,
        ended_s=_ended(ended, left, bound),
        suspensions=tuple(sorted(spans, key=lambda span: (span[0], span[1] is None, span[1] or 0))),
        left=tuple(sorted(left.items())),
    )


def _ended(ended: Mapping[str, int], left: Mapping[str, int], bound: Bound) -> int | None:
    """When the last party that had not left had ended it; none if some have not."""
    if not ended:
        return None
    gone = []
    for agency, until in bound.items():
        instants = [at for at in (ended.get(agency), left.get(agency), until) if at is not None]
        if not instants:
            return None
        gone.append(min(instants))
    return max(gone, default=None)
