"""Answer a disclosure in plain Python, written from ``docs/decision.md`` and nothing else.

It shares no line with the compiler, the statute's files or the judge. The numbers in comments are
the parts of that page; part 4 stands in ``statute``. Part 5 is left out: only known terms are
put here. Nothing is written, and only the hierarchies of terms are read.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from enum import IntEnum

from agreements.model import Agreement, Basis, Clause, Direction, Party
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing
from tests.reference.question import Question, ancestors
from tests.reference.statute import forbidden_by_statute


@dataclass(frozen=True, slots=True)
class Answer:
    """What is decided, and why.

    Attributes:
        outcome: ``permit``, ``refer`` or ``deny``.
        code: Why it is denied; empty unless it is.
        permitted: Categories permitted, in the order asked; so too the two lists that follow.
        referred: Categories that are not permitted and may be referred.
        refused: The rest.
        determining: ``agreement/clause`` of every grant that matched in an agreement relied on.
    """

    outcome: str
    code: str
    permitted: tuple[str, ...]
    referred: tuple[str, ...]
    refused: tuple[str, ...]
    determining: frozenset[str]


def evaluate(
    agreements: Sequence[Agreement], disclosure: Disclosure, facts: Facts, at: datetime
) -> Answer:
    """Decide one disclosure."""
    # 1. Which agreements may be put at all.
    candidates = [agreement for agreement in agreements if is_candidate(agreement, disclosure)]
    ends = disclosure.holder, disclosure.recipient
    states = [(each, state(each, agreements, facts, at, ends=ends)) for each in candidates]
    in_force = [agreement for agreement, stands in states if stands is State.IN_FORCE]
    overdue = [agreement for agreement, stands in states if stands is State.OVERDUE]
    if facts.status_unclear:
        # Whoever has ended may still be spoken about, and only to a human.
        overdue, in_force = [*overdue, *in_force], []
    asked = [Question(category, disclosure, facts, at) for category in disclosure.information]
    if not in_force and not overdue:
        code = code_of_nearest([stands for _, stands in states])
        return Answer("deny", code, (), (), disclosure.information, frozenset())

    # 3. Each category is permitted, referred or refused.
    permitted, referred, refused = [], [], []
    for question in asked:
        if any(permits(agreement, question) for agreement in in_force):
            permitted.append(question)
        elif may_be_referred(question, in_force, overdue):
            referred.append(question)
        else:
            refused.append(question)

    relied_on = [one for one in in_force if any(permits(one, question) for question in asked)]
    determining = frozenset(
        f"{agreement.id}/{clause.id}"
        for agreement in relied_on
        for clause in agreement.clauses
        if is_grant(clause)
        and any(
            permits(agreement, question) and matches(clause, agreement, question)
            for question in asked
        )
    )
    return Answer(
        outcome="deny" if refused else "refer" if referred else "permit",
        code=code_of_denial(refused, in_force, overdue) if refused else "",
        permitted=tuple(question.category for question in permitted),
        referred=tuple(question.category for question in referred),
        refused=tuple(question.category for question in refused),
        determining=determining,
    )


# --- 1. Agreements in force


class State(IntEnum):
    """Where a candidate stands; the greater, the nearer to being put."""

    NOT_SIGNED = 0
    NOT_YET_IN_FORCE = 1
    ENDED = 2
    EXPIRED = 3
    LEFT = 4
    SUPERSEDED = 5
    SUSPENDED = 6
    OVERDUE = 7
    IN_FORCE = 8


def is_candidate(agreement: Agreement, disclosure: Disclosure) -> bool:
    """Whether both ends are among the agencies of its parties, members past and to come included.

    Part 1 does not say "at that instant", as part 2 does. An agreement that the disclosure itself
    names excludes every other: the page is silent, and this can only refuse more.
    """
    agencies = {agency for party in agreement.parties for agency in party.agencies}
    named = disclosure.agreement in (None, agreement.id)
    return named and {disclosure.holder, disclosure.recipient} <= agencies


def state(
    agreement: Agreement,
    register: Sequence[Agreement],
    facts: Facts,
    at: datetime,
    *,
    ends: Sequence[str] = (),
) -> State:
    """Find where a version stands for holder and recipient: the first row that applies."""
    stands = facts.standing.get((agreement.id, agreement.version), Standing())
    at_s = at.timestamp()
    if stands.activated_s is None or stands.activated_s > at_s:
        return State.NOT_SIGNED
    if agreement.in_force_from is not None and at < agreement.in_force_from:
        return State.NOT_YET_IN_FORCE
    if stands.ended_s is not None and at_s >= stands.ended_s:
        return State.ENDED
    if agreement.end is not None and agreement.end.on is not None and at >= agreement.end.on:
        return State.EXPIRED
    if has_lapsed(agreement, at):
        return State.EXPIRED
    if any(agency in ends and since <= at_s for agency, since in stands.left):
        return State.LEFT
    if any(supersedes(other, agreement, register, facts, at) for other in register):
        return State.SUPERSEDED
    if any(
        since <= at_s and (until is None or at_s < until) for since, until in stands.suspensions
    ):
        return State.SUSPENDED
    if agreement.review_due is not None and at >= agreement.review_due:
        return State.OVERDUE
    return State.IN_FORCE


def has_lapsed(agreement: Agreement, at: datetime) -> bool:
    """Whether the grace that the text states after its review is over."""
    due, grace = agreement.review_due, agreement.review_grace
    return due is not None and grace is not None and at >= by_calendar(due, grace)


def by_calendar(start: datetime, length: str) -> datetime:
    """Add a length of time, a unit at a time; the last day of a month too short for it."""
    number, unit = int(length.strip("PTYMDH")), length[-1]
    if "T" in length or unit == "D":
        seconds = {"H": 3600, "M": 60, "D": 86_400}[unit]
        return datetime.fromtimestamp(start.timestamp() + number * seconds, UTC)
    months = start.month - 1 + number * (12 if unit == "Y" else 1)
    first = start.replace(year=start.year + months // 12, month=months % 12 + 1, day=1)
    day = start.day
    while True:
        try:
            return first.replace(day=day)
        except ValueError:
            day -= 1


def supersedes(
    other: Agreement,
    agreement: Agreement,
    register: Sequence[Agreement],
    facts: Facts,
    at: datetime,
) -> bool:
    """Whether another version is later and has come into force; candidate or not, ended or not."""
    if other.id != agreement.id or number(other) <= number(agreement):
        return False
    return state(other, register, facts, at) not in (State.NOT_SIGNED, State.NOT_YET_IN_FORCE)


def number(agreement: Agreement) -> tuple[int, ...]:
    """The version's number, to be compared part by part."""
    return tuple(int(part) for part in agreement.version.split("."))


