"""From a draft to its end over HTTP: the very steps of the terminal, and nothing unshown."""

from pathlib import Path
from typing import Any

import pytest

from agreements.lifecycle import Act
from engine.service import Office
from engine.service.premises import PARTY_KEY
from tests.api.agreement_world import (
    DRAFT,
    HERE,
    YAML,
    countersigned,
    drafted,
    performed,
    proposed,
    put,
    shown,
    words,
)
from tests.api.application import COUNCIL, TRUST, Application
from tests.service.conftest import AGREEMENT

pytestmark = pytest.mark.usefixtures("every_scope")

NEW = "/v1/agreements/northshire-new/versions/draft"


def state(app: Application, version: str = "1.0") -> str:
    found = app.get(HERE).json()["versions"]
    return str(next(each["state"] for each in found if each["version"] == version))


# --- drafts


def test_a_draft_is_begun_read_and_changed_by_whoever_saw_it(
    council: Application, office: Office
) -> None:
    text = words("0.1").replace(AGREEMENT, "northshire-new")
    begun = put(council, text, NEW, **{"If-None-Match": "*"})
    assert (begun.status_code, begun.json()["state"]) == (201, "draft")
    read = council.get(NEW, Accept="application/yaml")
    assert (read.text, read.headers["etag"]) == (text, begun.headers["etag"])

    changed = put(council, text + "# A note.\n", NEW, **{"If-Match": begun.headers["etag"]})

    assert changed.status_code == 200
    assert changed.json()["terms_sha256"] == begun.json()["terms_sha256"]
    assert changed.headers["etag"] != begun.headers["etag"]
    assert office.author.read("northshire-new").text == text + "# A note.\n"
    assert not office.premises.register.changed()  # It is in the register's history.


def test_findings_come_with_the_answer(council: Application) -> None:
    told = drafted(council, words("1.1")).json()

    assert (told["faults"], told["version"]) == (0, "1.1")
    faulty = words("1.2").replace("review_due: 2028-04-01", "review_due: 2020-04-01")
    assert drafted(council, faulty).json()["findings"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 428),
        ({"If-Match": '"another"'}, 412),
        ({"If-None-Match": "*"}, 412),
        ({"If-Match": "{}"}, 400),
    ],
)
def test_a_draft_is_changed_by_nobody_who_has_not_seen_it(
    council: Application, headers: dict[str, str], status: int, office: Office
) -> None:
    before = office.premises.register.head()

    assert put(council, words("1.1"), **headers).status_code == status
    assert office.premises.register.head() == before


FAULTS = {
    "no YAML": ("id: [", 400, "document"),
    "another id": (words("1.1").replace(AGREEMENT, "another"), 400, "document"),
    "an unknown field": (words("1.1") + "colour: red\n", 400, "document"),
    "the number of a text that is fixed": (words("1.0") + "", 200, ""),
    "the number of another text": (
        words("1.0").replace("Enquiries under", "Questions under"),
        409,
        "transition",
    ),
}


@pytest.mark.parametrize(("text", "status", "code"), FAULTS.values(), ids=FAULTS)
def test_a_text_that_could_not_be_a_draft_is_refused(
    council: Application, text: str, status: int, code: str
) -> None:
    tag = council.get(DRAFT, Accept="application/yaml").headers["etag"]

    told = put(council, text, **{"If-Match": tag})

    assert told.status_code == status, told.text
    assert told.json().get("code", "") == code
    if "line" in told.json().get("detail", ""):
        assert "column" in told.json()["detail"]


def test_a_text_of_another_media_type_is_refused(council: Application) -> None:
    refused = council.put(DRAFT, content=b"{}", headers={"Content-Type": "text/plain"})

    assert "application/yaml" in refused.json()["hint"]


# --- proposing, signing, publishing


def test_a_version_comes_into_force_by_the_signatures_of_both_agencies(
    council: Application, trust: Application, office: Office
) -> None:
    digests = proposed(council)
    ours = council.post(f"{HERE}/sign", digests)
    assert (ours.status_code, ours.json()["party"]) == (201, COUNCIL)
    assert [each["party"] for each in ours.json()["missing"]] == [TRUST]
    theirs = trust.post(f"{HERE}/sign", {"jws": countersigned(office, TRUST, "1.1", digests)})
    assert (theirs.status_code, theirs.json()["missing"]) == (201, [])
    assert state(council, "1.1") == "signed"

    # Its compiler is a process of its own, which a busy machine lets wait.
    told = council.request("POST", f"{HERE}/publish", json={}, timeout=120).json()

    assert (told["version"], told["signed_by"]) == ("1.1", [COUNCIL, TRUST])
    assert state(trust, "1.1") == "in_force"
    assert council.ask().json()["decision"] is True
    assert office.evidence.check_log().sound


