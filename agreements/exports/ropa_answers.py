"""What an agreement answers in a record of processing, for one controller and purpose."""

from dataclasses import dataclass

from agreements import ends
from agreements.exports import cells, wording
from agreements.exports.exported import distinct, label
from agreements.model import Agreement, Basis, Clause, Party
from agreements.part import within
from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary

_OFFENCE = "offence"
_DPO = "data-protection-officer"


@dataclass(frozen=True, slots=True)
class Row:
    """One controller's processing for one purpose.

    Attributes:
        number: Which party it is, from 0.
        clauses: The grants it takes part in for that purpose.
        purpose: That purpose, in words.
    """

    agreement: Agreement
    vocabulary: Vocabulary
    number: int
    clauses: tuple[Clause, ...]
    purpose: str

    @property
    def party(self) -> Party:
        """The controller."""
        return self.agreement.parties[self.number]

    def cases(self) -> frozenset[str]:
        """The cases that hold, by the names that the questions give them."""
        holds = {
            "joint": self.party.capacity == "joint-controller",
            "transfers": bool(self._countries()),
            "legitimate-interests": any("6-1-f" in basis.article6 for basis in self._bases()),
            "special": bool(self._special()),
            "consent": any(basis.consent for basis in self._bases()),
        }
        return frozenset(case for case, held in holds.items() if held)

    def answers(self) -> dict[str, str]:
        """What the agreement answers, by question; what it does not say is empty."""
        return {
            **self._who(),
            **self._what(),
            **self._law(),
            **self._how(),
        }

    def _who(self) -> dict[str, str]:
        party = self.party
        joint = [p for p in self.agreement.parties if p.capacity == "joint-controller"]
        arrangement = self.agreement.particulars.joint_controller_arrangement
        officer = [s for s in party.signatories if s.role == _DPO]
        known = [wording.contact(party.contact)] if officer and party.contact else []
        return {
            "ico_1_1": wording.legal_name(party),
            "ico_1_2": wording.contact(party.contact),
            "ico_1_3": cells.joined([p.name for p in joint if p is not party] + [arrangement])
            if party in joint and arrangement
            else "",
            "ico_1_4": cells.joined(
                [label(self.vocabulary, Kind.ROLE, each.role) for each in officer] + known
            ),
            "ico_1_6": label(self.vocabulary, Kind.CAPACITY, party.capacity),
            "ico_1_7": cells.joined(party.departments),
            "ico_2_1": self.purpose,
            "ico_2_2": cells.joined(f"clause {each.id}: {each.title}" for each in self.clauses),
        }

    def _what(self) -> dict[str, str]:
        receiving = [c for c in self.clauses if self.party in ends.recipients(self.agreement, c)]
        giving = [c for c in self.clauses if self.party in ends.holders(self.agreement, c)]
        sources = [p.name for c in receiving for p in ends.holders(self.agreement, c)]
        others = [p.name for c in giving for p in ends.recipients(self.agreement, c)]
        subjects = [code for c in self.clauses for code in c.about or self.agreement.about]
        shared = [name for name in distinct(others) if name != self.party.name]
        given = [name for name in distinct(sources) if name != self.party.name]
        return {
            "ico_3_1": cells.joined(
                label(self.vocabulary, Kind.SUBJECT, code) for code in distinct(subjects)
            ),
            "ico_3_2": cells.joined(wording.kinds_of_information(self.clauses, self.vocabulary)),
            "ico_3_3": cells.joined(self._special() + self._offences()) or "No",
            "ico_3_4": cells.joined(given),
            "ico_4_1": cells.joined(shared) or "None under this agreement",
            "ico_4_2": "Yes" if shared else "No, under this agreement",
            **self._abroad(),
        }

    def _abroad(self) -> dict[str, str]:
        international = self.agreement.particulars.international
        return {
            "ico_5_1": "" if international is None else cells.joined(self._countries()) or "None",
            "ico_5_2": (international.safeguard or "") if international else "",
        }

    def _law(self) -> dict[str, str]:
        read = [
            ("ico_8_1", Kind.ARTICLE6, "article6"),
            ("ico_8_1", Kind.LE_BASIS, "law_enforcement"),
            ("ico_8_4", Kind.ARTICLE9, "article9"),
            ("ico_8_4", Kind.SCHEDULE8, "schedule8"),
            ("ico_8_5", Kind.SCHEDULE1, "schedule1"),
        ]
        said: dict[str, list[str]] = {"ico_8_1": [], "ico_8_4": [], "ico_8_5": []}
        for key, kind, field in read:
            codes = [code for basis in self._bases() for code in getattr(basis, field)]
            said[key] += [f"{label(self.vocabulary, kind, c)} ({c})" for c in distinct(codes)]
        return {key: cells.joined(words) for key, words in said.items()}

    def _how(self) -> dict[str, str]:
        said, automated = self.agreement.particulars, self.agreement.particulars.automated_decisions
        security = [said.security_after] if said.security_after else []
        last = said.version_record[-1:]
        reviewed = [f"{format_instant(e.date)}: {e.authorised_by or e.change}" for e in last]
        told = (
            f"{said.breach.tell}, within {wording.duration(said.breach.within)}"
            if said.breach
            else ""
        )
        return {
            "ico_6_1": cells.joined(
                wording.retention(self.agreement, self.clauses, self.vocabulary)
            ),
            "ico_7_1": cells.joined(security + wording.transfers(self.agreement, self.vocabulary)),
            "ico_9_2": automated.text if automated else "",
            "ico_10_2": said.dpia_reference or "",
            "ico_11_1": said.rights_handling or "",
            "ico_11_3": said.privacy_notice or "",
            "ico_13_1": told,
            "ico_14_1": self.party.processor_contract or "",
            "ico_15_1": cells.joined(reviewed),
        }

    def _bases(self) -> list[Basis]:
        return [c.basis[self.party.id] for c in self.clauses if self.party.id in c.basis]

    def _countries(self) -> list[str]:
        international = self.agreement.particulars.international
        return list(international.countries) if international else []

    def _special(self) -> list[str]:
        return self._in("special-category")

    def _offences(self) -> list[str]:
        return self._in(_OFFENCE)

    def _in(self, group: str) -> list[str]:
        codes = distinct([code for clause in self.clauses for code in clause.information])
        found = within(self.vocabulary, tuple(codes), group)
        return [label(self.vocabulary, Kind.INFORMATION, code) for code in found]
