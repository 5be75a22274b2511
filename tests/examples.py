"""The worked examples that come with the product, found and read for tests."""

from functools import cache
from pathlib import Path

from agreements import document, scenario
from agreements.model import Agreement
from agreements.scenario import ScenarioFile
from engine import trial
from engine.trial import Trial
from tests.world import seed_law

ROOT = Path(__file__).parent.parent
EXAMPLES = ROOT / "agreements" / "examples"
SCENARIO_FILES = sorted(EXAMPLES.rglob("*.scenarios.yaml"))
AGENCIES = EXAMPLES / "agencies.yaml"
AGREEMENT_FILES = sorted({*EXAMPLES.rglob("*.yaml")} - {*SCENARIO_FILES, AGENCIES})


@cache
def read(path: Path) -> Agreement:
    """One example agreement."""
    return document.parse(path.read_bytes()).agreement


@cache
def read_scenarios(path: Path) -> ScenarioFile:
    """One example file of scenarios."""
    return scenario.parse(path.read_bytes())


@cache
def trials(path: Path) -> tuple[Trial, ...]:
    """Every scenario of a file, tried against the agreements beside it."""
    found = read_scenarios(path)
    agreements = [read(path.parent / name) for name in found.agreements]
    return trial.run(found, agreements, seed_law())


def named(name: str) -> Path:
    """The example agreement of a name."""
    return next(path for path in AGREEMENT_FILES if path.stem == name)
