"""One question over HTTP: the answer, its record, and who may ask it."""

import random
from typing import Any

import pytest

from engine import jose, verify
from engine.record import read
from engine.service import Office
from tests.api.application import COUNCIL, TRUST, Application, evaluation, within
from tests.api.written import Written

BOTH_WAYS = True


def test_a_permit_carries_its_record_which_is_in_the_log(
    council: Application, office: Office
) -> None:
    answered = council.ask()

    assert answered.status_code == 200
    said = answered.json()
    context = said["context"]
    assert said["decision"] is True
    assert (context["outcome"], context["code"]) == ("permit", "permitted")
    assert context["information"]["permitted"] == ["health-physical"]
    entry = office.evidence.record(context["evaluation_id"])
    assert (entry.jws, entry.index) == (context["record"], context["index"])
    proof = office.evidence.proof(context["evaluation_id"])
    root, now_s = office.premises.trust(), office.premises.now_s()
    assert verify.verify(proof, root, now_s=now_s).result == "verified"


def test_a_denial_is_an_answer_and_is_recorded(council: Application, office: Office) -> None:
    answered = council.ask(**within("resource", categories=["intelligence"]))

    assert answered.status_code == 200
    said = answered.json()
    assert said["decision"] is False
    assert said["context"]["code"] == "conditions_not_met"
    assert said["context"]["reason_user"]["emergency"]
    assert office.evidence.record(said["context"]["evaluation_id"]).outcome == "deny"


def test_the_holder_may_ask_whether_it_may_give(trust: Application) -> None:
    answered = trust.ask()

    assert answered.json()["context"]["outcome"] in ("permit", "deny")
    assert answered.status_code == 200


def test_what_would_have_fitted_is_for_auditors_alone(
    council: Application, auditor: Application
) -> None:
    asked = within("resource", categories=["intelligence"])

    plain, admin = council.ask(**asked).json(), auditor.ask(**asked).json()

    assert "reason_admin" not in plain["context"]
    assert admin["context"]["reason_admin"][0]["nearest"]


def test_obligations_come_in_the_shape_of_the_profile(council: Application) -> None:
    for each in council.ask().json()["context"]["obligations"]:
        assert each.keys() == {"id", "type", "properties"}


def test_an_unknown_purpose_is_told_with_the_nearest(council: Application) -> None:
    said = council.ask(**within("context", purpose="child-protection-enquirey")).json()

    assert said["context"]["code"] == "unknown_term"
    assert "child-protection-enquiry" in " ".join(said["context"]["reason_user"]["missing"])


def test_unknown_members_are_ignored_and_said_to_be(council: Application) -> None:
    asked = evaluation(futureField={"nested": 0.5}, **within("context", necesity="typo", risk=0.7))

    answered = council.post("/access/v1/evaluation", asked)

    assert answered.json()["decision"] is True
    assert answered.json()["context"]["ignored"] == ["context.necesity", "context.risk"]


def test_the_callers_time_does_not_decide(council: Application) -> None:
    said = council.ask(**within("context", time="1999-01-01T00:00:00Z")).json()

    assert said["decision"] is True
    assert not said["context"]["evaluated_at"].startswith("1999")


# --- who may ask


def test_the_agency_that_asks_comes_from_the_register_of_clients(council: Application) -> None:
    said = council.ask(**within("subject", agency=None)).json()

    assert said["decision"] is True


SPOOFS: dict[str, dict[str, Any]] = {
    "asked_by names the other end": within("context", asked_by=TRUST),
    "asked_by names a third": within("context", asked_by="westshire-council"),
    "the other end asks itself": within("subject", agency="westshire-council"),
    "neither end is the caller's": within("subject", agency="a-b")
    | within("resource", holder="c-d"),
}


@pytest.mark.parametrize("changes", SPOOFS.values(), ids=SPOOFS)
def test_nobody_asks_as_somebody_else(
    council: Application, office: Office, written: Written, changes: dict[str, Any]
) -> None:
    before = office.premises.records.head().size

    answered = council.ask(**changes)

    assert answered.status_code == 403
    assert answered.headers["content-type"] == "application/problem+json"
    assert answered.json()["code"] == "caller"
    assert office.premises.records.head().size == before
    refused = next(line for line in written.lines if line["event"] == "refused")
    assert refused["client"] == "council-app"
    assert "child 4711" not in written.data.decode()


