"""Social-care `SharingPolicy` objects: one for each grant, so that no product of grants is made.

A `SharingPolicy` is a list of data, a list of purposes and a list of parties, each combined
with each. One object for a whole agreement would thus permit what no clause does. What an
exclusion takes away is listed whole in `Restrictions` of every grant that it may touch.

Source:
    SocialCareData/information-governance at cc74fe4 (MIT), `dsa.json`: entity
    `SharingPolicy`, version 0.1.
"""

from collections.abc import Iterator
from typing import Any, Final

from agreements import ends
from agreements.exports import cells
from agreements.exports.exported import Exported, Gap, as_json, distinct, iri
from agreements.exports.wording import grants
from agreements.model import Agreement, Clause, Contact, Obligation, Party
from agreements.values import earliest, format_instant, latest
from agreements.vocabulary import Kind, Vocabulary

MANDATORY: Final = (
    *("URI", "Identifier", "Name", "Contact", "Party", "Data", "Purpose"),
    *("StartDate", "EndDate", "PermittedUse"),
)
"""The fields of which an object must have one."""

USE: Final = "http://www.w3.org/ns/odrl/2/use"
CATALOGUE: Final = "api-catalogue"
"""The scheme of identifiers in the central API catalogue."""

AGENCY: Final = "agency"
"""The scheme of the ids that agreements give their parties."""


def export(agreement: Agreement, vocabulary: Vocabulary) -> Exported:
    """Put each grant of an agreement in the form of a `SharingPolicy`: a JSON list."""
    opened = [clause for clause in grants(agreement) if is_open(agreement, clause)]
    policies = [_policy(agreement, clause, vocabulary) for clause in opened]
    return Exported(as_json(policies), tuple(_gaps(agreement)))


def is_open(agreement: Agreement, clause: Clause) -> bool:
    """Whether a grant has somebody at both ends; one that has not permits nothing."""
    return bool(ends.holders(agreement, clause) and ends.recipients(agreement, clause))


def duty(obligation: Obligation) -> str:
    """An obligation as one code: `delete after P6Y from case-closure`."""
    named = (("within", obligation.within), ("after", obligation.after), ("from", obligation.since))
    return " ".join([obligation.do, *(f"{name} {value}" for name, value in named if value)])


def _policy(agreement: Agreement, clause: Clause, vocabulary: Vocabulary) -> dict[str, Any]:
    begins = latest(agreement.in_force_from, clause.since)
    stops = earliest(agreement.end.on if agreement.end else None, clause.until)
    uri, system = agreement.particulars.uri, agreement.particulars.id_system
    policy: dict[str, Any] = {
        "URI": f"{uri}#{clause.id}" if uri else None,
        "Identifier": _identifier(agreement, clause, system),
        "Name": agreement.title,
        "Contact": _contact(agreement.contact or agreement.owner),
        "Party": [_party(party) for party in ends.participants(agreement, clause)],
        "Data": [iri(vocabulary, Kind.INFORMATION, code) for code in clause.information],
        "Purpose": [
            iri(vocabulary, Kind.PURPOSE, code) for code in clause.purposes or agreement.purposes
        ],
        "StartDate": format_instant(begins) if begins else None,
        "EndDate": format_instant(stops) if stops else None,
        "PermittedUse": [USE],
        "Restrictions": _restrictions(agreement, clause, vocabulary),
        "DataRecipientResponsibilities": [duty(each) for each in clause.obligations],
        "SecurityMeasure": [
            iri(vocabulary, Kind.TRANSFER_METHOD, each.method)
            for each in agreement.particulars.transfer_methods
        ],
        "LegalCompliance": _law(clause, vocabulary),
    }
    return {name: value for name, value in policy.items() if value}


def _identifier(agreement: Agreement, clause: Clause, system: str | None) -> dict[str, str]:
    value = f"{agreement.id}/{agreement.version}/{clause.id}"
    return {"value": value} | ({"System": system} if system else {})


def _contact(who: Contact | None) -> str:
    if who is None:
        return ""
    return cells.joined(filter(None, (who.role, who.email, who.telephone, who.address)))


def _party(party: Party) -> dict[str, Any]:
    known = [f"{each.scheme}:{each.value}" for each in party.identifiers]
    return {"Name": party.name, "CatalogueID": [f"{AGENCY}:{party.id}", *known]}


