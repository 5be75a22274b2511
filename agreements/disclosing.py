"""What the law asks of a clause as a whole, with both of its ends and beside the others.

Exclusions and referrals disclose nothing and are asked nothing.
"""

from collections.abc import Iterator

from agreements import ends, reach
from agreements.citations import CITATIONS
from agreements.findings import Finding, Severity
from agreements.gateway import Lifts
from agreements.model import Agreement, Basis, Clause
from agreements.part import listed, within
from agreements.vocabulary import Kind, Vocabulary

_AUTOMATED = "solely-automated"
_AUTOMATED_CONDITIONS = frozenset({"9-2-a", "9-2-g"})


def check(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Every finding on the grants of an agreement, each as a whole."""
    for number, clause in enumerate(agreement.clauses):
        if not (clause.exclude or clause.refer):
            yield from _out_of_law_enforcement(agreement, vocabulary, number, clause)
            yield from _confidence(agreement, vocabulary, number, clause)
            if _AUTOMATED in clause.needs:
                yield from _automated(agreement, vocabulary, number, clause)
    yield from _asked_for_nothing(agreement, vocabulary)


def _error(rule: str, path: tuple[str | int, ...], message: str, mend: str) -> Finding:
    return Finding(rule, Severity.ERROR, path, message, CITATIONS[rule], mend)


def _out_of_law_enforcement(
    agreement: Agreement, vocabulary: Vocabulary, number: int, clause: Clause
) -> Iterator[Finding]:
    """R15: what was collected for law enforcement leaves it only by a law that says so."""
    leaving = [
        (party.id, clause.basis[party.id])
        for party in ends.recipients(agreement, clause)
        if party.id in clause.basis and clause.basis[party.id].regime != "LE"
    ]
    for party in ends.holders(agreement, clause):
        own = clause.basis.get(party.id)
        if own is None or own.regime != "LE" or _opens(vocabulary, own):
            continue
        bare = [name for name, basis in leaving if not _opens(vocabulary, basis)]
        if bare:
            yield _error(
                "R15",
                ("clauses", number, "basis", party.id, "gateways"),
                f"in clause `{clause.id}`, `{party.id}` holds under Part 3 what {listed(bare)} "
                "receives for another purpose, and neither names a law that authorises it",
                "list the power or duty to share in `gateways` of either",
            )


def _opens(vocabulary: Vocabulary, basis: Basis) -> bool:
    """Whether a basis cites something that is a power to share."""
    return any(
        vocabulary.gateway(code).sharing_power
        for code in basis.gateways
        if vocabulary.has(Kind.GATEWAY, code)
    )


def _confidence(
    agreement: Agreement, vocabulary: Vocabulary, number: int, clause: Clause
) -> Iterator[Finding]:
    """R20: what was told in confidence needs an answer to that, whatever else permits it."""
    health = within(vocabulary, clause.information, "health")
    if not health or _all_lift_confidence(agreement, vocabulary, clause):
        return
    stated = agreement.particulars.confidence_basis
    ground = clause.confidence or (None if stated == "consent" else stated)
    path: tuple[str | int, ...] = ("clauses", number, "confidence")
    if ground is None:
        said = f"clause `{clause.id}` does not say why the duty of confidence permits "
        mend = "write `public-interest`, `statute` or `consent` in `confidence` of the clause"
        if stated == "consent":
            mend = "write `confidence: consent` in the clause itself, so that it is looked up"
        yield _error("R20", path, said + listed(health), mend)
    elif ground == "public-interest" and not (
        clause.reason or agreement.particulars.necessity_proportionality
    ):
        said = f"clause `{clause.id}` does not say which public interest outweighs the confidence"
        yield _error("R20", path, said, "write it in `reason` of the clause")
    elif ground == "statute" and not any(
        basis.duty or basis.law or any(_lifts(vocabulary, code) for code in basis.gateways)
        for basis in clause.basis.values()
    ):
        said = f"clause `{clause.id}` does not name the statute that sets the confidence aside"
        cited = {code: None for basis in clause.basis.values() for code in basis.gateways}
        said += f": {listed(list(cited))} does not" if cited else ""
        yield _error("R20", path, said, "cite it in `gateways`, `duty` or `law` of a basis")


def _all_lift_confidence(agreement: Agreement, vocabulary: Vocabulary, clause: Clause) -> bool:
    """Whether every holder relies on gateways alone that set confidence aside."""
    holders = ends.holders(agreement, clause)
    cited = [clause.basis[p.id].gateways if p.id in clause.basis else () for p in holders]
    return bool(cited) and all(
        codes and all(_lifts(vocabulary, code) for code in codes) for codes in cited
    )


def _lifts(vocabulary: Vocabulary, code: str) -> bool:
    """Whether a gateway itself sets confidence aside; one of which that is not known does not."""
    known = vocabulary.has(Kind.GATEWAY, code)
    return known and vocabulary.gateway(code).lifts_confidence is Lifts.YES


def _automated(
    agreement: Agreement, vocabulary: Vocabulary, number: int, clause: Clause
) -> Iterator[Finding]:
    """R38: what a machine alone decides can be taken to a human, and rests on more."""
    decisions = agreement.particulars.automated_decisions
    if decisions is None or decisions.human_review is None:
        said = f"clause `{clause.id}` serves decisions without a human and names no way to one"
        mend = "write it in `human_review` of `particulars.automated_decisions`"
        yield _error("R38", ("particulars", "automated_decisions"), said, mend)
    special = within(vocabulary, clause.information, "special-category")
    for name, basis in clause.basis.items():
        where = ("clauses", number, "basis", name)
        begin = f"in clause `{clause.id}`, `{name}` "
        if "6-1-ea" in basis.article6:
            said = begin + "rests a decision without a human on a recognised legitimate interest"
            mend = (
                "write another condition in `article6`, or take `solely-automated` out of `needs`"
            )
            yield _error("R38", (*where, "article6"), said, mend)
        barred = [code for code in basis.article9 if code not in _AUTOMATED_CONDITIONS]
        if special and basis.regime == "UKGDPR" and barred:
            said = (
                begin + f"takes decisions without a human from {listed(special)} by `{barred[0]}`"
            )
            mend = "rely on `9-2-a` or `9-2-g` in `article9`, or take the special categories out"
            yield _error("R38", (*where, "article9"), said, mend)


def _asked_for_nothing(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """R17 across clauses: whoever refuses under one is not shared about under another."""
    grants = [
        box
        for box in reach.reached(agreement, vocabulary)
        if not (box.clause.exclude or box.clause.refer)
    ]
    for one in grants:
        for name, basis in one.clause.basis.items():
            if not _rests_on_consent(basis, vocabulary):
                continue
            for other in grants:
                another = other.clause.basis.get(name)
                if another is None or _rests_on_consent(another, vocabulary):
                    continue
                if one.meets(other):
                    said = f"in clause `{one.clause.id}`, `{name}` relies on consent for what "
                    said += f"clause `{other.clause.id}` lets it share without"
                    mend = "keep the clause whose basis it truly relies on"
                    where = ("clauses", one.number, "basis", name)
                    yield Finding("R17", Severity.WARNING, where, said, CITATIONS["R17"], mend)
                    break


def _rests_on_consent(basis: Basis, vocabulary: Vocabulary) -> bool:
    stated = ((Kind.ARTICLE6, basis.article6), (Kind.LE_BASIS, basis.law_enforcement))
    return any(
        vocabulary.has(kind, code)
        and vocabulary.term(kind, code).extra.get("rests_on_consent") is True
        for kind, codes in stated
        for code in codes
    )