def test_an_application_of_a_third_agency_can_ask_nothing_between_two_others(
    stranger: Application, office: Office
) -> None:
    before = office.premises.records.head().size

    assert stranger.ask().status_code == 403
    several = stranger.ask_all({"evaluations": [evaluation()]}).json()["evaluations"]

    assert [each["decision"] for each in several] == [False]
    assert several[0]["context"]["error"]["status"] == 403
    assert office.premises.records.head().size == before


HEADERS = (
    *("X-Agency", "Forwarded", "X-Forwarded-User", "X-Forwarded-For", "X-Client-Cert"),
    *("Client-Cert", "From", "X-Real-IP", "X-Original-URL", "Remote-User"),
)


def spoofed(chance: random.Random) -> dict[str, Any]:
    """A question that claims, in whatever place, to be somebody else's."""
    agencies = [COUNCIL, TRUST, "westshire-council", None]
    common = evaluation(
        **within("subject", agency=chance.choice(agencies), client_id="audit-app"),
        **within("resource", holder=chance.choice(agencies), asked_by=TRUST),
        **within("context", asked_by=chance.choice(agencies), client="trust-app"),
        asked_by=chance.choice(agencies),
        client_id="trust-app",
    )
    if chance.random() < 0.7:
        return common
    items = [within("context", asked_by=chance.choice(agencies)) for _ in range(2)]
    return {**common, "evaluations": items}


def answers(application: Application, office: Office, agency: str, *, mixes: int) -> int:
    """Ask so many such questions; how many were answered, each as the caller's own."""
    chance = random.Random(mixes)
    token = application.token()
    count = 0
    for _ in range(mixes):
        said = spoofed(chance)
        others = {
            name: chance.choice((TRUST, COUNCIL, "westshire-council"))
            for name in HEADERS
            if chance.random() < 0.5
        }
        path = f"/access/v1/evaluation{'s' if 'evaluations' in said else ''}"
        answered = application.post(path, said, token=token, headers=others)
        assert answered.status_code in (200, 400, 403), answered.text
        told = answered.json()
        for each in told.get("evaluations", [told]):
            record = each.get("context", {}).get("record")
            if record is None:
                assert not each.get("decision")
                continue
            count += 1
            payload = read(jose.split(record)).payload
            assert payload["asked_by"] == agency
            assert payload["caller"]["client"] == application.name
            assert payload["caller"]["kid"] == application.key.public.kid
            assert agency in (payload["from"], payload["to"])
            assert office.evidence.record(payload["jti"]).jws == record
    return count


@pytest.mark.parametrize("mixes", [100, pytest.param(500, marks=pytest.mark.long)])
def test_no_mix_of_headers_and_members_makes_a_caller_somebody_else(
    council: Application, trust: Application, office: Office, mixes: int
) -> None:
    assert answers(council, office, COUNCIL, mixes=mixes)
    assert answers(trust, office, TRUST, mixes=mixes)


@pytest.mark.parametrize(
    "changes",
    [within("context", purpose="mappa"), within("subject", role="named-nurse")],
    ids=["purpose", "role"],
)
def test_a_client_asserts_only_what_it_is_registered_for(
    council: Application, changes: dict[str, Any]
) -> None:
    answered = council.ask(**changes)

    assert answered.status_code == 403
    assert "not registered for this" in answered.json()["detail"]


# --- whose records


def get(application: Application, path: str) -> int:
    token = application.token()
    proof = application.proof(path, token, htm="GET")
    headers = {"Authorization": f"DPoP {token}", "DPoP": proof}
    return application.send("GET", path, headers=headers).status_code


def test_a_record_and_its_proof_are_for_its_two_ends(
    council: Application, trust: Application, stranger: Application
) -> None:
    path = f"/v1/records/{council.ask().json()['context']['evaluation_id']}"

    assert [get(each, path) for each in (council, trust, stranger)] == [200, 200, 404]
    assert [get(each, f"{path}/proof") for each in (council, trust, stranger)] == [200, 200, 404]
    assert council.send("GET", path).status_code == 401


@pytest.mark.parametrize("name", ["x", "..", "%2e%2e", "0" * 300, "%00", "\N{SNOWMAN}"])
def test_a_record_that_is_not_there_is_not_found(council: Application, name: str) -> None:
    assert get(council, f"/v1/records/{name}") in (404, 401)


def test_a_client_that_was_removed_is_unknown_from_its_next_request_on(
    council: Application, office: Office
) -> None:
    token = council.token()
    assert council.post("/access/v1/evaluation", evaluation(), token=token).status_code == 200

    office.clients.remove("council-app")

    refused = council.post("/access/v1/evaluation", evaluation(), token=token)
    assert refused.status_code == 401
    assert council.ask_token().json()["error"] == "invalid_client"
