"""What one version of an agreement means: the boxes of its clauses, and when it answers.

Read from what is enforced. Leaves aside what a log says of a version: it is taken to
be signed from the beginning, never suspended and never ended.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from engine.boxing import boxes_of
from engine.bundle import Slice
from engine.condition import Condition, actions_of, condition_of
from engine.cover import Box
from engine.dimensions import Dimensions, dimensions
from engine.law import Law
from engine.standing import ANSWERING, Standing, State, state_at

_ALWAYS_SIGNED: Final = Standing(activated_s=-(1 << 62))


def turning_points(side: Slice) -> tuple[int, ...]:
    """Every instant at which the text itself lets an agreement begin, change or cease to answer."""
    points = (side.in_force_s, side.expires_s, side.review_s, side.lapses_s)
    return tuple(point for point in points if point is not None)


def in_force_at(laid_out: Dimensions, side: Slice) -> int:
    """The mask of the time in which a version that is signed permits what its clauses say."""
    return sum(
        1 << place
        for place, at_s in enumerate(laid_out.instants())
        if _state(side, at_s) is State.IN_FORCE
    )


def lay_out(law: Law, sides: "Mapping[Slice, Sequence[ClauseMeant]]") -> Dimensions:
    """Lay out the dimensions in which some versions, each with its clauses, are compared."""
    there = list(sides)
    return dimensions(
        law,
        (agency for side in there for agency in side.agencies),
        [clause.condition for clauses in sides.values() for clause in clauses],
        (point for side in there for point in turning_points(side)),
    )


Region = tuple[State | None, State | None]


def regions(laid_out: Dimensions, before: Slice | None, after: Slice | None) -> dict[Region, int]:
    """Spans of time by how both versions stand in them, as far as the new one may matter."""
    found: dict[Region, int] = {}
    for place, at_s in enumerate(laid_out.instants()):
        if before is not None and after is not None and at_s < after.in_force_s:
            continue  # Until the new version is in force, the old one goes on answering.
        stand = (_state(before, at_s), _state(after, at_s))
        found[stand] = found.get(stand, 0) | 1 << place
    return {stand: mask for stand, mask in found.items() if any(stand)}


def _state(side: Slice | None, at_s: int) -> State | None:
    """How a version that is signed stands; none if it answers nothing."""
    if side is None:
        return None
    state = state_at(side, _ALWAYS_SIGNED, at_s)
    return state if state in ANSWERING else None


@dataclass(frozen=True, slots=True)
class ClauseMeant:
    """One clause as it is enforced: what it does, and when it matches."""

    clause: str
    does: str
    condition: Condition


def clauses_of(side: Slice) -> list[ClauseMeant]:
    """Every clause of a version as it is enforced, in the order of their numbers.

    Raises:
        PolicyError: A policy holds a construct that cannot be compared.
    """
    policies = json.loads(side.policies_json)["staticPolicies"]
    found = []
    for policy in policies.values():
        (action, *_) = actions_of(policy)
        does = "exclude" if policy["effect"] == "forbid" else action
        found.append(ClauseMeant(policy["annotations"]["clause"], does, condition_of(policy)))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class Meaning:
    """The boxes of one version's clauses, by what they do and leaving time in force aside.

    Attributes:
        overdue: What it puts to a human once its review is overdue: referrals and grants.
    """

    clauses: Mapping[str, tuple[str, tuple[Box, ...]]]
    grants: list[Box]
    exclusions: list[Box]
    referrals: list[Box]
    overdue: list[Box]

    @classmethod
    def of(
        cls,
        laid_out: Dimensions,
        read: "Iterable[ClauseMeant]",
        known: dict[Condition, tuple[Box, ...]],
    ) -> "Meaning":
        """Lay out the clauses of a version; those that are known already are taken as they are."""
        clauses = {}
        for each in read:
            if each.condition not in known:
                known[each.condition] = tuple(boxes_of(laid_out, each.condition))
            clauses[each.clause] = each.does, known[each.condition]

        def doing(what: str) -> list[Box]:
            return [box for does, boxes in clauses.values() if does == what for box in boxes]

        grants, referrals = doing("disclose"), doing("refer")
        # Mostly nothing is left open; then one list is cut once for both.
        overdue = [*referrals, *grants] if referrals else grants
        return cls(clauses, grants, doing("exclude"), referrals, overdue)


def same_clauses(was: Meaning, becomes: Meaning) -> frozenset[str]:
    """The clauses that are of one meaning in both versions."""
    return frozenset(
        clause for clause, meant in was.clauses.items() if becomes.clauses.get(clause) == meant
    )