def _restrictions(agreement: Agreement, clause: Clause, vocabulary: Vocabulary) -> list[str]:
    """Purposes that are barred, and categories that some exclusion takes out of this grant."""
    barred = [iri(vocabulary, Kind.PURPOSE, code) for code in agreement.not_for]
    open_ = _leaves(clause, vocabulary)
    for other in agreement.clauses:
        if other.exclude and _touches(agreement, clause, other):
            barred += [
                iri(vocabulary, Kind.INFORMATION, code)
                for code in vocabulary.leaves(Kind.INFORMATION)
                if code in _leaves(other, vocabulary) & open_
            ]
    return distinct(barred)


def _touches(agreement: Agreement, grant: Clause, exclusion: Clause) -> bool:
    """Whether an exclusion may take something out of a grant; doubt counts as yes."""
    purposes = grant.purposes or agreement.purposes
    apart = exclusion.purposes and purposes and not {*exclusion.purposes} & {*purposes}
    for end in (ends.holders, ends.recipients):
        one, other = end(agreement, grant), end(agreement, exclusion)
        apart = apart or not any(party in other for party in one)
    return not apart


def _leaves(clause: Clause, vocabulary: Vocabulary) -> frozenset[str]:
    known = [code for code in clause.information if vocabulary.has(Kind.INFORMATION, code)]
    return frozenset().union(*(vocabulary.descendants(Kind.INFORMATION, code) for code in known))


def _law(clause: Clause, vocabulary: Vocabulary) -> list[str]:
    named = []
    for basis in clause.basis.values():
        named.append(iri(vocabulary, Kind.REGIME, basis.regime))
        named += [iri(vocabulary, Kind.ARTICLE6, code) for code in basis.article6]
        named += [iri(vocabulary, Kind.ARTICLE9, code) for code in basis.article9]
        named += [iri(vocabulary, Kind.LE_BASIS, code) for code in basis.law_enforcement]
        named += [iri(vocabulary, Kind.GATEWAY, code) for code in basis.gateways]
    return distinct(named)


def _gaps(agreement: Agreement) -> Iterator[Gap]:
    asked: tuple[tuple[str, object, tuple[str | int, ...]], ...] = (
        ("URI", agreement.particulars.uri, ("particulars", "uri")),
        ("Identifier.System", agreement.particulars.id_system, ("particulars", "id_system")),
        ("Contact", agreement.contact or agreement.owner, ("contact",)),
        ("Purpose", _all_have_purposes(agreement), ("purposes",)),
        ("StartDate", agreement.in_force_from, ("in_force_from",)),
        ("EndDate", agreement.end and agreement.end.on, ("end", "on")),
    )
    for field, value, path in asked:
        if not value:
            yield Gap(field, path, f"the agreement does not say `{field}`, which MAIS asks for")
    for number, party in enumerate(agreement.parties):
        if all(each.scheme != CATALOGUE for each in party.identifiers):
            message = f"`{party.id}` has no id in the API catalogue; its id here stands in"
            yield Gap("CatalogueID", ("parties", number, "identifiers"), message, needed=False)
    for number, clause in enumerate(agreement.clauses):
        lost = _lost(clause)
        if lost:
            yield Gap("SharingPolicy", ("clauses", number), lost, needed=False)


def _all_have_purposes(agreement: Agreement) -> bool:
    return bool(agreement.purposes) or all(clause.purposes for clause in grants(agreement))


def _lost(clause: Clause) -> str:
    """What a `SharingPolicy` cannot say of a clause."""
    if clause.refer:
        return (
            f"clause `{clause.id}` asks a person, which no `SharingPolicy` can say; it is left out"
        )
    if clause.exclude:
        return f"clause `{clause.id}` excludes; its categories stand whole in `Restrictions`"
    named = (
        ("who gives and who receives", clause.holders or clause.recipients),
        ("whom it is about", clause.about),
        ("who may ask", clause.roles),
        ("what a request must give", clause.needs),
        ("each party's own basis", clause.basis),
    )
    said = ", ".join(words for words, value in named if value)
    return f"clause `{clause.id}`: lost are {said}" if said else ""
