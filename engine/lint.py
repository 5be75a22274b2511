"""What agreements say together that none of them says alone.

Three things are looked for between two agreements that answer at the same time: both
permit the same (an overlap), both permit the same but one asks less for it (looser),
and one excludes what the other permits (a contradiction). Found by meeting the boxes
of their clauses, read from what is enforced; what the law forbids is left out.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from itertools import combinations
from operator import and_, or_
from typing import Final, TypeAlias

from engine.boxing import Forbidden, boxes_of
from engine.bundle import Slice, SliceKey
from engine.collecting import uncollected
from engine.compare_rows import Row, Rows, Where
from engine.condition import Condition
from engine.cover import Box
from engine.dimensions import YES, Dimensions, dimensions
from engine.law import Law
from engine.meaning import clauses_of, in_force_at, turning_points

MAX_ROWS: Final = 3
"""How many rows a finding shows of what two clauses have in common."""

_BASIS: Final = (
    *("regime", "article6", "annex1", "article9", "schedule1"),
    *("law_enforcement", "schedule8", "gateway"),
)


class Problem(StrEnum):
    """What two clauses of two agreements do together."""

    CONTRADICTION = "contradiction"
    LOOSER = "looser"
    OVERLAP = "overlap"


ClauseName: TypeAlias = tuple[SliceKey, str]
"""A clause: agreement and version, then its number."""


@dataclass(frozen=True, slots=True)
class Together:
    """Two clauses of two agreements, and what they do together.

    Attributes:
        first, second: The clauses. Of a contradiction the first excludes; of what is looser
            the first asks what the second does not.
        lacks: What the second does not ask: `role`, `basis`, `consent`, or a thing to be given.
        rows: Some of what they have in common.
    """

    problem: Problem
    first: ClauseName
    second: ClauseName
    lacks: tuple[str, ...]
    rows: tuple[Row, ...]


@dataclass(frozen=True, slots=True)
class Linted:
    """What was found, contradictions first."""

    dimensions: Dimensions
    found: tuple[Together, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Clause:
    """One clause, while its agreement answers.

    Attributes:
        hull: The least box that holds all its boxes, so that most pairs are told apart fast.
    """

    name: ClauseName
    boxes: list[Box]
    hull: Box


@dataclass(slots=True, eq=False)
class _Agreement:
    key: SliceKey
    agencies: int
    grants: list[_Clause] = field(default_factory=list)
    exclusions: list[_Clause] = field(default_factory=list)


def lint(law: Law, slices: Sequence[Slice]) -> Linted:
    """Find what agreements do together.

    Args:
        slices: One version of each agreement.

    Raises:
        PolicyError: A policy holds a construct that cannot be compared.
    """
    with uncollected():
        return _linted(law, slices)


def _linted(law: Law, slices: Sequence[Slice]) -> Linted:
    read = [(each, clauses_of(each)) for each in slices]
    laid_out = dimensions(
        law,
        (agency for each in slices for agency in each.agencies),
        [clause.condition for _, clauses in read for clause in clauses],
        (point for each in slices for point in turning_points(each)),
    )
    linter = _Linter(laid_out)
    agreements = []
    for each, clauses in read:
        agreement = _Agreement(each.key, laid_out.mask("holder", each.agencies))
        span = in_force_at(laid_out, each)
        for clause in clauses:
            if span and clause.does != "refer":
                listed = agreement.grants if clause.does == "disclose" else agreement.exclusions
                listed.append(linter.clause((each.key, clause.clause), clause.condition, span))
        agreements.append(agreement)
    found = [each for pair in combinations(agreements, 2) for each in linter.between(*pair)]
    order = list(Problem)
    found.sort(key=lambda each: (order.index(each.problem), each.first, each.second))
    return Linted(laid_out, tuple(found))


class _Linter:
    """Meets the clauses of agreements within one set of dimensions."""

    def __init__(self, laid_out: Dimensions) -> None:
        self._laid_out: Final = laid_out
        self._space: Final = laid_out.space
        self._forbidden: Final = Forbidden(laid_out)
        self._made: Final = Rows(laid_out)
        self._known_asks: Final[dict[Box, frozenset[str]]] = {}

    def clause(self, name: ClauseName, condition: Condition, span: int) -> _Clause:
        timed = self._space.box({"at": span}) or 0
        boxes = self._space.common(boxes_of(self._laid_out, condition), [timed])
        return _Clause(name, boxes, reduce(or_, boxes, 0))

    def between(self, one: _Agreement, other: _Agreement) -> Iterator[Together]:
        """Everything that two agreements do together."""
        if (one.agencies & other.agencies).bit_count() < 2:
            return
        for mine, theirs in ((one, other), (other, one)):
            for exclusion in mine.exclusions:
                for grant in theirs.grants:
                    yield from self._contradicted(mine, exclusion, theirs, grant)
        for grant in one.grants:
            for second in other.grants:
                yield from self._both_permit(one, grant, other, second)

    def _contradicted(
        self, mine: _Agreement, exclusion: _Clause, theirs: _Agreement, grant: _Clause
    ) -> Iterator[Together]:
        if not self._space.layout.meet(exclusion.hull, grant.hull):
            return
        # An exclusion binds its own agreement, so it speaks of its own agencies alone.
        own = self._space.box({"holder": mine.agencies, "recipient": mine.agencies}) or 0
        common = self._space.common
        shared = common(common(exclusion.boxes, grant.boxes), [own])
        rows = self._rows(shared, theirs.exclusions)
        if rows:
            yield Together(Problem.CONTRADICTION, exclusion.name, grant.name, (), rows)

    def _both_permit(
        self, one: _Agreement, grant: _Clause, other: _Agreement, second: _Clause
    ) -> Iterator[Together]:
        if not self._space.layout.meet(grant.hull, second.hull):
            return
        shared = self._space.common(grant.boxes, second.boxes)
        rows = self._rows(shared, [*one.exclusions, *other.exclusions])
        if not rows:
            return
        asks, also = (self._asks(each.boxes, shared) for each in (grant, second))
        names = grant.name, second.name
        if asks == also:
            yield Together(Problem.OVERLAP, *names, (), rows)
        if asks - also:
            yield Together(Problem.LOOSER, *names, tuple(sorted(asks - also)), rows)
        if also - asks:
            yield Together(Problem.LOOSER, *names[::-1], tuple(sorted(also - asks)), rows)

    def _rows(self, shared: list[Box], exclusions: Sequence[_Clause]) -> tuple[Row, ...]:
        """Some of what is left of boxes without what is excluded or unlawful; none if nothing."""
        closes = [box for each in exclusions for box in each.boxes]
        left: list[Box] = []
        for box in shared:
            left += [
                piece
                for piece in self._space.difference([box], closes)
                if self._forbidden.leaves_some_of(piece) and not self._is_between_one(piece)
            ]
            if len(left) >= MAX_ROWS:
                break
        return self._made.of({(Where.ALLOWED, frozenset()): left[:MAX_ROWS]})

    def _is_between_one(self, box: Box) -> bool:
        holder, recipient = (self._space.layout.read(box, end) for end in ("holder", "recipient"))
        return holder == recipient and holder.bit_count() == 1

    def _asks(self, boxes: list[Box], shared: list[Box]) -> frozenset[str]:
        """What a clause asks of every question in the part it shares with another."""
        meet = self._space.layout.meet
        concerned = [box for box in boxes if any(meet(box, each) for each in shared)]
        return reduce(and_, map(self._asked_by, concerned)) if concerned else frozenset()

    def _asked_by(self, box: Box) -> frozenset[str]:
        known = self._known_asks.get(box)
        if known is None:
            known = frozenset(_asked(self._space.layout.limits(box)))
            self._known_asks[box] = known
        return known


def _asked(limits: Mapping[str, int]) -> Iterator[str]:
    """What a box asks, by what it limits."""
    for name, mask in limits.items():
        if name == "role":
            yield "role"
        elif name == "confidence_consent":
            yield "consent"
        elif name in _BASIS:
            yield "basis"
        elif name.startswith("given:") and mask == YES:
            yield name.removeprefix("given:")
