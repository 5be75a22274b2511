"""The structure of the AuthZEN certification scenario, brought to an office of ours.

Alice, bob and their records become questions that the agreement permits or does not, and
whoever is sought is a role of an agency; what is kept is which requests must be answered
how. Facts from the OpenID AuthZEN certification scenario for Authorization API 1.0 (commit
e287920, 2026-08-20; OpenID Foundation copyright licence): the levels basic, batch, search
and discovery. Its rules 7 and 8 have no likeness here, for no property of an action counts.
"""

import json
from typing import Any

import httpx2
import pytest

from api.routes.access import EVALUATION, EVALUATIONS
from api.routes.searches import SEARCHES
from tests.api.application import COUNCIL, ROLE, TRUST, URL, Application, evaluation, within

BOTH_WAYS = True

SUBJECTS, RESOURCES, ACTIONS = SEARCHES.values()

PERMITTED: dict[str, Any] = {}
NOT_PERMITTED = within("resource", categories=["intelligence"])
NULL_AGENCY = {"type": "practitioner", "properties": {"agency": None}}

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
    "2.2.5 properties of the subject count": (within("subject", role="nobody-known"), False),
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


def without(*path: str) -> dict[str, Any]:
    """The question without an entity, or without a member of one."""
    said = evaluation()
    place = said if len(path) == 1 else said[path[0]]
    del place[path[-1]]
    return said


REFUSED: dict[str, dict[str, Any]] = {
    "2.4.1 no subject": without("subject"),
    "2.4.1 no action": without("action"),
    "2.4.1 no resource": without("resource"),
    "2.4.1 subject is null": evaluation(subject=None),
    "2.4.2 subject without type": without("subject", "type"),
    "2.4.2 subject without id": without("subject", "id"),
    "2.4.2 action without name": without("action", "name"),
    "2.4.2 resource without type": without("resource", "type"),
    "2.4.2 resource without id": without("resource", "id"),
    "2.4.6 subject is text": evaluation(subject="alice"),
    "2.4.6 name is a number": evaluation(action={"name": 123}),
    "2.4.6 context is a list": evaluation(context=[]),
}


@pytest.mark.parametrize("said", REFUSED.values(), ids=REFUSED)
def test_a_question_that_is_not_well_put_is_400(council: Application, said: dict[str, Any]) -> None:
    assert_refused(council.post(EVALUATION, said))


def assert_refused(answered: httpx2.Response) -> None:
    """It is 400, and says why."""
    assert answered.status_code == 400
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json()["detail"]


BODIES: dict[str, tuple[bytes, str]] = {
    "2.4.3 another content type": (json.dumps(evaluation()).encode(), "text/plain"),
    "2.4.3 no content type": (json.dumps(evaluation()).encode(), ""),
    "2.4.4 malformed": (b'{"subject": ', "application/json"),
    "2.4.5 empty": (b"", "application/json"),
    "2.4.6 a list": (b"[]", "application/json"),
}
PATHS = (EVALUATION, EVALUATIONS, SUBJECTS, RESOURCES, ACTIONS)


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(("content", "kind"), BODIES.values(), ids=BODIES)
def test_a_body_that_is_no_json_object_is_400(
    council: Application, path: str, content: bytes, kind: str
) -> None:
    assert_refused(council.post(path, content=content, headers={"Content-Type": kind}))


def test_2_5_the_name_of_a_request_comes_back(council: Application) -> None:
    name = "bfe9eb29-ab87-4ca3-be83-a1d5d8305716"

    for path in PATHS:
        answered = council.post(path, evaluation(), headers={"X-Request-ID": name})

        assert answered.status_code == 200
        assert answered.headers["X-Request-ID"] == name


def test_2_5_2_a_request_without_a_name_is_answered_with_one(council: Application) -> None:
    answered = council.ask()

    assert answered.status_code == 200
    assert answered.headers["X-Request-ID"]


def test_2_6_the_same_question_gets_the_same_decision(council: Application) -> None:
    assert {council.ask().json()["decision"] for _ in range(5)} == {True}


COMMON = evaluation()
RESOURCE, CONTEXT = COMMON["resource"], COMMON["context"]
OTHER_CONTEXT = {**CONTEXT, "time": "2025-06-27T19:00-07:00", "source": "batch-override"}


def batch(*items: dict[str, Any], leave: tuple[str, ...] = (), **also: Any) -> dict[str, Any]:
    """Several questions; what they have in common, but for these members, stands beside them."""
    common = {name: value for name, value in COMMON.items() if name not in leave}
    return {**common, **also, "evaluations": list(items)}


