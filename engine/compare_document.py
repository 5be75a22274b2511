"""A row of a comparison as JSON, in the words of an agreement.

What a row does not limit is not named. A value that a question leaves out is `null`.
"""

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final

from agreements.values import format_instant
from agreements.vocabulary import Kind
from engine.canonical import Json
from engine.compare_rows import Row, Where
from engine.dimensions import NO, YES, Dimensions
from engine.row_space import ANY_WAY, Ways

_LISTED: Final = {
    "holder": "from",
    "recipient": "to",
    "information": "information",
    "purpose": "purposes",
    "role": "roles",
    "consent": "consent",
    "confidence_consent": "confidence_consent",
    "asker_public_authority": "asker_public_authority",
    "asker_competent_authority": "asker_competent_authority",
    "holder_kind": "holder_kind",
    "recipient_kind": "recipient_kind",
    "classification": "classification",
    "handling": "handling",
    "collected_under": "collected_under",
}
_BASIS: Final = (
    *("regime", "article6", "annex1", "article9", "schedule1"),
    *("law_enforcement", "schedule8", "gateway"),
)


class RowDocuments:
    """Writes rows as JSON; what many rows say alike is worked out once, and is one value in all."""

    def __init__(self, dimensions: Dimensions) -> None:
        """Begin with the dimensions in which the rows are."""
        self._dimensions: Final = dimensions
        self._listed: Final[dict[tuple[str, int], list[Json]]] = {}
        self._ways: Final[dict[Ways, list[Json]]] = {}

    def of(self, row: Row) -> dict[str, Json]:
        """A row in the words of an agreement; what is not named is not limited.

        A value that is left out of a question is `null` in a list of values.
        """
        limits = dict(row.limits)
        said: dict[str, Json] = {
            key: self._values(name, limits[name]) for name, key in _LISTED.items() if name in limits
        }
        if "asks" in limits:
            said["asked_by"] = self._values("asks", limits["asks"])[0]
        basis: dict[str, Json] = {
            name: self._values(name, limits[name]) for name in _BASIS if name in limits
        }
        if basis:
            said["basis"] = basis
        if row.about != ANY_WAY:
            said["about"] = self._several(row.about, self._people)
        if row.given != ANY_WAY:
            said["given"] = self._several(row.given, _things)
        if "at" in limits:
            said["when"] = self._values("at", limits["at"])
        if row.where is not Where.ANYWHERE:
            said["law"] = row.where.value
        if row.save:
            said["save"] = [*sorted(row.save)]
        return said

    def _values(self, name: str, mask: int) -> list[Json]:
        known = self._listed.get((name, mask))
        if known is None:
            known = self._listed[name, mask] = self._spelt(name, mask)
        return known

    def _spelt(self, name: str, mask: int) -> list[Json]:
        if name == "information":
            return [*grouped(self._dimensions, mask)]
        if name == "at":
            return [
                {"since": _instant(since), "until": _instant(until)}
                for since, until in spans(self._dimensions, mask)
            ]
        return [value or None for value in self._dimensions.listed(name, mask)]

    def _several(self, ways: Ways, spelt: Callable[[Mapping[str, int]], Json]) -> list[Json]:
        known = self._ways.get(ways)
        if known is None:
            known = self._ways[ways] = [spelt(dict(way)) for way in sorted(ways, key=sorted)]
        return known

    def _people(self, way: Mapping[str, int]) -> Json:
        """Some of each list `with`, and nobody but `only`."""
        said: dict[str, Json] = {}
        people = self._dimensions.people
        some: list[Json] = [
            [*sorted(people[name])] for name, mask in sorted(way.items()) if mask == YES
        ]
        if some:
            said["with"] = some
        if NO in way.values():
            said["only"] = [*only(self._dimensions, way)]
        return said


def only(dimensions: Dimensions, way: Mapping[str, int]) -> list[str]:
    """The kinds of person that a way leaves possible, sorted."""
    return sorted(
        kind for name, kinds in dimensions.people.items() if way.get(name) != NO for kind in kinds
    )


def _things(way: Mapping[str, int]) -> Json:
    names = {
        wanted: [
            name.removeprefix("given:") for name, mask in sorted(way.items()) if mask == wanted
        ]
        for wanted in (YES, NO)
    }
    return {"with": [*names[YES]], "without": [*names[NO]]}


def grouped(dimensions: Dimensions, mask: int) -> tuple[str, ...]:
    """Categories, a group for those that it covers whole; largest groups first."""
    vocabulary = dimensions.law.vocabulary
    wanted = {*dimensions.listed("information", mask)}
    groups = {
        code: vocabulary.descendants(Kind.INFORMATION, code)
        for code in vocabulary.codes(Kind.INFORMATION)
        if vocabulary.term(Kind.INFORMATION, code).is_group
    }
    left, found = set(wanted), []
    for code, members in sorted(groups.items(), key=lambda item: (-len(item[1]), item[0])):
        if members <= wanted and len(members & left) > 1:
            found.append(code)
            left -= members
    return (*found, *(code for code in dimensions.values["information"] if code in left))


def spans(dimensions: Dimensions, mask: int) -> list[tuple[int | None, int | None]]:
    """The half-open spans of time of a mask; none at an end that is open."""
    edges: list[int | None] = [None, *dimensions.cuts, None]
    found: list[tuple[int | None, int | None]] = []
    for place in range(len(dimensions.cuts) + 1):
        if mask >> place & 1:
            since, until = edges[place], edges[place + 1]
            if found and found[-1][1] == since and since is not None:
                found[-1] = (found[-1][0], until)
            else:
                found.append((since, until))
    return found


def _instant(at_s: int | None) -> str | None:
    return None if at_s is None else format_instant(datetime.fromtimestamp(at_s, UTC))
