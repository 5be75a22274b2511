"""Whether the parts of an agreement fit together, whatever the law says.

Terms exist, parties and conditions are those of the agreement, dates run
forwards, nothing stands there twice, and nobody is left out by mistake. What a
clause can never do is in ``agreements.reach``.
"""

import difflib
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from agreements import ends
from agreements.errors import VocabularyError
from agreements.findings import Finding, Severity
from agreements.model import Agreement, Clause, Member
from agreements.values import Words, format_instant
from agreements.vocabulary import Kind, Vocabulary

DECISION = "how a decision is made"
"""The practice behind these rules: docs/decision.md."""

MAX_SUGGESTIONS = 64
"""After so many unknown words, no nearest word is looked for: it takes long."""

KINDS = {
    ("Agreement", "kind"): Kind.AGREEMENT_KIND,
    ("Agreement", "purposes"): Kind.PURPOSE,
    ("Agreement", "not_for"): Kind.PURPOSE,
    ("Agreement", "about"): Kind.SUBJECT,
    ("Party", "kind"): Kind.BODY,
    ("Party", "capacity"): Kind.CAPACITY,
    ("Signatory", "role"): Kind.ROLE,
    ("Clause", "information"): Kind.INFORMATION,
    ("Clause", "about"): Kind.SUBJECT,
    ("Clause", "purposes"): Kind.PURPOSE,
    ("Clause", "roles"): Kind.ROLE,
    ("Clause", "confidence"): Kind.CONFIDENCE,
    ("Basis", "regime"): Kind.REGIME,
    ("Basis", "article6"): Kind.ARTICLE6,
    ("Basis", "annex1"): Kind.ANNEX1,
    ("Basis", "article9"): Kind.ARTICLE9,
    ("Basis", "schedule1"): Kind.SCHEDULE1,
    ("Basis", "law_enforcement"): Kind.LE_BASIS,
    ("Basis", "schedule8"): Kind.SCHEDULE8,
    ("Basis", "gateways"): Kind.GATEWAY,
    ("ConsentTerms", "kind"): Kind.CONSENT_KIND,
    ("Obligation", "do"): Kind.OBLIGATION,
    ("Obligation", "since"): Kind.EVENT,
    ("Particulars", "marking"): Kind.MARKING,
    ("Particulars", "confidence_basis"): Kind.CONFIDENCE,
    ("Particulars", "roles_with_access"): Kind.ROLE,
    ("InformationItem", "category"): Kind.INFORMATION,
    ("Retention", "category"): Kind.INFORMATION,
    ("Transfer", "method"): Kind.TRANSFER_METHOD,
}
"""The fields that hold terms, by their model, and the kind of term in each."""

WHOLE = "uk"
"""The jurisdiction that holds every other."""

_PARTY_FIELDS = {
    ("Clause", "holders"),
    ("Clause", "recipients"),
    ("Retention", "party"),
    ("InformationItem", "source"),
    ("InformationItem", "recipient"),
}
_ALWAYS = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))

Step = str | int
Path = tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Slot:
    """One place in an agreement: a field, or an item of a list or mapping."""

    path: Path
    owner: str
    field: str
    value: object


def walk(owner: Words, path: Path = ()) -> Iterator[Slot]:
    """Every place in a value, in the order of the model and then of the text."""
    kind = type(owner)
    for name, described in kind.model_fields.items():
        yield from _walk_value(
            Slot((*path, described.alias or name), kind.__name__, name, getattr(owner, name))
        )


def _walk_value(slot: Slot) -> Iterator[Slot]:
    yield slot
    value = slot.value
    inner: Iterable[tuple[Step, object]] = ()
    if isinstance(value, Words):
        yield from walk(value, slot.path)
    elif isinstance(value, tuple):
        inner = enumerate(value)
    elif isinstance(value, dict):
        inner = value.items()
    for step, item in inner:
        yield from _walk_value(Slot((*slot.path, step), slot.owner, slot.field, item))


