"""Consents, referrals, emergencies and reports over HTTP, shown to whom they concern."""

from typing import Any

import pytest

from api.routes import reports
from engine.record import Kind
from engine.service import Office
from engine.service.clients import Scope
from engine.service.filing import find
from tests.api import happenings
from tests.api.application import COUNCIL, TRUST, Application, within
from tests.api.conftest import registered
from tests.api.happenings import CLOSING, EMERGENCY, REVIEW, form
from tests.service.test_consent import ON_CONSENT

EVERYTHING = tuple(Scope)


@pytest.fixture
def folder(folder: Any) -> Any:
    """The office, whose applications have every scope."""
    from engine import bootstrap

    with bootstrap.open_office(folder) as office:
        for client in office.clients.all():
            office.clients.remove(client.id)
            said = {"scopes": EVERYTHING, "purposes": (*client.purposes, "early-help")}
            office.clients.add(registered(client.id).model_copy(update=said))
    return folder


# --- consents


def resting_on_consent(office: Office) -> None:
    """Have the agreement grant something to whoever has the person's consent."""
    from tests.service.conftest import AGREEMENT, text, write_text

    words = text().replace('"1.0"', '"1.1"')
    words = words.replace("clauses:\n", "clauses:\n" + ON_CONSENT.lstrip("\n"))
    words = words.replace(
        "purposes: [child-protection-enquiry]\n\n",
        "purposes: [child-protection-enquiry, early-help]\n\n",
    )
    write_text(office, words)
    for agency in (COUNCIL, TRUST):
        office.author.sign(AGREEMENT, agency, accept_findings=("R01", "R20"))
    office.author.publish(AGREEMENT, accept_findings=("R01", "R20"))


def code_of(application: Application) -> str:
    """How a question that rests on consent is answered."""
    asked = within(
        "context", purpose="early-help", lawful_basis={"article6": "6-1-a", "article9": "9-2-a"}
    )
    return str(application.ask(**asked).json()["context"]["code"])


def test_a_withdrawal_over_http_bites_on_the_very_next_answer(
    council: Application, office: Office
) -> None:
    resting_on_consent(office)
    assert code_of(council) == "consent_missing"
    consent = happenings.consent(council)
    assert code_of(council) == "permitted"

    told = council.post(f"/v1/consents/{consent}/withdraw", {"person": "child 4711"})

    assert told.json()["state"] == "withdrawn"
    assert code_of(council) == "consent_withdrawn"


def test_a_person_is_only_ever_a_pseudonym(council: Application) -> None:
    consent = happenings.consent(council)

    for path in ("/v1/consents", f"/v1/consents/{consent}", f"/v1/consents/{consent}/receipt"):
        answered = council.get(path)
        assert answered.status_code == 200, answered.text
        assert "child 4711" not in answered.text
    (row,) = council.get("/v1/consents").json()["consents"]
    assert len(row["person"]) == 64


def test_a_consent_is_given_refused_renewed_and_withdrawn(council: Application) -> None:
    person = {"person": "child 4711"}
    refused = council.post(
        "/v1/consents", person | {"state": "refused", "form": form(expires=None)}
    ).json()
    consent = happenings.consent(council)
    renewed = council.post(
        f"/v1/consents/{consent}/renew", person | {"expires": "2036-01-01"}
    ).json()
    withdrawn = council.post(f"/v1/consents/{consent}/withdraw", person).json()

    assert [each["state"] for each in (refused, renewed, withdrawn)] == [
        "refused", "renewed", "withdrawn",
    ]  # fmt: skip
    assert renewed["expires"] == "2036-01-01"
    again = council.post(f"/v1/consents/{consent}/withdraw", person)
    assert (again.status_code, again.json()["code"]) == (409, "transition")
    listed = council.get("/v1/consents?state=withdrawn").json()["consents"]
    assert [each["consent"] for each in listed] == [consent]
    assert council.get("/v1/consents?at=2026-01-01").json()["consents"] == []


