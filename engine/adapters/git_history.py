"""Which commit was made from which.

Promises the exact answer whatever time commits say they were made at: offices have
clocks of their own, which run ahead and behind, and many commits are of one second.
(git's own shortcuts, and its library's, trust those times.)
"""

import heapq
from collections import deque
from collections.abc import Iterator
from graphlib import TopologicalSorter

from dulwich.objects import Commit as GitCommit
from dulwich.objects import ObjectID
from dulwich.repo import BaseRepo

from engine.adapters.git_objects import commit


def descends(repository: BaseRepo, newer: ObjectID, older: ObjectID) -> bool:
    """Whether one commit is, or was made from, another."""
    return any(each.id == older for each in _leading_to(repository, newer))


def meeting(repository: BaseRepo, ours: ObjectID, theirs: ObjectID) -> ObjectID | None:
    """A commit from which both were made, and no later one was; None if there is none.

    Where two histories met crosswise there are several; then the last by its own time.
    """
    mine = {each.id for each in _leading_to(repository, ours)}
    both = [each for each in _leading_to(repository, theirs) if each.id in mine]
    before = {parent for each in both for parent in each.parents}
    last = [each for each in both if each.id not in before]
    return max(last, key=_by_time).id if last else None


def between(repository: BaseRepo, since: ObjectID | None, until: ObjectID) -> list[GitCommit]:
    """The commits that lead to one and not to the other, parents before children."""
    found = {each.id: each for each in _leading_to(repository, until, stop=since)}
    # What was made before the one began with no parents; where nothing did, none of it was met.
    if since and not all(each.parents for each in found.values()):
        for each in _leading_to(repository, since):
            found.pop(each.id, None)
    order = TopologicalSorter(
        {name: [p for p in each.parents if p in found] for name, each in found.items()}
    )
    order.prepare()
    ready, ordered = list[tuple[int, ObjectID]](), list[GitCommit]()
    while order.is_active():
        for name in order.get_ready():
            heapq.heappush(ready, _by_time(found[name]))
        _, name = heapq.heappop(ready)
        ordered.append(found[name])
        order.done(name)
    return ordered


def _leading_to(
    repository: BaseRepo, newest: ObjectID, *, stop: ObjectID | None = None
) -> Iterator[GitCommit]:
    """A commit and all from which it was made, each once; not one, nor what only it leads to."""
    met = {newest, stop}
    waiting = deque([newest] if newest != stop else [])
    while waiting:
        found = commit(repository, waiting.popleft().decode("ascii"))
        yield found
        for parent in found.parents:
            if parent not in met:
                met.add(parent)
                waiting.append(parent)


def _by_time(found: GitCommit) -> tuple[int, ObjectID]:
    return found.commit_time, found.id