def check(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """Every finding on how the agreement is put together."""
    slots = tuple(walk(agreement))
    yield from _unknown_terms(slots, vocabulary)
    yield from _unknown_parties(slots, agreement)
    yield from _gateways_elsewhere(slots, agreement, vocabulary)
    yield from _duplicates(agreement, vocabulary)
    yield from _dates(agreement)
    yield from _barred_purposes(agreement)
    yield from _conditions(agreement, vocabulary)
    yield from _parties_left_out(agreement)


def _error(rule: str, path: Path, message: str, mend: str) -> Finding:
    return Finding(rule, Severity.ERROR, path, message, DECISION, mend)


def _warning(rule: str, path: Path, message: str, mend: str) -> Finding:
    return Finding(rule, Severity.WARNING, path, message, DECISION, mend)


def _unknown_terms(slots: Iterable[Slot], vocabulary: Vocabulary) -> Iterator[Finding]:
    """S01: every code is a term of the vocabulary."""
    places = {place for term in vocabulary.terms for place in term.jurisdiction}
    left = MAX_SUGGESTIONS
    for slot in slots:
        code = slot.value
        if not isinstance(code, str):
            continue
        if (slot.owner, slot.field) == ("Agreement", "jurisdiction") and code not in places:
            mend = f"write one of {', '.join(sorted(places))} in `jurisdiction`"
            yield _error("S01", slot.path, f"`{code}` is not a jurisdiction", mend)
        kind = KINDS.get((slot.owner, slot.field))
        # Paragraph 5 of Schedule 1 is no term, but is often cited: rule R05 says what it is.
        if kind is None or vocabulary.has(kind, code) or (kind, code) == (Kind.SCHEDULE1, "5"):
            continue
        left -= 1
        message, near = f"`{code}` is not {vocabulary.nouns[kind]}", ""
        if left >= 0:
            try:
                vocabulary.term(kind, code)
            except VocabularyError as error:
                message, near = str(error), error.hint
        yield _error("S01", slot.path, message, near or "write a term of the vocabulary")


def _unknown_parties(slots: Iterable[Slot], agreement: Agreement) -> Iterator[Finding]:
    """S02: every party named is one of the agreement's."""
    known = [party.id for party in agreement.parties]
    left = MAX_SUGGESTIONS
    for slot in slots:
        if (slot.owner, slot.field) in _PARTY_FIELDS:
            name = slot.value
        elif (slot.owner, slot.field) == ("Clause", "basis") and len(slot.path) == 4:
            name = slot.path[-1]
        else:
            continue
        if isinstance(name, str) and name not in known:
            left -= 1
            near = difflib.get_close_matches(name, known, n=1) if left >= 0 else []
            meant = f"did you mean `{near[0]}`?" if near else f"add `{name}` to `parties`"
            yield _error("S02", slot.path, f"`{name}` is not a party of this agreement", meant)


def _gateways_elsewhere(
    slots: Iterable[Slot], agreement: Agreement, vocabulary: Vocabulary
) -> Iterator[Finding]:
    """S12: every gateway cited holds in a jurisdiction of the agreement."""
    known = {place for term in vocabulary.terms for place in term.jurisdiction}
    # A jurisdiction that nobody knows is found by S01, and could be any.
    if WHOLE in agreement.jurisdiction or not known.issuperset(agreement.jurisdiction):
        return
    for slot in slots:
        code = slot.value
        if (slot.owner, slot.field) != ("Basis", "gateways") or not isinstance(code, str):
            continue
        if not vocabulary.has(Kind.GATEWAY, code):
            continue
        holds = vocabulary.term(Kind.GATEWAY, code).jurisdiction
        if WHOLE not in holds and set(holds).isdisjoint(agreement.jurisdiction):
            where = " and ".join(f"`{place}`" for place in holds)
            here = " and ".join(f"`{place}`" for place in agreement.jurisdiction)
            message = f"`{code}` holds in {where}, and the agreement stands under {here}"
            mend = f"take `{code}` out, or add where it holds to `jurisdiction`, if that is so"
            yield _error("S12", slot.path, message, mend)


def _duplicates(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """S03: nothing has the name of another."""
    for field in ("parties", "clauses", "conditions"):
        seen: Counter[str] = Counter()
        for number, item in enumerate(getattr(agreement, field)):
            seen[item.id] += 1
            if seen[item.id] > 1:
                message = f"two {field} are called `{item.id}`"
                yield _error("S03", (field, number, "id"), message, "write another `id`")
    for number, condition in enumerate(agreement.conditions):
        if vocabulary.has(Kind.NEED, condition.id):
            message = f"the condition `{condition.id}` has the name of a term of the vocabulary"
            yield _error("S03", ("conditions", number, "id"), message, "rename the condition")
    for number, party in enumerate(agreement.parties):
        earlier: dict[str, list[Member]] = {}
        for row, member in enumerate(party.members):
            if any(_overlap(member, other) for other in earlier.get(member.agency, ())):
                where = ("parties", number, "members", row)
                message = f"`{member.agency}` is a member of `{party.id}` twice at one time"
                yield _error("S03", where, message, "part the rows by `since` and `until`")
            earlier.setdefault(member.agency, []).append(member)


def _overlap(one: Member, other: Member) -> bool:
    first, last = _ALWAYS
    begins = max(one.since or first, other.since or first)
    return begins < min(one.until or last, other.until or last)


def _dates(agreement: Agreement) -> Iterator[Finding]:
    """S04: whatever begins, begins before it ends."""
    spans: list[tuple[Path, datetime | None, datetime | None]] = []
    if agreement.end:
        spans.append((("end", "on"), agreement.in_force_from, agreement.end.on))
    spans.append((("review_due",), agreement.in_force_from, agreement.review_due))
    for number, party in enumerate(agreement.parties):
        spans.append((("parties", number, "until"), party.since, party.until))
        for row, member in enumerate(party.members):
            path = ("parties", number, "members", row, "until")
            spans.append((path, member.since, member.until))
    for number, clause in enumerate(agreement.clauses):
        spans.append((("clauses", number, "until"), clause.since, clause.until))
    for at, begins, stops in spans:
        if begins and stops and stops <= begins:
            message = f"{format_instant(stops)} is not after {format_instant(begins)}"
            yield _error("S04", at, message, f"write a later date in `{at[-1]}`")


def _barred_purposes(agreement: Agreement) -> Iterator[Finding]:
    """S10: no clause opens a purpose that the agreement bars."""
    for number, clause in enumerate(agreement.clauses):
        for item, purpose in enumerate(() if clause.exclude else clause.purposes):
            if purpose in agreement.not_for:
                message = f"clause `{clause.id}` opens `{purpose}`, which the agreement bars"
                mend = f"take `{purpose}` out of the clause, or out of `not_for`"
                yield _error("S10", ("clauses", number, "purposes", item), message, mend)


def _conditions(agreement: Agreement, vocabulary: Vocabulary) -> Iterator[Finding]:
    """S06 and S07: what a clause needs is known, and what is declared is needed."""
    declared = [condition.id for condition in agreement.conditions]
    known = [*declared, *vocabulary.codes(Kind.NEED)]
    left = MAX_SUGGESTIONS
    for number, clause in enumerate(agreement.clauses):
        for item, need in enumerate(clause.needs):
            if need not in known:
                left -= 1
                near = difflib.get_close_matches(need, known, n=1) if left >= 0 else []
                meant = f"did you mean `{near[0]}`?" if near else f"add `{need}` to `conditions`"
                message = f"clause `{clause.id}` needs `{need}`, which nobody has described"
                yield _error("S06", ("clauses", number, "needs", item), message, meant)
    used = {need for clause in agreement.clauses for need in clause.needs}
    for number, name in enumerate(declared):
        if name not in used:
            message = f"no clause needs the condition `{name}`"
            mend = "list it in the `needs` of a clause, or take it away"
            yield _warning("S07", ("conditions", number), message, mend)


def _parties_left_out(agreement: Agreement) -> Iterator[Finding]:
    """S05 and S09: every clause has somebody at both ends, and every party is in some clause."""
    used = set()
    for number, clause in enumerate(agreement.clauses):
        names = {*clause.holders, *clause.recipients}
        if not clause.exclude:
            names = {party.id for party in ends.participants(agreement, clause)}
        used |= names
        yield from _nobody(agreement, number, clause)
    for number, party in enumerate(agreement.parties):
        if party.id not in used:
            message = f"no clause lets `{party.id}` give or receive anything"
            mend = "name it in `from` or `to` of a clause, or take it away"
            yield _warning("S09", ("parties", number), message, mend)


def _nobody(agreement: Agreement, number: int, clause: Clause) -> Iterator[Finding]:
    holding = ends.agencies(ends.holders(agreement, clause))
    receiving = ends.agencies(ends.recipients(agreement, clause))
    alone = holding == receiving and len(holding) == 1
    for end, there, verb in (("from", holding, "give"), ("to", receiving, "receive")):
        if not there or alone:
            message = f"clause `{clause.id}` leaves nobody who may {verb} the information"
            mend = f"name a party in `{end}` whose `direction` allows it and that has members"
            yield _error("S05", ("clauses", number, end), message, mend)
            return
