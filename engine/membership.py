"""Who stands somewhere in a clause, each for as long as it is a member.

Intervals are half-open and written as seconds since 1970-01-01T00:00:00Z.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime

from agreements.model import Agreement, Party
from agreements.values import epoch_s
from engine import cedar_tree as tree
from engine.cedar_tree import Node


def membership(
    agreement: Agreement, parties: Sequence[Party], is_one_of: Callable[[Sequence[str]], Node]
) -> Node:
    """Whether an agency is one of the parties, or at that instant a member of one.

    Who was bound before the agreement comes into force is bound throughout.

    Args:
        parties: At least one of them stands for some agency.
        is_one_of: Makes the test for a list of agencies.
    """
    spans: defaultdict[tuple[int, int], set[str]] = defaultdict(set)
    bounds: dict[tuple[int, int], tuple[datetime | None, datetime | None]] = {}
    for party in parties:
        for agency, joined, until in party.bindings:
            begins = agreement.in_force_from
            since = None if joined and begins and joined <= begins else joined
            key = (_or_never(since), _or_never(until))
            bounds[key] = (since, until)
            spans[key].add(agency)
    alternatives = []
    for key, agencies in sorted(spans.items()):
        who = is_one_of(sorted(agencies))
        since, until = bounds[key]
        alternatives.append(tree.every([who, span(since, until)]) if since or until else who)
    return tree.either(alternatives)


def span(since: datetime | None, until: datetime | None) -> Node:
    """Whether the instant asked lies between two bounds, at least one of them given."""
    bounds = []
    if since is not None:
        bounds.append(tree.at_least(tree.context("at"), tree.number(epoch_s(since))))
    if until is not None:
        bounds.append(tree.below(tree.context("at"), tree.number(epoch_s(until))))
    return tree.every(bounds)


def _or_never(at: datetime | None) -> int:
    return epoch_s(at) if at else 0
