"""The syntax tree of a clause, taken apart again.

A tree of a shape the compiler does not make is refused, not guessed at.
"""

from engine.cedar_tree import Node
from engine.errors import PolicyError


def all_of(node: Node) -> list[Node]:
    """The parts of a chain of ``&&``; a part that is itself a chain stays whole."""
    parts: list[Node] = []
    while "&&" in node:
        parts.append(node["&&"]["right"])
        node = node["&&"]["left"]
    return [node, *reversed(parts)]


def any_of(node: Node) -> list[Node]:
    """The parts of a tree of ``||``."""
    if "||" not in node:
        return [node]
    return [*any_of(node["||"]["left"]), *any_of(node["||"]["right"])]


def is_bound(node: Node) -> bool:
    """Whether a part is a bound of time."""
    return not {">=", "<"}.isdisjoint(all_of(node)[0])


def members(node: Node) -> list[str]:
    """The texts listed in a condition that asks whether something is one of them."""
    return [literal(each) for each in expect(node, "contains")["left"]["Set"]]


def expect(node: Node, operator: str) -> Node:
    """What stands under an operator.

    Raises:
        PolicyError: The tree is of another shape than the compiler makes.
    """
    if operator not in node:
        found = next(iter(node), "nothing")
        raise PolicyError(f"a condition reads `{found}` where `{operator}` has words")
    inner: Node = node[operator]
    return inner


def literal(node: Node) -> str:
    """A text, a number or the name of an entity, as text."""
    value = expect(node, "Value")
    if isinstance(value, dict):
        value = value["__entity"]["id"]
    return str(value)


def basis_parts(branch: Node) -> tuple[list[Node], list[Node]]:
    """Take one branch of a basis apart: who may assert it, and what must be asserted."""
    first, *rest = all_of(branch)
    who = [first, *(part for part in rest if is_bound(part))]
    return who, [part for part in rest if not is_bound(part)]
