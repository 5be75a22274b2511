"""Cedar syntax trees in Cedar's own JSON form, as plain values.

Small functions that build the nodes a clause needs, so that a policy is never
joined from strings. Nothing here calls Cedar.

Source: Cedar policy language reference, "JSON policy format".
"""

from collections.abc import Iterable
from functools import reduce
from typing import Any, TypeAlias

from engine.errors import CompileError

# A node is an object of Cedar's JSON policy format: an operator to its operands.
Node: TypeAlias = dict[str, Any]

PRINCIPAL: Node = {"Var": "principal"}
RESOURCE: Node = {"Var": "resource"}
ANYTHING: Node = {"op": "All"}

MAX_ALTERNATIVES = 64
"""The longest chain of ``||`` a policy may hold.

Cedar skips a policy whose chain is too long to evaluate (1,800 terms), and a
skipped forbid opens the door; lists become ``[…].contains(…)`` instead.
"""


def text(value: str) -> Node:
    """A string."""
    return {"Value": value}


def number(value: int) -> Node:
    """A whole number."""
    return {"Value": value}


def entity(kind: str, name: str) -> Node:
    """An entity, such as ``Agency::"northshire-council"``."""
    return {"Value": {"__entity": {"type": kind, "id": name}}}


def context(name: str) -> Node:
    """What the question says under a name."""
    return {".": {"left": {"Var": "context"}, "attr": name}}


def has(name: str) -> Node:
    """Whether the question says anything under a name."""
    return {"has": {"left": {"Var": "context"}, "attr": name}}


def listed(members: Iterable[Node], member: Node) -> Node:
    """Whether a value is among those listed."""
    return {"contains": {"left": {"Set": list(members)}, "right": member}}


def all_listed(members: Iterable[Node], asked: Node) -> Node:
    """Whether every asked value is among those listed."""
    return {"containsAll": {"left": {"Set": list(members)}, "right": asked}}


def any_listed(members: Iterable[Node], asked: Node) -> Node:
    """Whether some asked value is among those listed."""
    return {"containsAny": {"left": {"Set": list(members)}, "right": asked}}


def is_recipient(agencies: Iterable[str]) -> Node:
    """Whether the recipient is one of these agencies."""
    return listed((entity("Agency", name) for name in agencies), PRINCIPAL)


def is_holder(agencies: Iterable[str]) -> Node:
    """Whether the holder is one of these agencies."""
    return listed((text(name) for name in agencies), context("holder"))


def is_asker(agencies: Iterable[str]) -> Node:
    """Whether the agency that asserts the lawful basis is one of these."""
    return listed((text(name) for name in agencies), context("asker"))


def given_all(needs: Iterable[str]) -> Node:
    """Whether everything needed was given."""
    needed = {"Set": [text(need) for need in needs]}
    return {"containsAll": {"left": context("given"), "right": needed}}


def within(member: Node, groups: Iterable[Node]) -> Node:
    """Whether an entity is one of the groups or lies within one."""
    return {"in": {"left": member, "right": {"Set": list(groups)}}}


def equal(left: Node, right: Node) -> Node:
    """Whether two values are the same."""
    return {"==": {"left": left, "right": right}}


def at_least(left: Node, right: Node) -> Node:
    """Whether the left number is not below the right one."""
    return {">=": {"left": left, "right": right}}


def below(left: Node, right: Node) -> Node:
    """Whether the left number is below the right one."""
    return {"<": {"left": left, "right": right}}


def negation(arg: Node) -> Node:
    """Whether something does not hold."""
    return {"!": {"arg": arg}}


def every(parts: list[Node]) -> Node:
    """Whether all parts hold; at least one is wanted."""
    _refuse_length(parts)
    return reduce(lambda left, right: {"&&": {"left": left, "right": right}}, parts)


def either(parts: list[Node]) -> Node:
    """Whether some part holds; at least one is wanted. The tree is kept shallow."""
    _refuse_length(parts)
    if len(parts) == 1:
        return parts[0]
    half = len(parts) // 2
    return {"||": {"left": either(parts[:half]), "right": either(parts[half:])}}


def _refuse_length(parts: list[Node]) -> None:
    if not parts:
        raise CompileError("a condition has nothing to ask")
    if len(parts) > MAX_ALTERNATIVES:
        raise CompileError(
            f"a clause needs {len(parts)} alternatives; at most {MAX_ALTERNATIVES} can be judged",
            hint="split the clause, or give members of a class the same dates",
        )
