"""The rows of a comparison: as few as say it exactly, in agreement terms.

A row is a product of what a reader has a word for: of the kinds of person asked about
it lists ways in which they may come together, and of the things given likewise.
``docs/compare.md`` says what "few" promises. Nothing here compares anything.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from typing import Final, TypeAlias

from engine.boxes import Space
from engine.cover import Box, Cover, places_of
from engine.dimensions import Dimensions
from engine.fewest import fewest
from engine.row_space import RowSpace, Ways


class Where(StrEnum):
    """Where the law puts the questions of a row."""

    ANYWHERE = "anywhere"
    ALLOWED = "allowed"
    FORBIDDEN = "forbidden"


class Save(StrEnum):
    """What is left out of a row, so that it need not be many small ones."""

    PERMITTED = "permitted"
    """What the version that refers it permits anyway."""
    IN_BOTH = "in-both"
    """What comes out so in both versions."""


Kind: TypeAlias = tuple[Where, frozenset[Save]]
"""Of which questions a row speaks, and what is left out of it."""


@dataclass(frozen=True, slots=True)
class Row:
    """Questions that come out otherwise, as a product.

    Attributes:
        limits: The box in all dimensions of one value, sorted; what is not named is not limited.
        about: Ways in which kinds of person may come together.
        given: Ways in which things may be given or left out.
        where: Of these, all questions, or those to which the law does or does not
            forbid a disclosure. The law is the same for both versions.
        save: What is left out of these.
    """

    limits: tuple[tuple[str, int], ...]
    about: Ways
    given: Ways
    where: Where
    save: frozenset[Save] = frozenset()


_Boxed: TypeAlias = tuple[Row, list[Box]]
"""A row and its boxes."""


class Rows:
    """Makes the rows of one comparison, and remembers those it has made."""

    def __init__(self, dimensions: Dimensions) -> None:
        """Begin with none."""
        self._dimensions: Final = dimensions
        self._at: Final = dimensions.space.layout.fields["at"]
        self._known: Final[dict[tuple[Box, ...], list[_Boxed]]] = {}
        self._spelt: Final[dict[Ways, object]] = {}

    def of(self, boxes: Mapping[Kind, Sequence[Box]]) -> tuple[Row, ...]:
        """Put boxes together into as few rows as say the same, kind by kind."""
        found = [each for kind, own in boxes.items() for each in self._of_kind(own, *kind)]
        if len({(row.where, row.save) for row, _ in found}) > 1:
            return tuple(_Said(self._dimensions.space, found, self._order).needed())
        return tuple(row for row, _ in found)

    def _of_kind(self, boxes: Sequence[Box], where: Where, save: frozenset[Save]) -> list[_Boxed]:
        if not boxes:
            return []
        # What is permitted for a time and referred afterwards differs in time alone.
        times = {box & self._at for box in boxes}
        at = times.pop() if len(times) == 1 else self._at
        wide = (box | self._at for box in boxes) if at != self._at else boxes
        key = tuple(dict.fromkeys(wide))
        if key not in self._known:
            self._known[key] = _rows(self._dimensions, key)
        space = self._dimensions.space
        span = space.everything ^ self._at ^ at
        then = tuple(space.layout.limits(span).items())
        found = []
        for row, own in self._known[key]:
            limits = tuple(sorted(row.limits + then)) if then else row.limits
            timed = Row(limits, row.about, row.given, where, save)
            found.append((timed, [box & span for box in own]))
        return sorted(found, key=lambda each: self._order(each[0]))

    def _order(self, row: Row) -> tuple[object, ...]:
        return (
            *(row.where.value, sorted(row.save), row.limits),
            *(self._order_of(row.about), self._order_of(row.given)),
        )

    def _order_of(self, ways: Ways) -> object:
        found = self._spelt.get(ways)
        if found is None:
            found = self._spelt[ways] = sorted(map(sorted, ways))
        return found


_FIRST: Final = ("purpose", "role", "information", "recipient", "holder")
_LAST: Final = ("at", "about", "given")


def _rows(dimensions: Dimensions, boxes: Sequence[Box]) -> list[_Boxed]:
    sheet = RowSpace(dimensions, boxes)
    meet = sheet.space.layout.meet
    # Asked about nobody, a box holds nothing.
    spelt = [row for row in map(sheet.encode, boxes) if meet(row, row)]
    limited = reduce(or_, (sheet.space.everything & ~box for box in spelt), 0)
    names = sheet.space.layout.touched(limited)
    middle = sorted(name for name in names if name not in _FIRST and name not in _LAST)
    order = [name for name in (*_FIRST, *middle, *_LAST) if name in names]
    found: dict[tuple[tuple[tuple[str, int], ...], Ways], tuple[Ways, list[Box]]] = {}
    for box in fewest(sheet.space, spelt, order):
        limits, about, given = sheet.decode(box)
        key = tuple(sorted(limits.items())), about
        ways, own = found.get(key, (frozenset(), []))
        found[key] = ways | given, own + sheet.plain(box)
    return [(Row(*key, given, Where.ANYWHERE), own) for key, (given, own) in found.items()]


class _Said:
    """What rows of several kinds say, so that what another kind says as well is found."""

    def __init__(
        self, space: Space, boxed: Sequence[_Boxed], order: Callable[[Row], tuple[object, ...]]
    ) -> None:
        self._space: Final = space
        self._order: Final = order
        rows = [row for row, _ in boxed]
        self._rows: Final = rows
        boxes = [(place, box) for place, (_, own) in enumerate(boxed) for box in own]
        self._cover: Final = Cover(space.layout, [box for _, box in boxes])
        self._own: Final = [0] * len(rows)
        self._kinds: Final[dict[Kind, int]] = {}
        for number, (place, _) in enumerate(boxes):
            kind = rows[place].where, rows[place].save
            self._own[place] |= 1 << number
            self._kinds[kind] = self._kinds.get(kind, 0) | 1 << number

    def needed(self) -> list[Row]:
        """The rows without those that others say as well, the narrowest looked at first."""
        rows = self._rows
        left = (1 << len(self._cover.boxes)) - 1
        met = self._met_by_another_kind()
        doubtful = [place for place in range(len(rows)) if self._own[place] & met]
        for place in sorted(
            doubtful, key=lambda at: (-len(rows[at].limits), self._order(rows[at]))
        ):
            others = left & ~self._own[place]
            if self._say(others & self._as_much(rows[place].where), self._own[place]):
                left = others
        return [row for place, row in enumerate(rows) if left & self._own[place]]

    def _met_by_another_kind(self) -> int:
        """The boxes that meet one of another kind that speaks of the same questions at least."""
        found = 0
        for kind, own in self._kinds.items():
            others = self._as_much(kind[0]) & ~own
            few, many = sorted((own, others), key=int.bit_count)
            for number in places_of(few):
                met = self._cover.meeting(self._cover.boxes[number], many)
                if met:
                    found |= met if few is others else 1 << number
        return found

    def _as_much(self, where: Where) -> int:
        """The boxes of rows that speak of the same questions at least."""
        wide = (where, Where.ANYWHERE)
        return reduce(or_, (own for (where, _), own in self._kinds.items() if where in wide))

    def _say(self, others: int, own: int) -> bool:
        for box in (self._cover.boxes[number] for number in places_of(own)):
            near = self._cover.meeting(box, others)
            if not near or not self._space.is_empty(
                box, [self._cover.boxes[number] for number in places_of(near)]
            ):
                return False
        return True
