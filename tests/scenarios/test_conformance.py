"""The conformance set says what the examples say, and an engine that reads nothing else passes it.

The runner below is what another engine would write: it knows ``docs/conformance/README.md``, the
law and its own way to decide, and no more.
"""

import json
import re
from collections.abc import Iterator
from datetime import datetime
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from agreements.model import Agreement
from engine import request
from engine.bundle import Bundle
from engine.decide import Decision, decide
from engine.law import STATUTE
from engine.request import Consent, Disclosure, Facts
from engine.standing import Standing
from tests.reference.evaluator import evaluate
from tests.vectors import conformance
from tests.world import bundle_of

SET = sorted(conformance.FOLDER.glob("*.json"))
FORMAT = (conformance.FOLDER / "README.md").read_text(encoding="utf-8")

STANDINGS = {
    "signed": Standing(activated_s=0),
    "not-signed": Standing(),
    "suspended": Standing(activated_s=0, suspensions=((0, None),)),
    "ended": Standing(activated_s=0, ended_s=0),
}


@cache
def said(path: Path) -> Any:
    """One file of the set."""
    return json.loads(path.read_bytes())


ALL = [(path, scenario) for path in SET for scenario in said(path)["scenarios"]]
OF_KNOWN_WORDS = [each for each in ALL if each[1]["expected"].get("code") != "unknown_term"]


def name(part: Path | dict[str, Any]) -> str:
    """How a file, or a scenario in it, is called in a report."""
    return part.stem if isinstance(part, Path) else str(part["id"])


# --- a runner


@cache
def world(path: Path) -> Bundle:
    """The agreements of a file, compiled, with the law."""
    texts = [json.dumps(each) for each in said(path)["agreements"]]
    return bundle_of(Agreement.model_validate_json(text, by_name=False) for text in texts)


def question(path: Path, scenario: dict[str, Any]) -> tuple[Disclosure, Facts, datetime]:
    """What is asked, what was looked up, and the instant."""
    found = dict(scenario["facts"])
    standing = dict.fromkeys(world(path).slices, STANDINGS[found.pop("standing")])
    for kind in ("consent", "confidence_consent"):
        found[kind] = Consent(found[kind]) if found[kind] else None
    facts = Facts(standing=standing, **found)
    asked = request.parse(json.dumps(scenario["disclosure"]).encode())
    return asked, facts, datetime.fromisoformat(scenario["as_at"])


def differences(expected: dict[str, Any], decision: Decision) -> Iterator[str]:
    """Each part of what was expected that the answer does not have."""
    settled = [each for each in decision.reasons if not each.startswith(STATUTE)]
    obligations = iter([each.do for each in decision.obligations])
    holds = {
        "outcome": lambda want: want == decision.outcome.value,
        "code": lambda want: want == decision.code.value,
        "clause": lambda want: want in [each.partition("/")[2] for each in settled],
        "statute": lambda want: f"{STATUTE}{want}" in decision.reasons,
        "obligations": lambda want: all(each in obligations for each in want),
        "permitted": lambda want: tuple(want) == decision.permitted,
        "referred": lambda want: tuple(want) == decision.referred,
        "refused": lambda want: tuple(want) == decision.refused,
        "refer_to": lambda want: want in [each.role for each in decision.refer_to],
    }
    return (part for part, want in expected.items() if not holds[part](want))


@pytest.mark.parametrize(("path", "scenario"), ALL, ids=name)
def test_an_engine_that_reads_only_the_set_passes_it(path: Path, scenario: dict[str, Any]) -> None:
    decision = decide(world(path), *question(path, scenario))

    assert list(differences(scenario["expected"], decision)) == [], decision


@pytest.mark.parametrize(("path", "scenario"), OF_KNOWN_WORDS, ids=name)
def test_a_second_engine_passes_it_too(path: Path, scenario: dict[str, Any]) -> None:
    """The independent evaluator, which knows neither Cedar nor the words of the vocabulary."""
    expected = scenario["expected"]
    agreements = [each.agreement for each in world(path).slices.values()]

    answer = evaluate(agreements, *question(path, scenario))

    assert answer.outcome == expected["outcome"]
    assert expected["outcome"] != "deny" or answer.code == expected.get("code", answer.code)
    for part in ("permitted", "referred", "refused"):
        assert getattr(answer, part) == tuple(expected.get(part, getattr(answer, part)))


# --- the set


def test_the_set_has_not_drifted() -> None:
    made = conformance.make()

    stale = [
        path.name for path, data in made.items() if path not in SET or path.read_bytes() != data
    ]

    assert stale == [], "if the change is meant, run `make vectors` and commit it with the reason"
    assert set(SET) == made.keys()


def test_the_set_has_every_outcome_and_the_published_rows() -> None:
    scenarios = [scenario for path in SET for scenario in said(path)["scenarios"]]

    outcomes = {scenario["expected"]["outcome"] for scenario in scenarios}
    rows = {s["id"] for s in scenarios if re.fullmatch(r"\d\d-\d\d", s["id"])}

    assert outcomes == {"permit", "deny", "refer"}
    assert len(rows) == 113


@pytest.mark.parametrize("path", SET, ids=lambda path: path.stem)
def test_a_file_of_the_set_says_under_which_licence_it_stands(path: Path) -> None:
    assert said(path)["licence"] == "Apache-2.0"
    assert "in our words" in said(path)["notice"]
    assert all(each["particulars"]["sources"] for each in said(path)["agreements"])


def test_the_format_explains_every_member_there_is() -> None:
    files = [said(path) for path in SET]
    scenarios = [scenario for each in files for scenario in each["scenarios"]]
    parts = [*files, *scenarios]
    parts += [scenario[part] for scenario in scenarios for part in ("facts", "expected")]

    members = {member for part in parts for member in part}

    assert members == set(re.findall(r"^\| `([a-z_]+)` \|", FORMAT, re.MULTILINE))


def test_the_format_counts_the_scenarios_of_each_file() -> None:
    counts = dict(
        re.findall(r"^\| \[([a-z-]+)\.json\]\(\1\.json\) \| (\d+) \|", FORMAT, re.MULTILINE)
    )

    assert counts == {path.stem: str(len(said(path)["scenarios"])) for path in SET}
