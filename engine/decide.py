"""The decision: a pure function from bundle, disclosure, facts and instant to an answer.

Short enough to be its own specification, which is ``docs/decision.md``; the
numbers below are its parts. Cedar decides (``engine.hearing``); nothing here
decides again. What this module adds can only narrow an answer: the state of an
agreement, the rule that any error is a denial, and a human to ask instead.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum

from agreements.model import Obligation, Referral
from agreements.values import epoch_s
from engine.bundle import Bundle, Slice
from engine.guard import GuardAnswer
from engine.hearing import Verdict, hear, situation_of, would_permit
from engine.judge import Situation
from engine.law import STATUTE
from engine.printed import Written
from engine.request import Consent, Disclosure, Facts
from engine.standing import ANSWERING, NEAREST_FIRST, State, states_at
from engine.terms import Unknown, unknown_terms


class Outcome(StrEnum):
    """What the answer is."""

    PERMIT = "permit"
    DENY = "deny"
    REFER = "refer"


class Code(StrEnum):
    """Why, by a stable name; docs/outcomes/ has a page for each."""

    PERMITTED = "permitted"
    REFERRED = "referred"
    NO_AGREEMENT = "no_agreement"
    NOT_SIGNED = "not_signed"
    NOT_YET_IN_FORCE = "not_yet_in_force"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    UNKNOWN_TERM = "unknown_term"
    CONDITIONS_NOT_MET = "conditions_not_met"
    FORBIDDEN_BY_CLAUSE = "forbidden_by_clause"
    FORBIDDEN_BY_STATUTE = "forbidden_by_statute"
    FORBIDDEN_BY_GUARD = "forbidden_by_guard"
    CONSENT_MISSING = "consent_missing"
    CONSENT_WITHDRAWN = "consent_withdrawn"
    EVALUATION_ERROR = "evaluation_error"


@dataclass(frozen=True)
class Decision:
    """The answer to one question.

    Attributes:
        permitted, referred, refused: The categories asked, each in one of them, in the order asked.
        reasons: Ids of the policies that settled it, sorted.
        errors: What Cedar complained of; any makes the outcome `deny`.
        obligations: What whoever was permitted must do, in order.
        refer_to: The humans to ask, in order.
        relied_on: Agreements put to Cedar that permitted or referred a category.
        candidates: Every version of every agreement that might have answered, with its state.
        unknown: Terms of the question that nobody knows.
        context: The exact context that Cedar was given, as JSON; empty if it was not asked.
        guards: What each guard concerned made of a permit (`engine.guarded`).
        written: What its record states at whatever instant, once it was written; shared with
            the same answer `as_of` another.
    """

    outcome: Outcome
    code: Code
    at: datetime
    permitted: tuple[str, ...] = ()
    referred: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    reasons: tuple[str, ...] = ()
    errors: tuple[str, ...] = ()
    obligations: tuple[Obligation, ...] = ()
    refer_to: tuple[Referral, ...] = ()
    relied_on: tuple[Slice, ...] = ()
    candidates: tuple[tuple[Slice, State], ...] = ()
    unknown: tuple[Unknown, ...] = ()
    context: str = ""
    guards: tuple[GuardAnswer, ...] = ()
    written: list[Written] = field(default_factory=list, init=False, compare=False, repr=False)

    def as_of(self, at: datetime, context: str) -> "Decision":
        """The same answer at another instant, by the context that Cedar is given then."""
        other = object.__new__(Decision)
        # As `replace` would in five times as long: no answer is made more often than this.
        vars(other).update(vars(self), at=at, context=context)
        return other


def decide(bundle: Bundle, disclosure: Disclosure, facts: Facts, at: datetime) -> Decision:
    """Answer whether a proposed disclosure may be made, as of an instant.

    Args:
        bundle: The law and the agreements to judge by.
        disclosure: What is proposed.
        facts: What the office looked up; no caller supplies it.
        at: The instant asked about, aware, UTC.
    """
    candidates = [
        each
        for each in bundle.between(disclosure.holder, disclosure.recipient)
        if disclosure.agreement in (None, each.key[0])
    ]
    unknown = unknown_terms(bundle, disclosure, candidates)
    if unknown:
        return replace(_denied(disclosure, Code.UNKNOWN_TERM, at), unknown=unknown)
    ends = disclosure.holder, disclosure.recipient
    found = states_at(bundle, candidates, facts.standing, epoch_s(at), between=ends)
    states = tuple(found.items())
    answering = [each for each in candidates if found[each] in ANSWERING]
    if not answering:  # (1)
        stand = {found[each] for each in candidates}
        nearest = next((state.value for state in NEAREST_FIRST if state in stand), "no_agreement")
        return replace(_denied(disclosure, Code(nearest), at), candidates=states)
    asked = _Asked(disclosure, at, states, situation_of(bundle.law, disclosure, facts, at))
    verdicts = [  # (2)
        hear(
            bundle.law,
            each,
            disclosure,
            asked.situation,
            asks_human=facts.status_unclear or found[each] is State.OVERDUE,
        )
        for each in answering
    ]
    decision = _weigh(asked, verdicts)  # (3)
    if not decision.refused or decision.errors:
        return decision
    return _suppose(bundle, asked, facts, decision, verdicts)


def _denied(disclosure: Disclosure, code: Code, at: datetime) -> Decision:
    return Decision(Outcome.DENY, code, at, refused=disclosure.information)


@dataclass(frozen=True, slots=True)
class _Asked:
    """One question as it is put to each agreement."""

    disclosure: Disclosure
    at: datetime
    states: tuple[tuple[Slice, State], ...]
    situation: Situation


def _weigh(asked: _Asked, verdicts: Sequence[Verdict]) -> Decision:
    errors = tuple(error for verdict in verdicts for error in verdict.errors)
    if errors:
        denied = _denied(asked.disclosure, Code.EVALUATION_ERROR, asked.at)
        return replace(denied, errors=errors, candidates=asked.states, context=asked.situation.text)
    categories = asked.disclosure.information
    opened = {c for v in verdicts for c in v.permitted}
    permitted = tuple(c for c in categories if c in opened)
    reasons = {policy for v in verdicts for policies in v.permitted.values() for policy in policies}
    relied_on = [v for v in verdicts if v.permitted]
    outcome, code = Outcome.PERMIT, Code.PERMITTED
    referred: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()
    if len(permitted) < len(categories):
        rest = [c for c in categories if c not in opened]
        referrable = {c for v in verdicts for c in v.referred}
        referred = tuple(c for c in rest if c in referrable)
        refused = tuple(c for c in rest if c not in referred)
        relied_on = [v for v in verdicts if v.permitted or any(c in v.referred for c in referred)]
        reasons |= {policy for v in verdicts for c in referred for policy in v.referred.get(c, ())}
        forbids = {policy for v in verdicts for c in refused for policy in v.forbidden.get(c, ())}
        reasons |= forbids
        outcome, code = Outcome.REFER, Code.REFERRED
        if refused:
            outcome, code = Outcome.DENY, _forbidden(forbids)
    return Decision(
        outcome,
        code,
        asked.at,
        permitted=permitted,
        referred=referred,
        refused=refused,
        reasons=tuple(sorted(reasons)),
        obligations=tuple(_obligations(relied_on)),
        refer_to=tuple(_referrals(relied_on, referred)) if referred else (),
        relied_on=tuple(v.slice for v in relied_on),
        candidates=asked.states,
        context=asked.situation.text,
    )


def _forbidden(policies: set[str]) -> Code:
    if any(policy.startswith(STATUTE) for policy in policies):
        return Code.FORBIDDEN_BY_STATUTE
    return Code.FORBIDDEN_BY_CLAUSE if policies else Code.CONDITIONS_NOT_MET


def _obligations(relied_on: Sequence[Verdict]) -> Iterator[Obligation]:
    met = []
    for verdict in relied_on:
        matched = {policy for policies in verdict.permitted.values() for policy in policies}
        clauses = verdict.slice.clauses()
        for policy in sorted(matched, key=clauses.order.__getitem__):
            for obligation in clauses.obligations.get(policy, ()):
                if obligation not in met:
                    met.append(obligation)
                    yield obligation


def _referrals(relied_on: Sequence[Verdict], referred: Sequence[str]) -> Iterator[Referral]:
    named = []
    for verdict in relied_on:
        policies = {policy for c in referred for policy in verdict.referred.get(c, ())}
        clauses = verdict.slice.clauses()
        for policy in sorted(policies, key=clauses.order.__getitem__):
            to = clauses.referrals.get(policy, clauses.owner)
            if to is not None and to not in named:
                named.append(to)
                yield to


def _suppose(
    bundle: Bundle,
    asked: _Asked,
    facts: Facts,
    decision: Decision,
    verdicts: Sequence[Verdict],
) -> Decision:
    """Ask again as if what is unknown or unsaid were given; what that opens goes to a human.

    Consent alone, the conditions of a handling code alone, then both. Consent
    known to be wanting refers nothing; it is then the code of the denial.
    """
    disclosure = asked.disclosure
    states = (facts.consent, facts.confidence_consent)
    unknown = Consent.UNKNOWN in states
    unsaid = disclosure.handling == "C" and disclosure.handling_conditions is None
    if unknown or unsaid:
        found_out = replace(
            facts,
            consent=_if_unknown(facts.consent),
            confidence_consent=_if_unknown(facts.confidence_consent),
        )
        conditioned = disclosure.model_copy(update={"handling_conditions": "as if written out"})
        for may_be, said, found in (
            (unknown, disclosure, found_out),
            (unsaid, conditioned, facts),
            (unknown and unsaid, conditioned, found_out),
        ):
            if may_be and decision.refused:
                for verdict, opened in _opened(bundle, asked, said, found, decision, verdicts):
                    verdict.referred.update(opened)
                decision = _weigh(asked, verdicts)
    if not decision.refused or states == (Consent.GIVEN, Consent.GIVEN):
        return decision
    if not (disclosure.basis.rests_on_consent or any(v.slice.asks_consent for v in verdicts)):
        return decision
    consented = replace(facts, consent=Consent.GIVEN, confidence_consent=Consent.GIVEN)
    supposed = _opened(bundle, asked, disclosure, consented, decision, verdicts)
    if not any(opened for _, opened in supposed):
        return decision
    withdrawn = Consent.WITHDRAWN in states
    return replace(decision, code=Code.CONSENT_WITHDRAWN if withdrawn else Code.CONSENT_MISSING)


def _if_unknown(state: Consent | None) -> Consent | None:
    return Consent.GIVEN if state is Consent.UNKNOWN else state


def _opened(
    bundle: Bundle,
    asked: _Asked,
    said: Disclosure,
    found: Facts,
    decision: Decision,
    verdicts: Sequence[Verdict],
) -> list[tuple[Verdict, dict[str, Sequence[str]]]]:
    """What each agreement would permit, of all that is refused, if this were said and found."""
    situation = situation_of(bundle.law, said, found, asked.at)
    return [
        (verdict, would_permit(bundle.law, verdict, said, situation, decision.refused))
        for verdict in verdicts
    ]
