"""Trials: each scenario of an agreement put to the very engine that decides.

A trial compiles the agreements, puts them in a bundle with the law and asks.
It decides nothing itself and records nothing; whether the agency asking is a
public authority or a competent authority is read from the parties, as an
office would. Nothing here reads or writes a file.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from agreements.bodies import UNKNOWN, statuses
from agreements.model import Agreement
from agreements.scenario import Expected, Given, Scenario, ScenarioFile, Stands
from engine import request
from engine.bundle import Bundle, assemble, check_strictly, make_slice
from engine.compile import compile_agreement
from engine.decide import Decision, decide
from engine.errors import RequestError
from engine.explain import NearMiss, explain
from engine.law import STATUTE, Law
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing

_STANDINGS = {
    Stands.SIGNED: Standing(activated_s=0),
    Stands.NOT_SIGNED: Standing(),
    Stands.SUSPENDED: Standing(activated_s=0, suspensions=((0, None),)),
    Stands.ENDED: Standing(activated_s=0, ended_s=0),
}
_NEAREST = 2


@dataclass(frozen=True, slots=True)
class Trial:
    """How one scenario came out.

    Attributes:
        expected, got: In words, such as ``deny, forbidden_by_clause, clause 7.1``.
        why: For a failure, what differs and which clause came nearest; else empty.
    """

    id: str
    title: str
    passed: bool
    expected: str
    got: str
    why: str = ""


def run(
    scenario_file: ScenarioFile, agreements: Sequence[Agreement], law: Law
) -> tuple[Trial, ...]:
    """Try every scenario, in the order of the file.

    Args:
        scenario_file: What is asked and expected.
        agreements: The agreements it names, read.
        law: What every agreement is judged by.

    Raises:
        CompileError: An agreement cannot be turned into policies.
        BundleError: Its policies do not fit the schema.
    """
    bundle = _bundle(agreements, law)
    return tuple(_try(bundle, scenario) for scenario in scenario_file.scenarios)


def _bundle(agreements: Iterable[Agreement], law: Law) -> Bundle:
    slices = []
    for agreement in agreements:
        compiled = compile_agreement(agreement, law.vocabulary)
        check_strictly(law, compiled)
        slices.append(make_slice(law, compiled))
    return assemble(law, slices)


def _try(bundle: Bundle, scenario: Scenario) -> Trial:
    expected = _in_words(scenario.expected)
    try:
        disclosure = request.parse(json.dumps(scenario.asked).encode())
        facts = facts_of(bundle, scenario.given, disclosure)
    except RequestError as fault:
        return Trial(
            scenario.id,
            scenario.title,
            passed=False,
            expected=expected,
            got="no answer",
            why=str(fault),
        )
    decision = decide(bundle, disclosure, facts, scenario.as_at)
    differences = tuple(_differences(scenario.expected, decision))
    why = "; ".join(differences)
    if differences:
        why += _nearest(bundle, disclosure, facts, scenario)
    return Trial(scenario.id, scenario.title, not differences, expected, _got(decision), why)


def facts_of(bundle: Bundle, given: Given, disclosure: Disclosure) -> Facts:
    """What the office would have found for a scenario.

    Raises:
        RequestError: The state of consent is none that we know.
    """
    claims = (claim for each in bundle.slices.values() for claim in each.claims)
    known = statuses(claims, bundle.law.vocabulary)
    asker = known.get(disclosure.asker, UNKNOWN)
    public, competent = given.asker_public_authority, given.asker_competent_authority
    return Facts(
        standing=dict.fromkeys(bundle.slices, _STANDINGS[given.standing]),
        consent=_consent(given.consent),
        confidence_consent=_consent(given.confidence_consent or given.consent),
        asker_public_authority=asker.public_authority if public is None else public,
        asker_competent_authority=asker.competent_authority if competent is None else competent,
        holder_kind=known.get(disclosure.holder, UNKNOWN).kind,
        recipient_kind=known.get(disclosure.recipient, UNKNOWN).kind,
        status_unclear=given.status_unclear,
    )


def _consent(said: str | None) -> Consent | None:
    if said is None:
        return None
    try:
        return Consent(said)
    except ValueError:
        states = ", ".join(f"`{state}`" for state in Consent)
        raise RequestError(
            f"`{said}` is no state of consent", hint=f"choose one of {states}"
        ) from None


# Expected and got


def _differences(expected: Expected, decision: Decision) -> Iterator[str]:
    if expected.outcome.value != decision.outcome.value:
        yield f"the answer is {decision.outcome.value}"
    if expected.code not in (None, decision.code.value):
        yield f"the code is `{decision.code.value}`"
    if expected.clause and expected.clause not in _clauses(decision):
        yield f"clause {expected.clause} did not settle it"
    if expected.statute and f"{STATUTE}{expected.statute}" not in decision.reasons:
        yield f"the law `{expected.statute}` did not settle it"
    asked = [obligation.do for obligation in decision.obligations]
    if expected.obligations is not None and not _in_order(expected.obligations, asked):
        yield f"the obligations are {_listed(asked)}"
    for part in ("permitted", "referred", "refused"):
        wanted, found = getattr(expected, part), getattr(decision, part)
        if wanted is not None and wanted != found:
            yield f"{part} is {_listed(found)}"
    if expected.refer_to and expected.refer_to not in [to.role for to in decision.refer_to]:
        yield f"it refers to {_listed([to.role for to in decision.refer_to])}"


def _in_order(wanted: Iterable[str], found: Iterable[str]) -> bool:
    """Whether everything wanted is found, in that order, whatever else is there."""
    rest = iter(found)
    return all(any(each == one for one in rest) for each in wanted)


def _clauses(decision: Decision) -> tuple[str, ...]:
    return tuple(
        reason.partition("/")[2] for reason in decision.reasons if not reason.startswith(STATUTE)
    )


def _in_words(expected: Expected) -> str:
    said = [expected.outcome.value, expected.code]
    said.append(f"clause {expected.clause}" if expected.clause else None)
    said.append(expected.statute)
    return ", ".join(word for word in said if word)


def _got(decision: Decision) -> str:
    clauses = _clauses(decision)
    laws = [each.removeprefix(STATUTE) for each in decision.reasons if each.startswith(STATUTE)]
    said = [decision.outcome.value, decision.code.value]
    said += [f"clause {clause}" for clause in clauses]
    return ", ".join([*said, *laws])


def _nearest(bundle: Bundle, disclosure: Disclosure, facts: Facts, scenario: Scenario) -> str:
    """What stood between the question and another answer, in words."""
    found = explain(bundle, disclosure, facts, scenario.as_at)
    said = [str(each) for each in found.decision.unknown]
    for category in found.categories:
        said += [f"the law: {each.says} ({each.citation})" for each in category.barriers]
        said += [_miss(category.category, each) for each in category.near[:_NEAREST]]
    return "".join(f"; {each}" for each in dict.fromkeys(said))


def _miss(category: str, miss: NearMiss) -> str:
    clause = f"for `{category}`, clause {miss.clause} ({miss.effect})"
    if not miss.missing:
        return f"{clause} matches"
    return f"{clause} lacks {_listed([each.condition for each in miss.missing])}"


def _listed(words: Sequence[str]) -> str:
    return ", ".join(words) or "nothing"
