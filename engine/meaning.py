"""What one version of an agreement means: the boxes of its clauses, and when it answers.

Read from what is enforced. Leaves aside what a log says of a version: it is taken to
be signed from the beginning, never suspended and never ended.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from engine.boxing import boxes_of
from engine.bundle import Slice
from engine.condition import Condition, actions_of, condition_of
from engine.cover import Box
from engine.dimensions import Dimensions, dimensions
from engine.law import Law
from engine.standing import ANSWERING, Standing, State, state_at

_MATCHES: Final = ("principal", "resource", "conditions")
"""What of a policy says when it matches."""

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


Read: TypeAlias = dict[str, tuple[Mapping[str, Any], Condition]]
"""Clauses that were read: by number the policy, and when it matches."""


def clauses_of(side: Slice, known: Read | None = None) -> list[ClauseMeant]:
    """Every clause of a version as it is enforced, in the order of their numbers.

    Args:
        known: Clauses of the version before, so that what is the same is read once; these are
            put there too.

    Raises:
        PolicyError: A policy holds a construct that cannot be compared.
    """
    known = {} if known is None else known
    policies = json.loads(side.policies_json)["staticPolicies"]
    found = []
    for policy in policies.values():
        (action, *_) = actions_of(policy)
        does = "exclude" if policy["effect"] == "forbid" else action
        clause = policy["annotations"]["clause"]
        before = known.get(clause)
        same = before is not None and all(before[0][part] == policy[part] for part in _MATCHES)
        condition = before[1] if before is not None and same else condition_of(policy)
        known[clause] = policy, condition
        found.append(ClauseMeant(clause, does, condition))
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
        known: dict[int, tuple[Box, ...]],
    ) -> "Meaning":
        """Lay out the clauses of a version.

        Args:
            known: What conditions mean that were laid out already, each by its identity: whoever
                compares holds them all the while.
        """
        clauses = {}
        for each in read:
            boxes = known.get(id(each.condition))
            if boxes is None:
                boxes = tuple(boxes_of(laid_out, each.condition))
                known[id(each.condition)] = boxes
            clauses[each.clause] = each.does, boxes

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
