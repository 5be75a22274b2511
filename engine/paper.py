"""An agreement as a paper to be read and signed: what stands on it, before it is set in type.

Every field of the agreement has its place on it. What a clause means is said in the English
of the very tree that is enforced; the parties' own wording stands beside it. Nothing here
sets type: that is the adapter's.
"""

import json
from collections.abc import Iterator
from typing import Any, Final

from agreements import structure
from agreements.exports import wording
from agreements.exports.exported import label
from agreements.model import Agreement, Clause, Deputy, Party
from agreements.signatories import seats, signatories_for
from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary
from engine import canonical
from engine.compile import agreement_bytes, compile_agreement, policy_id
from engine.english import Names, in_english
from engine.paper_rows import Spoken, sentence

Block = dict[str, Any]  # Any: JSON.

_EFFECTS: Final = {True: "Excludes", False: "Permits"}
_BEYOND: Final = {
    *("id", "title", "wording", "exclude", "refer", "from", "to", "information", "about"),
    *("purposes", "roles", "needs", "basis", "obligations", "refer_to"),
}
"""Fields of a clause that its heading, its wording or its English have said already."""

_TOP: Final = {
    *("concordat", "id", "version", "title", "parties", "clauses", "conditions", "particulars"),
}


def paper(agreement: Agreement, vocabulary: Vocabulary) -> Block:
    """Say everything that stands on the paper, in order.

    Raises:
        CompileError: A clause cannot be enforced, so it cannot be said in words either.
    """
    spoken = Spoken(vocabulary)
    return {
        "title": agreement.title,
        "reference": f"{agreement.id}, version {agreement.version}",
        "kind": sentence(label(vocabulary, Kind.AGREEMENT_KIND, agreement.kind)),
        "marking": agreement.particulars.marking_as_written or "",
        "digest": canonical.digest_hex(agreement_bytes(agreement)),
        "facts": spoken.rows(agreement, without=_TOP),
        "sections": [
            {"title": "Parties", "blocks": list(_parties(agreement, spoken))},
            {"title": "Clauses", "blocks": list(_clauses(agreement, vocabulary, spoken))},
            {"title": "Particulars", "blocks": _particulars(agreement, spoken)},
            {
                "title": "Signatories",
                "blocks": [_signatories(agreement, Names.of(agreement, vocabulary))],
            },
            {"title": "Glossary of codes", "blocks": [_glossary(agreement, vocabulary)]},
        ],
    }


def _parties(agreement: Agreement, spoken: Spoken) -> Iterator[Block]:
    rows = [
        [
            wording.legal_name(party) if not party.class_of else party.name,
            party.id,
            sentence(label(spoken.vocabulary, Kind.BODY, party.kind)),
            sentence(label(spoken.vocabulary, Kind.CAPACITY, party.capacity)),
            {"both": "Gives and receives", "provide": "Gives", "receive": "Receives"}[
                party.direction.value
            ],
        ]
        for party in agreement.parties
    ]
    yield _table(
        ["Party", "Id", "Kind of body", "Capacity", "Direction"], rows, [28, 24, 18, 14, 16]
    )
    for party in agreement.parties:
        yield {"type": "heading", "text": party.name}
        shown = {"id", "name", "kind", "capacity", "direction", "members"}
        said = spoken.rows(party, without=shown)
        if said:
            yield _table(["About this party", ""], said, [28, 72], caption=f"About {party.name}")
        if party.members:
            yield _members(party, spoken)


def _members(party: Party, spoken: Spoken) -> Block:
    rows = []
    for member in party.members:
        more = spoken.rows(member, without={"agency", "name", "since", "until"})
        since, until = (format_instant(at) if at else "" for at in (member.since, member.until))
        rows.append(
            [
                f"{member.name} ({member.agency})",
                since,
                until,
                "; ".join(f"{k}: {v}" for k, v in more),
            ]
        )
    return _table(["Member", "From", "Until", "More"], rows, [34, 13, 13, 40])


