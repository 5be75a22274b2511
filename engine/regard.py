"""What a set of policies looks at in a question, read from the trees that are enforced.

Two questions that differ only in what no policy of a set looks at are one question to
it. Of the instant asked about, only its order among the numbers it is compared with is
looked at; a set that uses the instant, or the context, in any other way has no regard
that could be stated, and is asked anew each time. Nothing here decides.
"""

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine.canonical import Json
from engine.cedar_tree import Node

AT: Final = "at"

_CONTEXT: Final = {"Var": "context"}
_INSTANT: Final = {".": {"left": _CONTEXT, "attr": AT}}
_ORDERS: Final = frozenset({"<", "<=", ">", ">=", "==", "!="})


@dataclass(frozen=True, slots=True)
class Regard:
    """What a set of policies looks at.

    Attributes:
        fields: Of the context, by name, sorted; the instant is not among them.
        bounds: Instants between which the order of an instant among all those it is
            compared with stays the same; sorted.
        recipient: Whether who receives is looked at.
    """

    fields: tuple[str, ...]
    bounds: tuple[int, ...]
    recipient: bool

    def seen(self, recipient: str, context: Mapping[str, Any]) -> list[Json]:
        """All that a set sees of a question beside action and category.

        Of what it does not look at, the names alone: whether a context fits the schema
        turns on which fields are there. Any: a context is made of JSON values.
        """
        return [
            recipient if self.recipient else None,
            bisect_right(self.bounds, context[AT]),
            list(context),
            list(map(context.get, self.fields)),
        ]


def regard_of(policies: Iterable[Mapping[str, Any]]) -> Regard | None:
    """Read what policies look at; none if that cannot be stated.

    Args:
        policies: In Cedar's own JSON form. Any: its nodes.
    """
    fields: set[str] = set()
    bounds: set[int] = set()
    recipient = False
    for policy in policies:
        recipient = recipient or policy["principal"] != {"op": "All"}
        for condition in policy["conditions"]:
            for found in _found(condition["body"]):
                match found:
                    case None:
                        return None
                    case int():
                        # By whatever order it is compared: before it, at it, after it.
                        bounds |= {found, found + 1}
                    case "principal":
                        recipient = True
                    case name:
                        fields.add(name.removeprefix("context."))
    # Only whether there is an instant can still have been asked by its name.
    return Regard(tuple(sorted(fields - {AT})), tuple(sorted(bounds)), recipient)


def _found(node: Any) -> Iterator[str | int | None]:  # Any: a node, or what stands in one.
    """Each thing looked at: a field, the recipient, a number the instant is compared with.

    None for what is looked at in another way than these.
    """
    if isinstance(node, list):
        for each in node:
            yield from _found(each)
    if not isinstance(node, dict):
        return
    bound = _bound(node)
    if bound is not None:
        yield bound
    elif node in (_INSTANT, _CONTEXT):
        yield None
    elif node == {"Var": "principal"}:
        yield "principal"
    elif (name := _field(node)) is not None:
        yield f"context.{name}"
    elif "Record" in node:
        yield from _found(list(node["Record"].values()))
    elif "Value" not in node:
        yield from _found(list(node.values()))


def _bound(node: Node) -> int | None:
    """The number that the instant is compared with here, either way round."""
    for operator, operands in node.items():
        if operator in _ORDERS:
            sides = operands["left"], operands["right"]
            for one, other in (sides, sides[::-1]):
                value = other.get("Value")
                if one == _INSTANT and type(value) is int:
                    return value
    return None


def _field(node: Node) -> str | None:
    """The field of the context that is read or asked for here."""
    for operator in (".", "has"):
        operands = node.get(operator)
        if isinstance(operands, dict) and operands["left"] == _CONTEXT:
            return str(operands["attr"])
    return None
