"""Every statute policy closes what it says, closes it alone, and lets what keeps its rule through.

The scenarios stand in a folder for each law, a file for each policy, all under one agreement that
opens everything. So whatever is denied there is denied by the law.
"""

from pathlib import Path

import pytest

from agreements import document, scenario
from agreements.scenario import Outcome, ScenarioFile
from engine import trial
from engine.law import STATUTE
from engine.trial import Trial
from tests.world import seed_law

FOLDER = Path(__file__).parent
ENDING = ".scenarios.yaml"
OPEN = document.parse((FOLDER / "agreement.yaml").read_bytes()).agreement
FILES = {
    path.relative_to(FOLDER).as_posix().removesuffix(ENDING): path
    for path in sorted(FOLDER.glob(f"*/*{ENDING}"))
}


def read(policy: str) -> ScenarioFile:
    """The scenarios of one policy."""
    return scenario.parse(FILES[policy].read_bytes())


def tried(policy: str) -> tuple[Trial, ...]:
    """How the scenarios of one policy came out."""
    return trial.run(read(policy), [OPEN], seed_law())


def test_every_statute_policy_has_scenarios_and_no_scenarios_stand_alone():
    assert {f"{STATUTE}{policy}" for policy in FILES} == set(seed_law().statute)


@pytest.mark.parametrize("policy", FILES)
def test_every_statute_policy_is_seen_closing_and_seen_kept(policy):
    expected = [each.expected for each in read(policy).scenarios]

    denied = [each for each in expected if each.outcome is Outcome.DENY]
    assert denied
    assert {each.statute for each in denied} == {policy}
    assert any(each.outcome is Outcome.PERMIT for each in expected)


@pytest.mark.parametrize("policy", FILES)
def test_the_law_answers_as_its_scenarios_say(policy):
    for each in tried(policy):
        assert each.passed, f"{each.id}: {each.why}"


@pytest.mark.parametrize("policy", FILES)
def test_what_a_policy_closes_it_closes_alone(policy):
    # What Cedar would have said of consent alone has a code of its own.
    code = "consent_missing" if policy == "consent/held" else "forbidden_by_statute"

    got = {each.got for each in tried(policy) if each.got.startswith("deny")}

    assert got == {f"deny, {code}, {policy}"}