def _clauses(agreement: Agreement, vocabulary: Vocabulary, spoken: Spoken) -> Iterator[Block]:
    policies = json.loads(compile_agreement(agreement, vocabulary).policies_json)["staticPolicies"]
    names = Names.of(agreement, vocabulary)
    if agreement.conditions:
        rows = [[each.id, each.text] for each in agreement.conditions]
        yield {"type": "text", "text": "Conditions that clauses name:"}
        yield _table(["Condition", "What is confirmed"], rows, [28, 72])
    for clause in agreement.clauses:
        said = in_english(policies[policy_id(agreement, clause)], names)
        yield {
            "type": "clause",
            "number": clause.id,
            "title": clause.title,
            "effect": "Asks a person" if clause.refer else _EFFECTS[clause.exclude],
            "wording": clause.wording or "",
            "english": said,
            "rows": _beside(clause, agreement, spoken),
        }


def _beside(clause: Clause, agreement: Agreement, spoken: Spoken) -> list[list[str]]:
    """What a clause says beyond what is enforced."""
    rows = spoken.rows(clause, without=_BEYOND)
    if clause.refer_to:
        rows += [
            [f"Referred to: {name.lower()}", said] for name, said in spoken.rows(clause.refer_to)
        ]
    for name, basis in clause.basis.items():
        party = agreement.party(name)
        said = "\n".join(f"{key}: {value}" for key, value in spoken.rows(basis))
        rows.append([f"Basis of {party.name if party else name}", said])
    duties = ["; ".join(f"{k}: {v}" for k, v in spoken.rows(each)) for each in clause.obligations]
    duties = [duty.removeprefix("Do: ") for duty in duties]
    return [*rows, ["Obligations", "\n".join(duties)]] if duties else rows


def _particulars(agreement: Agreement, spoken: Spoken) -> list[Block]:
    rows = spoken.rows(agreement.particulars)
    if not rows:
        return [{"type": "text", "text": "The agreement states none."}]
    return [_table(["Particular", "What is agreed"], rows, [26, 74])]


def _signatories(agreement: Agreement, names: Names) -> Block:
    """One row for each signature that the text needs, with room to sign a printed copy."""
    rows = []
    for agency, role in dict.fromkeys((seat.agency, seat.role) for seat in seats(agreement)):
        offices = {each.role: each for each in signatories_for(agreement, agency)}
        deputies = "\n".join(map(_deputy, offices[role].deputies))
        office = sentence(label(names.vocabulary, Kind.ROLE, role))
        rows.append([names.agency(agency), office, deputies, "", ""])
    header = ["For", "Office", "Deputy", "Name and signature", "Date"]
    return _table(header, rows, [26, 21, 18, 22, 13], tall=True)


def _deputy(deputy: Deputy) -> str:
    words = [deputy.role]
    words += [f"from {format_instant(deputy.since)}"] if deputy.since else []
    words += [f"until {format_instant(deputy.until)}"] if deputy.until else []
    return " ".join(words)


def _glossary(agreement: Agreement, vocabulary: Vocabulary) -> Block:
    """Every code of the text, what it means, and where it comes from; each once."""
    found: dict[tuple[Kind, str], list[str]] = {}
    for slot in structure.walk(agreement):
        kind, code = _kind_of(slot), slot.value
        if kind is None or not isinstance(code, str) or not vocabulary.has(kind, code):
            continue
        term = vocabulary.term(kind, code)
        found[kind, code] = [code, f"{sentence(term.label)}. {term.means}", term.citation]
    rows = [found[key] for key in sorted(found, key=lambda key: (key[0].value, key[1]))]
    return _table(["Code", "What it means", "Source"], rows, [24, 48, 28])


def _kind_of(slot: structure.Slot) -> Kind | None:
    if (slot.owner, slot.field) == ("Clause", "needs"):
        return Kind.NEED
    return structure.KINDS.get((slot.owner, slot.field))


def _table(
    header: list[str],
    rows: list[list[str]],
    widths: list[int],
    *,
    tall: bool = False,
    caption: str = "",
) -> Block:
    table: Block = {"type": "table", "header": header, "rows": rows, "widths": widths, "tall": tall}
    return table | {"caption": caption}
