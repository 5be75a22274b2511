"""One condition of a policy, read from its syntax tree into what it tests.

The trees are Cedar's own: those the compiler writes and those of the statute. A
construct that is not known here is refused, never passed over, so that whatever is
computed from conditions is computed from all of them.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import Any, Final

from engine.cedar_tree import Node, context
from engine.errors import PolicyError

ASKS = "asks"
"""Which end asks; a policy says it by comparing `asker` with `holder`."""

RESOURCE = "resource"
PRINCIPAL = "principal"


class Asks(StrEnum):
    """What a condition asks of one thing a question says."""

    SAID = "said"
    ONE_OF = "one-of"
    WITHIN = "within"
    ONLY_OF = "only-of"
    SOME_OF = "some-of"
    ALL_OF = "all-of"
    SINCE = "since"
    UNTIL = "until"


@dataclass(frozen=True, slots=True)
class Test:
    """One thing a question says, and what is asked of it.

    Attributes:
        of: Which: a field of the context, `principal` or `resource`.
        asks: Whether it is said at all, is one of the values, lies within one, holds only
            some of them, some of them or all of them, or is at or after one, or before it.
        values: Codes, or one instant in seconds since 1970-01-01T00:00:00Z.
    """

    of: str
    asks: Asks
    values: tuple[str, ...] = ()
    at_s: int = 0


@dataclass(frozen=True, slots=True)
class Either:
    """Some part holds."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Every:
    """All parts hold."""

    parts: "tuple[Condition, ...]"


@dataclass(frozen=True, slots=True)
class Not:
    """The part does not hold."""

    part: "Condition"


Condition = Test | Either | Every | Not

_CONTEXT: Final = {"Var": "context"}
_VARIABLES: Final = ({"Var": PRINCIPAL}, {"Var": RESOURCE})
_BY_HOLDER: Final = {"left": context("asker"), "right": context("holder")}

_CHAINS: Final[Mapping[str, type[Every | Either]]] = {"&&": Every, "||": Either}
"""Operators of which a chain is one condition with many parts."""

TRUE_SAYS = "true"
"""The value of a yes that a question states."""


def condition_of(policy: Mapping[str, Any]) -> Condition:
    """Everything that must hold for a policy to match, its action left aside.

    Raises:
        PolicyError: It holds something that is not known here.
    """
    if policy["principal"] != {"op": "All"}:
        raise PolicyError("a policy limits its principal in a way that is not known here")
    parts = list(_scope(policy["resource"]))
    for each in policy["conditions"]:
        body = _read(each["body"])
        if each["kind"] not in ("when", "unless"):
            raise PolicyError(f"a policy has a condition of the kind `{each['kind']}`")
        parts.append(body if each["kind"] == "when" else Not(body))
    return Every(tuple(parts))


def actions_of(policy: Mapping[str, Any]) -> tuple[str, ...]:
    """The actions a policy is about: `disclose`, `refer` or both.

    Raises:
        PolicyError: It says so in a way that is not known here.
    """
    action = policy["action"]
    if action == {"op": "All"}:
        return ("disclose", "refer")
    if action.keys() == {"op", "entity"} and action["op"] == "==":
        name = action["entity"]["id"]
        if name in ("disclose", "refer"):
            return (name,)
    raise PolicyError("a policy limits its action in a way that is not known here")


def tests(condition: Condition) -> Iterator[Test]:
    """Every test in a condition."""
    left = [condition]
    while left:
        match left.pop():
            case Test() as test:
                yield test
            case Not(part):
                left.append(part)
            case Either(parts) | Every(parts):
                left += reversed(parts)


def _scope(resource: Mapping[str, Any]) -> Iterator[Condition]:
    if resource == {"op": "All"}:
        return
    if resource.keys() != {"op", "entity"} or resource["op"] not in ("==", "in"):
        raise PolicyError("a policy limits its resource in a way that is not known here")
    asks = Asks.WITHIN if resource["op"] == "in" else Asks.ONE_OF
    yield Test(RESOURCE, asks, (resource["entity"]["id"],))


