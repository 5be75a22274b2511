"""Published agreements, row by row: what their texts say is what is decided.

Source:
    Rows are facts in our words about eight agreements that public bodies have published:
    Peterborough's safeguarding hub (01), MHCLG's CORE (03), offender management in Leeds (05),
    Lincolnshire Police and Children's Services (06), children on Teesside (07), Islington's case
    reviews (10), assault data in Surrey (11), anti-social behaviour in Mid and West Wales (13).
    Each example names its source in `particulars.sources`; docs/cases.md tells each row.
"""

import json
import re
from pathlib import Path

import pytest

from agreements.model import Agreement
from agreements.scenario import Outcome
from agreements.vocabulary import current
from engine import request
from engine.compile import agreement_bytes, compile_agreement, policy_id
from engine.decide import decide
from engine.trial import Trial, facts_of
from tests.examples import ROOT, SCENARIO_FILES, named, read, read_scenarios, trials
from tests.world import bundle_of, in_force

ROWS = {
    "01": (
        "permit deny needs-info deny permit deny deny needs-info ambiguous deny deny needs-info"
        " needs-info permit"
    ),
    "03": (
        "permit deny deny permit deny deny permit deny permit deny deny deny deny permit"
        " ambiguous ambiguous ambiguous deny"
    ),
    "05": (
        "permit permit deny ambiguous needs-info deny deny deny deny ambiguous needs-info ambiguous"
        " ambiguous permit"
    ),
    "06": (
        "permit permit deny ambiguous deny deny deny permit deny needs-info needs-info needs-info"
        " deny ambiguous"
    ),
    "07": (
        "permit permit permit needs-info needs-info needs-info needs-info permit deny deny deny"
        " deny needs-info needs-info deny"
    ),
    "10": (
        "permit permit deny deny deny permit deny permit deny deny deny deny ambiguous ambiguous"
        " needs-info deny"
    ),
    "11": (
        "permit deny deny needs-info ambiguous deny deny needs-info permit deny ambiguous"
        " needs-info permit deny"
    ),
    "13": (
        "permit permit permit deny deny deny permit needs-info ambiguous needs-info ambiguous"
        " needs-info deny ambiguous"
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

# Rows about a process, a finding, a signature or a copy of the text: nobody asks in them.
NOT_A_DISCLOSURE = {"01-08", "03-12", "03-15", "03-16", "05-14", "13-13"}

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


def test_all_rows_are_accounted_for() -> None:
    told = set(re.findall(r"^\| (\d\d-\d\d) \|", TOLD, re.MULTILINE))

    assert len(EXPECTED) == 119
    assert told == EXPECTED.keys()
    assert EXPECTED.keys() - SCENARIOS.keys() == NOT_A_DISCLOSURE
    assert len(EXPECTED.keys() & SCENARIOS.keys()) == 113


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


def test_what_decides_is_the_text_that_was_signed_and_no_copy_of_it() -> None:
    """01-08: a copy with an altered clause has other bytes, so nobody can rely on it."""
    hub = read(named("peterborough-mash"))
    clause = hub.clauses[0].model_copy(update={"needs": ()})

    copied = hub.model_copy(update={"clauses": (clause, *hub.clauses[1:])})

    assert agreement_bytes(hub) != agreement_bytes(copied)


def test_the_marking_of_a_text_decides_nothing() -> None:
    """05-14: it says who may see the text, and nothing of the information shared under it."""
    leeds = read(named("leeds-iom"))
    marked = leeds.particulars.model_copy(update={"marking": "OFFICIAL-SENSITIVE"})

    once, again = (
        compile_agreement(each, current()).policies_json
        for each in (leeds, leeds.model_copy(update={"particulars": marked}))
    )

    assert leeds.particulars.marking == "NOT-PROTECTIVELY-MARKED"
    assert once == again


def test_a_version_that_was_replaced_opens_nothing() -> None:
    """13-13: a first version, kinder than the second, is no longer put to the judge."""
    second = read(named("dyfed-powys-asb"))
    kinder = second.clauses[0].model_copy(update={"needs": ()})
    first = second.model_copy(
        update={"version": "1", "in_force_from": None, "clauses": (kinder, *second.clauses[1:])}
    )
    row = SCENARIOS["13-12"].asked
    asked = request.parse(json.dumps(row).encode())

    outcomes = []
    for texts in ([first], [first, second]):
        bundle = bundle_of(texts)
        outcomes.append(decide(bundle, asked, in_force(bundle), SCENARIOS["13-01"].as_at).outcome)

    assert [outcome.value for outcome in outcomes] == ["permit", "refer"]


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


@pytest.mark.parametrize("path", SCENARIO_FILES, ids=lambda path: path.stem)
def test_every_clause_settles_some_scenario(path: Path) -> None:
    found = read_scenarios(path)
    texts = [read(path.parent / name) for name in found.agreements]
    bundle = bundle_of(texts)

    settled: set[str] = set()
    for each in found.scenarios:
        asked = request.parse(json.dumps(each.asked).encode())
        facts = facts_of(bundle, each.given, asked)
        settled.update(decide(bundle, asked, facts, each.as_at).reasons)

    clauses = {policy_id(text, clause) for text in texts for clause in text.clauses}
    assert clauses - settled == set()


def test_compiling_an_example_twice_gives_the_same_bytes() -> None:
    core = read(named("mhclg-core"))

    once, twice = (compile_agreement(core, current()).policies_json for _ in range(2))

    assert once == twice
