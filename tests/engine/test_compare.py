"""A comparison by meaning is exact: the judge that decides is the oracle."""

from dataclasses import replace

from agreements.vocabulary import current
from engine.boxes import Box, is_within
from engine.boxing import boxes_of, statute_of
from engine.bundle import Bundle, assemble, make_slice
from engine.compare import compare
from engine.compare_rows import Row, Where
from engine.compile import compile_agreement
from engine.decide import Outcome, decide
from engine.standing import Standing
from tests.versions import Asked, Pair, pair, questions
from tests.world import seed_law

FROM_THE_BEGINNING = Standing(activated_s=-(1 << 40))
LISTS = ("newly_permitted", "no_longer_permitted", "newly_referred", "no_longer_referred")


class _Oracle:
    """What the judge answers with the old version alone, and with the new one beside it."""

    def __init__(self, drawn: Pair) -> None:
        law = seed_law()
        slices = [
            make_slice(law, compile_agreement(each, current())) for each in (drawn.old, drawn.new)
        ]
        self.change = compare(law, *slices)
        self._before, self._after = assemble(law, slices[:1]), assemble(law, slices)
        laid_out = self.change.dimensions
        self._statute = [
            box for each in statute_of(law).values() for box in boxes_of(laid_out, each)
        ]

    def answers(self, asked: Asked) -> tuple[Outcome, Outcome]:
        return self._answer(self._before, asked), self._answer(self._after, asked)

    def _answer(self, decides: Bundle, asked: Asked) -> Outcome:
        standing = dict.fromkeys(decides.slices, FROM_THE_BEGINNING)
        facts = replace(asked.facts(), standing=standing)
        decision = decide(decides, asked.disclosure(), facts, asked.at)
        assert not decision.errors
        assert not decision.unknown, decision.unknown
        return decision.outcome

    def listed(self, asked: Asked) -> set[str]:
        """The lists with a row that holds the question, as docs/compare.md says to read them."""
        point = asked.point(self.change.dimensions)
        before, after = self.answers(asked)
        permits = {"newly_referred": after, "no_longer_referred": before}
        return {
            name
            for name in LISTS
            if any(
                self._holds(row, point, permitted=permits.get(name) is Outcome.PERMIT)
                for row in getattr(self.change, name)
            )
        }

    def _holds(self, row: Row, point: Box, *, permitted: bool) -> bool:
        forbidden = any(is_within(point, box) for box in self._statute)
        if row.where is not Where.ANYWHERE and forbidden is not (row.where is Where.FORBIDDEN):
            return False
        return row.holds(point) and not (row.save_permitted and permitted)


def flips(before: Outcome, after: Outcome) -> set[str]:
    """The lists that a question belongs in."""
    found = set()
    for outcome, newly, no_longer in (
        (Outcome.PERMIT, "newly_permitted", "no_longer_permitted"),
        (Outcome.REFER, "newly_referred", "no_longer_referred"),
    ):
        if (before is outcome) != (after is outcome):
            found.add(newly if after is outcome else no_longer)
    return found


def _check(seeds: range, count: int) -> dict[str, int]:
    met = dict.fromkeys((*LISTS, "same"), 0)
    for seed in seeds:
        drawn = pair(seed)
        oracle = _Oracle(drawn)
        for asked in questions(drawn, oracle.change, count):
            if not asked.settled:
                continue
            expected = flips(*oracle.answers(asked))
            assert oracle.listed(asked) == expected, (seed, asked)
            for name in expected or {"same"}:
                met[name] += 1
    return met


def test_every_question_flips_as_the_rows_say():
    met = _check(range(150), 40)

    assert all(met.values()), met
