"""An agreement as an ODRL policy in JSON-LD, for others to read; it is never read back.

Each grant is a permission with the condition of every dimension it limits, each exclusion a
prohibition, and a prohibition wins. Whoever does not understand a constraint of our profile
must take it as not met: then nothing more is permitted than the agreement permits. Groups
of information are written out.

Source:
    W3C ODRL Information Model 2.2, sections 2.1 (agreement), 2.5 (constraint), 2.8
    (conflict); W3C DPV 2.
"""

from typing import Any, Final

from agreements.exports.exported import Exported, Gap, as_json, distinct, iri
from agreements.exports.odrl_rules import RULES, Rules
from agreements.exports.wording import grants
from agreements.model import Agreement, Party
from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary

_TYPED: Final = {
    **dict.fromkeys(("assigner", "assignee", "target", "profile"), "@id"),
    **dict.fromkeys(("conflict", "action", "leftOperand", "operator"), "@vocab"),
}


def export(agreement: Agreement, vocabulary: Vocabulary) -> Exported:
    """Put an agreement in the form of an ODRL policy: JSON-LD with its whole context."""
    rules = Rules(agreement, vocabulary)
    permissions = [rules.permission(clause) for clause in grants(agreement)]
    prohibitions = [rules.prohibition(each) for each in agreement.clauses if each.exclude]
    prohibitions += [rules.barred()] if agreement.not_for else []
    policy: dict[str, Any] = {
        "@context": context(vocabulary),
        "@type": "Agreement",
        "uid": uid(agreement),
        "profile": vocabulary.namespace.rstrip("#"),
        "conflict": "prohibit",
        "dct:title": agreement.title,
        "dct:hasVersion": agreement.version,
        "dct:issued": format_instant(agreement.in_force_from) if agreement.in_force_from else None,
        "dpv:hasDataController": [_party(party) for party in agreement.parties],
        "dpv:hasPersonalData": _terms(agreement, vocabulary, Kind.INFORMATION, "information"),
        "dpv:hasPurpose": _terms(agreement, vocabulary, Kind.PURPOSE, "purposes"),
        "dpv:hasDataSubject": _terms(agreement, vocabulary, Kind.SUBJECT, "about"),
        "permission": permissions,
        "prohibition": prohibitions,
    }
    whole = {name: value for name, value in policy.items() if value}
    return Exported(as_json(whole), tuple(_gaps(agreement)))


def uid(agreement: Agreement) -> str:
    """The name of this version on the web: what the agreement says, or else a URN of its own."""
    said = agreement.particulars.uri
    return (
        f"{said}?version={agreement.version}"
        if said
        else f"urn:concordat:{agreement.id}:{agreement.version}"
    )


def context(vocabulary: Vocabulary) -> dict[str, Any]:
    """What every word of the policy means, so that nothing has to be fetched to read it."""
    names: dict[str, Any] = {
        "@vocab": "http://www.w3.org/ns/odrl/2/",
        "uid": "@id",
        "uk-isa": vocabulary.namespace,
        "dct": "http://purl.org/dc/terms/",
        "skos": "http://www.w3.org/2004/02/skos/core#",
        "xsd": "http://www.w3.org/2001/XMLSchema#",
    }
    names |= dict(vocabulary.prefixes)
    names |= {
        name: {"@id": f"http://www.w3.org/ns/odrl/2/{name}", "@type": kind}
        for name, kind in _TYPED.items()
    }
    return names | {"skos:broader": {"@type": "@id"}}


def _party(party: Party) -> dict[str, Any]:
    kind = "PartyCollection" if party.class_of else "Party"
    return {"@type": kind, "uid": f"{RULES}party:{party.id}", "dct:title": party.name}


def _terms(
    agreement: Agreement, vocabulary: Vocabulary, kind: Kind, field: str
) -> list[dict[str, Any]]:
    """The terms of one kind that the grants use, each with the DPV terms that are broader."""
    codes = distinct([code for clause in agreement.clauses for code in getattr(clause, field)])
    described = []
    for code in codes:
        node: dict[str, Any] = {"uid": iri(vocabulary, kind, code)}
        if vocabulary.has(kind, code):
            term = vocabulary.term(kind, code)
            node["skos:prefLabel"] = {"@value": term.label, "@language": "en-GB"}
            node |= {"skos:broader": list(term.dpv)} if term.dpv else {}
        described.append(node)
    return described


def _gaps(agreement: Agreement) -> list[Gap]:
    gaps = []
    if not agreement.particulars.uri:
        message = "the agreement has no address on the web; a URN of its own stands in"
        gaps.append(Gap("uid", ("particulars", "uri"), message, needed=False))
    if not grants(agreement):
        gaps.append(Gap("permission", ("clauses",), "no clause permits anything by itself"))
    for number, clause in enumerate(agreement.clauses):
        if clause.refer:
            message = (
                f"clause `{clause.id}` asks a person, which ODRL has no word for; it is left out"
            )
            gaps.append(Gap("permission", ("clauses", number), message, needed=False))
    for number, party in enumerate(agreement.parties):
        if party.class_of:
            message = f"the members of `{party.id}` and their dates are left out"
            gaps.append(
                Gap("PartyCollection", ("parties", number, "members"), message, needed=False)
            )
    return gaps
