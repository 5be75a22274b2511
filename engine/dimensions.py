"""The dimensions in which agreements and the law are compared, laid out for each comparison.

Dimensions: `recipient`, `holder`, which end asserts the basis (`asks`), one single
category of `information`, every field of the context with one value, one yes or no
for each kind of person that policies tell apart (`about:…`) and for each thing given
(`given:…`), and time (`at`), cut at every instant that a policy or the validity of
an agreement names. What no policy names cannot tell questions apart, and gets no
dimension.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import permutations
from typing import Final

from agreements.vocabulary import Kind, Vocabulary
from engine.asking import KNOWN_OF, Evidence
from engine.boxes import Space
from engine.condition import TRUE_SAYS, Asks, Condition, Test, actions_of, condition_of, tests
from engine.cover import Box
from engine.errors import PolicyError
from engine.law import Law
from engine.request import Consent
from engine.terms import HANDLING_CODES

ABSENT: Final = ""
"""The value of a field that a question leaves out."""

ENDS: Final = ("recipient", "holder")
"""Which end asserts the lawful basis."""

EVIDENCE: Final = tuple(f"{name}_evidence" for name in KNOWN_OF)
"""How well it is known who asks, in which role and for what."""

NO, YES = 1, 2
"""The masks of the two values of a yes or no."""

_KINDS: Final = {
    "purpose": Kind.PURPOSE,
    "role": Kind.ROLE,
    "regime": Kind.REGIME,
    "holder_kind": Kind.BODY,
    "recipient_kind": Kind.BODY,
}
_OPTIONAL_KINDS: Final = {
    "article6": Kind.ARTICLE6,
    "annex1": Kind.ANNEX1,
    "article9": Kind.ARTICLE9,
    "schedule1": Kind.SCHEDULE1,
    "law_enforcement": Kind.LE_BASIS,
    "schedule8": Kind.SCHEDULE8,
    "gateway": Kind.GATEWAY,
    "classification": Kind.MARKING,
    "collected_under": Kind.REGIME,
}
_FLAGS: Final = ("asker_public_authority", "asker_competent_authority")


@dataclass(frozen=True, slots=True, eq=False)
class Dimensions:
    """The dimensions in which some agreements and the law are compared.

    Attributes:
        values: By dimension, its values in the order of their bits.
        people: By `about:…` dimension, the kinds of person that no policy tells apart.
        cuts: Every instant named, sorted; time is cut there into spans.
        boxes: Of each test that was laid out, where it holds, or where it does not.
    """

    law: Law
    space: Space
    values: Mapping[str, tuple[str, ...]]
    people: Mapping[str, frozenset[str]]
    cuts: tuple[int, ...]
    boxes: dict[tuple[Test, bool], list[Box]] = field(default_factory=dict, init=False, repr=False)
    _bits: dict[str, dict[str, int]] = field(default_factory=dict, init=False, repr=False)

    def mask(self, name: str, values: Iterable[str]) -> int:
        """The mask of some values of a dimension."""
        bits = self._bits.get(name)
        if bits is None:
            bits = {value: 1 << place for place, value in enumerate(self.values[name])}
            self._bits[name] = bits
        return sum(bits[value] for value in set(values))

    def listed(self, name: str, mask: int) -> tuple[str, ...]:
        """The values of a mask, in their order."""
        return tuple(value for place, value in enumerate(self.values[name]) if mask >> place & 1)

    def since(self, at_s: int) -> int:
        """The mask of all time from an instant on, which must be one of the cuts."""
        place = bisect_right(self.cuts, at_s)
        if not place or self.cuts[place - 1] != at_s:
            raise PolicyError("time is not cut at an instant that is named")
        return self.space.full["at"] & ~((1 << place) - 1)

    def instants(self) -> tuple[int, ...]:
        """One instant of each span of time, in order: mostly its first."""
        first = self.cuts[0] - 1 if self.cuts else 0
        return (first, *self.cuts)


def dimensions(
    law: Law, agencies: Iterable[str], conditions: Sequence[Condition], instants: Iterable[int]
) -> Dimensions:
    """Lay out the dimensions for the law and some clauses beside it.

    Args:
        agencies: Everyone who may be an end.
        conditions: Of the clauses.
        instants: Where else time is cut, in seconds since 1970-01-01T00:00:00Z.
    """
    stated = (*conditions, *statute_of(law).values())
    asked = list(dict.fromkeys(test for each in stated for test in tests(each)))
    values = _single_values(law.vocabulary, sorted(set(agencies)), asked)
    people = {
        f"about:{min(kinds)}": kinds
        for kinds in _told_apart(law.vocabulary.codes(Kind.SUBJECT), asked)
    }
    given = sorted({value for test in asked if test.of == "given" for value in test.values})
    several = dict.fromkeys((*people, *(f"given:{need}" for need in given)), ("no", "yes"))
    bounds = {test.at_s for test in asked if test.asks in (Asks.SINCE, Asks.UNTIL)}
    cuts = tuple(sorted({*bounds, *instants}))
    full = {name: (1 << len(each)) - 1 for name, each in values.items()}
    # What a question may hold several of comes last: a row takes it together (engine/compare_rows).
    full |= {"at": (1 << len(cuts) + 1) - 1, **dict.fromkeys(several, YES | NO)}
    nobody = dict.fromkeys(people, NO)
    ends = range(len(values["holder"]))
    same = [{"recipient": 1 << place, "holder": 1 << place} for place in ends]
    half = _half_known(full) if any(test.of in EVIDENCE for test in asked) else ()
    return Dimensions(law, Space(full, (nobody, *same, *half)), values | several, people, cuts)


def _half_known(full: Mapping[str, int]) -> Iterator[Mapping[str, int]]:
    """Whoever asks over HTTP is known in every respect, and nobody at the terminal in any."""
    for one, other in permutations(EVIDENCE, 2):
        yield {one: 1, other: full[other] & ~1}


@lru_cache(maxsize=8)
def statute_of(law: Law) -> Mapping[str, Condition]:
    """What each policy of the statute forbids, by its id.

    Raises:
        PolicyError: One holds something that is not known here, or forbids more than disclosing.
    """
    for name, policy in law.statute.items():
        if actions_of(policy) != ("disclose",):
            raise PolicyError(f"`{name}` forbids more than disclosing")
    return {name: condition_of(policy) for name, policy in law.statute.items()}


def _single_values(
    vocabulary: Vocabulary, agencies: Sequence[str], asked: Sequence[Test]
) -> dict[str, tuple[str, ...]]:
    """The values of every dimension that holds one value, those a policy alone names last."""
    values: dict[str, tuple[str, ...]] = {
        "recipient": tuple(agencies),
        "holder": tuple(agencies),
        "asks": ENDS,
        "information": vocabulary.leaves(Kind.INFORMATION),
        "handling": (ABSENT, *HANDLING_CODES),
        "consent": (ABSENT, *Consent),
        "confidence_consent": (ABSENT, *Consent),
        **dict.fromkeys(EVIDENCE, (ABSENT, *Evidence)),
    }
    values |= {name: vocabulary.codes(kind) for name, kind in _KINDS.items()}
    values |= {name: (ABSENT, *vocabulary.codes(kind)) for name, kind in _OPTIONAL_KINDS.items()}
    for name in ("holder_kind", "recipient_kind"):
        values[name] = (ABSENT, *values[name])
    for name in _FLAGS:
        values[name] = ("false", TRUE_SAYS)
    for test in asked:
        if test.of in values and test.asks is Asks.ONE_OF:
            known = values[test.of]
            values[test.of] = (*known, *sorted({*test.values} - {*known}))
    return values


def _told_apart(codes: Sequence[str], asked: Sequence[Test]) -> list[frozenset[str]]:
    """The kinds of person in groups that no policy tells apart."""
    listed = [frozenset(test.values) for test in asked if test.of == "about"]
    listed += [
        frozenset({kind})
        for test in asked
        if test.of == "about" and test.asks is Asks.ALL_OF
        for kind in test.values
    ]
    groups: dict[frozenset[int], set[str]] = {}
    for kind in sorted({*codes, *(kind for kinds in listed for kind in kinds)}):
        marks = frozenset(place for place, kinds in enumerate(listed) if kind in kinds)
        groups.setdefault(marks, set()).add(kind)
    return sorted((frozenset(kinds) for kinds in groups.values()), key=min)
