"""Explanations, tried: mend what the nearest miss names, and the denial is a permit.

Or the explanation says why it cannot be: an exclusion matches, the agencies are
others, the agreement is not in force, or the law asks for a fact about a body
or a day, which no question can change.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import islice, product
from typing import Any

import pytest

from engine.bundle import Bundle
from engine.decide import Code, Outcome
from engine.explain import CategoryExplained, Explanation, explain
from engine.request import GIVEN_BY_STATEMENT, Disclosure
from tests.generators import Case, case
from tests.world import bundle_of

DENIED = (Code.CONDITIONS_NOT_MET, Code.FORBIDDEN_BY_STATUTE)
ROUNDS, WAYS = 5, 24


def given(asked: Disclosure, *names: str) -> Disclosure:
    """The question with something more given."""
    stated = {
        name: "NC-c" if name == "no_consent_reason" else "It is so."
        for name in names
        if name in GIVEN_BY_STATEMENT
    }
    confirmed = [name for name in names if name not in (*stated, *asked.confirms)]
    return asked.model_copy(update={**stated, "confirms": (*asked.confirms, *confirmed)})


def based(asked: Disclosure, **fields: str | None) -> Disclosure:
    """The question with something else asserted."""
    return asked.model_copy(update={"basis": asked.basis.model_copy(update=fields)})


def by_a_human(asked: Disclosure) -> Disclosure:
    kept = tuple(word for word in asked.confirms if word != "solely-automated")
    return asked.model_copy(update={"confirms": kept})


def by_another_power(asked: Disclosure) -> Disclosure:
    return based(asked, gateway=None)


def under_the_gdpr(asked: Disclosure) -> Disclosure:
    return based(asked, regime="UKGDPR")


LAW: dict[str, Callable[[Disclosure], Disclosure]] = {
    "uk-gdpr/lawful-basis": lambda asked: based(asked, article6="6-1-e"),
    "uk-gdpr/public-authority-interests": lambda asked: based(asked, article6="6-1-e"),
    "uk-gdpr/recognised-interest-condition": lambda asked: based(asked, annex1="A1-3"),
    "uk-gdpr/recognised-interest-commenced": lambda asked: based(asked, article6="6-1-e"),
    "uk-gdpr/public-task-stated": lambda asked: given(asked, "public_task_statement"),
    "uk-gdpr/special-category": lambda asked: based(asked, article9="9-2-f"),
    "uk-gdpr/criminal-offence": lambda asked: based(asked, schedule1="6"),
    "dpa-2018/schedule-1-part-1": lambda asked: based(asked, schedule1="1"),
    "dpa-2018/schedule-1-part-2": lambda asked: based(asked, schedule1="6"),
    "dpa-2018/safeguarding-without-consent": lambda asked: given(asked, "no_consent_reason"),
    "law-enforcement/lawful-basis": lambda asked: based(asked, law_enforcement="LE-task"),
    "law-enforcement/sensitive-processing": lambda asked: given(
        based(asked, schedule8=asked.basis.schedule8 or "1"), "strictly-necessary"
    ),
    "law-enforcement/safeguarding-without-consent": lambda asked: given(asked, "no_consent_reason"),
    "law-enforcement/quality-stated": lambda asked: given(
        asked, "quality_statement", "assertion_type", "subject_class"
    ),
    "handling/conditions": lambda asked: given(asked, "handling_conditions"),
    "law-enforcement/other-purpose": lambda asked: based(asked, gateway="LGA72-111"),
    "data-protection/repealed-1998": under_the_gdpr,
    "data-protection/intelligence-services": under_the_gdpr,
    "handling/classification": lambda asked: asked.model_copy(update={"classification": None}),
    "automated/recognised-interest": by_a_human,
    "automated/special-category": by_a_human,
}
LAW |= {
    f"gateways/{name}": by_another_power
    for name in (
        "no-power", "not-yet-law", "relevant-authority", "depersonalised",
        "serious-violence-patients", "serious-violence-health-bodies", "serious-violence-bodies",
        "channel-partners", "adults-board", "direct-care", "direct-care-objection",
        "child-welfare", "digital-economy", "mappa-bodies", "police-common-law",
    )
}  # fmt: skip
"""What each law says would mend it, done to the question. Others ask for a fact or a day."""


@dataclass(frozen=True)
class Tried:
    """What came of mending one denial: a permit, or the last explanation."""

    permitted: bool
    last: CategoryExplained
    asked: Disclosure


def ways(asked: Disclosure, category: CategoryExplained) -> Iterator[Disclosure]:
    """The question with all that the nearest grant names, in each way that it says would do."""
    nearest = category.nearest
    assert nearest is not None
    mends = [mend for missing in nearest.missing for mend in missing.mends]
    one_of = [mend.to if mend.field not in ("given", "about") else (mend.to,) for mend in mends]
    for chosen in islice(product(*one_of), WAYS):
        changed = asked
        for mend, to in zip(mends, chosen, strict=True):
            changed = mended(changed, mend.field, to)
        yield changed


def mended(asked: Disclosure, field: str, to: Any) -> Disclosure:
    if field == "given":
        return given(asked, *to)
    if field == "about":
        kept = tuple(person for person in asked.about if person in to)
        return asked.model_copy(update={"about": kept or (to[0],)})
    if field.startswith("basis."):
        return based(asked, **{field.removeprefix("basis."): to})
    return asked.model_copy(update={field: to})


def try_mending(decides: Bundle, world: Case, asked: Disclosure, rounds: int = ROUNDS) -> Tried:
    """Mend, ask again, and mend what is named then."""
    explained: Explanation = explain(decides, asked, world.facts, world.at)
    (category,) = explained.categories
    permitted = explained.decision.outcome is Outcome.PERMIT
    if permitted or category.hindrances or not rounds:
        return Tried(permitted, category, asked)
    lawful = made_lawful(asked, category)
    tried = Tried(False, category, asked)
    for changed in ways(lawful, category):
        if changed != asked:
            tried = try_mending(decides, world, changed, rounds - 1)
            if tried.permitted:
                break
    return tried


def made_lawful(asked: Disclosure, category: CategoryExplained) -> Disclosure:
    for barrier in category.barriers:
        mend = LAW.get(barrier.policy.removeprefix("statute/"))
        asked = asked if mend is None else mend(asked)
    return asked


def denials() -> Iterator[tuple[Case, Bundle, Disclosure]]:
    """Random questions about one category that were denied for what they lacked."""
    seed = 0
    while True:
        seed += 1
        world = case(seed)
        decides = bundle_of(world.agreements)
        category = world.disclosure.information[0]
        asked = world.disclosure.model_copy(update={"information": (category,)})
        decision = explain(decides, asked, world.facts, world.at).decision
        if decision.code in DENIED:
            yield world, decides, asked


def why_not(tried: Tried, world: Case, decides: Bundle) -> str:
    """Why it cannot be mended, as the explanation says; empty if it does not say."""
    if tried.last.hindrances:
        return tried.last.hindrances[0]
    assert all(barrier.mend and barrier.citation for barrier in tried.last.barriers)
    for barrier in tried.last.barriers:
        if barrier.policy.removeprefix("statute/") not in LAW:
            return f"the law asks for a fact or a day: {barrier.policy}"
    # Done as the law says, the clause lacks something; done as the clause says, the law forbids it.
    lawful = made_lawful(tried.asked, tried.last)
    (again,) = explain(decides, lawful, world.facts, world.at).categories
    if again.hindrances:
        return again.hindrances[0]
    agreed = [explain(decides, asked, world.facts, world.at) for asked in ways(lawful, again)]
    if all(each.categories[0].barriers for each in agreed):
        return "the clause asks for what the law forbids"
    return ""


def counted(number: int) -> tuple[int, list[str], list[int]]:
    permitted, cannot, unsaid = 0, [], []
    for world, decides, asked in islice(denials(), number):
        tried = try_mending(decides, world, asked)
        reason = "" if tried.permitted else why_not(tried, world, decides)
        permitted += tried.permitted
        cannot += [reason] if reason else []
        unsaid += [] if tried.permitted or reason else [world.seed]
    return permitted, cannot, unsaid


@pytest.mark.parametrize("number", [pytest.param(60), pytest.param(1000, marks=pytest.mark.long)])
def test_mending_what_the_nearest_miss_names_permits_or_it_says_why_not(number: int) -> None:
    permitted, cannot, unsaid = counted(number)

    assert unsaid == []
    assert permitted + len(cannot) == number
    assert permitted > number // 4
