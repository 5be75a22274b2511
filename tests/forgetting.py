"""Bundles put to a Cedar that has heard nothing yet, or that is asked anew each time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial

from agreements.vocabulary import current
from engine.bundle import Bundle, assemble, make_slice
from engine.clauses import Clauses
from engine.compile import compile_agreement
from engine.decide import Decision
from engine.judge import Judge
from engine.law import Law
from tests.generators import Case
from tests.world import seed_law


def judge() -> Judge:
    """One that has heard nothing yet."""
    law = seed_law()
    return Judge(law.schema, law.entities)


def forgetful(law: Law, each: Bundle) -> Bundle:
    """The same bundle, put to a Cedar that is asked anew each time."""
    slices = []
    for one in each.slices.values():
        clauses = one.clauses()
        clauses = replace(clauses, policies=replace(clauses.policies, regard=None))
        slices.append(replace(one, clauses=partial(_given, clauses)))
    return assemble(replace(law, policies=replace(law.policies, regard=None)), slices)


def _given(clauses: Clauses) -> Clauses:
    return clauses


def remembering(world: Case) -> Bundle:
    """A bundle under a law whose judge has heard nothing yet."""
    law = replace(seed_law(), judge=judge())
    compiled = (compile_agreement(each, current()) for each in world.agreements)
    return assemble(law, [make_slice(law, each) for each in compiled])


def around_each_bound(decides: Bundle) -> Iterator[datetime]:
    """Every instant at which something changes for some policy, a second before and one after."""
    for held in (decides.law.policies, *(e.clauses().policies for e in decides.slices.values())):
        assert held.regard is not None
        for bound in held.regard.bounds:
            at = datetime.fromtimestamp(bound, UTC)
            yield from (at - timedelta(seconds=1), at, at + timedelta(seconds=1))


def same(one: Decision, other: Decision) -> bool:
    """Whether two decisions say the same, by slices that are equal but not the same."""
    keys = [
        ([s.key for s in e.relied_on], [(s.key, state) for s, state in e.candidates])
        for e in (one, other)
    ]
    bare = [replace(each, relied_on=(), candidates=()) for each in (one, other)]
    return keys[0] == keys[1] and bare[0] == bare[1]