def _read(node: Node) -> Condition:
    if len(node) != 1:
        raise PolicyError("a condition is not one operator")
    operator, inner = next(iter(node.items()))
    if operator in _CHAINS:
        return _CHAINS[operator](tuple(map(_read, _links(operator, inner))))
    match operator:
        case "!":
            return Not(_read(inner["arg"]))
        case "!=":
            return Not(_tested(_thing(inner["left"]), Asks.ONE_OF, (_text(inner["right"]),)))
        case ".":
            return _tested(_field(node), Asks.ONE_OF, (TRUE_SAYS,))
        case _:
            return _test(operator, inner)


def _links(operator: str, inner: Node) -> Iterator[Node]:
    """What a chain of one operator joins, in order."""
    left = [inner["right"], inner["left"]]
    while left:
        node = left.pop()
        if operator in node and len(node) == 1:
            left += node[operator]["right"], node[operator]["left"]
        else:
            yield node


@lru_cache(maxsize=4096)
def _tested(of: str, asks: Asks, values: tuple[str, ...]) -> Test:
    # Bases of many parties are tested alike, and each test is one value.
    return Test(of, asks, values)


def _test(operator: str, inner: Node) -> Test:
    match operator:
        case "has" if inner["left"] == _CONTEXT:
            return _tested(inner["attr"], Asks.SAID, ())
        case "==" if inner == _BY_HOLDER:
            return _tested(ASKS, Asks.ONE_OF, ("holder",))
        case "==":
            return _tested(_thing(inner["left"]), Asks.ONE_OF, (_text(inner["right"]),))
        case "in" if inner["left"] == {"Var": RESOURCE}:
            return _tested(RESOURCE, Asks.WITHIN, _texts(inner["right"]))
        case ">=":
            return Test(_field(inner["left"]), Asks.SINCE, at_s=_number(inner["right"]))
        case "<":
            return Test(_field(inner["left"]), Asks.UNTIL, at_s=_number(inner["right"]))
        case "contains" | "containsAll" | "containsAny":
            return _listing(operator, inner["left"], inner["right"])
        case _:
            raise _unknown(operator)


def _listing(operator: str, left: Node, right: Node) -> Test:
    """Both ways round: a list that holds what is asked, or what is asked that holds a list."""
    if "Set" in left:
        asks = {"contains": Asks.ONE_OF, "containsAll": Asks.ONLY_OF, "containsAny": Asks.SOME_OF}
        return _tested(_thing(right), asks[operator], _texts(left))
    asks = {"contains": Asks.ALL_OF, "containsAll": Asks.ALL_OF, "containsAny": Asks.SOME_OF}
    values = (_text(right),) if operator == "contains" else _texts(right)
    return _tested(_field(left), asks[operator], values)


def _thing(node: Node) -> str:
    if node in _VARIABLES:
        return str(node["Var"])
    return _field(node)


def _field(node: Node) -> str:
    if "." in node and len(node) == 1 and node["."]["left"] == _CONTEXT:
        return str(node["."]["attr"])
    raise _unknown(next(iter(node), "nothing"))


def _texts(node: Node) -> tuple[str, ...]:
    if "Set" in node and len(node) == 1:
        return tuple(_text(each) for each in node["Set"])
    return (_text(node),)


def _text(node: Node) -> str:
    value = node.get("Value")
    if isinstance(value, dict) and "__entity" in value and len(value) == 1:
        value = value["__entity"]["id"]
    if not isinstance(value, str):
        raise _unknown("a value that is no text")
    return value


def _number(node: Node) -> int:
    value = node.get("Value")
    if type(value) is not int:
        raise _unknown("a bound that is no number")
    return value


def _unknown(what: str) -> PolicyError:
    return PolicyError(f"a condition holds `{what}`, which cannot be compared by meaning")
