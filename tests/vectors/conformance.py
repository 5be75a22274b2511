"""The conformance set: every worked scenario as JSON, for other engines to run.

Made from the examples beside the agreements and from nothing else. What is expected is what their
authors wrote, never what this engine happened to answer. ``docs/conformance/README.md`` is the
format.
"""

import json
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any, Final

from agreements.model import Agreement
from agreements.scenario import Scenario
from engine import request
from engine.bundle import Bundle
from engine.compile import agreement_bytes
from engine.request import Facts
from engine.trial import facts_of
from tests.examples import ROOT, SCENARIO_FILES, read, read_scenarios
from tests.world import bundle_of

FOLDER: Final = ROOT / "docs" / "conformance"
NOTICE: Final = (
    "Facts in our words; no part of a published text is copied. Stand-ins are invented."
    " Each agreement names its source in `particulars.sources`."
)


def make() -> dict[Path, bytes]:
    """Each file of the set, by where it stands."""
    return {FOLDER / f"{path.name.split('.')[0]}.json": _file(path) for path in SCENARIO_FILES}


def _file(path: Path) -> bytes:
    found = read_scenarios(path)
    agreements = [read(path.parent / name) for name in found.agreements]
    bundle = bundle_of(agreements)
    said = {
        "concordat_conformance": "1",
        "licence": "Apache-2.0",
        "notice": NOTICE,
        "agreements": _agreements(agreements),
        "scenarios": [_scenario(bundle, each) for each in found.scenarios],
    }
    return (json.dumps(said, ensure_ascii=False, indent=1) + "\n").encode()


def _agreements(agreements: Sequence[Agreement]) -> list[Any]:
    return [json.loads(agreement_bytes(each)) for each in agreements]


def _scenario(bundle: Bundle, scenario: Scenario) -> dict[str, Any]:
    disclosure = request.parse(json.dumps(scenario.asked).encode())
    facts = facts_of(bundle, scenario.given, disclosure)
    return {
        "id": scenario.id,
        "title": scenario.title,
        "rests_on": scenario.rests_on,
        "as_at": scenario.as_at.isoformat().replace("+00:00", "Z"),
        "facts": {"standing": scenario.given.standing.value} | _looked_up(facts),
        "disclosure": scenario.asked,
        "expected": scenario.expected.model_dump(mode="json", exclude_none=True),
    }


def _looked_up(facts: Facts) -> dict[str, Any]:
    return {
        each.name: getattr(facts, each.name)
        for each in fields(facts)
        if each.name != "standing" and (each.name != "evidence" or facts.evidence is not None)
    }