def test_what_was_not_shown_is_neither_proposed_nor_signed(
    council: Application, trust: Application, office: Office
) -> None:
    drafted(council, words("1.1"))
    for name in ("terms_sha256", "change_sha256"):
        refused = council.post(f"{HERE}/propose", shown(council) | {name: "0" * 64})
        assert (refused.status_code, refused.json()["code"]) == (412, "changed")
    digests = shown(council)
    council.post(f"{HERE}/propose", digests)
    for name in ("terms_sha256", "change_sha256"):
        refused = council.post(f"{HERE}/sign", digests | {name: "0" * 64})
        assert (refused.status_code, refused.json()["code"]) == (412, "changed")
    other = digests | {"change_sha256": "1" * 64}
    refused = trust.post(f"{HERE}/sign", {"jws": countersigned(office, TRUST, "1.1", other)})
    assert (refused.status_code, refused.json()["code"]) == (409, "transition")

    assert office.lifecycle.stand((AGREEMENT, "1.1")).signatures.valid == ()


@pytest.mark.parametrize(
    ("body", "told"),
    [
        ({}, "`terms_sha256` and `change_sha256` are missing"),
        ({"terms_sha256": "0" * 64}, "are missing"),
        ({"jws": "a.b.c", "role": "y"}, "`jws` stands there beside other members"),
        ({"jws": "not a signature"}, "`jws`"),
        ({"shown": True}, "`shown` is not asked here"),
    ],
)
def test_a_signature_over_nothing_in_particular_is_malformed(
    council: Application, body: dict[str, Any], told: str
) -> None:
    proposed(council)

    refused = council.post(f"{HERE}/sign", body)

    assert refused.status_code == 400
    assert told in refused.json()["detail"]


def test_the_office_signs_for_its_own_agency_alone(
    council: Application, trust: Application, office: Office
) -> None:
    """Though the key of the other is in this very folder, as in the demonstration."""
    digests = proposed(council)
    assert f"{PARTY_KEY}{TRUST}" in office.premises.keys.names()

    refused = trust.post(f"{HERE}/sign", digests)
    as_other = council.post(f"{HERE}/sign", {"jws": countersigned(office, TRUST, "1.1", digests)})

    assert (refused.status_code, refused.json()["code"]) == (403, "caller")
    assert (as_other.status_code, as_other.json()["code"]) == (422, "signature")
    assert office.lifecycle.stand((AGREEMENT, "1.1")).signatures.valid == ()


def test_a_draft_is_proposed_before_it_is_signed(council: Application) -> None:
    drafted(council, words("1.1"))

    refused = council.post(f"{HERE}/sign", shown(council))

    assert (refused.status_code, refused.json()["code"]) == (409, "transition")
    assert "is a draft" in refused.json()["detail"]


def test_what_not_everybody_has_signed_is_not_published(council: Application) -> None:
    proposed(council)

    refused = council.post(f"{HERE}/publish", {})

    assert (refused.status_code, refused.json()["code"]) == (409, "agreement")
    assert f"`{TRUST}` has not signed" in refused.json()["detail"]


def test_nobody_signs_twice(council: Application) -> None:
    digests = proposed(council)
    council.post(f"{HERE}/sign", digests)

    refused = council.post(f"{HERE}/sign", digests)

    assert (refused.status_code, refused.json()["code"]) == (409, "transition")


# --- acts


def test_a_suspension_bites_on_the_very_next_decision(
    council: Application, trust: Application, office: Office
) -> None:
    assert council.ask().json()["context"]["code"] == "permitted"
    told = council.post(f"{HERE}/suspend", {"reason": "a breach"}).json()

    after = council.ask().json()["context"]

    assert (told["state"], told["party"], told["said"]) == ("suspended", COUNCIL, "a breach")
    assert (after["code"], after["index"]) == ("suspended", told["index"] + 1)
    assert council.post(f"{HERE}/resume", {}).json()["state"] == "in_force"
    assert trust.ask(**_from_trust()).json()["context"]["code"] == "permitted"
    assert office.evidence.check_log().sound


def _from_trust() -> dict[str, Any]:
    from tests.api.application import within

    basis = {"article6": "6-1-e", "article9": "9-2-g", "schedule1": "18"}
    return within("context", lawful_basis=basis)


