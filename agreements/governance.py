"""What the law and good practice ask of an agreement as a whole.

Who the parties are, what stands between them and above them, when it is looked
at again, and what was weighed before it was signed. Today is handed in.
"""

from collections.abc import Iterator
from datetime import date
from typing import Final

from agreements import durations, reach
from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.model import Agreement, Succession
from agreements.part import listed, within
from agreements.values import format_instant
from agreements.vocabulary import Kind, Vocabulary

GRACE: Final = "P3M"
"""How long after its review was due an agreement that says nothing else counts as cared for."""
"""How long after its review was due an agreement is only warned about."""

Path = tuple[str | int, ...]

_CHILDREN = ("child", "looked-after-child", "unborn")


def check(agreement: Agreement, vocabulary: Vocabulary, now: date | None) -> Iterator[Finding]:
    """Every finding on the agreement as a whole.

    Args:
        now: Today; without it nothing is overdue.
    """
    yield from _capacities(agreement)
    if now is not None:
        yield from _review(agreement, now)
    yield from _open_lists(agreement, vocabulary)
    yield from _assessed(agreement, vocabulary)
    yield from _under_a_parent(agreement)
    yield from _marked(agreement, vocabulary)
    yield from _succession(agreement)


def _error(rule: str, path: Path, message: str, mend: str) -> Finding:
    return Finding(rule, Severity.ERROR, path, message, CITATIONS[rule], mend)


def _warning(rule: str, path: Path, message: str, mend: str) -> Finding:
    return Finding(rule, Severity.WARNING, path, message, CITATIONS[rule], mend)


def _capacities(agreement: Agreement) -> Iterator[Finding]:
    """R29 and R30: joint controllers have an arrangement, processors a contract."""
    joint = [party.id for party in agreement.parties if party.capacity == "joint-controller"]
    if joint and agreement.particulars.joint_controller_arrangement is None:
        message = f"{listed(joint)} control jointly, and no arrangement says who does what"
        mend = "name it in `joint_controller_arrangement` of `particulars`"
        yield _error("R29", ("particulars", "joint_controller_arrangement"), message, mend)
    for number, party in enumerate(agreement.parties):
        if party.capacity == "processor" and party.processor_contract is None:
            message = f"`{party.id}` is a processor, and no contract is named"
            mend = "name the contract in `processor_contract` of the party"
            yield _error("R30", ("parties", number, "processor_contract"), message, mend)


def _review(agreement: Agreement, now: date) -> Iterator[Finding]:
    """R32: a review that is overdue is told at once, and is a fault after the grace."""
    due = agreement.review_due
    if due is None and agreement.review_grace is not None:
        message = "a grace is stated after a review for which no date is"
        mend = "write the date of the next review in `review_due`"
        yield _error("R32", ("review_grace",), message, mend)
    if due is None or now < due.date():
        return
    grace = agreement.review_grace or GRACE
    late = now >= durations.after(due, grace).date()
    message = f"its review was due on {format_instant(due)[:10]}"
    message += f", and its grace of {grace} is over" if late else ""
    mend = "review it, then sign a new version with a later `review_due`"
    yield (_error if late else _warning)("R32", ("review_due",), message, mend)


def _open_lists(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """R33: what an open list leaves out goes to a human, by a clause that says so."""
    referrals = [box for box in reach.reached(agreement, vocabulary) if box.clause.refer]
    for number, item in enumerate(agreement.particulars.information):
        if item.exhaustive or not vocabulary.has(Kind.INFORMATION, item.category):
            continue
        meant = vocabulary.descendants(Kind.INFORMATION, item.category)
        source, recipient = _agencies(agreement, item.source), _agencies(agreement, item.recipient)
        if not any(
            meant <= box.leaves and source <= box.holders and recipient <= box.recipients
            for box in referrals
        ):
            message = f"the list for `{item.category}` is open, and no clause refers what is off it"
            mend = "add a clause with `refer: true` for it, or write `exhaustive: true`"
            where = ("particulars", "information", number, "exhaustive")
            yield _warning("R33", where, message, mend)


def _agencies(agreement: Agreement, party_id: str | None) -> frozenset[str]:
    """The agencies of a party; none if no party is named."""
    party = None if party_id is None else agreement.party(party_id)
    return frozenset() if party is None else frozenset(party.agencies)


def _assessed(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """R35: sharing of high risk has been assessed first."""
    if agreement.particulars.dpia_reference is not None:
        return
    grants = [each for each in agreement.clauses if not (each.exclude or each.refer)]
    listed_here = tuple(code for clause in grants for code in clause.information)
    special = within(vocabulary, listed_here, "special-category")
    about = {code for clause in grants for code in clause.about}
    children = [code for code in _CHILDREN if code in about]
    if special or children:
        risk = listed(special) if special else f"information about {listed(children)}"
        message = f"it shares {risk}, and no data protection impact assessment is named"
        mend = "name the assessment in `dpia_reference` of `particulars`"
        yield _error("R35", ("particulars", "dpia_reference"), message, mend)


def _under_a_parent(agreement: Agreement) -> Iterator[Finding]:
    """R36: what stands under another agreement names it, and its parties have accepted that."""
    if agreement.tier != 2:
        return
    if agreement.parent is None:
        message = "an agreement of tier 2 stands under another, and none is named"
        yield _error("R36", ("parent",), message, "write its `id` in `parent`")
        return
    for number, party in enumerate(agreement.parties):
        if party.accepted_parent is None:
            message = f"`{party.id}` is not said to have accepted `{agreement.parent.id}`"
            mend = "write since when in `accepted_parent` of the party"
            yield _error("R36", ("parties", number, "accepted_parent"), message, mend)


def _marked(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """R39: nothing above OFFICIAL is handled here."""
    marking = agreement.particulars.marking
    if marking is None or not vocabulary.has(Kind.MARKING, marking):
        return
    if vocabulary.term(Kind.MARKING, marking).extra.get("tier") in ("secret", "top-secret"):
        message = f"`{marking}` is above OFFICIAL, for which no office is accredited"
        mend = "handle it elsewhere, or correct `marking`"
        yield _error("R39", ("particulars", "marking"), message, mend)


def _succession(agreement: Agreement) -> Iterator[Finding]:
    """R40: a body that follows another shows it; nothing is inherited silently."""
    for number, party in enumerate(agreement.parties):
        path: Path = ("parties", number)
        yield from _unproven(party.id, party.successor_of, path)
        for row, member in enumerate(party.members):
            yield from _unproven(member.agency, member.successor_of, (*path, "members", row))


def _unproven(name: str, succession: Succession | None, path: Path) -> Iterator[Finding]:
    if succession is not None and succession.evidence is None:
        message = f"nothing shows that `{name}` has succeeded {succession.body}"
        mend = "name the order or instrument in `evidence`, and have it sign for itself"
        yield _warning("R40", (*path, "successor_of", "evidence"), message, mend)
