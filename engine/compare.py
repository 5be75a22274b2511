"""What a new version of an agreement changes, by meaning: the questions it answers otherwise.

Exact: each version is the set of questions that it permits and the set that it
refers, made of boxes read from the policies that are enforced, and the sets are
subtracted. Compared is what the office would answer if the new version were signed
beside the old: from the instant the new one is in force it replaces the old; before
that nothing changes. ``docs/compare.md`` says how to read the result.

Compared are questions whose facts are known. Where the look-up of consent failed, or
conditions of a handling code are not said, the office asks again as if they were
given: what is newly permitted is then newly referred, unless it was referred before.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from engine import canonical
from engine.boxes import common
from engine.boxing import Forbidden
from engine.bundle import Slice, make_slice
from engine.compare_rows import Row, Save, Where, rows_of
from engine.compare_text import TextChange, text_change
from engine.compile import Compiled
from engine.condition import Condition
from engine.cover import Box
from engine.dimensions import Dimensions
from engine.law import Law
from engine.meaning import Meaning, Region, clauses_of, lay_out, regions, same_clauses
from engine.standing import State


@dataclass(frozen=True, slots=True)
class Named:
    """One version of an agreement, and its exact text."""

    id: str
    version: str
    terms_sha256: str


@dataclass(frozen=True, slots=True, eq=False)
class Change:
    """What putting one version in the place of another changes.

    Attributes:
        old: The version replaced; none if there was none.
        new: The version that replaces it; none if it only ends.
        newly_permitted, no_longer_permitted: What one permits and the other does not.
        newly_referred, no_longer_referred: What one puts to a human and the other does not.
        text: The fields of the text that differ.
    """

    law: Law
    dimensions: Dimensions
    old: Named | None
    new: Named | None
    newly_permitted: tuple[Row, ...]
    no_longer_permitted: tuple[Row, ...]
    newly_referred: tuple[Row, ...]
    no_longer_referred: tuple[Row, ...]
    text: TextChange

    @property
    def rows(self) -> tuple[Row, ...]:
        """Every row, of all four lists."""
        return (
            *self.newly_permitted,
            *self.no_longer_permitted,
            *self.newly_referred,
            *self.no_longer_referred,
        )

    @property
    def same(self) -> bool:
        """Whether the two texts are the same."""
        return not self.rows and not self.text.paths


def compare(law: Law, old: Slice | Compiled | None, new: Slice | Compiled | None) -> Change:
    """Say what putting one version in the place of another changes, by meaning.

    Args:
        law: What both are judged by.
        old: The version replaced; none to say all that the new one opens.
        new: The version that replaces it; none to say all that ending the old one closes.

    Raises:
        PolicyError: A policy holds a construct that cannot be compared.
    """
    before, after = _side(law, old), _side(law, new)
    clauses = {side: clauses_of(side) for side in (before, after) if side is not None}
    laid_out = lay_out(law, clauses)
    known: dict[Condition, tuple[Box, ...]] = {}
    was, becomes = (
        Meaning.of(laid_out, clauses[side] if side else (), known) for side in (before, after)
    )
    forbidden = Forbidden(laid_out)
    weighed = _Weighed(laid_out, forbidden, regions(laid_out, before, after), was, becomes)
    opened, closed = weighed.permits(was, becomes), weighed.permits(becomes, was)
    lists = (
        weighed.permitted(opened),
        weighed.permitted(closed),
        weighed.referred(was, becomes, closed),
        weighed.referred(becomes, was, opened),
    )
    text = text_change(
        None if before is None else before.agreement,
        None if after is None else after.agreement,
        same_clauses(was, becomes),
        told=any(lists),
    )
    return Change(law, laid_out, _named(before), _named(after), *lists, text)


def _side(law: Law, version: Slice | Compiled | None) -> Slice | None:
    return make_slice(law, version) if isinstance(version, Compiled) else version


def _named(side: Slice | None) -> Named | None:
    if side is None:
        return None
    return Named(*side.key, canonical.digest_hex(side.agreement_json))


_NOTHING: Final[tuple[list[Box], list[Box]]] = ([], [])
"""What a version opens and closes while it does not answer."""


class _Cut(NamedTuple):
    """A difference: boxes that are in it whole, and boxes of which more is to be left out."""

    clean: list[Box]
    rough: list[Box]

    def joined(self, other: "_Cut") -> "_Cut":
        """This and another."""
        return _Cut([*self.clean, *other.clean], [*self.rough, *other.rough])


@dataclass(frozen=True, slots=True, eq=False)
class _Weighed:
    """Two versions and the law, ready to be subtracted either way."""

    laid_out: Dimensions
    forbidden: Forbidden
    regions: Mapping[Region, int]
    was: Meaning
    becomes: Meaning
    _cuts: dict[tuple[int, ...], tuple[_Cut, list[Box]]] = field(default_factory=dict)

    def _state(self, region: Region, side: Meaning) -> State | None:
        return region[1] if side is self.becomes else region[0]

    def permitted(self, cut: _Cut) -> tuple[Row, ...]:
        """The rows of what one version permits and the other does not."""
        return self._rows(cut.clean, cut.rough, Where.ALLOWED)

    def permits(self, without: Meaning, within: Meaning) -> _Cut:
        """What one version permits and the other does not."""
        found = _Cut([], [])
        for region, mask in self.regions.items():
            if self._state(region, within) is State.IN_FORCE:
                answers = self._state(region, without) is State.IN_FORCE
                found = found.joined(
                    self._between(
                        mask,
                        (within.grants, within.exclusions),
                        (without.grants, without.exclusions) if answers else _NOTHING,
                    )
                )
        return _Cut(self._legal(found.clean), self._legal(found.rough))

    def _between(
        self,
        mask: int,
        within: tuple[list[Box], list[Box]],
        without: tuple[list[Box], list[Box]],
    ) -> _Cut:
        """What is in the first boxes but not in those beside them, and not so in the others."""
        space = self.laid_out.space
        span = space.box({"at": mask})
        if span is None:
            return _Cut([], [])
        closes = within[1]
        (clean, rough), lifted = self._at_any_time(within, without)
        return _Cut(
            space.difference(common([*clean, *lifted], [span]), closes),
            space.difference(common(rough, [span]), closes),
        )

    def _at_any_time(
        self, within: tuple[list[Box], list[Box]], without: tuple[list[Box], list[Box]]
    ) -> tuple[_Cut, list[Box]]:
        """What is only in the first boxes, and of them what only the others had excluded."""
        # The lists belong to the two versions and outlive this, so each is known by its identity.
        key = tuple(map(id, (*within, *without)))
        if key not in self._cuts:
            (opens, closes), (opened, closed) = within, without
            space = self.laid_out.space
            lifted = common(opens, space.unlike(closed, closes))
            self._cuts[key] = _Cut(*space.cut(opens, opened)), lifted
        return self._cuts[key]

    def referred(self, without: Meaning, within: Meaning, moved: _Cut) -> tuple[Row, ...]:
        """What one version puts to a human and the other does not.

        Args:
            moved: What the other permits and this one does not.
        """
        anywhere, allowed, forbidden = _Cut([], []), _Cut([], []), _Cut([], [])
        for region, mask in self.regions.items():
            stands, stood = self._state(region, within), self._state(region, without)
            if stands is None:
                continue
            asks = (within.referrals, within.exclusions)
            asked = (without.referrals, without.exclusions) if stood else _NOTHING
            if State.OVERDUE not in (stands, stood):
                anywhere = anywhere.joined(self._between(mask, asks, asked))
                continue
            forbidden = forbidden.joined(self._between(mask, asks, asked))
            allowed = allowed.joined(
                self._between(
                    mask, _with_grants(within, asks, stands), _with_grants(without, asked, stood)
                )
            )
        anyway = frozenset([Save.PERMITTED])
        return (
            *self._rows(anywhere.clean, anywhere.rough, Where.ANYWHERE, anyway),
            *self._rows(
                self._legal(allowed.clean), self._legal(allowed.rough), Where.ALLOWED, anyway
            ),
            *self._rows(
                self._barred(forbidden.clean), self._barred(forbidden.rough), Where.FORBIDDEN
            ),
            *self._rows(
                self._asked_instead(within, moved.clean),
                self._asked_instead(within, moved.rough),
                Where.ALLOWED,
                anyway,
            ),
        )

    def _rows(
        self,
        clean: Sequence[Box],
        rough: Sequence[Box],
        where: Where,
        save: frozenset[Save] = frozenset(),
    ) -> tuple[Row, ...]:
        return (
            *rows_of(self.laid_out, clean, where, save),
            *rows_of(self.laid_out, rough, where, save | {Save.IN_BOTH}),
        )

    def _legal(self, boxes: Sequence[Box]) -> list[Box]:
        return [box for box in boxes if self.forbidden.leaves_some_of(box)]

    def _barred(self, boxes: Sequence[Box]) -> list[Box]:
        return [box for box in boxes if self.forbidden.takes_some_of(box)]

    def _asked_instead(self, side: Meaning, boxes: list[Box]) -> list[Box]:
        """The part of some boxes, which a version does not permit, that it puts to a human."""
        space = self.laid_out.space
        found: list[Box] = []
        for region, mask in self.regions.items():
            stands = self._state(region, side)
            span = space.box({"at": mask})
            if stands is not None and span is not None and boxes:
                opens, closes = _with_grants(side, (side.referrals, side.exclusions), stands)
                found += space.difference(common(common(boxes, [span]), opens), closes)
        return found


def _with_grants(
    side: Meaning, asks: tuple[list[Box], list[Box]], stands: State | None
) -> tuple[list[Box], list[Box]]:
    """Referrals, and of an overdue version what it would permit besides."""
    if stands is not State.OVERDUE:
        return asks
    return side.overdue, asks[1]