def test_a_party_acts_with_its_own_key_from_elsewhere(
    trust: Application, council: Application, office: Office
) -> None:
    jws = performed(office, Act.SUSPEND, TRUST)

    told = trust.post(f"{HERE}/suspend", {"jws": jws})

    assert (told.status_code, told.json()["party"]) == (200, TRUST)
    assert council.ask().json()["context"]["code"] == "suspended"
    refused = council.post(f"{HERE}/resume", {})
    assert (refused.status_code, refused.json()["code"]) == (409, "transition")
    again = trust.post(f"{HERE}/suspend", {"jws": jws})
    assert again.status_code == 409


ELSEWHERE: dict[str, tuple[Act, dict[str, Any], int, str]] = {
    "ahead of time": (Act.SUSPEND, {"ahead_s": 3_600}, 422, "which is not now"),
    "before the key spoke": (Act.SUSPEND, {"iat": 1_790_000_000}, 422, "spoke for"),
    "another act": (Act.LEAVE, {}, 422, "the act that is signed is `leave`"),
    "another text": (Act.SUSPEND, {"terms_sha256": "0" * 64}, 422, "another text"),
    "another office of the agency": (Act.SUSPEND, {"role": "clerk"}, 409, "does not sign for"),
    "a version that is not there": (Act.SUSPEND, {"version": "9.9"}, 404, "no such version"),
    "another agreement": (Act.SUSPEND, {"agreement_id": "x"}, 422, "of `x`"),
}


@pytest.mark.parametrize(("what", "said", "status", "told"), ELSEWHERE.values(), ids=ELSEWHERE)
def test_an_act_that_does_not_hold_does_nothing(
    trust: Application,
    office: Office,
    what: Act,
    said: dict[str, Any],
    status: int,
    told: str,
) -> None:
    before = office.premises.register.head()

    refused = trust.post(f"{HERE}/suspend", {"jws": performed(office, what, TRUST, **said)})

    assert refused.status_code == status, refused.text
    assert told in refused.json()["detail"]
    assert office.premises.register.head() == before


@pytest.mark.parametrize(
    ("act", "body", "to", "code"),
    [
        ("leave", {"reason": "we merged"}, "in_force", "expired"),
        ("end", {}, "in_force", "permitted"),
        ("suspend", {"reason": "later", "from": "2029-01-01"}, "in_force", "permitted"),
    ],
)
def test_each_act_is_that_of_the_terminal(
    council: Application, act: str, body: dict[str, Any], to: str, code: str
) -> None:
    told = council.post(f"{HERE}/{act}", body)

    assert (told.status_code, told.json()["act"], told.json()["state"]) == (200, act, to)
    assert council.ask().json()["context"]["code"] == code


def test_a_proposed_version_is_sent_back_or_a_signature_taken_back(
    council: Application,
) -> None:
    digests = proposed(council, "1.1")
    back = council.post(f"{HERE}/send-back", {"question": "Why so long?", "version": "1.1"})
    assert (back.status_code, back.json()["state"]) == (200, "sent_back")
    assert council.post(f"{HERE}/sign", digests).status_code == 409
    council.post(f"{HERE}/sign", proposed(council, "1.2"))

    taken = council.post(f"{HERE}/withdraw", {})

    assert (taken.json()["version"], taken.json()["state"]) == ("1.2", "sent_back")


@pytest.mark.parametrize(
    ("act", "body", "told"),
    [
        ("suspend", {}, "`reason` is missing"),
        ("suspend", {"reason": "two\nlines"}, "`reason`"),
        ("suspend", {"reason": "x", "from": "2029-02-31"}, "`from`: is not a day of the calendar"),
        ("suspend", {"reason": "x", "from": "soon"}, "`from`"),
        ("suspend", {"reason": "x", "party": TRUST}, "`party` is not asked here"),
        ("send-back", {}, "`question` is missing"),
        ("withdraw", {"from": "2029-01-01"}, "`from` is not asked here"),
        ("leave", {"version": "one"}, "`version`"),
        ("leave", {"jws": "a.b.c", "reason": "y"}, "beside other members"),
        ("end", {"jws": "x.y"}, "`jws`"),
    ],
)
def test_an_act_that_is_not_understood_is_malformed(
    council: Application, act: str, body: dict[str, Any], told: str
) -> None:
    refused = council.post(f"{HERE}/{act}", body)

    assert refused.status_code == 400, refused.text
    assert told in refused.json()["detail"]


@pytest.mark.parametrize(
    ("act", "body"),
    [
        ("resume", {}),
        ("withdraw", {}),
        ("send-back", {"question": "Why?"}),
        ("suspend", {"reason": "x", "role": "clerk"}),
        ("suspend", {"reason": "x", "from": "2020-01-01"}),
    ],
)
def test_what_is_not_possible_is_refused_with_what_to_do(
    council: Application, act: str, body: dict[str, Any]
) -> None:
    refused = council.post(f"{HERE}/{act}", body)

    assert refused.status_code == (422 if "from" in body else 409)
    assert refused.json()["hint"]


