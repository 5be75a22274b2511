"""What a guard is told of a permit: what its rules need, and of no person anything.

Promises that neither the subject, nor the requester, nor the case, nor a word anybody
wrote out is in it: a guard is the agency's own, and yet it is told kinds and terms
alone. Two disclosures that differ only in persons are one question to it.
"""

from dataclasses import dataclass, field
from datetime import datetime

from agreements.values import format_instant
from engine.canonical import Json
from engine.decide import Decision
from engine.request import Disclosure

FORM = "1"
"""The version of this form; a member more is another one."""


@dataclass(frozen=True, slots=True)
class GuardQuestion:
    """One permit, as it is put to guards.

    Attributes:
        basis: What is asserted of the lawful basis, by name.
        given: Names of what was given, confirmed or written out.
        marked: Protective marking, handling code and regime of collection, where stated.
        agreements: The versions relied on: id and version.
        clauses: The policies that permitted it.
        at: The instant asked about; two questions that differ in it alone are the same.
    """

    holder: str
    recipient: str
    asker: str
    information: tuple[str, ...]
    about: tuple[str, ...]
    purpose: str
    role: str
    basis: tuple[tuple[str, str], ...]
    given: tuple[str, ...]
    marked: tuple[tuple[str, str], ...]
    agreements: tuple[tuple[str, str], ...]
    clauses: tuple[str, ...]
    at: datetime = field(compare=False)

    def stated(self) -> dict[str, Json]:
        """Write it as a guard is told it."""
        return {
            "concordat": FORM,
            "from": self.holder,
            "to": self.recipient,
            "asked_by": self.asker,
            "information": list(self.information),
            "about": list(self.about),
            "purpose": self.purpose,
            "role": self.role,
            "basis": dict(self.basis),
            "given": list(self.given),
            **dict(self.marked),
            "agreements": [{"id": name, "version": number} for name, number in self.agreements],
            "clauses": list(self.clauses),
            "at": format_instant(self.at),
        }


def guard_question(asked: Disclosure, permit: Decision) -> GuardQuestion:
    """Make of a permitted disclosure what guards are told of it."""
    marks = ("classification", "handling", "collected_under")
    return GuardQuestion(
        holder=asked.holder,
        recipient=asked.recipient,
        asker=asked.asker,
        information=asked.information,
        about=asked.about,
        purpose=asked.purpose,
        role=asked.role,
        basis=tuple((name, said) for name, said in vars(asked.basis).items() if said is not None),
        given=tuple(sorted(asked.given())),
        marked=tuple((name, said) for name in marks if (said := getattr(asked, name)) is not None),
        agreements=tuple(each.key for each in permit.relied_on),
        clauses=permit.reasons,
        at=permit.at,
    )
