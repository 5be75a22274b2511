"""The statute closes under each gateway what its typed limits close, and nothing more.

Cedar is asked with the statute of gateways alone. For every gateway with limits each two of
what a question holds are varied together, about a question that the gateway opens; and more are
drawn at random. Cedar can tell two codes apart only if a policy names one of them: so each pair
runs over the codes that stand in a policy or a typed limit of that gateway, and a few that do
not. Every pair of all values there are is a long test.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain, combinations, product
from random import Random
from typing import Any

import cedarpy
import pytest

from agreements.gateway import Gateway
from agreements.vocabulary import Kind, current
from tests.world import SEED, seed_law

VOCABULARY = current()
CODES = VOCABULARY.codes(Kind.GATEWAY)
GATEWAYS = {code: VOCABULARY.gateway(code) for code in CODES}
TEXT = (SEED / "statute" / "gateways.cedar").read_text("utf-8")
POLICIES = cedarpy.PolicySet.from_str(TEXT)
SOME_DAY = datetime(2026, 6, 30, tzinfo=UTC)
DRAWN = 1500
DRAWN_OF_UNLIMITED = 300
UNNAMED = 2
"""How many values of a kind stand for all those that nothing about a gateway names."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What of a question a gateway can turn on."""

    holder: str
    recipient: str
    category: str
    purpose: str
    about: frozenset[str]
    given: frozenset[str]
    at: datetime


def _instants() -> tuple[datetime, ...]:
    days = {day for each in GATEWAYS.values() for day in (each.in_force_from, each.in_force_to)}
    first = [datetime(day.year, day.month, day.day, tzinfo=UTC) for day in days if day]
    return tuple(sorted({SOME_DAY, *first, *(at - timedelta(seconds=1) for at in first)}))


def _sets(kind: Kind) -> tuple[frozenset[str], ...]:
    codes = VOCABULARY.codes(kind)
    return tuple(frozenset({code}) for code in codes)


BODIES = (*VOCABULARY.codes(Kind.BODY), "")
ABOUT = (*_sets(Kind.SUBJECT), frozenset({"parent", "child"}))
GIVEN = (
    *(frozenset[str](), frozenset(VOCABULARY.codes(Kind.NEED))),
    *_sets(Kind.NEED),
    *(frozenset(VOCABULARY.codes(Kind.NEED)) - one for one in _sets(Kind.NEED)),
)
VALUES: dict[str, tuple[Any, ...]] = {
    "holder": BODIES,
    "recipient": BODIES,
    "category": VOCABULARY.leaves(Kind.INFORMATION),
    "purpose": VOCABULARY.codes(Kind.PURPOSE),
    "about": ABOUT,
    "given": GIVEN,
    "at": _instants(),
}


def opened(gateway: Gateway) -> Asked:
    """A question that the gateway opens, so far as it opens any."""
    categories = gateway.information or set(VALUES["category"]) - gateway.never_information
    givers = gateway.disclosers or set(VOCABULARY.codes(Kind.BODY))
    return Asked(
        holder=min(givers - gateway.nothing_personal_from),
        recipient=min(gateway.recipients or {"council"}),
        category=min(categories),
        purpose=min(gateway.purposes or {"mash-triage"}),
        about=frozenset({min(gateway.about or {"child"})}),
        given=gateway.needs_given,
        at=SOME_DAY,
    )


def closes(gateway: Gateway, asked: Asked) -> bool:
    """Whether the typed limits leave the question outside."""
    day = asked.at.date()
    above = VOCABULARY.ancestors(Kind.INFORMATION, asked.category)
    personal = "de-identified" not in above or "personal" in above
    return (
        not gateway.sharing_power
        or day < (gateway.in_force_from or date.min)
        or day >= (gateway.in_force_to or date.max)
        or (gateway.disclosers is not None and asked.holder not in gateway.disclosers)
        or (gateway.recipients is not None and asked.recipient not in gateway.recipients)
        or (gateway.information is not None and asked.category not in gateway.information)
        or asked.category in gateway.never_information
        or (asked.holder in gateway.nothing_personal_from and personal)
        or (gateway.purposes is not None and asked.purpose not in gateway.purposes)
        or (gateway.about is not None and gateway.about.isdisjoint(asked.about))
        or not gateway.needs_given <= asked.given
        or not gateway.barred_by.isdisjoint(asked.given)
    )


def forbidden(code: str, asked: list[Asked]) -> list[bool]:
    """Whether Cedar forbids each question under a gateway."""
    said = cedarpy.is_authorized_batch(
        [request(code, each) for each in asked], POLICIES, seed_law().entities
    )
    assert not any(answer.diagnostics.errors for answer in said)
    return [bool(answer.diagnostics.reasons) for answer in said]


def request(code: str, asked: Asked) -> dict[str, Any]:
    """The question as Cedar is asked it."""
    return {
        "principal": {"type": "Agency", "id": "recipient"},
        "action": {"type": "Action", "id": "disclose"},
        "resource": {"type": "Information", "id": asked.category},
        "context": {
            "gateway": code,
            "holder_kind": asked.holder,
            "recipient_kind": asked.recipient,
            "purpose": asked.purpose,
            "about": sorted(asked.about),
            "given": sorted(asked.given),
            "at": int(asked.at.timestamp()),
        },
    }


