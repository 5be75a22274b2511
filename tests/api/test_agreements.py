"""Agencies and agreements read over HTTP: what is told, to whom, and as of when."""

import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import quote

import pytest

from agreements import document
from agreements.lifecycle import Act
from engine import bootstrap
from engine.canonical import digest_hex
from engine.compile import agreement_bytes
from engine.service import Office
from engine.service.documents import stand_document
from tests.api.agreement_world import HERE, words
from tests.api.application import COUNCIL, TRUST, Application
from tests.service.conftest import AGREEMENT, write_text

pytestmark = pytest.mark.usefixtures("every_scope")


def bundle(office: Office) -> str:
    return f"sha256:{office.shelf.current().bundle.sha256}"


def test_an_agreement_is_listed_for_each_of_its_parties(
    council: Application, trust: Application, stranger: Application, office: Office
) -> None:
    for app in (council, trust):
        told = app.get("/v1/agreements").json()
        assert [each["id"] for each in told["agreements"]] == [AGREEMENT]
        (version,) = told["agreements"][0]["versions"]
        assert (version["version"], version["state"]) == ("1.0", "in_force")
        assert version["parties"] == [COUNCIL, TRUST]
        assert (told["bundle"], told["next"]) == (bundle(office), None)
    assert stranger.get("/v1/agreements").json()["agreements"] == []


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ("state=in_force", 1),
        ("state=draft", 0),
        (f"party={TRUST}", 1),
        ("party=westshire-council", 0),
        (f"party={COUNCIL}&state=in_force", 1),
    ],
)
def test_a_list_is_filtered_by_party_and_state(
    council: Application, query: str, count: int
) -> None:
    assert len(council.get(f"/v1/agreements?{query}").json()["agreements"]) == count


def test_a_list_comes_in_pages(council: Application, office: Office) -> None:
    for name in ("a-first", "z-last"):
        write_text(office, words().replace(f"id: {AGREEMENT}", f"id: {name}"), name)
    seen, path = [], "/v1/agreements?limit=1"

    while path:
        told = council.get(path)
        seen += [each["id"] for each in told.json()["agreements"]]
        path = told.json()["next"]
        assert (told.headers.get("link") or "").startswith(f"<{path}>" if path else "")

    assert seen == ["a-first", AGREEMENT, "z-last"]


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/v1/agreements?state=open", "`open` is no `state`"),
        ("/v1/agreements?stat=draft", "`stat` is not asked here"),
        ("/v1/agreements?limit=0", "`limit` is not a number"),
        ("/v1/agreements?after=x", "no place in this list"),
        ("/v1/agreements?at=soon", "`at` is no instant"),
        (f"{HERE}?version=1.0", "`version` is not asked here"),
        (f"{HERE}/versions/1.0/findings?known_at=2026-11-01", "`known_at` is not asked here"),
        ("/v1/agencies?kind=police", "`kind` is not asked here"),
    ],
)
def test_a_question_that_is_not_understood_is_malformed(
    council: Application, path: str, told: str
) -> None:
    refused = council.get(path)

    assert refused.status_code == 400
    assert told in refused.json()["detail"]


@pytest.mark.parametrize(
    ("query", "told"),
    [
        ("from=1.0", "`from` stands there without `to`"),
        ("from=1.0&to=1.0&at=2026-11-01", "both versions are named"),
    ],
)
def test_parameters_that_are_right_each_and_not_together_cannot_be_answered(
    council: Application, query: str, told: str
) -> None:
    refused = council.get(f"{HERE}/diff?{query}")

    assert (refused.status_code, refused.json()["code"]) == (422, "unfit")
    assert told in refused.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/agreements", "/v1/agencies", HERE, f"{HERE}/diff"])
def test_nobody_knows_yet_what_will_be_known(council: Application, path: str) -> None:
    refused = council.get(f"{path}?known_at=2099-01-01")

    assert (refused.status_code, refused.json()["code"]) == (422, "request")
    assert "nobody knows yet" in refused.json()["detail"]


def test_where_an_agreement_stands_is_told_as_on_the_terminal(
    council: Application, office: Office
) -> None:
    told = council.get(HERE).json()

    stands = office.lifecycle.versions(AGREEMENT)
    assert told["versions"] == [stand_document(each) for each in stands]
    assert {each["party"] for each in told["versions"][0]["signed"]} == {COUNCIL, TRUST}
    assert told["bundle"] == bundle(office)


