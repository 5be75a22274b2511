"""One row of the public register under Part 5 of the Digital Economy Act 2017: 18 fields.

Promises the whole header and one row. A field that the agreement does not fill stays empty and
is named; whether the agreement may be entered at all is for whoever enters it.
"""

import tomllib
from functools import cache
from importlib.resources import files

from agreements.exports import cells, wording
from agreements.exports.exported import Exported, Gap, Path, distinct, label
from agreements.model import Agreement, End, Party
from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary

_PATHS: dict[str, Path] = {
    "purpose": ("purposes",),
    "information-sharing-benefits": ("particulars", "benefits"),
    "legal-power-disclosure": ("clauses",),
    "disclosed-information": ("clauses",),
    "controllers": ("parties",),
    "information-sharing-method": ("particulars", "transfer_methods"),
    "retention-period": ("particulars", "retention"),
    "start-date": ("in_force_from",),
    "end-date": ("end", "on"),
    "review-date": ("review_due",),
    "contact": ("contact",),
    "areas": ("jurisdiction",),
    "area-names": ("jurisdiction",),
}
_AREAS = {
    "uk": "GB",
    "england": "GB-ENG",
    "wales": "GB-WLS",
    "scotland": "GB-SCT",
    "northern-ireland": "GB-NIR",
}
"""Countries as ISO 3166-2 writes them; an agreement says no smaller area."""


@cache
def fields() -> tuple[tuple[str, bool], ...]:
    """The fields of the register, in its order, and whether a row is of use without each."""
    text = files("agreements.exports").joinpath("forms", "dea-register.toml").read_text("utf-8")
    return tuple((row["name"], row["needed"]) for row in tomllib.loads(text)["fields"])


def export(agreement: Agreement, vocabulary: Vocabulary) -> Exported:
    """Put an agreement in the form of the register: CSV, a header and one row."""
    row = _row(agreement, vocabulary)
    gaps = [
        Gap(name, _PATHS.get(name, ()), f"the agreement does not say `{name}`")
        for name, needed in fields()
        if needed and not row[name] and not (name == "end-date" and agreement.end)
    ]
    gaps += _end(agreement.end)
    if row["legal-power-disclosure"] and not _has_power(agreement):
        message = (
            "no party relies on a power of the Digital Economy Act 2017, so nothing is to enter"
        )
        gaps.append(Gap("legal-power-disclosure", ("clauses",), message))
    names = [name for name, _ in fields()]
    return Exported(cells.table([names, [row[name] for name in names]]), tuple(gaps))


def _row(agreement: Agreement, vocabulary: Vocabulary) -> dict[str, str]:
    particulars, clauses = agreement.particulars, wording.grants(agreement)
    controllers = [party for party in agreement.parties if party.capacity.endswith("controller")]
    processors = [party for party in agreement.parties if party.capacity == "processor"]
    purposes = [code for clause in clauses for code in clause.purposes]
    purposes = distinct(purposes) or list(agreement.purposes)
    return {
        "information-sharing-agreement-0001": agreement.id,
        "name": agreement.title,
        "purpose": cells.joined(label(vocabulary, Kind.PURPOSE, code) for code in purposes),
        "information-sharing-benefits": particulars.benefits or "",
        "legal-power-disclosure": cells.joined(_powers(agreement, vocabulary)),
        "disclosed-information": cells.joined(wording.kinds_of_information(clauses, vocabulary)),
        "controllers": cells.joined(_curie(party) for party in controllers),
        "controller-names": cells.joined(wording.legal_name(party) for party in controllers),
        "information-sharing-method": cells.joined(wording.transfers(agreement, vocabulary)),
        "processors": cells.joined(_curie(party) for party in processors),
        "processor-names": cells.joined(wording.legal_name(party) for party in processors),
        "retention-period": cells.joined(wording.retention(agreement, clauses, vocabulary)),
        "start-date": format_instant(agreement.in_force_from) if agreement.in_force_from else "",
        "end-date": format_instant(agreement.end.on) if agreement.end and agreement.end.on else "",
        "review-date": format_instant(agreement.review_due) if agreement.review_due else "",
        "contact": wording.contact(agreement.contact or agreement.owner),
        "areas": cells.joined(_AREAS[place] for place in agreement.jurisdiction if place in _AREAS),
        "area-names": cells.joined(
            place.replace("-", " ").title() if place != "uk" else "United Kingdom"
            for place in agreement.jurisdiction
            if place in _AREAS
        ),
    }


def _powers(agreement: Agreement, vocabulary: Vocabulary) -> list[str]:
    """The gateways of those who give, in words with their codes."""
    codes = distinct(_gateways(agreement))
    return [f"{label(vocabulary, Kind.GATEWAY, code)} ({code})" for code in codes]


def _gateways(agreement: Agreement) -> list[str]:
    return [
        code
        for clause in wording.grants(agreement)
        for basis in clause.basis.values()
        for code in basis.gateways
    ]


def _has_power(agreement: Agreement) -> bool:
    return any(code.startswith("DEA17-") for code in _gateways(agreement))


def _curie(party: Party) -> str:
    """A party as `scheme:value`, by the first register that knows it; else by its own id."""
    known = party.identifiers[:1]
    return f"{known[0].scheme}:{known[0].value}" if known else f"agency:{party.id}"


def _end(end: End | None) -> list[Gap]:
    if end is None or end.on:
        return []
    if end.event:
        message = f"the agreement ends on an event, which a date cannot say: {end.event}"
    else:
        message = "the agreement is open-ended"
    return [Gap("end-date", ("end",), message, needed=False)]
