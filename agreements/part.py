"""One party's own part in one clause, as the rules of the statute look at it."""

from dataclasses import dataclass
from functools import cached_property

from agreements import bodies
from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.model import Agreement, Basis, Clause, Party
from agreements.vocabulary import Kind, Vocabulary

_SHOWN = 4


@dataclass(frozen=True)
class Part:
    """One party's own part in one clause, and the basis it states there."""

    agreement: Agreement
    vocabulary: Vocabulary
    number: int
    clause: Clause
    party: Party
    basis: Basis

    def find(
        self, rule: str, field: str, message: str, mend: str, weight: Severity = Severity.ERROR
    ) -> Finding:
        """A finding on one field of the basis."""
        path = ("clauses", self.number, "basis", self.party.id, field)
        said = f"in clause `{self.clause.id}`, `{self.party.id}` {message}"
        return Finding(rule, weight, path, said, CITATIONS[rule], mend)

    def says(self, kind: Kind, code: str, key: str) -> object:
        """What the vocabulary says of a term; None if it lacks the term."""
        if not self.vocabulary.has(kind, code):
            return None
        return self.vocabulary.term(kind, code).extra.get(key)

    @cached_property
    def is_public_authority(self) -> bool:
        """Whether the party is a public authority."""
        return bodies.is_public_authority(self.party, self.vocabulary)

    def is_competent(self, party: Party) -> bool:
        """Whether a party is a competent authority."""
        return bodies.is_competent_authority(party, self.vocabulary)

    def is_one_of(self, party: Party, kinds: frozenset[str]) -> bool:
        """Whether the party's kind of body is listed, or lies within one that is."""
        if not self.vocabulary.has(Kind.BODY, party.kind):
            return False
        return not kinds.isdisjoint({party.kind, *self.vocabulary.ancestors(Kind.BODY, party.kind)})

    def within(self, group: str) -> list[str]:
        """The categories of the clause that lie in a group, in the order of the vocabulary."""
        return within(self.vocabulary, self.clause.information, group)

    def relies_on(self, *kinds: str) -> bool:
        """Whether the party cites a gateway of one of these kinds."""
        return any(self.says(Kind.GATEWAY, code, "kind") in kinds for code in self.basis.gateways)

    def in_part(self, *parts: str) -> list[str]:
        """The paragraphs of Schedule 1 that the party names in these Parts."""
        paragraphs = self.basis.schedule1
        return [p for p in paragraphs if self.says(Kind.SCHEDULE1, p, "part") in parts]


def within(vocabulary: Vocabulary, information: tuple[str, ...], group: str) -> list[str]:
    """The categories listed that lie in a group, in the order of the vocabulary."""
    known = [code for code in information if vocabulary.has(Kind.INFORMATION, code)]
    asked = {leaf for code in known for leaf in vocabulary.descendants(Kind.INFORMATION, code)}
    asked &= vocabulary.descendants(Kind.INFORMATION, group)
    return [leaf for leaf in vocabulary.leaves(Kind.INFORMATION) if leaf in asked]


def listed(codes: list[str]) -> str:
    """The first few codes as a sentence lists them, and how many more there are."""
    shown = ", ".join(f"`{code}`" for code in codes[:_SHOWN])
    return shown if len(codes) <= _SHOWN else f"{shown} and {len(codes) - _SHOWN} more"
