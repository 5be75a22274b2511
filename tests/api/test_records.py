"""Records and the log over HTTP: for the two ends, and for auditors; page by page."""

import base64
import json
from typing import Any

import pytest

from api import gathering
from engine import merkle
from engine.service import Office
from tests.api.application import Application, evaluation
from tests.service.conftest import asked as question


def listed(who: Application, path: str, name: str = "records") -> list[dict[str, Any]]:
    """Every page of a list."""
    found, on = list[dict[str, Any]](), path
    while on:
        answered = who.get(on)
        assert answered.status_code == 200, answered.text
        assert ("link" in answered.headers) is (answered.json()["next"] is not None)
        found, on = found + answered.json()[name], answered.json()["next"]
    return found


def only_auditing(auditor: Application, path: str) -> dict[str, Any]:
    """What is told to a token that lets its bearer do nothing else."""
    token = auditor.token(scope="audit")
    headers = {
        "Authorization": f"DPoP {token}",
        "DPoP": auditor.proof(path, token, htm="GET"),
    }
    answered = auditor.send("GET", path, headers=headers)
    assert answered.status_code == 200, answered.text
    return dict(answered.json())


@pytest.fixture
def asked(council: Application) -> list[str]:
    """Four decisions."""
    return [council.ask().json()["context"]["evaluation_id"] for _ in range(4)]


@pytest.mark.parametrize("limit", [1, 2, 50])
def test_pages_of_any_length_give_each_record_once_newest_first(
    council: Application, asked: list[str], limit: int
) -> None:
    rows = listed(council, f"/v1/records?limit={limit}&kind=decision")

    assert [row["evaluation_id"] for row in rows] == asked[::-1]


def test_a_record_that_is_made_meanwhile_moves_no_page(
    council: Application, asked: list[str]
) -> None:
    first = council.get("/v1/records?limit=2&kind=decision").json()
    council.ask()

    rest = council.get(first["next"]).json()

    told = [row["evaluation_id"] for page in (first, rest) for row in page["records"]]
    assert told == asked[::-1]


def test_filters_are_held_to_what_is_known(council: Application, asked: list[str]) -> None:
    assert len(listed(council, "/v1/records?outcome=permit")) == 4
    assert listed(council, "/v1/records?outcome=refer") == []
    assert listed(council, "/v1/records?agreement=another") == []
    assert [
        row["evaluation_id"] for row in listed(council, f"/v1/records?evaluation_id={asked[1]}")
    ] == [asked[1]]
    assert listed(council, f"/v1/records?evaluation_id={asked[1]}&outcome=deny") == []
    assert len(listed(council, "/v1/records?since=2026-01-01&kind=decision")) == 4
    assert listed(council, "/v1/records?until=2026-01-01") == []
    assert listed(council, "/v1/records?at=2026-01-01") == []
    assert listed(council, "/v1/records?known_at=2026-01-01") == []
    for wrong in ("kind=rumour", "outcome=maybe", "since=yesterday", "what=1", "after=x"):
        assert council.get(f"/v1/records?{wrong}").status_code == 400


def test_what_is_rare_is_found_piece_by_piece(
    auditor: Application, office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "PIECES", 1)
    for _ in range(5):
        office.desk.ask_many([question()] * 50)

    first = auditor.get("/v1/records?kind=agreement-activation").json()

    assert first["records"] == []
    (found,) = auditor.get(first["next"]).json()["records"]
    assert (found["kind"], found["index"]) == ("agreement-activation", 0)


def test_an_auditor_of_the_office_sees_what_its_terminal_lists(
    auditor: Application, council: Application, office: Office, asked: list[str]
) -> None:
    everything = [row.jti for row in office.evidence.records(100)]

    assert [row["evaluation_id"] for row in listed(auditor, "/v1/records")] == everything
    assert len(listed(council, "/v1/records")) < len(everything)
    assert auditor.get(f"/v1/records/{everything[-1]}").status_code == 200
    assert council.get(f"/v1/records/{everything[-1]}").status_code == 404


def test_hidden_claims_go_to_the_agency_that_asked_alone(
    council: Application, trust: Application, auditor: Application, asked: list[str]
) -> None:
    path = f"/v1/records/{asked[0]}/proof"

    mine, theirs = council.get(path).json(), trust.get(path).json()
    audited = only_auditing(auditor, path)

    assert len(mine["disclosures"]) == 5
    assert theirs["disclosures"] == audited["disclosures"] == []
    assert mine["record"] == theirs["record"] == audited["record"]


def test_what_has_not_changed_is_not_sent_twice(council: Application, asked: list[str]) -> None:
    path = f"/v1/records/{asked[0]}"
    tag = council.get(path).headers["etag"]

    again = council.get(path, If_None_Match=tag)

    assert (again.status_code, again.content) == (304, b"")


def test_whoever_watches_the_log_can_prove_that_it_grew(
    auditor: Application, council: Application, office: Office, asked: list[str]
) -> None:
    trust = office.premises.trust()
    before, _ = trust.open_head(auditor.send("GET", "/v1/checkpoint").content, office.settings.log)
    council.ask()
    after, _ = trust.open_head(auditor.send("GET", "/v1/checkpoint").content, office.settings.log)

    path = f"/v1/log/consistency?first={before.size}&second={after.size}"
    hashes = [base64.b64decode(each) for each in auditor.get(path).json()["hashes"]]
    merkle.verify_consistency(before.size, after.size, before.root, after.root, hashes)
    tile = auditor.get(f"/v1/log/tile/0/000.p/{after.size}").content
    leaves = [tile[start : start + 32] for start in range(0, len(tile), 32)]
    assert merkle.root(leaves) == after.root
    bundle = auditor.get(f"/v1/log/tile/entries/000.p/{after.size}").content
    first = bundle[2 : 2 + int.from_bytes(bundle[:2])]
    assert merkle.leaf_hash(first) == leaves[0]
    path = f"/v1/log/inclusion?index=0&size={after.size}"
    hashes = [base64.b64decode(each) for each in auditor.get(path).json()["hashes"]]
    merkle.verify_inclusion(leaves[0], 0, after.size, hashes, after.root)


@pytest.mark.parametrize("path", ["0/0", "9/000", "entries/1", "0/000.p/300", "x/y/z", "0/999"])
def test_a_tile_that_is_not_there_is_not_found(auditor: Application, path: str) -> None:
    assert auditor.get(f"/v1/log/tile/{path}").status_code == 404


def test_the_log_of_decisions_is_read_in_bounded_parts(
    auditor: Application, asked: list[str]
) -> None:
    told, path = list[str](), "/v1/decision-log?level=2&limit=2"
    while path:
        answered = auditor.get(path)
        assert answered.headers["content-type"] == "application/jsonl"
        lines = [json.loads(line) for line in answered.text.splitlines()]
        told += [line["attributes"]["concordat.record"]["evaluation_id"] for line in lines]
        link = answered.headers.get("link", "")
        path = link[1 : link.index(">")] if link else ""

    assert told == asked
    assert "child 4711" not in auditor.get("/v1/decision-log").text


def test_the_log_of_decisions_follows_the_trace_of_a_request(
    auditor: Application, council: Application
) -> None:
    trace_id, parent = "28dbeec32e77635cc19bc3204ec56c41", "c4e1d75a3f9b8240"
    headers = {"traceparent": f"00-{trace_id}-{parent}-01"}
    council.post("/access/v1/evaluation", evaluation(), headers=headers)

    (line,) = map(json.loads, auditor.get("/v1/decision-log").text.splitlines())

    assert (line["trace_id"], line["parent_span_id"]) == (trace_id, parent)
