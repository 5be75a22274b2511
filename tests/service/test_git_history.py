"""Which commit was made from which, whatever the clocks said of those who made them."""

import random
from collections.abc import Sequence

import pytest
from dulwich.objects import ObjectID, Tree
from dulwich.repo import MemoryRepo

from engine.adapters.git_history import between, descends, meeting
from engine.adapters.git_register import author_of
from engine.adapters.git_tree import commit_of

AUTHOR = author_of("northshire-council", "Northshire Council")
NOW_S = 1_775_120_400
CLOCKS = {
    "all in one second": lambda *_: 0,
    "ahead and behind": lambda _, chance: chance.randrange(-(10**6), 10**6),
    "backwards": lambda place, _: -place,
    "right": lambda place, _: place,
}


def made(repository: MemoryRepo, parents: Sequence[ObjectID], at_s: int, name: str) -> ObjectID:
    tree = Tree()
    commit = commit_of(tree.id, parents, author=AUTHOR, at_s=at_s, message=name)
    for each in (tree, commit):
        repository.object_store.add_object(each)
    return commit.id


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("clock", CLOCKS)
def test_who_descends_from_whom_is_exact_by_any_clock(clock: str, seed: int) -> None:
    chance = random.Random(seed)
    repository = MemoryRepo()
    commits, leads = list[ObjectID](), dict[ObjectID, set[ObjectID]]()
    for place in range(16):
        parents = chance.sample(commits[-4:], min(len(commits), chance.choice([1, 1, 2])))
        at_s = NOW_S + CLOCKS[clock](place, chance)
        commits.append(made(repository, parents, at_s, str(place)))
        leads[commits[-1]] = {commits[-1]}.union(*(leads[each] for each in parents))

    for newer in commits:
        assert {each.id for each in between(repository, None, newer)} == leads[newer]
        for older in commits:
            assert descends(repository, newer, older) == (older in leads[newer])
            both = leads[newer] & leads[older]
            last = {each for each in both if not any(each in leads[c] for c in both - {each})}
            assert meeting(repository, newer, older) in last

            listed = [each.id for each in between(repository, older, newer)]
            assert sorted(listed) == sorted(leads[newer] - leads[older])
            for number, each in enumerate(listed):
                assert not leads[each] & set(listed[number + 1 :])


def test_histories_without_a_common_beginning_meet_nowhere() -> None:
    repository = MemoryRepo()
    ours, theirs = (made(repository, [], NOW_S, name) for name in ("one", "another"))

    assert meeting(repository, ours, theirs) is None
    assert not descends(repository, ours, theirs)
    assert [each.id for each in between(repository, ours, theirs)] == [theirs]