def test_what_was_known_before_it_was_published_holds_no_agreement(
    council: Application,
) -> None:
    for path in (HERE, f"{HERE}/versions/in-force", f"{HERE}/versions/1.0"):
        assert council.get(f"{path}?known_at=2026-01-01").status_code == 404
    told = council.get("/v1/agreements?known_at=2026-01-01").json()
    assert (told["agreements"], told["known_at"]) == ([], "2026-01-01")


def test_a_version_is_asked_as_of_an_instant(council: Application) -> None:
    (version,) = council.get(f"{HERE}?at=2029-01-01").json()["versions"]
    (listed,) = council.get("/v1/agreements?at=2029-01-01").json()["agreements"]

    assert version["state"] == listed["versions"][0]["state"] == "overdue"


def test_the_text_is_had_in_both_forms_and_the_canonical_one_is_what_was_signed(
    council: Application, office: Office
) -> None:
    signed = office.lifecycle.stand((AGREEMENT, "1.0"))
    for version in ("1.0", "in-force"):
        path = f"{HERE}/versions/{version}"
        canonical = council.get(path)
        text = council.get(path, Accept="text/html, application/yaml;q=0.9, application/json;q=0.1")

        assert digest_hex(canonical.content) == signed.terms_sha256
        assert text.headers["content-type"] == "application/yaml"
        assert agreement_bytes(document.parse(text.content).agreement) == canonical.content
        assert "#" in text.text  # The author's comments.
        assert text.headers["vary"] == canonical.headers["vary"] == "Accept"
        assert text.headers["etag"] != canonical.headers["etag"]


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0, text/plain", "x"])
def test_another_form_is_not_to_be_had(council: Application, accept: str) -> None:
    refused = council.get(f"{HERE}/versions/1.0", Accept=accept)

    assert (refused.status_code, refused.json()["code"]) == (406, "form")
    assert "application/yaml" in refused.json()["hint"]


@pytest.mark.parametrize("accept", ["*/*", "application/*", "application/json;q=0.5", ""])
def test_whoever_does_not_mind_gets_the_canonical_form(council: Application, accept: str) -> None:
    assert council.get(f"{HERE}/versions/1.0", Accept=accept).headers["content-type"] == (
        "application/json"
    )


def test_what_each_clause_means_is_told_in_plain_english(council: Application) -> None:
    told = council.get(f"{HERE}/versions/1.0/english").json()

    assert [each["id"] for each in told["clauses"]] == ["1"]
    assert "Northshire NHS Trust" in told["clauses"][0]["english"] or told["clauses"]
    assert "may give" in told["clauses"][0]["english"]


def test_findings_are_those_of_a_day(council: Application) -> None:
    now = council.get(f"{HERE}/versions/1.0/findings").json()
    later = council.get(f"{HERE}/versions/1.0/findings?at=2030-01-01").json()

    assert (now["faults"], later["as_of"]) == (0, "2030-01-01")
    rules = [{each["rule"] for each in told["findings"]} for told in (now, later)]
    assert rules[1] - rules[0]
    assert all(each["line"] > 0 for each in later["findings"])


def test_the_diff_is_the_document_that_is_signed(council: Application, office: Office) -> None:
    write_text(office, words("1.1", **{"health-physical": "health-mental"}))
    offer = office.author.proposals.change_of(AGREEMENT)

    told = council.get(f"{HERE}/diff").json()

    assert told["change_sha256"] == offer.change_sha256
    assert (told["old"]["version"], told["new"]["version"]) == ("1.0", "1.1")
    assert told["newly_permitted"]
    assert council.get(f"{HERE}/diff?to=draft").json() == told
    both = council.get(f"{HERE}/diff?from=1.0&to=draft").json()
    assert both["newly_permitted"] == told["newly_permitted"]
    assert "bundle" not in both
    back = council.get(f"{HERE}/diff?from=draft&to=1.0").json()
    assert back["no_longer_permitted"] == told["newly_permitted"]
    before = council.get(f"{HERE}/diff?to=1.0&at=2026-03-01&known_at=2026-03-01").json()
    assert (before["old"], before["known_at"]) == (None, "2026-03-01")


def test_nothing_is_sent_again_to_whoever_has_it(council: Application) -> None:
    for path in (HERE, "/v1/agreements", f"{HERE}/diff", f"{HERE}/versions/1.0", "/v1/agencies"):
        told = council.get(path)
        again = council.get(path, **{"If-None-Match": told.headers["etag"]})
        assert (again.status_code, again.content) == (304, b""), path
        assert again.headers["etag"] == told.headers["etag"]


