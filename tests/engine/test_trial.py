"""A trial says whether a scenario came out as expected, and if not, why in words."""

from typing import Any

import pytest

from agreements import scenario
from agreements.scenario import Given
from engine import trial
from engine.errors import RequestError
from engine.request import Disclosure
from engine.trial import Trial, facts_of
from tests.examples import named, read
from tests.world import bundle_of, question, seed_law

NORTHSHIRE = read(named("northshire-mash"))
ASKED = """
      from: northshire-nhs-trust
      to: northshire-council
      information: [health-mental]
      about: [child]
      purpose: child-protection-enquiry
      role: social-worker
      basis: {article6: 6-1-e, article9: 9-2-g, schedule1: "18", gateway: CA89-47}
      necessity: The strategy discussion is today
      no_consent_reason: NC-c"""


def tried(expected: str, *, asked: str = ASKED, given: str = "{standing: signed}") -> Trial:
    text = f"""\
agreement: northshire-mash.yaml
scenarios:
  - id: one
    title: A social worker asks
    rests_on: "4.3"
    as_at: 2026-11-23
    given: {given}
    asked: {asked}
    expected: {expected}
"""
    (only,) = trial.run(scenario.parse(text), [NORTHSHIRE], seed_law())
    return only


def asked_by(agency: str) -> Disclosure:
    """A question in which an agency asks, so that it asserts the basis."""
    return question(**{"from": "northshire-nhs-trust", "to": agency})


def test_a_scenario_that_comes_out_as_expected_passes() -> None:
    found = tried('{outcome: permit, code: permitted, clause: "4.3"}')

    assert found.passed
    assert (found.expected, found.why) == ("permit, permitted, clause 4.3", "")


@pytest.mark.parametrize(
    ("expected", "why"),
    [
        pytest.param("{outcome: deny}", "the answer is permit", id="another outcome"),
        pytest.param("{outcome: permit, code: referred}", "the code is", id="another code"),
        pytest.param('{outcome: permit, clause: "8.1"}', "clause 8.1 did not", id="another clause"),
        pytest.param(
            "{outcome: permit, statute: consent/held}", "the law `consent/held`", id="another law"
        ),
        pytest.param(
            "{outcome: permit, obligations: [delete, record-on-case-file]}",
            "the obligations are",
            id="another order of obligations",
        ),
        pytest.param(
            "{outcome: permit, permitted: [health-physical]}",
            "permitted is health-mental",
            id="another category",
        ),
        pytest.param(
            "{outcome: permit, refer_to: MASH manager}", "it refers to nothing", id="another human"
        ),
    ],
)
def test_each_thing_expected_is_looked_at(expected: str, why: str) -> None:
    found = tried(expected)

    assert not found.passed
    assert why in found.why


def test_a_failure_names_the_clause_that_came_nearest_and_what_it_lacks() -> None:
    found = tried("{outcome: permit}", asked=ASKED.replace("social-worker", "analyst"))

    assert not found.passed
    assert "for `health-mental`, clause 4.3 (grant) lacks role" in found.why


def test_a_failure_names_the_law_that_forbids() -> None:
    asked = ASKED.replace("article6: 6-1-e", "article6: 6-1-f")

    found = tried("{outcome: permit}", asked=asked)

    assert "the law:" in found.why
    assert "Art 6(1)" in found.why


def test_a_malformed_question_fails_and_says_so() -> None:
    found = tried("{outcome: permit}", asked="{from: trust}")

    assert not found.passed
    assert found.got == "no answer"
    assert "is missing" in found.why


@pytest.mark.parametrize(
    ("standing", "code"),
    [("not-signed", "not_signed"), ("suspended", "suspended"), ("ended", "expired")],
)
def test_where_the_agreement_stands_is_given(standing: str, code: str) -> None:
    found = tried(f"{{outcome: deny, code: {code}}}", given=f"{{standing: {standing}}}")

    assert found.passed, found.why


@pytest.mark.parametrize(
    ("asker", "given", "public", "competent"),
    [
        pytest.param("northshire-police", {}, True, True, id="a police force"),
        pytest.param("northshire-probation", {}, True, True, id="probation"),
        pytest.param("northshire-council", {}, True, False, id="a council"),
        pytest.param("harbour-idva", {}, False, False, id="a charity"),
        pytest.param("north-tor-academy", {}, True, False, id="a member of a class"),
        pytest.param("nobody", {}, True, False, id="a stranger"),
        pytest.param(
            "northshire-council",
            {"asker_competent_authority": True, "asker_public_authority": False},
            False,
            True,
            id="as given instead",
        ),
    ],
)
def test_an_agency_is_what_its_party_is(
    asker: str, given: dict[str, Any], public: bool, competent: bool
) -> None:
    facts = facts_of(bundle_of([NORTHSHIRE]), Given(**given), asked_by(asker))

    assert facts.asker_public_authority is public
    assert facts.asker_competent_authority is competent


def test_both_ends_are_the_kind_of_body_their_parties_are() -> None:
    facts = facts_of(bundle_of([NORTHSHIRE]), Given(), asked_by("north-tor-academy"))

    assert (facts.holder_kind, facts.recipient_kind) == ("nhs-trust", "academy")


def test_the_kind_of_a_stranger_is_not_known() -> None:
    assert facts_of(bundle_of([NORTHSHIRE]), Given(), asked_by("nobody")).recipient_kind == ""


def test_a_state_of_consent_that_is_none_is_told() -> None:
    with pytest.raises(RequestError, match="`maybe` is no state of consent"):
        facts_of(bundle_of([NORTHSHIRE]), Given(consent="maybe"), asked_by("harbour-idva"))
