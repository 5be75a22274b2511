"""What other engines are given decides as this office does; else comparing them means nothing."""

import json
from collections import Counter
from pathlib import Path

import pytest
from regopy import Interpreter

from api import authzen
from engine import bootstrap
from tests import bench_office
from tests.peers import cerbos, opa, questions
from tests.peers.plain import plain

AGREEMENTS = 2


def test_rego_answers_every_question_of_the_bench_as_the_office_does(tmp_path: Path) -> None:
    bench_office.make(tmp_path / "office", AGREEMENTS)
    rego = Interpreter()
    rego.add_module("sharing", opa.POLICY.read_text("utf-8"))
    rego.add_data(opa.data(map(plain, bench_office.agreements(AGREEMENTS)), [bench_office.COUNCIL]))
    asked = [json.loads(each) for each in bench_office.questions(AGREEMENTS, 10)]
    asked += questions.varied(AGREEMENTS, 2 * len(questions.CHANGES))

    found: Counter[str] = Counter()
    with bootstrap.open_office(tmp_path / "office") as office:
        for question in asked:
            fields = json.dumps(authzen.read(question).fields).encode()
            ours = office.desk.ask(fields).decision.outcome.value
            rego.set_input(question)
            said = json.loads(str(rego.query("found := data.sharing.outcome")))
            assert said["bindings"]["found"] == ours, json.dumps(question)
            found[ours] += 1

    assert found.keys() == {"permit", "deny", "refer"}


def test_cerbos_is_asked_what_the_question_says() -> None:
    question = bench_office.question(3, 7, permitted=True)

    asked = json.loads(cerbos.body(question))

    (resource,) = asked["resources"]
    assert resource["resource"]["kind"] == "northshire-council:trust-3"
    assert resource["resource"]["attr"] == {
        **{k: v for k, v in question["resource"]["properties"].items() if k != "categories"},
        **question["context"],
        "category": "health-physical",
    }
    assert asked["principal"]["roles"] == [question["subject"]["properties"]["role"]]


@pytest.mark.parametrize(
    ("effects", "outcome"),
    [
        ({"disclose": "EFFECT_ALLOW", "refer": "EFFECT_DENY"}, "permit"),
        ({"disclose": "EFFECT_DENY", "refer": "EFFECT_ALLOW"}, "refer"),
        ({"disclose": "EFFECT_DENY", "refer": "EFFECT_DENY"}, "deny"),
    ],
)
def test_what_cerbos_says_is_read(effects: dict[str, str], outcome: str) -> None:
    assert cerbos.outcome(json.dumps({"results": [{"actions": effects}]}).encode()) == outcome