BATCHES: dict[str, tuple[dict[str, Any], list[bool]]] = {
    "3.2.1 what is common stands beside": (
        batch({"resource": RESOURCE}, {"resource": RESOURCE}, leave=("resource",)),
        [True, True],
    ),
    "3.2.2 decisions come in order": (batch(PERMITTED, NOT_PERMITTED), [True, False]),
    "3.2.3 properties of each item count": (
        batch({"resource": RESOURCE}, NOT_PERMITTED, leave=("resource",)),
        [True, False],
    ),
    "3.2.4 whose properties count": (
        batch(within("subject", role="nobody-known"), {}),
        [False, True],
    ),
    "3.2.5 nothing is common": ({"evaluations": [COMMON, COMMON | NOT_PERMITTED]}, [True, False]),
    "3.2.6 context is inherited, or another": (
        batch({}, {"context": OTHER_CONTEXT}),
        [True, True],
    ),
    "3.2.7 an item replaces a whole entity": (
        batch({}, {"resource": {"type": "information", "id": "x"}}),
        [True, False],
    ),
    "3.4.1 an item without resource": (
        batch({"resource": RESOURCE}, {}, leave=("resource",)),
        [True, False],
    ),
    "3.4.1 and the semantic is said": (
        batch({}, {"action": {}}, options={"evaluations_semantic": "execute_all"}),
        [True, False],
    ),
    "an option nobody knows": (batch({}, options={"another_option": "value"}), [True]),
}


@pytest.mark.parametrize(("said", "decisions"), BATCHES.values(), ids=BATCHES)
def test_several_questions_get_their_answers_in_order(
    council: Application, said: dict[str, Any], decisions: list[bool]
) -> None:
    answered = council.ask_all(said)

    assert answered.status_code == 200
    assert [each["decision"] for each in answered.json()["evaluations"]] == decisions


def test_3_4_1_an_item_that_cannot_be_answered_says_why(council: Application) -> None:
    answered = council.ask_all(batch({"resource": RESOURCE}, {}, leave=("resource",)))

    error = answered.json()["evaluations"][1]["context"]["error"]
    assert error == {"status": 400, "code": "request", "message": "`resource` is missing"}


@pytest.mark.parametrize("items", [{}, {"evaluations": []}], ids=["3.4.2 none", "3.4.3 empty"])
def test_without_items_it_is_one_question(council: Application, items: dict[str, Any]) -> None:
    answered = council.ask_all(COMMON | items)

    assert answered.status_code == 200
    assert answered.json()["decision"] is True
    assert "evaluations" not in answered.json()


ROLE_FOUND = {
    "type": "practitioner",
    "id": f"{COUNCIL}/{ROLE}",
    "properties": {"agency": COUNCIL, "role": ROLE},
}
CATEGORY_FOUND = {
    "type": "information",
    "id": f"{TRUST}/health-physical",
    "properties": {**RESOURCE["properties"], "categories": ["health-physical"]},
}
ANY_SUBJECT = COMMON | {"subject": {"type": "practitioner"}}
ANY_RESOURCE = COMMON | within("resource", categories=None)
ANY_ACTION = {name: value for name, value in COMMON.items() if name != "action"}
TIMED = {"context": {**CONTEXT, "time": "2025-06-27T18:03-07:00", "ip": "192.168.1.1"}}
NOBODY = within("subject", agency="nonexistent-agency")
OURS = within("resource", holder=COUNCIL)

FOUND: dict[str, tuple[str, dict[str, Any], list[dict[str, Any]]]] = {
    "4.2.1 subjects": (SUBJECTS, ANY_SUBJECT, [ROLE_FOUND]),
    "4.2.2 with context": (SUBJECTS, ANY_SUBJECT | TIMED, [ROLE_FOUND]),
    "4.2.3 an id that is ignored": (SUBJECTS, COMMON, [ROLE_FOUND]),
    "4.2.4 properties of the resource count": (SUBJECTS, ANY_SUBJECT | NOT_PERMITTED, []),
    "4.3.1 resources": (RESOURCES, ANY_RESOURCE, [CATEGORY_FOUND]),
    "4.3.2 with context": (RESOURCES, ANY_RESOURCE | TIMED, [CATEGORY_FOUND]),
    "4.3.3 an id that is ignored": (RESOURCES, COMMON, [CATEGORY_FOUND]),
    "4.3.4 properties of the subject count": (
        RESOURCES,
        ANY_RESOURCE | within("subject", role="nobody-known"),
        [],
    ),
    "4.4.1 actions": (ACTIONS, ANY_ACTION, [{"name": "disclose"}]),
    "4.4.2 with context": (ACTIONS, ANY_ACTION | TIMED, [{"name": "disclose"}]),
    "4.4.3 properties count": (ACTIONS, ANY_ACTION | NOT_PERMITTED, []),
    "4.6.1 an agency nobody knows": (ACTIONS, ANY_ACTION | NOBODY | OURS, []),
    "4.6.2 a type nobody knows": (SUBJECTS, COMMON | {"subject": {"type": "spaceship"}}, []),
}


