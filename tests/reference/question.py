"""One category of one disclosure, as every part of the second reading looks at it.

Only the hierarchies of terms are read; nothing is written.
"""

import tomllib
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path

import agreements as floor
from engine.request import Consent, Disclosure, Facts


@dataclass(frozen=True, slots=True)
class Question:
    """One category of one disclosure, with the facts, at one instant."""

    category: str
    disclosure: Disclosure
    facts: Facts
    at: datetime

    @property
    def given(self) -> set[str]:
        """2, What is given."""
        asked = self.disclosure
        statements = {
            "necessity": asked.necessity,
            "no_consent_reason": asked.no_consent_reason,
            "public_task_statement": asked.public_task_statement,
            "handling_conditions": asked.handling_conditions,
        }
        return {name for name, said in statements.items() if said is not None} | set(asked.confirms)

    @property
    def consented(self) -> bool:
        """Whether consent was given as the lawful basis; nothing else counts."""
        return self.facts.consent is Consent.GIVEN

    @property
    def confided(self) -> bool:
        """Whether consent was given against the duty of confidence; nothing else counts."""
        return self.facts.confidence_consent is Consent.GIVEN

    def lies_in(self, group: str) -> bool:
        """Whether the category is in that group, at whatever depth."""
        return group in ancestors(self.category)


@cache
def ancestors(code: str, terms: str = "information") -> frozenset[str]:
    """Everything that a term lies within, itself left out."""
    groups = hierarchy(terms)[code]
    return frozenset(groups).union(*(ancestors(group, terms) for group in groups))


@cache
def hierarchy(terms: str) -> dict[str, tuple[str, ...]]:
    """What each term of a list lies immediately within."""
    source = Path(floor.__path__[0]) / "terms" / f"{terms}.toml"
    listed = tomllib.loads(source.read_text(encoding="utf-8"))["term"]
    return {term["code"]: tuple(term.get("within", ())) for term in listed}