def code_of_nearest(states: Sequence[State]) -> str:
    """Name the code of the candidate that came nearest."""
    if not states:
        return "no_agreement"
    return {
        State.SUSPENDED: "suspended",
        State.SUPERSEDED: "expired",
        State.LEFT: "expired",
        State.EXPIRED: "expired",
        State.ENDED: "expired",
        State.NOT_YET_IN_FORCE: "not_yet_in_force",
        State.NOT_SIGNED: "not_signed",
    }[max(states)]


# --- 2. Clauses


def is_grant(clause: Clause) -> bool:
    """Whether it permits: it neither excludes nor refers."""
    return not clause.exclude and not clause.refer


def matches(clause: Clause, agreement: Agreement, question: Question) -> bool:
    """Whether every condition of a clause holds: the table of part 2, row by row."""
    asked, at = question.disclosure, question.at
    return (
        binds(asked.recipient, clause.recipients, Direction.PROVIDE, clause, agreement, at)
        and binds(asked.holder, clause.holders, Direction.RECEIVE, clause, agreement, at)
        and any(
            listed == question.category or question.lies_in(listed) for listed in clause.information
        )
        and is_about(clause, asked.about)
        and (not clause.purposes or is_listed("purposes", asked.purpose, clause.purposes))
        and (not clause.roles or is_listed("roles", asked.role, clause.roles))
        and (clause.exclude or not clause.basis or basis_fits(clause, agreement, question))
        and needs_hold(clause, question)
        and (clause.exclude or may_ask(agreement, question))
        # For a grant, says the page beneath the table; so a referral asks for no consent.
        and (not is_grant(clause) or clause.confidence != "consent" or question.confided)
        and (clause.since is None or clause.since <= at)
        and (clause.until is None or at < clause.until)
    )