@pytest.mark.parametrize(("path", "said", "results"), FOUND.values(), ids=FOUND)
def test_a_search_is_answered_with_what_it_finds(
    council: Application, path: str, said: dict[str, Any], results: list[dict[str, Any]]
) -> None:
    answered = council.post(path, said)

    assert answered.status_code == 200
    assert answered.headers["content-type"] == "application/json"
    found = answered.json()["results"]
    assert all(each in found for each in results)
    assert bool(found) is bool(results)


@pytest.mark.parametrize("path", [SUBJECTS, RESOURCES, ACTIONS])
def test_4_5_1_a_page_has_a_limit(council: Application, path: str) -> None:
    answered = council.post(path, COMMON | {"page": {"limit": 1}})

    assert answered.status_code == 200
    assert len(answered.json()["results"]) <= 1
    assert isinstance(answered.json()["page"]["next_token"], str)


NOT_SEARCHED: dict[str, tuple[str, dict[str, Any]]] = {
    "4.7.1 subjects without action": (SUBJECTS, without("action")),
    "4.7.1 subjects without resource": (SUBJECTS, without("resource")),
    "4.7.1 subjects without subject": (SUBJECTS, without("subject")),
    "4.7.1 resources without subject": (RESOURCES, without("subject")),
    "4.7.1 resources without action": (RESOURCES, without("action")),
    "4.7.1 actions without resource": (ACTIONS, without("resource")),
    "4.7.1 actions without subject": (ACTIONS, without("subject")),
    "4.7.2 subjects of a resource without id": (SUBJECTS, without("resource", "id")),
    "4.7.2 resources of a subject without id": (RESOURCES, without("subject", "id")),
    "4.7.2 actions of a subject without id": (ACTIONS, without("subject", "id")),
    "4.7.2 actions of a resource without id": (ACTIONS, without("resource", "id")),
    "subjects without type": (SUBJECTS, without("subject", "type")),
    "resources without type": (RESOURCES, without("resource", "type")),
    "resources of another type than text": (RESOURCES, evaluation(resource={"type": 7})),
    "an action that is none": (SUBJECTS, evaluation(action={"name": "read"})),
    "an action that is text": (RESOURCES, evaluation(action="disclose")),
    "a page that is none": (ACTIONS, evaluation(page=1)),
    "a limit below nothing": (ACTIONS, evaluation(page={"limit": -1})),
    "a limit that is text": (ACTIONS, evaluation(page={"limit": "1"})),
    "a limit that is true": (ACTIONS, evaluation(page={"limit": True})),
    "a token that is a number": (ACTIONS, evaluation(page={"token": 1})),
    "an empty token": (ACTIONS, evaluation(page={"token": ""})),
    "properties that are a list": (SUBJECTS, evaluation(subject={"type": "x", "properties": []})),
    "a type that is too long": (RESOURCES, evaluation(resource={**RESOURCE, "type": "x" * 257})),
    "a subject token that is a number": (
        SUBJECTS,
        evaluation(context={**CONTEXT, "subject_token": 7}),
    ),
    "a role that is a number": (SUBJECTS, evaluation(**within("subject", role=7))),
    "an agency that is null": (SUBJECTS, evaluation(subject=NULL_AGENCY)),
    "categories that are text": (RESOURCES, evaluation(**within("resource", categories="x"))),
}


@pytest.mark.parametrize(("path", "said"), NOT_SEARCHED.values(), ids=NOT_SEARCHED)
def test_a_search_that_is_not_well_put_is_400(
    council: Application, path: str, said: dict[str, Any]
) -> None:
    assert_refused(council.post(path, said))


def test_6_the_metadata_names_this_service_and_its_endpoints(council: Application) -> None:
    answered = council.send("GET", "/.well-known/authzen-configuration")

    said = answered.json()
    assert answered.headers["content-type"] == "application/json"
    assert said["policy_decision_point"] == URL
    assert said["access_evaluation_endpoint"] == f"{URL}/access/v1/evaluation"
    assert said["access_evaluations_endpoint"] == f"{URL}/access/v1/evaluations"
    for sought in ("subject", "resource", "action"):
        assert said[f"search_{sought}_endpoint"] == f"{URL}/access/v1/search/{sought}"


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