@pytest.mark.parametrize("person", ["child 4712", "somebody"])
def test_a_consent_of_another_person_is_not_there(council: Application, person: str) -> None:
    consent = happenings.consent(council)

    theirs = council.post(f"/v1/consents/{consent}/withdraw", {"person": person})
    nothing = council.post("/v1/consents/nothing/withdraw", {"person": person})

    answer = {"person": person, "state": "given", "form": form()}
    answered = [
        council.post("/v1/consents", answer | {"consent": each}) for each in (consent, "nothing")
    ]

    assert {each.status_code for each in (theirs, nothing, *answered)} == {404}
    assert theirs.json() == nothing.json() == answered[0].json() == answered[1].json()


UNFIT: dict[str, tuple[dict[str, Any], int]] = {
    "no end": ({"expires": None}, 422),
    "an end that is past": ({"expires": "2020-01-01"}, 422),
    "a word nobody knows": ({"purposes": ["gossip"]}, 422),
    "a basis that is no consent": ({"lawful_basis": ["6-1-e"]}, 422),
    "capacity that nobody assessed": (
        {"given_by": {"expressed": "written", "capacity_basis": "gillick"}},
        422,
    ),
    "a date that is none": ({"expires": "soon"}, 400),
    "one field more": ({"mood": "good"}, 400),
    "no words": ({"notice": ""}, 400),
}


@pytest.mark.parametrize(("changes", "status"), UNFIT.values(), ids=UNFIT)
def test_a_form_that_cannot_be_consent_is_not_recorded(
    council: Application, office: Office, changes: dict[str, Any], status: int
) -> None:
    before = office.premises.records.head().size
    said = {"person": "child 4711", "state": "given", "form": form(**changes)}

    refused = council.post("/v1/consents", said)
    misnamed = council.request(
        "POST", "/v1/consents", json=said, headers={"Idempotency-Key": "two words"}
    )

    assert refused.status_code == status, refused.text
    assert misnamed.status_code == 400
    assert "child 4711" not in refused.text
    assert office.premises.records.head().size == before


def test_a_consent_among_three_opens_nothing_to_one_of_them(council: Application) -> None:
    for wider in (
        {"controllers": [TRUST, "northshire-police"], "recipients": [COUNCIL, "other-agency"]},
        {"controllers": [TRUST], "recipients": ["northshire-police"]},
    ):
        said = {"person": "child 4711", "state": "given", "form": form(**wider)}
        assert council.post("/v1/consents", said).status_code == 403
    wide = form(controllers=[TRUST, "northshire-police"])
    said = {"person": "child 4711", "state": "given", "form": wide}
    assert council.post("/v1/consents", said).status_code == 201


# --- referrals


def test_a_case_is_closed_by_whom_it_was_left_to_and_once(
    council: Application, trust: Application, office: Office
) -> None:
    happenings.leave_to_a_person(office)
    jti = happenings.referred(council)
    path = f"/v1/referrals/{jti}/close"
    assert council.post(path, CLOSING | {"role": "cleaner"}).status_code == 403

    closed = trust.post(path, CLOSING)

    assert closed.status_code == 201, closed.text
    assert closed.json()["permitted"] == ["housing"]
    again = trust.post(path, CLOSING | {"outcome": "deny"})
    assert (again.status_code, again.json()["code"]) == (409, "transition")
    assert council.get("/v1/referrals").json()["referrals"] == []
    mine, theirs = (who.get(f"/v1/referrals/{jti}").json()["closing"] for who in (trust, council))
    assert (mine["by"], mine["reason"]) == (CLOSING["by"], CLOSING["reason"])
    assert (theirs["by"], theirs["reason"]) == (None, None)
    _, record = find(office.premises, closed.json()["record"], Kind.APPROVAL)
    assert record.payload["recorded_by"] == {"agency": TRUST, "client": "trust-app"}


