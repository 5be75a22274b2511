"""Questions by which engines are held to each other before they are timed.

The bench's own, and as many again that differ from them in one or two things: what is
asked, about whom, for what, as whom, and on what basis. Each asks for one category.
"""

import random
from collections.abc import Callable, Iterator
from typing import Any, Final

from tests import bench_office

ROLES: Final = (bench_office.ROLE, "police-vulnerability-officer")
PURPOSES: Final = (*bench_office.PURPOSES, "missing-person")

Change = Callable[[dict[str, Any]], None]


def _resource(**properties: Any) -> Change:
    return lambda asked: asked["resource"]["properties"].update(properties)


def _basis(**members: str) -> Change:
    return lambda asked: asked["context"]["lawful_basis"].update(members)


def _without(name: str, *, basis: bool = False) -> Change:
    def change(asked: dict[str, Any]) -> None:
        context = asked["context"]
        (context["lawful_basis"] if basis else context).pop(name, None)

    return change


CHANGES: Final[dict[str, Change]] = {
    "other health information": _resource(categories=["health-mental"]),
    "what goes to a human": _resource(categories=["education"]),
    "what is excluded": _resource(categories=["intelligence"]),
    "offences, which nothing grants": _resource(categories=["conviction"]),
    "what nothing grants": _resource(categories=["identity"]),
    "about two": _resource(about=["child", "parent"]),
    "about a looked-after child": _resource(about=["looked-after-child"]),
    "about somebody else": _resource(about=["child", "victim"]),
    "from an agency of no agreement": _resource(holder="trust-none"),
    "as a police officer": lambda asked: asked["subject"]["properties"].update(
        role="police-vulnerability-officer"
    ),
    "for a missing person": lambda asked: asked["context"].update(purpose="missing-person"),
    "not said to be necessary": _without("necessity"),
    "no reason for not asking consent": _without("no_consent_reason"),
    "no Article 6 basis": _without("article6", basis=True),
    "no Article 9 condition": _without("article9", basis=True),
    "no paragraph of Schedule 1": _without("schedule1", basis=True),
    "legitimate interests": _basis(article6="6-1-f"),
    "legal obligation": _basis(article6="6-1-c"),
    "recognised interest": _basis(article6="6-1-ea"),
    "consent": _basis(article6="6-1-a"),
    "health care": _basis(article9="9-2-h"),
    "vital interests": _basis(article9="9-2-c"),
    "a paragraph of Part 1": _basis(schedule1="2"),
    "another paragraph of Part 2": _basis(schedule1="10"),
    "the Act of 1998": _basis(regime="DPA98"),
}


def varied(agreements_there: int, count: int, *, seed: int = 7) -> Iterator[dict[str, Any]]:
    """Questions of the bench, each changed in one or two things, every change in its turn."""
    chance, changes = random.Random(seed), list(CHANGES.values())
    for number in range(count):
        permitted = chance.random() < 0.9
        asked = bench_office.question(
            chance.randrange(agreements_there), number, permitted=permitted
        )
        changes[number % len(changes)](asked)
        if chance.random() < 0.3:
            chance.choice(changes)(asked)
        yield asked