def test_another_state_has_another_tag(council: Application, office: Office) -> None:
    before = council.get(HERE).headers["etag"]

    office.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")

    told = council.get(HERE, **{"If-None-Match": before})
    assert told.status_code == 200
    assert told.json()["versions"][-1]["state"] == "suspended"


def test_a_draft_is_shown_to_the_agency_of_the_office_alone(
    council: Application, trust: Application, office: Office
) -> None:
    write_text(office, words("1.1"))

    assert [each["version"] for each in council.get(HERE).json()["versions"]] == ["1.0", "1.1"]
    assert [each["version"] for each in trust.get(HERE).json()["versions"]] == ["1.0"]
    assert council.get(f"{HERE}/versions/draft").json()["version"] == "1.1"
    assert trust.get(f"{HERE}/versions/draft").status_code == 404
    listed = [app.get("/v1/agreements").json()["agreements"] for app in (council, trust)]
    assert [len(each[0]["versions"]) for each in listed] == [2, 1]


def test_a_draft_that_cannot_be_read_is_said_to_be_so(council: Application, office: Office) -> None:
    write_text(office, "id: [")

    refused = council.get(f"{HERE}/versions/draft")

    assert (refused.status_code, refused.json()["code"]) == (409, "document")
    assert len(council.get("/v1/agreements").json()["agreements"]) == 1


@pytest.mark.parametrize("name", ["agreement.json", "text.yaml"])
def test_a_proposal_that_is_not_borne_out_hides_nothing_else(
    council: Application, office: Office, name: str
) -> None:
    write_text(office, words("1.1"))
    office.author.propose(AGREEMENT)
    office.premises.register.path(f"proposals/{AGREEMENT}/1.1/{name}").write_bytes(b"{}")

    (told,) = council.get("/v1/agreements?state=in_force").json()["agreements"]

    assert [each["version"] for each in told["versions"]] == ["1.0"]
    assert council.get(f"{HERE}/versions/1.0").status_code == 200
    assert council.get(f"{HERE}/versions/1.1").status_code in (404, 409, 503)


@pytest.mark.parametrize("name", ["nothing", "%2e%2e", "a b", "x" * 300, "%00", "☃"])
def test_what_is_not_there_is_not_found(council: Application, name: str) -> None:
    for path in (
        f"/v1/agreements/{quote(name, safe='%.')}",
        f"/v1/agreements/{quote(name, safe='%.')}/diff",
        f"{HERE}/versions/{quote(name, safe='%.')}",
        f"{HERE}/versions/{quote(name, safe='%.')}/findings",
        f"/v1/agencies/{quote(name, safe='%.')}",
    ):
        assert council.get(path).status_code == 404, path


# --- agencies


def test_agencies_are_those_of_the_list_and_of_ones_own_agreements(
    council: Application, stranger: Application, office: Office
) -> None:
    told = council.get("/v1/agencies").json()

    assert [each["id"] for each in told["agencies"]] == [COUNCIL, TRUST]
    assert told["agencies"][0]["bound_by"] == [f"{AGREEMENT} 1.0"]
    assert told["bundle"] == bundle(office)
    one = council.get(f"/v1/agencies/{TRUST}").json()
    assert one | {"bundle": 0} == told["agencies"][1] | {
        "as_of": None,
        "known_at": None,
        "bundle": 0,
    }
    assert stranger.get("/v1/agencies").json()["agencies"] == []
    assert stranger.get(f"/v1/agencies/{TRUST}").status_code == 404


@pytest.fixture
def listed(every_scope: Path) -> None:
    """The trust stands in the shared list of agencies."""
    row = f"{{id: {TRUST}, name: The Trust, kind: nhs-trust, public_authority: true}}"
    text = f'concordat: "1"\nagencies:\n  - {row}\n'
    with bootstrap.open_office(every_scope) as office:
        said = {"agencies.yaml": text.encode()}
        office.premises.register.commit(said, "agencies", datetime.now(UTC))


def test_an_agency_of_the_shared_list_is_told_without_the_agreements_of_others(
    listed: None, stranger: Application
) -> None:
    (told,) = stranger.get("/v1/agencies").json()["agencies"]

    assert told["id"] == TRUST
    assert (told["bound_by"], told["known_from"]) == ([], ["agency register"])
    assert AGREEMENT not in json.dumps(told)
