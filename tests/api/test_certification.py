"""The structure of the AuthZEN certification scenario, brought to an office of ours.

Alice, bob and their records become questions that the agreement permits or does not;
what is kept is which requests must be answered how. Facts from the OpenID AuthZEN
certification scenario for Authorization API 1.0 (commit e287920, 2026-08-20; OpenID
Foundation copyright licence): level basic-core and batch-core, and discovery.
"""

import json
from typing import Any

import pytest

from tests.api.application import URL, Application, evaluation, within

BOTH_WAYS = True

PERMITTED: dict[str, Any] = {}
NOT_PERMITTED = within("resource", categories=["intelligence"])

ANSWERED: dict[str, tuple[dict[str, Any], bool]] = {
    "2.2.1 a permit": (PERMITTED, True),
    "2.2.2 a denial is 200": (NOT_PERMITTED, False),
    "2.2.3 context that decides nothing": (
        within("context", time="2025-06-27T18:03-07:00", ip="192.168.1.1"),
        True,
    ),
    "2.2.4 properties of the resource count": (
        within("resource", categories=["health-physical", "intelligence"]),
        False,
    ),
    "2.2.8 properties nobody reads": (
        {"action": {"name": "disclose", "properties": {"method": "GET"}}}
        | within("subject", department="Sales"),
        True,
    ),
    "2.2.9 members nobody knows": ({"foo": "bar", "futureField": {"nested": True}}, True),
}


@pytest.mark.parametrize(("changes", "decision"), ANSWERED.values(), ids=ANSWERED)
def test_a_well_put_question_is_answered_with_200(
    council: Application, changes: dict[str, Any], decision: bool
) -> None:
    answered = council.ask(**changes)

    assert answered.status_code == 200
    assert answered.headers["content-type"] == "application/json"
    assert answered.json()["decision"] is decision
    assert isinstance(answered.json()["context"], dict)


REFUSED: dict[str, dict[str, Any]] = {
    "2.4.1 no subject": {"subject": None},
    "2.4.2 subject without type": {"subject": {"id": "alice"}},
    "2.4.2 resource without id": {"resource": {"type": "information"}},
    "2.4.2 action without name": {"action": {}},
    "2.4.6 subject is text": {"subject": "alice"},
    "2.4.6 name is a number": {"action": {"name": 123}},
}


@pytest.mark.parametrize("changes", REFUSED.values(), ids=REFUSED)
def test_a_question_that_is_not_well_put_is_400(
    council: Application, changes: dict[str, Any]
) -> None:
    assert council.ask(**changes).status_code == 400


def test_2_5_the_name_of_a_request_comes_back(council: Application) -> None:
    name = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"

    answered = council.post("/access/v1/evaluation", evaluation(), headers={"X-Request-ID": name})

    assert answered.headers["X-Request-ID"] == name


def test_2_6_the_same_question_gets_the_same_decision(council: Application) -> None:
    assert {council.ask().json()["decision"] for _ in range(5)} == {True}


def test_3_4_1_an_item_without_resource_is_not_permitted_and_the_rest_stands(
    council: Application,
) -> None:
    common = {key: evaluation()[key] for key in ("subject", "action", "context")}
    items = [{"resource": evaluation()["resource"]}, {}]

    answered = council.ask_all(common | {"evaluations": items})

    assert answered.status_code == 200
    assert [each["decision"] for each in answered.json()["evaluations"]] == [True, False]


def test_6_the_metadata_names_this_service_and_its_endpoints(council: Application) -> None:
    answered = council.send("GET", "/.well-known/authzen-configuration")

    said = answered.json()
    assert answered.headers["content-type"] == "application/json"
    assert said["policy_decision_point"] == URL
    assert said["access_evaluation_endpoint"] == f"{URL}/access/v1/evaluation"
    assert said["access_evaluations_endpoint"] == f"{URL}/access/v1/evaluations"
    assert not [name for name in said if name.startswith("search")], "told only once it is there"


def test_what_is_public_needs_no_token_and_verifies(council: Application) -> None:
    for path in ("/health", "/ready", "/.well-known/jwks.json", "/v1/trust-root"):
        assert council.send("GET", path).status_code == 200, path
    note = council.send("GET", "/v1/checkpoint")
    root = council.send("GET", "/v1/trust-root")

    from engine import trust

    believed = trust.read(root.content)
    origin = note.text.partition("\n")[0]
    assert believed.open_head(note.content, origin)[0].origin == origin
    assert json.loads(root.content)