def pairs(start: Asked, values: dict[str, tuple[Any, ...]]) -> Iterator[Asked]:
    """Every value of each two together, the rest as at the start."""
    for one, other in combinations(values, 2):
        for both in product(values[one], values[other]):
            yield replace(start, **dict(zip((one, other), both, strict=True)))


def alone(start: Asked) -> Iterator[Asked]:
    """Every value there is, the rest as at the start."""
    return (replace(start, **{axis: value}) for axis in VALUES for value in VALUES[axis])


def telling(code: str) -> dict[str, tuple[Any, ...]]:
    """The values that something about a gateway can tell from others, and a few more."""
    rng, start, gateway = Random(code), opened(GATEWAYS[code]), GATEWAYS[code]
    policies = [each for each in TEXT.split("@id(") if f'"{code}"' in each]
    typed = (getattr(gateway, field) or () for field in LIMITS)
    named = {*re.findall(r'"([\w-]+)"', " ".join(policies)), *chain.from_iterable(typed)}
    found: dict[str, tuple[Any, ...]] = {}
    for axis, values in VALUES.items():
        told = [value for value in values if axis == "at" or not named.isdisjoint(words(value))]
        rest = [value for value in values if value not in told]
        some = {getattr(start, axis), *rng.sample(rest, min(UNNAMED, len(rest)))}
        found[axis] = (*told, *(value for value in rest if value in some))
    return found


def words(value: str | frozenset[str]) -> frozenset[str]:
    """Every code that a value can be named by: its own, its members', the groups it is in."""
    if isinstance(value, frozenset):
        return value
    inside = value in VALUES["category"]
    return VOCABULARY.ancestors(Kind.INFORMATION, value) | {value} if inside else frozenset({value})


def drawn(code: str, count: int) -> Iterator[Asked]:
    """Questions drawn at random: near what the gateway opens, a few things varied."""
    rng, start = Random(code), opened(GATEWAYS[code])
    for _ in range(count):
        axes = rng.sample(tuple(VALUES), rng.randint(1, len(VALUES)))
        yield replace(start, **{axis: rng.choice(VALUES[axis]) for axis in axes})


LIMITS = (
    *("disclosers", "recipients", "information", "never_information", "nothing_personal_from"),
    *("purposes", "about", "needs_given", "barred_by"),
)


def limited(gateway: Gateway) -> bool:
    """Whether anything but a date limits it."""
    absent = (gateway.disclosers, gateway.recipients, gateway.information, gateway.purposes)
    sets = (gateway.never_information, gateway.needs_given, gateway.barred_by)
    return any(each is not None for each in (*absent, gateway.about)) or any(sets)


LIMITED = [code for code in CODES if limited(GATEWAYS[code])]


def questions(code: str) -> list[Asked]:
    """What to ask under one gateway: every value by itself, and telling pairs if it has limits."""
    start = opened(GATEWAYS[code])
    together = pairs(start, telling(code)) if code in LIMITED else ()
    return [
        *alone(start),
        *together,
        *drawn(code, DRAWN if code in LIMITED else DRAWN_OF_UNLIMITED),
    ]


def test_every_axis_of_a_question_is_varied() -> None:
    assert [field.name for field in fields(Asked)] == list(VALUES)


@pytest.mark.parametrize("code", CODES)
def test_the_statute_closes_what_the_typed_limits_close_and_nothing_more(code: str) -> None:
    assert_closed_alike(code, questions(code))


@pytest.mark.long
@pytest.mark.parametrize("code", LIMITED)
def test_the_statute_closes_what_the_typed_limits_close_for_every_pair_of_values(code: str) -> None:
    assert_closed_alike(code, list(pairs(opened(GATEWAYS[code]), VALUES)))


@pytest.mark.long
@pytest.mark.parametrize("code", [code for code in CODES if code not in LIMITED])
def test_the_statute_closes_nothing_more_of_what_is_drawn_of_a_gateway_without_limits(
    code: str,
) -> None:
    assert_closed_alike(code, list(drawn(code, DRAWN)))


def assert_closed_alike(code: str, asked: list[Asked]) -> None:
    answers = forbidden(code, asked)

    wrong = [
        each
        for each, shut in zip(asked, answers, strict=True)
        if shut is not closes(GATEWAYS[code], each)
    ]
    assert wrong == []
    assert GATEWAYS[code].sharing_power is (False in answers)


def test_every_limit_of_a_gateway_is_looked_at() -> None:
    told = {"code", "nature", "lifts_confidence", "jurisdiction", "sure", "bodies_sure"}
    when = {"in_force_from", "in_force_to", "commencement_confirmed", "sharing_power"}

    assert {field.name for field in fields(Gateway)} == {*LIMITS} | told | when


def test_the_statute_names_no_gateway_that_has_no_limits() -> None:
    named = {code for code in CODES if f'"{code}"' in TEXT}

    assert named == {
        code
        for code, each in GATEWAYS.items()
        if limited(each) or each.in_force_from or not each.sharing_power
    }