# --- again


def named(key: str) -> dict[str, str]:
    return {"Idempotency-Key": key}


def test_a_step_asked_for_again_is_answered_as_it_was(council: Application, office: Office) -> None:
    digests = proposed(council, "1.1")
    sent: list[tuple[str, Any]] = [
        ("sign", digests),
        ("send-back", {"question": "Why?", "version": "1.1"}),
        ("suspend", {"reason": "a breach"}),
        ("resume", {}),
        ("leave", {}),
    ]
    for act, body in sent:
        first = council.post(f"{HERE}/{act}", body, headers=named(act))
        commit, size = office.premises.register.head(), office.premises.records.head()
        again = council.post(f"{HERE}/{act}", body, headers=named(act))
        assert (first.status_code, first.content) == (again.status_code, again.content), act
        assert first.status_code in (200, 201), first.text
        assert (office.premises.register.head(), office.premises.records.head()) == (commit, size)
    other = council.post(f"{HERE}/suspend", {"reason": "another"}, headers=named("suspend"))
    assert (other.status_code, other.json()["code"]) == (409, "repeated")


def test_a_draft_put_again_is_answered_as_it_was(council: Application) -> None:
    text = words("1.1").encode()
    tag = council.get(DRAFT, Accept="application/yaml").headers["etag"]
    headers = YAML | named("draft-1") | {"If-Match": tag}

    first, again = (council.put(DRAFT, content=text, headers=headers) for _ in range(2))

    assert (first.status_code, first.content) == (again.status_code, again.content) != (412, b"")
    assert first.headers["etag"] == again.headers["etag"]


@pytest.mark.parametrize("act", ["suspend", "sign", "propose", "publish", "draft"])
def test_a_step_killed_before_its_answer_was_kept_is_not_taken_twice(
    council: Application,
    trust: Application,
    office: Office,
    monkeypatch: pytest.MonkeyPatch,
    act: str,
) -> None:
    """The register has it, the log perhaps not; whoever asks again is told that it was done."""
    from engine.adapters import sql_answers

    digests: dict[str, str] = {}
    if act in ("sign", "publish"):
        digests = proposed(council)
    if act == "publish":
        council.post(f"{HERE}/sign", digests)
        trust.post(f"{HERE}/sign", {"jws": countersigned(office, TRUST, "1.1", digests)})
    if act == "propose":
        drafted(council, words("1.1"))
        digests = shown(council)
    tag = council.get(DRAFT, Accept="application/yaml").headers["etag"]
    keep, kept = sql_answers.keep, []

    def breaks(connection: Any, name: str, given: Any, *, since_s: int) -> None:
        kept.append(name)
        if not name.endswith("begun") and len(kept) == 2:
            raise OSError("killed")
        keep(connection, name, given, since_s=since_s)

    monkeypatch.setattr(sql_answers, "keep", breaks)

    def asks() -> Any:
        if act == "draft":
            headers = YAML | named("one") | {"If-Match": tag}
            return council.put(DRAFT, content=words("1.1").encode(), headers=headers)
        body = {"suspend": {"reason": "a breach"}, "publish": {}}.get(act)
        return council.post(
            f"{HERE}/{act}", digests if body is None else body, headers=named("one")
        )

    assert asks().status_code == 500
    commit, size = office.premises.register.head(), office.premises.records.head().size
    told = asks()
    again = asks()

    assert told.status_code in (200, 201), told.text
    assert (told.status_code, told.content) == (again.status_code, again.content)
    assert office.premises.register.head() == commit
    grows = 1 if act in ("suspend", "publish") else 0
    assert office.premises.records.head().size == size + grows
    assert office.evidence.check_log().sound
    if act == "suspend":
        assert council.ask().json()["context"]["code"] == "suspended"


def test_a_restart_forgets_no_answer(every_scope: Path, council: Application, portal: Any) -> None:
    from api.app import create_app
    from tests.api.application import URL
    from tests.api.conftest import application, opened

    body = {"reason": "a breach"}
    first = council.post(f"{HERE}/suspend", body, headers=named("once"))
    with opened(create_app(every_scope, url=URL, hot=False), portal) as other:
        again = application("council-app", portal, other).post(
            f"{HERE}/suspend", body, headers=named("once")
        )

    assert again.content == first.content
    assert first.status_code == 200