def binds(
    agency: str,
    listed: Sequence[str],
    barred: Direction,
    clause: Clause,
    agreement: Agreement,
    at: datetime,
) -> bool:
    """Whether one end of the disclosure is an end of the clause.

    Args:
        barred: The direction of a party that never stands at this end.
    """
    if clause.exclude and not listed:
        return True
    return any(
        stands_in(agency, party, at)
        for party in agreement.parties
        if (not listed or party.id in listed) and (clause.exclude or party.direction is not barred)
    )


def stands_in(agency: str, party: Party, at: datetime) -> bool:
    """Whether an agency is the party, or is of its class at the instant."""
    joined = [instant for instant in (party.since, party.accepted_parent) if instant is not None]
    if any(at < instant for instant in joined) or (party.until is not None and at >= party.until):
        return False
    if not party.class_of:
        return agency == party.id
    return any(
        member.agency == agency
        and (member.since is None or member.since <= at)
        and (member.until is None or at < member.until)
        for member in party.members
    )


def is_about(clause: Clause, about: Sequence[str]) -> bool:
    """Whether every kind of person is listed, or for an exclusion some."""
    if not clause.about:
        return True
    enough = any if clause.exclude else all
    return enough(is_listed("subjects", kind, clause.about) for kind in about)


def needs_hold(clause: Clause, question: Question) -> bool:
    """Whether all that is needed was given; for an exclusion, whether something still lacks."""
    if clause.exclude:
        return not clause.needs or not set(clause.needs) <= question.given
    return set(clause.needs) <= question.given


EVIDENCE = ["asserted", "app_signed", "idp_signed"]


def may_ask(agreement: Agreement, question: Question) -> bool:
    """Whether this end may ask, and it is known well enough who does."""
    wanted, asked = agreement.asking, question.disclosure
    if wanted is None:
        return True
    end = "holder" if asked.asker == asked.holder else "recipient"
    if wanted.ends and end not in wanted.ends:
        return False
    least = {"requester": wanted.requester, "role": wanted.role, "purpose": wanted.purpose}
    found = question.facts.evidence or {}
    return all(
        EVIDENCE.index(found[name]) >= EVIDENCE.index(level)
        if name in found
        else level == "asserted"
        for name, level in least.items()
    )


def is_listed(terms: str, code: str, listed: Sequence[str]) -> bool:
    """Whether a code is listed, or lies within something listed."""
    return code in listed or not ancestors(code, terms).isdisjoint(listed)


def basis_fits(clause: Clause, agreement: Agreement, question: Question) -> bool:
    """Whether the asserting agency stands in a party whose basis fits."""
    asker = question.disclosure.asker
    return any(
        fits(clause.basis[party.id], question)
        for party in agreement.parties
        if party.id in clause.basis and stands_in(asker, party, question.at)
    )


def fits(basis: Basis, question: Question) -> bool:
    """Whether what was asserted is what one party's basis asks for."""
    said, given = question.disclosure.basis, question.given
    special = question.lies_in("special-category")
    offence = question.lies_in("offence")
    sensitive = question.lies_in("le-sensitive")

    def listed(alternatives: Sequence[str], asserted: str | None) -> bool:
        return not alternatives or asserted in alternatives

    by_authority = basis.official_authority is not None and not basis.schedule1
    return (
        basis.regime == said.regime
        and listed(basis.article6, said.article6)
        and listed(basis.annex1, said.annex1)
        and listed(basis.law_enforcement, said.law_enforcement)
        and listed(basis.gateways, said.gateway)
        and (not special or listed(basis.article9, said.article9))
        and (not (special or offence) or listed(basis.schedule1, said.schedule1))
        and (not sensitive or listed(basis.schedule8, said.schedule8))
        and (not (by_authority and offence) or "official-authority" in given)
        and (not (basis.strictly_necessary and sensitive) or "strictly-necessary" in given)
    )


