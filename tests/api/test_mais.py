"""The social-care profile: what a `Request` says, what the clause says for it, and the answer."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785

from agreements.exports import mais as exported
from agreements.vocabulary import current
from api.routes.mais import REQUESTS
from engine import jose
from engine.record import read
from engine.service import Office
from tests.api.application import COUNCIL, TRUST, Application

MORE = {
    "role": "social-worker",
    "requester": "ncc:officer-17",
    "lawful_basis": {"article6": "6-1-e", "article9": "9-2-g", "schedule1": "18"},
    "necessity": "To decide whether the child is safe tonight.",
    "no_consent_reason": "NC-c",
}
CLAUSE = "northshire-s47/1.0/1"
PERMIT, DENY, REVIEW = "PERMIT", "DENY", "REVIEW"


def exports(office: Office) -> list[dict[str, Any]]:
    """The agreement as our own export writes it: one policy for each grant."""
    (each,) = office.shelf.current().bundle.slices.values()
    return list(json.loads(exported.export(each.agreement, current()).content))


def asked(more: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    """A request for what the clause grants; a change replaces a member, none takes it away."""
    added = {name: value for name, value in (MORE | (more or {})).items() if value is not None}
    said = {
        "Identifier": {"value": "request-1", "System": "https://example.org/requests"},
        "DateStamp": "2026-11-23T16:50:00Z",
        "RequesterIdentifier": {"value": COUNCIL, "system": "agency"},
        "RequestedData": {
            "Query": {"Identifier": [{"value": "child 4711"}]},
            "dataCategories": [f"{current().namespace}information-health-physical"],
        },
        "AssertedPurpose": f"{current().namespace}purpose-child-protection-enquiry",
        "SharingPolicy": [{"Identifier": {"value": CLAUSE}}],
        "Concordat": added,
    } | changes
    return {name: value for name, value in said.items() if value is not None}


def test_the_responder_asks_on_a_request_that_it_was_sent(
    trust: Application, office: Office
) -> None:
    told = trust.post(REQUESTS, asked()).json()

    assert told["Response"] == PERMIT
    record = read(jose.split(told["Concordat"]["context"]["record"])).payload
    assert (record["from"], record["to"], record["asked_by"]) == (TRUST, COUNCIL, TRUST)
    assert record["purpose"] == "child-protection-enquiry"
    assert office.premises.records.entry(record["jti"])


def test_the_requestor_may_ask_beforehand_and_names_the_holder(council: Application) -> None:
    told = council.post(REQUESTS, asked({"holder": TRUST})).json()

    assert told["Response"] == PERMIT


def test_a_policy_as_our_export_writes_it_is_understood_whole(
    trust: Application, office: Office
) -> None:
    said = asked(SharingPolicy=exports(office))

    assert trust.post(REQUESTS, said).json()["Response"] == PERMIT


def test_a_request_alone_is_enough_where_the_clause_says_one_thing_of_each(
    trust: Application,
) -> None:
    """Basis, kinds of person, categories and role come from the clause and the register."""
    data = {"Query": {"Identifier": {"value": "child 4711"}}}
    only = {"necessity": MORE["necessity"], "no_consent_reason": "NC-c"}

    told = trust.post(REQUESTS, asked(RequestedData=data, Concordat=only)).json()

    assert told["Response"] == PERMIT
    assert told["Concordat"]["context"]["information"]["permitted"] == ["health-physical"]


def test_both_ends_are_told_what_to_log(trust: Application) -> None:
    said = asked()

    told = trust.post(REQUESTS, said).json()

    requestor, responder = told["Log"]["Requestor"], told["Log"]["Responder"]
    for log in (requestor, responder):
        assert log["Request"] == {
            "Identifier": said["Identifier"],
            "Sha256": hashlib.sha256(rfc8785.dumps(said)).hexdigest(),
        }
        assert log["SharingPolicy"]["Identifier"] == CLAUSE  # Agreement, version and clause.
        assert log["Response"] == told["Response"]
    record = told["Concordat"]["context"]["record"]
    assert responder["Decision"]["RecordSha256"] == hashlib.sha256(record.encode()).hexdigest()
    assert requestor["EvaluationId"] == responder["Decision"]["EvaluationId"]


@pytest.mark.parametrize(
    ("said", "response", "code"),
    [
        (asked({"necessity": None}), DENY, "conditions_not_met"),
        (asked(AssertedPurpose="marac"), None, "caller"),
        (asked(AssertedPurpose="helping"), DENY, "unknown_term"),
        (asked({"role": "judge"}), DENY, "unknown_term"),
        (asked({"lawful_basis": {"article6": "6-1-f"}}), DENY, "forbidden_by_statute"),
    ],
)
def test_what_is_not_permitted_is_no_permit(
    trust: Application, said: dict[str, Any], response: str | None, code: str
) -> None:
    told = trust.post(REQUESTS, said).json()

    if response is None:
        assert told["code"] == code
        return
    assert (told["Response"], told["Concordat"]["context"]["code"]) == (response, code)
    assert not told["Concordat"]["decision"]


def test_a_request_may_hold_fractions_and_a_category_by_both_its_names(trust: Application) -> None:
    category = "health-physical"
    said = asked(Weight=0.5) | {"Height": [1e21, -1.0]}
    said["RequestedData"]["dataCategories"].append(category)

    told = trust.post(REQUESTS, said).json()

    assert told["Response"] == PERMIT
    digest = hashlib.sha256(rfc8785.dumps(said)).hexdigest()
    assert told["Log"]["Requestor"]["Request"]["Sha256"] == digest
    assert told["Concordat"]["context"]["information"]["permitted"] == [category]


def test_what_goes_to_a_human_is_a_review(trust: Application) -> None:
    told = trust.post(REQUESTS, asked({"handling": "C"})).json()

    assert told["Response"] == REVIEW
    assert told["Concordat"]["context"]["outcome"] == "refer"


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"Identifier": None}, "`Identifier` is missing"),
        ({"DateStamp": "yesterday"}, "`DateStamp`"),
        ({"DateStamp": 0}, "`DateStamp` is no instant"),
        ({"DateStamp": "2026-11-23T16:50:00"}, "`DateStamp`"),
        ({"RequesterIdentifier": None}, "`RequesterIdentifier` is missing"),
        ({"RequesterIdentifier": {"value": "Acme"}}, "no party of the agreement"),
        ({"RequestedData": {}}, "`RequestedData.Query` is missing"),
        ({"AssertedPurpose": None}, "`AssertedPurpose` is missing"),
        ({"SharingPolicy": []}, "`SharingPolicy`"),
        ({"SharingPolicy": [{}]}, "names no clause"),
        ({"SharingPolicy": [{"Identifier": {"value": f"{CLAUSE}0"}}]}, "names no clause"),
        ({"SharingPolicy": [{"Identifier": {"value": CLAUSE}}, {}]}, "names no clause"),
        ({"Concordat": {"rôle": "social-worker"}}, "`Concordat.rôle`"),
        ({"Concordat": {"about": "child"}}, "`Concordat.about`"),
        ({"Concordat": {"role": "social worker"}}, "`Concordat.role`"),
        ({"Concordat": {"holder": "A Trust"}}, "`Concordat.holder`"),
        ({"Concordat": {"confirms": ["a fact"]}}, "`Concordat.confirms.0`"),
        ({"DateStamp": "1790000000"}, "`DateStamp` is no instant"),
        ({"DateStamp": "2026-11-23T16:50Z"}, "`DateStamp` is no instant"),
        ({"Identifier": {"value": "two\nlines"}}, "`Identifier.value`"),
        ({"AssertedPurpose": "to see"}, "`AssertedPurpose` is neither written as a code"),
        (
            {"RequestedData": {"Query": {}, "dataCategories": ["all of it"]}},
            "`RequestedData.dataCategories` is neither written as a code",
        ),
        (
            {"RequestedData": {"Query": {}, "dataCategories": ["identity", "identity"]}},
            "`RequestedData.dataCategories` lists something twice",
        ),
        ({"RequestedData": {"Query": {"Identifier": 7}}}, "`RequestedData.Query.Identifier`"),
        ({"RequestedData": {"Query": {"identifier": [""]}}}, "`RequestedData.Query.identifier`"),
        (
            {"RequestedData": {"Query": {"Identifier": ["x", {"value": "two\nlines"}]}}},
            "`RequestedData.Query.Identifier`",
        ),
    ],
)
def test_a_request_that_is_none_is_malformed_and_leaves_no_record(
    trust: Application, office: Office, changes: dict[str, Any], said: str
) -> None:
    before = office.premises.records.head().size

    answered = trust.post(REQUESTS, asked(**changes))

    assert answered.status_code == 400
    assert said in answered.json()["detail"]
    assert office.premises.records.head().size == before


def test_who_asks_comes_from_the_token_and_nowhere_else(
    trust: Application, stranger: Application, office: Office
) -> None:
    before = office.premises.records.head().size

    for caller, holder, status in (
        (trust, "westshire-council", 403),
        (stranger, TRUST, 400),  # To a third agency there is no such agreement.
        (stranger, None, 400),
    ):
        assert caller.post(REQUESTS, asked({"holder": holder})).status_code == status

    assert office.premises.records.head().size == before


def test_the_requestor_without_a_holder_is_told_what_is_missing(council: Application) -> None:
    answered = council.post(REQUESTS, asked())

    assert answered.status_code == 400
    assert "`Concordat.holder` is missing" in answered.json()["detail"]
