"""The rules of an ODRL policy: a clause's dimensions as constraints, none left out.

What is asked of the basis, the people it is about, the role of whoever asks and what a request must
give has no word in ODRL; these stand under names of our own profile.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from agreements import ends
from agreements.exports.exported import iri
from agreements.model import Agreement, Basis, Clause, Party
from agreements.values import earliest, format_instant, latest
from agreements.vocabulary import Kind, Vocabulary

RULES: Final = "urn:concordat:"
"""What the parties' own names begin with."""

_CODES: Final = (
    ("article6", Kind.ARTICLE6),
    ("annex1", Kind.ANNEX1),
    ("article9", Kind.ARTICLE9),
    ("schedule1", Kind.SCHEDULE1),
    ("law_enforcement", Kind.LE_BASIS),
    ("schedule8", Kind.SCHEDULE8),
    ("gateways", Kind.GATEWAY),
)

Node = dict[str, Any]  # Any: JSON.


@dataclass(frozen=True, slots=True)
class Rules:
    """Writes the clauses of one agreement as rules."""

    agreement: Agreement
    vocabulary: Vocabulary

    def permission(self, clause: Clause) -> Node:
        """A grant: who may be given what, under every condition of the clause."""
        about = self._terms(Kind.SUBJECT, clause.about)
        conditions = [
            *self._common(clause),
            *_among("uk-isa:about", "isPartOf", about),
            *_among("uk-isa:given", "isAllOf", [f"uk-isa:need-{code}" for code in clause.needs]),
            *self._basis(clause),
        ]
        duties = [
            {"action": iri(self.vocabulary, Kind.OBLIGATION, each.do)}
            for each in clause.obligations
        ]
        return self._rule(clause, conditions) | ({"duty": duties} if duties else {})

    def prohibition(self, clause: Clause) -> Node:
        """An exclusion; what it needs lifts it, so it stands while any of that is lacking."""
        conditions = [
            *self._common(clause),
            *_among("uk-isa:about", "isAnyOf", self._terms(Kind.SUBJECT, clause.about)),
        ]
        if clause.needs:
            lacking = [_one("uk-isa:given", "isNoneOf", [f"uk-isa:need-{c}"]) for c in clause.needs]
            conditions.append({"@type": "LogicalConstraint", "or": lacking})
        return self._rule(clause, conditions)

    def barred(self) -> Node:
        """The purposes that the whole agreement bars."""
        barred = self._terms(Kind.PURPOSE, self.agreement.not_for)
        return {
            "uid": f"{self._name()}:not_for",
            "action": "use",
            "target": self._leaves(["any"]),
            "constraint": _among("purpose", "isAnyOf", barred),
        }

    def _rule(self, clause: Clause, conditions: Sequence[Node]) -> Node:
        rule: Node = {
            "uid": f"{self._name()}:{clause.id}",
            "dct:title": clause.title,
            "assigner": _ids(ends.holders(self.agreement, clause)),
            "assignee": _ids(ends.recipients(self.agreement, clause)),
            "action": "use",
            "target": self._leaves(clause.information),
        }
        return rule | ({"constraint": list(conditions)} if conditions else {})

    def _common(self, clause: Clause) -> list[Node]:
        end = self.agreement.end.on if self.agreement.end else None
        begins = latest(self.agreement.in_force_from, clause.since)
        stops = earliest(end, clause.until)
        dates = [("gteq", begins), ("lt", stops)]
        roles = self._terms(Kind.ROLE, clause.roles)
        return [
            *_among("purpose", "isAnyOf", self._terms(Kind.PURPOSE, clause.purposes)),
            *_among("uk-isa:role", "isAnyOf", roles),
            *(
                {
                    "leftOperand": "dateTime",
                    "operator": operator,
                    "rightOperand": {"@value": _stamp(at), "@type": "xsd:dateTime"},
                }
                for operator, at in dates
                if at is not None
            ),
        ]

    def _basis(self, clause: Clause) -> list[Node]:
        """One constraint for each party: its own basis, every part of it."""
        return [
            {
                "leftOperand": "uk-isa:basis",
                "operator": "eq",
                "rightOperand": {
                    "uk-isa:party": {"uid": f"{RULES}party:{name}"},
                    "uk-isa:regime": {"uid": iri(self.vocabulary, Kind.REGIME, basis.regime)},
                    **self._parts(basis),
                },
            }
            for name, basis in clause.basis.items()
        ]

    def _parts(self, basis: Basis) -> Node:
        """The alternatives of each part, one of which must be relied on."""
        return {
            f"uk-isa:{field}": [
                {"uid": iri(self.vocabulary, kind, c)} for c in getattr(basis, field)
            ]
            for field, kind in _CODES
            if getattr(basis, field)
        }

    def _leaves(self, codes: Sequence[str]) -> list[str]:
        """Categories, with every group written out, in the order of the vocabulary."""
        known = [code for code in codes if self.vocabulary.has(Kind.INFORMATION, code)]
        open_ = {c for code in known for c in self.vocabulary.descendants(Kind.INFORMATION, code)}
        leaves = [c for c in self.vocabulary.leaves(Kind.INFORMATION) if c in open_]
        return self._terms(Kind.INFORMATION, leaves)

    def _terms(self, kind: Kind, codes: Sequence[str]) -> list[str]:
        return [iri(self.vocabulary, kind, code) for code in codes]

    def _name(self) -> str:
        return f"{RULES}{self.agreement.id}:{self.agreement.version}"


def _among(left: str, operator: str, iris: Sequence[str]) -> list[Node]:
    """A constraint, or none where the clause does not limit the dimension."""
    return [_one(left, operator, iris)] if iris else []


def _one(left: str, operator: str, iris: Sequence[str]) -> Node:
    right = [{"uid": each} for each in iris]
    return {"leftOperand": left, "operator": operator, "rightOperand": right}


def _ids(parties: Sequence[Party]) -> list[str]:
    return [f"{RULES}party:{party.id}" for party in parties]


def _stamp(at: datetime) -> str:
    written = format_instant(at)
    return written if "T" in written else f"{written}T00:00:00Z"
