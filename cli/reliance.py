"""The law that an agreement relies on, as a table: what, where from, since when, how sure."""

import textwrap
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from cli import output

if TYPE_CHECKING:
    from agreements.model import Agreement
    from agreements.term import Term
    from agreements.vocabulary import Vocabulary
    from engine.law import Law

_DEPENDS_ON: Final = ("regime", "gateway")
"""A statute policy that names regimes or gateways concerns the agreements that use one of them."""

_WIDEST_NAME: Final = 30
_WIDEST_PLACE: Final = 9

SURE: Final = {
    "V": "read at its source",
    "K": "general knowledge, not read at its source",
    "K?": "uncertain: check it before relying on it",
}


def rows(agreement: "Agreement", law: "Law") -> list[dict[str, Any]]:  # Any: JSON.
    """What the agreement relies on: rules of the statute first, then terms, each in its order."""
    from agreements import reliance

    terms = reliance.terms(agreement, law.vocabulary)
    rules = [
        _of_a_rule(name, policy["annotations"])
        for name, policy in law.statute.items()
        if _concerns(policy, agreement, terms, law)
    ]
    return [*rules, *(_of_a_term(term, law.vocabulary) for term in terms)]


def show(name: str, relied_on: list[dict[str, Any]]) -> None:
    """Draw the table."""
    from rich.table import Table
    from rich.text import Text

    output.say(f"the law that {output.plain(name)} relies on:")
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("what", width=_WIDEST_NAME)
    table.add_column("citation")
    table.add_column("in force", no_wrap=True)
    table.add_column("where", width=_WIDEST_PLACE)
    table.add_column("checked", no_wrap=True)
    table.add_column("sure")
    group = ""
    for row in relied_on:
        if row["what"] != group:
            group = row["what"]
            table.add_row(Text(group.replace("_", " "), style="bold"))
        begins, ends = row["in_force_from"] or "not known", row["in_force_to"]
        cells = (
            textwrap.fill(row["id"].removeprefix("statute/"), _WIDEST_NAME),
            row["citation"],
            f"{begins}\nto {ends}" if ends else begins,
            " ".join(row["jurisdiction"]),
            row["last_checked"] or "not known",
            row["sure"],
        )
        style = "yellow" if row["sure"] == "K?" else ""
        lines = ("\n".join(map(output.plain, cell.split("\n"))) for cell in cells)
        table.add_row(*(Text(each, style=style) for each in lines))
    output.console().print(table)
    _show_limits(relied_on)
    for mark, meaning in SURE.items():
        number = sum(row["sure"] == mark for row in relied_on)
        output.say(f"{mark.ljust(2)}  {number:>3}  {meaning}")
    output.say()


def _show_limits(relied_on: list[dict[str, Any]]) -> None:
    """Say what each gateway opens, and how sure we are of each limit."""
    gateways = [row for row in relied_on if row.get("limits")]
    if gateways:
        output.say("what each gateway opens:")
    for row in gateways:
        output.say(f"  {output.paint('name', row['id'])}  {output.plain(row['label'])}")
        for limit in row["limits"]:
            output.tell(f"{limit['says']} [{limit['sure']}]", indent=4, first="    ")


def _concerns(
    policy: Mapping[str, Any], agreement: "Agreement", terms: tuple["Term", ...], law: "Law"
) -> bool:
    """Whether a rule of the statute can bite on a disclosure under the agreement."""
    said = set(_strings(policy["conditions"]))
    if "collected_under" in said:  # What the holder collected it under stands in no agreement.
        return True
    for kind in _DEPENDS_ON:
        named = said & {term.code for term in law.vocabulary.terms if term.kind == kind}
        used = {term.code for term in terms if term.kind == kind}
        if named and named.isdisjoint(used) and not (kind == "regime" and _is_open(agreement)):
            return False
    return True


def _is_open(agreement: "Agreement") -> bool:
    """Whether some grant leaves the lawful basis, and so the regime, to whoever asks."""
    grants = (each for each in agreement.clauses if not (each.exclude or each.refer))
    return any(not each.basis for each in grants)


def _strings(value: object) -> Iterator[str]:
    """Every text in a policy's conditions."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for inner in value.values():
            yield from _strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from _strings(inner)


def _of_a_rule(name: str, said: Mapping[str, str]) -> dict[str, Any]:
    begins = said.get("in_force")
    return {
        "what": "statute",
        "id": name,
        "label": said["says"],
        "citation": said["citation"],
        "in_force_from": None if begins in (None, "unknown") else begins,
        "in_force_to": said.get("in_force_to"),
        "jurisdiction": said.get("jurisdiction", "uk").split(),
        "last_checked": said.get("last_checked"),
        "sure": said["sure"],
    }


def _of_a_term(term: "Term", vocabulary: "Vocabulary") -> dict[str, Any]:
    from agreements import gateway
    from agreements.vocabulary import Kind

    row: dict[str, Any] = {  # Any: JSON.
        "what": term.kind.value,
        "id": term.code,
        "label": term.label,
        "citation": term.citation,
        "in_force_from": term.in_force_from.isoformat() if term.in_force_from else None,
        "in_force_to": term.in_force_to.isoformat() if term.in_force_to else None,
        "jurisdiction": list(term.jurisdiction),
        "last_checked": term.last_checked.isoformat(),
        "sure": term.sure,
        "commencement_confirmed": term.extra.get("commencement") != "not-confirmed",
    }
    if term.kind is Kind.GATEWAY:
        opened = vocabulary.gateway(term.code)
        row["limits"] = gateway.words(
            opened, term, lambda kind, code: vocabulary.term(kind, code).label
        )
    return row