def test_what_is_permitted_in_a_case_was_referred(council: Application, office: Office) -> None:
    happenings.leave_to_a_person(office)
    jti = happenings.referred(council)

    said = CLOSING | {"categories": ["identity"]}
    refused = council.post(f"/v1/referrals/{jti}/close", said)

    assert (refused.status_code, refused.json()["code"]) == (422, "unfit")


def test_an_answer_that_left_nothing_to_a_person_is_no_referral(council: Application) -> None:
    jti = council.ask().json()["context"]["evaluation_id"]

    assert council.get(f"/v1/referrals/{jti}").json() == council.get("/v1/referrals/x").json()


# --- emergencies


def test_an_emergency_is_recorded_listed_and_reviewed_once(
    council: Application, trust: Application, office: Office
) -> None:
    jti = happenings.emergency(trust)
    waiting = trust.get("/v1/emergencies?state=unreviewed").json()["emergencies"]
    reviewed = council.post(f"/v1/emergencies/{jti}/review", REVIEW)

    assert [each["record"] for each in waiting] == [jti]
    assert waiting[0]["why"] == EMERGENCY["why"]
    assert reviewed.status_code == 201, reviewed.text
    again = council.post(f"/v1/emergencies/{jti}/review", REVIEW)
    assert (again.status_code, again.json()["code"]) == (409, "transition")
    assert trust.get("/v1/emergencies?state=unreviewed").json()["emergencies"] == []
    theirs = trust.get(f"/v1/emergencies/{jti}").json()["review"]
    assert (theirs["finding"], theirs["recorded_by"]) == (None, COUNCIL)
    assert council.get(f"/v1/emergencies/{jti}").json()["review"]["finding"] == REVIEW["finding"]


def test_an_emergency_that_was_sent_twice_is_recorded_once(
    trust: Application, office: Office
) -> None:
    headers = {"Idempotency-Key": "emergency-1"}
    first, second = (trust.post("/v1/emergencies", EMERGENCY, headers=headers) for _ in range(2))

    assert first.content == second.content
    assert len(office.emergencies.list()) == 1


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"information": ["gossip"]}, 422),
        ({"at": "2036-01-01"}, 422),
        ({"role": "midwife"}, 403),
        ({"to": "westshire-council", "from": TRUST}, 403),
        ({"why": ""}, 400),
        ({"mood": "bad"}, 400),
    ],
)
def test_what_cannot_be_an_emergency_is_not_recorded(
    council: Application, office: Office, changes: dict[str, Any], status: int
) -> None:
    refused = council.post("/v1/emergencies", EMERGENCY | changes)

    assert refused.status_code == status, refused.text
    assert office.emergencies.list() == []


# --- reports


def test_reports_are_for_the_offices_own(council: Application, office: Office) -> None:
    happenings.emergency(council)
    refused = council.ask(**within("resource", categories=["education"])).json()["context"]
    again = council.ask(
        **within("resource", categories=["education"]),
        **within("context", purpose="early-help"),
    ).json()["context"]

    attention = council.get("/v1/reports/attention").json()["attention"]
    (found,) = council.get("/v1/reports/re-asks").json()["re_asks"]

    assert "emergency-unreviewed" in [each["what"] for each in attention]
    told = found["first"]["evaluation_id"], found["again"]["evaluation_id"]
    assert told == (refused["evaluation_id"], again["evaluation_id"])
    assert found["first"]["requester"] == "ncc:officer-17"
    assert "child 4711" not in council.get("/v1/reports/re-asks").text
    assert council.get("/v1/reports/re-asks?since=2020-01-01").status_code == 422


def test_a_report_that_would_hold_up_decisions_is_not_made(
    council: Application, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert council.get("/v1/reports/re-asks").status_code == 200
    monkeypatch.setattr(reports, "MAX_PLACES", 0)

    refused = council.get("/v1/reports/re-asks")

    assert (refused.status_code, refused.json()["code"]) == (422, "unfit")
