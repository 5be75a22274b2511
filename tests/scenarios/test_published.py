"""Published agreements, row by row: what their texts say is what is decided.

Source:
    Rows are facts in our words about agreements that public bodies have published: MHCLG's CORE
    agreement (03), Lincolnshire Police and Children's Services (06), Islington's case reviews (10).
    Each example names its source in `particulars.sources`; docs/cases.md tells each row.
"""

import re
from pathlib import Path

import pytest

from agreements.model import Agreement
from agreements.scenario import Outcome
from agreements.vocabulary import current
from engine.compile import agreement_bytes, compile_agreement
from engine.trial import Trial
from tests.examples import ROOT, SCENARIO_FILES, named, read, read_scenarios, trials

ROWS = {
    "03": (
        "permit deny deny permit deny deny permit deny permit deny deny deny deny permit"
        " ambiguous ambiguous ambiguous deny"
    ),
    "06": (
        "permit permit deny ambiguous deny deny deny permit deny needs-info needs-info needs-info"
        " deny ambiguous"
    ),
    "10": (
        "permit permit deny deny deny permit deny permit deny deny deny deny ambiguous ambiguous"
        " needs-info deny"
    ),
}
EXPECTED = {
    f"{case}-{number:02}": outcome
    for case, outcomes in ROWS.items()
    for number, outcome in enumerate(outcomes.split(), start=1)
}
MEANS = {
    "permit": Outcome.PERMIT,
    "deny": Outcome.DENY,
    "ambiguous": Outcome.REFER,
    "needs-info": Outcome.REFER,
}

# Rows about a process, a finding or a signature: no disclosure is asked in them.
NOT_A_DISCLOSURE = {"03-12", "03-15", "03-16"}

SCENARIOS = {
    scenario.id: scenario
    for path in SCENARIO_FILES
    if path.parent.name == "published"
    for scenario in read_scenarios(path).scenarios
}
TRIALS = [
    pytest.param(trial, id=f"{path.name.split('.')[0]}:{trial.id}")
    for path in SCENARIO_FILES
    for trial in trials(path)
]
TOLD = (ROOT / "docs" / "cases.md").read_text(encoding="utf-8")


@pytest.mark.parametrize("trial", TRIALS)
def test_what_is_decided_is_what_is_expected(trial: Trial) -> None:
    assert trial.passed, f"{trial.title}: expected {trial.expected}; got {trial.got}; {trial.why}"


@pytest.mark.parametrize("row", sorted(EXPECTED.keys() - NOT_A_DISCLOSURE))
def test_a_row_is_a_scenario_with_its_outcome(row: str) -> None:
    assert SCENARIOS[row].expected.outcome is MEANS[EXPECTED[row]]


def test_a_variation_is_of_a_row_that_there_is() -> None:
    varied = {name.partition(".")[0] for name in SCENARIOS}

    assert varied <= EXPECTED.keys()


@pytest.mark.parametrize("row", sorted(EXPECTED))
def test_the_page_of_cases_tells_each_row_once(row: str) -> None:
    told = re.findall(rf"^\| {row} \| ([a-z-]+) \| (.+) \|$", TOLD, re.MULTILINE)

    assert [outcome for outcome, _ in told] == [EXPECTED[row]]
    assert row in NOT_A_DISCLOSURE or "scenario" in told[0][1]


# --- the rows in which nobody asks


def test_a_breach_is_told_within_24_hours() -> None:
    """03-12."""
    core = read(named("mhclg-core"))
    between = [clause for clause in core.clauses if clause.id in {"4", "8.3", "8.3.b"}]

    breaches = [o for clause in between for o in clause.obligations if o.do == "notify-breach"]

    assert [breach.within for breach in breaches] == ["PT24H"] * 3
    assert core.particulars.breach is not None
    assert core.particulars.breach.within == "PT24H"


def test_a_renamed_party_makes_a_different_text() -> None:
    """03-16: what was signed is the exact text."""
    core = read(named("mhclg-core"))

    renamed = core.model_copy(update={"title": core.title.replace("MHCLG", "DLUHC")})

    assert agreement_bytes(core) != agreement_bytes(renamed)


# --- what an encoding may not do


@pytest.mark.parametrize("path", SCENARIO_FILES, ids=lambda path: path.stem)
def test_every_party_of_a_stand_in_is_marked_as_one(path: Path) -> None:
    for name in read_scenarios(path).agreements:
        agreement: Agreement = read(path.parent / name)
        if path.parent.name != "published":
            continue
        members = [member for party in agreement.parties for member in party.members]
        assert all("(stand-in)" in member.name for member in members)


def test_compiling_an_example_twice_gives_the_same_bytes() -> None:
    core = read(named("mhclg-core"))

    once, twice = (compile_agreement(core, current()).policies_json for _ in range(2))

    assert once == twice
