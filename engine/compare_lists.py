"""The four lists of a comparison: what one version answers and the other does not, as rows.

Each version is the set of questions that it permits and the set that it refers, made of
boxes; the sets are subtracted, span of time by span of time, and what the law leaves
nothing of falls away.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, NamedTuple, TypeAlias

from engine.boxing import Forbidden
from engine.compare_rows import Kind, Row, Rows, Save, Where
from engine.cover import Box
from engine.dimensions import Dimensions
from engine.meaning import Meaning, Region
from engine.standing import State

Lists: TypeAlias = tuple[tuple[Row, ...], tuple[Row, ...], tuple[Row, ...], tuple[Row, ...]]
"""The rows newly and no longer permitted, newly and no longer referred."""

_Sets: TypeAlias = tuple[list[Box], list[Box]]
"""What a version opens and what it excludes of that."""

_NOTHING: Final[_Sets] = ([], [])
"""What a version opens and closes while it does not answer."""


class _Cut(NamedTuple):
    """A difference: boxes that are in it whole, and boxes of which more is to be left out."""

    clean: list[Box]
    rough: list[Box]

    def joined(self, other: "_Cut") -> "_Cut":
        """This and another."""
        return _Cut([*self.clean, *other.clean], [*self.rough, *other.rough])

    def where(self, is_so: Callable[[Box], bool]) -> "_Cut":
        """The boxes of which something is so."""
        return _Cut([*filter(is_so, self.clean)], [*filter(is_so, self.rough)])


class Weighed:
    """Two versions and the law, ready to be subtracted either way."""

    def __init__(
        self, laid_out: Dimensions, spans: Mapping[Region, int], was: Meaning, becomes: Meaning
    ) -> None:
        self._space: Final = laid_out.space
        self._forbidden: Final = Forbidden(laid_out)
        self._spans: Final = spans
        self._was: Final = was
        self._becomes: Final = becomes
        self._rows: Final = Rows(laid_out)
        self._cuts: Final[dict[tuple[int, ...], _Cut]] = {}

    def lists(self) -> Lists:
        """Newly and no longer permitted, newly and no longer referred."""
        was, becomes = self._was, self._becomes
        opened, closed = self._permits(was, becomes), self._permits(becomes, was)
        return (
            self._listed({Where.ALLOWED: opened}),
            self._listed({Where.ALLOWED: closed}),
            self._referred(was, becomes, closed),
            self._referred(becomes, was, opened),
        )

    def _state(self, region: Region, side: Meaning) -> State | None:
        return region[1] if side is self._becomes else region[0]

    def _permits(self, without: Meaning, within: Meaning) -> _Cut:
        """What one version permits and the other does not."""
        found = _Cut([], [])
        for region, mask in self._spans.items():
            if self._state(region, within) is State.IN_FORCE:
                answers = self._state(region, without) is State.IN_FORCE
                opens = within.grants, within.exclusions
                opened = (without.grants, without.exclusions) if answers else _NOTHING
                found = found.joined(self._between(mask, opens, opened))
        return found.where(self._forbidden.leaves_some_of)

    def _between(self, mask: int, within: _Sets, without: _Sets) -> _Cut:
        """What is in the first boxes but not in those beside them, and not so in the others."""
        clean, rough = self._at_any_time(within, without)
        return _Cut(self._during(mask, clean), self._during(mask, rough))

    def _at_any_time(self, within: _Sets, without: _Sets) -> _Cut:
        """What is in the first boxes and not so in the others, whenever they answer."""
        # The lists belong to the two versions and outlive this, so each is known by its identity.
        key = tuple(map(id, (*within, *without)))
        if key not in self._cuts:
            (opens, closes), (opened, closed) = within, without
            space = self._space
            known = set(closes)
            lifted = space.common(opens, [box for box in closed if box not in known])
            clean, rough = space.cut(opens, opened)
            self._cuts[key] = _Cut(
                space.difference([*clean, *lifted], closes), space.difference(rough, closes)
            )
        return self._cuts[key]

    def _during(self, mask: int, boxes: Sequence[Box]) -> list[Box]:
        """The part of boxes that lies in a span of time."""
        span = self._space.box({"at": mask})
        if span is None or not boxes:
            return []
        at = self._space.layout.fields["at"]
        if all(box & at == at for box in boxes):
            return [box & span for box in boxes]
        return self._space.common(boxes, [span])

    def _referred(self, without: Meaning, within: Meaning, moved: _Cut) -> tuple[Row, ...]:
        """What one version puts to a human and the other does not.

        Args:
            moved: What the other permits and this one does not.
        """
        anywhere, allowed, forbidden = _Cut([], []), _Cut([], []), _Cut([], [])
        for region, mask in self._spans.items():
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
        instead = _Cut(*(self._asked_instead(within, boxes) for boxes in moved))
        return self._listed(
            {
                Where.ANYWHERE: anywhere,
                Where.ALLOWED: allowed.where(self._forbidden.leaves_some_of).joined(instead),
                Where.FORBIDDEN: forbidden.where(self._forbidden.takes_some_of),
            },
            frozenset([Save.PERMITTED]),
        )

    def _asked_instead(self, side: Meaning, boxes: list[Box]) -> list[Box]:
        """The part of some boxes, which a version does not permit, that it puts to a human."""
        found: list[Box] = []
        for region, mask in self._spans.items():
            stands = self._state(region, side)
            then = self._during(mask, boxes) if stands else []
            if then:
                opens, closes = _with_grants(side, (side.referrals, side.exclusions), stands)
                found += self._space.difference(self._space.common(then, opens), closes)
        return found

    def _listed(
        self, cuts: Mapping[Where, _Cut], save: frozenset[Save] = frozenset()
    ) -> tuple[Row, ...]:
        kinds: dict[Kind, list[Box]] = {}
        for where, cut in cuts.items():
            # What the law forbids is not permitted anyway.
            own = save if where is not Where.FORBIDDEN else frozenset[Save]()
            kinds |= {(where, own): cut.clean, (where, own | {Save.IN_BOTH}): cut.rough}
        return self._rows.of(kinds)


def _with_grants(side: Meaning, asks: _Sets, stands: State | None) -> _Sets:
    """Referrals, and of an overdue version what it would permit besides."""
    return (side.overdue, asks[1]) if stands is State.OVERDUE else asks
