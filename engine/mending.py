"""What would meet a condition, read from the tree that is enforced.

Promises to name only changes of the question: where a fact, a date or another
agency stands in the way, no change of the question meets it, and none is named.
Nothing here decides whether a condition is met; Cedar has said so before.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from engine import reading
from engine.cedar_tree import Node


@dataclass(frozen=True, slots=True)
class Mend:
    """One change of the question that a condition calls for.

    Attributes:
        field: `purpose`, `role`, `about`, `given`, or one of the basis, such as `basis.article6`.
        to: What it may be changed to: one of these; for `given`, every one of these; for
            `about`, nothing but these.
    """

    field: str
    to: tuple[str, ...]


def mends(condition: str, node: Node) -> tuple[Mend, ...]:
    """Say what change of the question would meet a condition; none if no change would.

    Args:
        condition: Its name in docs/decision.md; for a basis, see `basis_mend`.
        node: The very node that is enforced.
    """
    match condition:
        case "purpose" | "role":
            return (Mend(condition, tuple(reading.members(node))),)
        case "about":
            listed = reading.expect(node, "containsAll")["left"]["Set"]
            return (Mend("about", _texts(listed)),)
        case "needs":
            needs = reading.expect(node, "containsAll")["right"]["Set"]
            return (Mend("given", _texts(needs)),)
        case _:
            return ()


def basis_mend(part: Node) -> Mend:
    """Say what would meet one part of a basis, as `reading.basis_parts` gives it."""
    if "||" in part:
        return basis_mend(part["||"]["right"])
    if "==" in part:
        return Mend("basis.regime", (reading.literal(part["=="]["right"]),))
    if "contains" in part:
        return Mend("given", (reading.literal(part["contains"]["right"]),))
    has, listed = reading.all_of(part)
    return Mend(f"basis.{reading.expect(has, 'has')['attr']}", tuple(reading.members(listed)))


def basis_probes(node: Node) -> Iterator[tuple[str, Node]]:
    """Take a basis apart into what can be asked of Cedar one by one.

    Returns:
        For each branch the parts that say who may assert it, named ``<branch>.who.<n>``, and
        what must be asserted, named ``<branch>.part.<n>``.
    """
    for place, branch in enumerate(reading.any_of(node)):
        who, parts = reading.basis_parts(branch)
        yield from ((f"{place}.who.{n}", each) for n, each in enumerate(who))
        yield from ((f"{place}.part.{n}", each) for n, each in enumerate(parts))


def nearest_branch(node: Node, held: Sequence[str]) -> list[Node] | None:
    """The parts that fail, in the asker's own branch that lacks fewest; none if it has no branch.

    Args:
        node: The basis.
        held: The probes of `basis_probes` that hold.
    """
    failing = []
    for place, branch in enumerate(reading.any_of(node)):
        who, parts = reading.basis_parts(branch)
        if all(f"{place}.who.{n}" in held for n in range(len(who))):
            missing = [p for n, p in enumerate(parts) if f"{place}.part.{n}" not in held]
            failing.append(missing)
    return min(failing, key=len, default=None)


def _texts(listed: Sequence[Node]) -> tuple[str, ...]:
    return tuple(reading.literal(each) for each in listed)
