"""Where a version of an agreement stands at an instant: signed, in force, suspended, overdue.

The first part of ``docs/decision.md``. A standing is a fact the office looked
up in its log; it can keep an agreement from being put to Cedar and so only narrows.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from engine.bundle import Bundle, Slice, SliceKey


@dataclass(frozen=True, slots=True)
class Standing:
    """What the log of this office says of one version of an agreement.

    Instants are seconds since 1970-01-01T00:00:00Z; intervals are half-open.

    Attributes:
        activated_s: When the last of its signatories signed; none if it was not activated.
        ended_s: From when all its parties have ended it.
        suspensions: From when until when some party suspended it.
        left: Agencies that left it, each with the instant from which it is out.
    """

    activated_s: int | None = None
    ended_s: int | None = None
    suspensions: tuple[tuple[int, int | None], ...] = ()
    left: tuple[tuple[str, int], ...] = ()

    def has_left(self, agency: str, at_s: int) -> bool:
        """Whether an agency is out at an instant."""
        return any(who == agency and since <= at_s for who, since in self.left)


class State(StrEnum):
    """Where one version of an agreement stands at an instant."""

    NOT_SIGNED = "not_signed"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    OVERDUE = "overdue"
    IN_FORCE = "in_force"


ANSWERING = (State.IN_FORCE, State.OVERDUE)
"""The states in which an agreement is put to Cedar."""

NEAREST_FIRST = (State.SUSPENDED, State.EXPIRED, State.NOT_YET_IN_FORCE, State.NOT_SIGNED)
"""The other states, from the one that came nearest to answering."""

_NEVER_BEGAN = (State.NOT_SIGNED, State.NOT_YET_IN_FORCE)
_NEVER_ACTIVATED = Standing()


def states_at(
    bundle: Bundle,
    candidates: Sequence[Slice],
    standing: Mapping[SliceKey, Standing],
    at_s: int,
    *,
    between: Sequence[str] = (),
) -> dict[Slice, State]:
    """The state of every version of each candidate's agreement, by agreement and version.

    A version that a later one has replaced counts as expired. It is replaced
    for good once the later one has come into force, even for agencies that the
    later one no longer has: ending a version never revives the one before.

    Args:
        standing: What the log says, by agreement id and version.
        at_s: Seconds since 1970-01-01T00:00:00Z.
        between: Holder and recipient; a version that one of them has left counts as
            expired for the two. Without them, leaving is left aside.
    """
    found: dict[Slice, State] = {}
    for agreement in dict.fromkeys(each.key[0] for each in candidates):
        replaced = False
        for each in bundle.versions[agreement]:
            known = standing.get(each.key, _NEVER_ACTIVATED)
            state = state_at(each, known, at_s)
            began = state not in _NEVER_BEGAN
            over = replaced or any(known.has_left(agency, at_s) for agency in between)
            found[each] = State.EXPIRED if over and began else state
            replaced = replaced or began
    return found


def state_at(each: Slice, standing: Standing, at_s: int) -> State:
    """Where one version of an agreement stands, leaving later versions aside.

    Args:
        at_s: Seconds since 1970-01-01T00:00:00Z.
    """
    if standing.activated_s is None or at_s < standing.activated_s:
        return State.NOT_SIGNED
    if at_s < each.in_force_s:
        return State.NOT_YET_IN_FORCE
    if standing.ended_s is not None and at_s >= standing.ended_s:
        return State.EXPIRED
    if any(end is not None and at_s >= end for end in (each.expires_s, each.lapses_s)):
        return State.EXPIRED
    if any(
        since <= at_s and (until is None or at_s < until) for since, until in standing.suspensions
    ):
        return State.SUSPENDED
    if each.review_s is not None and at_s >= each.review_s:
        return State.OVERDUE
    return State.IN_FORCE


def turns_of(each: Slice, standing: Standing) -> Iterator[int]:
    """Every instant at which one version may come to stand otherwise; between two it does not."""
    own = (each.in_force_s, each.expires_s, each.lapses_s, each.review_s)
    suspended = (at_s for suspension in standing.suspensions for at_s in suspension)
    left = (since for _, since in standing.left)
    for at_s in (*own, standing.activated_s, standing.ended_s, *suspended, *left):
        if at_s is not None:
            yield at_s
