"""What several forms ask of an agreement, in words: whom to reach, how long, how it travels."""

from collections.abc import Iterable

from agreements.exports.exported import distinct, label
from agreements.model import Agreement, Clause, Contact, Obligation, Party
from agreements.vocabulary import Kind, Vocabulary

_DISPOSING = ("delete", "return-or-destroy", "review")
_UNITS = {"Y": "year", "M": "month", "D": "day", "TH": "hour", "TM": "minute"}


def contact(who: Contact | None) -> str:
    """A contact in one line; empty if there is none."""
    if who is None:
        return ""
    parts = (who.role, who.email, who.telephone, who.address)
    return ", ".join(part for part in parts if part)


def duration(written: str) -> str:
    """A length of time in words, such as "6 years"."""
    unit = _UNITS[("T" if written.startswith("PT") else "") + written[-1]]
    count = int(written.strip("PTYMDH"))
    return f"{count} {unit}{'' if count == 1 else 's'}"


def obligation(duty: Obligation, vocabulary: Vocabulary) -> str:
    """One obligation in words; its own text if it has one."""
    words = [duty.text or label(vocabulary, Kind.OBLIGATION, duty.do)]
    if not duty.text:
        words += [f"within {duration(duty.within)}"] if duty.within else []
        words += [f"after {duration(duty.after)}"] if duty.after else []
        words += [f"from {label(vocabulary, Kind.EVENT, duty.since)}"] if duty.since else []
    return " ".join(words)


def retention(agreement: Agreement, clauses: Iterable[Clause], vocabulary: Vocabulary) -> list[str]:
    """How long what is kept: the particulars' own rules, and each duty that names a time."""
    said = []
    for rule in agreement.particulars.retention:
        who = agreement.party(rule.party) if rule.party else None
        about = [who.name] if who else []
        about += [label(vocabulary, Kind.INFORMATION, rule.category)] if rule.category else []
        kept = [duration(rule.keep_for)] if rule.keep_for else []
        kept += [each for each in (rule.rule, rule.method) if each]
        said.append(": ".join(filter(None, (", ".join(about), ", ".join(kept)))))
    said += [
        f"clause {clause.id}: {obligation(duty, vocabulary)}"
        for clause in clauses
        for duty in clause.obligations
        if duty.after and duty.do in _DISPOSING
    ]
    return distinct(said)


def transfers(agreement: Agreement, vocabulary: Vocabulary) -> list[str]:
    """How information travels, each way with its controls."""
    return [
        ": ".join(
            filter(None, (label(vocabulary, Kind.TRANSFER_METHOD, each.method), each.controls))
        )
        for each in agreement.particulars.transfer_methods
    ]


def kinds_of_information(clauses: Iterable[Clause], vocabulary: Vocabulary) -> list[str]:
    """The categories that clauses open, in words."""
    codes = [code for clause in clauses for code in clause.information]
    return [label(vocabulary, Kind.INFORMATION, code) for code in distinct(codes)]


def legal_name(party: Party) -> str:
    """A party's name; of a class, what its members have in common, and who they are."""
    if not party.class_of:
        return party.name
    members = ", ".join(member.name for member in party.members)
    return f"{party.name} ({party.class_of}{': ' + members if members else ''})"


def grants(agreement: Agreement) -> list[Clause]:
    """The clauses that permit something by themselves."""
    return [clause for clause in agreement.clauses if not (clause.exclude or clause.refer)]