# --- 3. From clauses to the answer


def permits(agreement: Agreement, question: Question) -> bool:
    """Whether a grant matches, and neither an exclusion nor the statute forbids."""
    return (
        some_clause(agreement, question, is_grant)
        and not excludes(agreement, question)
        and not forbidden_by_statute(question)
    )


def refers(agreement: Agreement, question: Question) -> bool:
    """Whether a referral matches and no exclusion does; the statute is not asked."""
    return some_clause(agreement, question, lambda clause: clause.refer) and not excludes(
        agreement, question
    )


def excludes(agreement: Agreement, question: Question) -> bool:
    """Whether an exclusion matches."""
    return some_clause(agreement, question, lambda clause: clause.exclude)


def some_clause(agreement: Agreement, question: Question, kind: Callable[[Clause], bool]) -> bool:
    """Whether some clause of that kind matches."""
    return any(
        kind(clause) and matches(clause, agreement, question) for clause in agreement.clauses
    )


def may_be_referred(
    question: Question, in_force: Sequence[Agreement], overdue: Sequence[Agreement]
) -> bool:
    """Whether a category that is not permitted may be put before a human."""
    return (
        any(refers(agreement, question) for agreement in (*in_force, *overdue))
        or any(permits(agreement, question) for agreement in overdue)
        or would_be_permitted(suppositions(question), in_force)
    )


def suppositions(question: Question) -> list[Question]:
    """What a human might find out: consent, the conditions of handling code C, or both."""
    supposed = [question]
    if Consent.UNKNOWN in (question.facts.consent, question.facts.confidence_consent):
        supposed += [found_out(each) for each in supposed]
    if question.disclosure.handling == "C" and question.disclosure.handling_conditions is None:
        supposed += [with_conditions(each) for each in supposed]
    return supposed[1:]


def with_consent(question: Question) -> Question:
    """The same, had consent of both kinds been given."""
    given = replace(question.facts, consent=Consent.GIVEN, confidence_consent=Consent.GIVEN)
    return replace(question, facts=given)


def found_out(question: Question) -> Question:
    """The same, had every look-up that failed found consent; the others stay as they are."""
    facts = question.facts
    if facts.consent is Consent.UNKNOWN:
        facts = replace(facts, consent=Consent.GIVEN)
    if facts.confidence_consent is Consent.UNKNOWN:
        facts = replace(facts, confidence_consent=Consent.GIVEN)
    return replace(question, facts=facts)


def with_conditions(question: Question) -> Question:
    """The same, had the conditions been given: a clause may need them, an exclusion be lifted."""
    stated = {"handling_conditions": "As the source said."}
    return replace(question, disclosure=question.disclosure.model_copy(update=stated))


def would_be_permitted(supposed: Sequence[Question], in_force: Sequence[Agreement]) -> bool:
    """Whether some supposition would turn the category into a permitted one.

    Only agreements in force are asked: an overdue one permits nothing, whatever is supposed.
    """
    return any(permits(agreement, each) for agreement in in_force for each in supposed)


def code_of_denial(
    refused: Sequence[Question], in_force: Sequence[Agreement], overdue: Sequence[Agreement]
) -> str:
    """Name the first code that applies to some category refused, once an agreement was put."""
    if would_be_permitted([with_consent(question) for question in refused], in_force):
        facts = refused[0].facts
        withdrawn = Consent.WITHDRAWN in (facts.consent, facts.confidence_consent)
        return "consent_withdrawn" if withdrawn else "consent_missing"
    if any(forbidden_by_statute(question) for question in refused):
        return "forbidden_by_statute"
    put = (*in_force, *overdue)
    if any(excludes(agreement, question) for agreement in put for question in refused):
        return "forbidden_by_clause"
    return "conditions_not_met"
