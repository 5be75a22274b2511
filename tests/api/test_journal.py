"""The journal: a line for each request, and nobody's data in any of them."""

import json
import logging
import math

import httpx2
import pytest

from api import binding, journal
from api.routes import records
from engine.errors import StorageError
from tests.api.application import Application, evaluation, within
from tests.api.written import Written

BOTH_WAYS = True

CANARY = "Wren-Canary-1997"
NHS_NUMBER = "9434765919"


def test_a_request_is_one_line(written: Written, council: Application) -> None:
    bound = council.token()
    trace = "0af7651916cd43dd8448eb211c80319c"

    council.post(
        "/access/v1/evaluation",
        evaluation(),
        token=bound,
        headers={"X-Request-ID": "ab" * 16, "traceparent": f"00-{trace}-b7ad6b7169203331-01"},
    )

    told = written.requests()[-1]
    assert told.pop("ms") > 0
    assert told.pop("at").endswith("Z")
    assert told == {
        "event": "request",
        "level": "info",
        "request": "ab" * 16,
        "trace": trace,
        "client": "council-app",
        "agency": "northshire-council",
        "method": "POST",
        "route": "/access/v1/evaluation",
        "status": 200,
        "outcome": "permit",
        "code": "permitted",
        "agreement": "northshire-s47",
    }


def test_several_answers_are_counted_in_their_line(written: Written, council: Application) -> None:
    council.ask_all(evaluation() | {"evaluations": [{}, within("context", purpose="nonsense"), {}]})

    told = written.requests()[-1]
    assert (told["answers"], told["permit"], told["deny"]) == (3, 2, 1)


def test_who_was_refused_and_by_what_is_told(written: Written, stranger: Application) -> None:
    stranger.ask()

    refused, told = written.lines[-2:]
    assert refused["event"] == "refused"
    assert (refused["client"], refused["agency"]) == ("other-app", "westshire-council")
    assert (told["status"], told["code"]) == (403, "caller")


def everything(app: Application, http: httpx2.AsyncClient) -> None:
    """Requests of every kind, with a person's name and number wherever one can be put."""
    both = f"{CANARY} {NHS_NUMBER}"
    bound = app.token()
    named = {
        "subject": {"type": "practitioner", "id": both, "properties": {"role": "social-worker"}},
        "resource": evaluation()["resource"]
        | {"id": CANARY, "properties": {"holder": "northshire-nhs-trust", "subject_ref": both}},
    }
    whole = evaluation()
    whole["resource"]["id"] = whole["subject"]["id"] = CANARY
    whole["resource"]["properties"]["subject_ref"] = NHS_NUMBER
    whole["context"]["necessity"] = both
    for path in ("/access/v1/evaluation", "/access/v1/evaluations"):
        app.post(path, whole)
        app.post(path, evaluation(**named))
        app.post(path, whole | {"evaluations": [whole, named, {"subject": both}, both]})
        app.post(path, content=f'{{"subject": "{both}'.encode())
        app.post(path, content=both.encode() * 100_000)
        app.post(path, {"action": {"name": both}, CANARY: both})
        app.post(path, within("context", purpose=CANARY, agreement=CANARY, asked_by=CANARY))
        app.post(path, within("subject", agency=CANARY, role=CANARY))
        app.post(path, evaluation(), headers={"X-Request-ID": CANARY, "traceparent": both})
        app.post(path, evaluation(), headers={"X-Request-ID": NHS_NUMBER, "X-Name": both})
        app.post(path, evaluation(), headers={"Content-Type": CANARY})
        app.send("POST", path, json=evaluation(), headers={"Authorization": f"DPoP {CANARY}"})
        app.send("POST", path, json=evaluation(), headers={"Authorization": CANARY, "DPoP": CANARY})
        app.send("DELETE", path + "?name=" + CANARY)
    for path in (f"/v1/records/{CANARY}", f"/v1/records/{CANARY}/proof"):
        proof = app.proof(path, bound, htm="GET")
        app.send("GET", path, headers={"Authorization": f"DPoP {bound}", "DPoP": proof})
        app.send("GET", path)
    for path in (f"/{CANARY}", f"/health?name={CANARY}", f"/metrics?{CANARY}", f"/v1/{NHS_NUMBER}"):
        app.send("GET", path, headers={"Cookie": CANARY, "User-Agent": both, "Referer": CANARY})
        app.send(CANARY[:4].upper(), path)
    app.ask_token(client_id=CANARY, scope=CANARY)
    app.ask_token(assertion=CANARY)
    app.ask_token(assertion=app.assertion(sub=CANARY, jti=CANARY))
    app.send("POST", "/oauth/token", data={"grant_type": both, CANARY: both})


def test_nobodys_data_is_in_the_journal(
    written: Written, council: Application, http: httpx2.AsyncClient
) -> None:
    everything(council, http)

    assert len(written.requests()) > 50
    text = written.data.decode()
    for secret in (CANARY, NHS_NUMBER, "Wren", "eyJ"):
        assert secret not in text, secret


class BrokenError(Exception):
    """Says what was asked, as the errors of many libraries do."""


FAULTS = {
    "an error nobody foresaw": BrokenError(f"cannot cope with {CANARY}"),
    "an error of ours that quotes a name": StorageError(f"`{CANARY} {NHS_NUMBER}` is locked"),
    "a wrong value": ValueError(CANARY),
}


@pytest.mark.parametrize("fault", FAULTS.values(), ids=FAULTS.keys())
def test_nobodys_data_is_in_the_journal_when_something_breaks(
    fault: Exception,
    written: Written,
    council: Application,
    http: httpx2.AsyncClient,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken(*_: object) -> None:
        raise fault from RuntimeError(CANARY)

    monkeypatch.setattr(binding, "proposed", broken)
    monkeypatch.setattr(records, "_record", broken)
    everything(council, http)
    logging.getLogger("uvicorn.error").error("%s", CANARY, exc_info=fault)
    logging.getLogger("asyncio").warning("slow: %s", CANARY)

    told = [line for line in written.lines if line["event"] in ("fault", "unanswered", "library")]
    assert {line["fault"] for line in told if "fault" in line} == {type(fault).__name__}
    assert len(told) > 5
    for secret in (CANARY, NHS_NUMBER, "Wren"):
        assert secret not in written.data.decode()


def test_what_has_no_place_in_a_line_is_left_out(written: Written) -> None:
    journal.note("info", "test", name=CANARY, client=CANARY, agency="a b", status="200", size=3)

    (line,) = written.lines
    assert line.keys() == {"event", "level", "at", "size"}


def test_below_its_level_nothing_is_written() -> None:
    lines: list[bytes] = []
    quiet = journal.Journal("warning", lines.append)

    quiet.note("info", "start")
    quiet.asked(journal.Asked(0, "", "", "", "", "GET", "/health", 200, 1, "", []))
    quiet.note("warning", "refused")
    quiet.close()

    assert [json.loads(line)["event"] for line in b"".join(lines).splitlines()] == ["refused"]


def test_a_reader_that_does_not_read_holds_nobody_up(monkeypatch: pytest.MonkeyPatch) -> None:
    from threading import Event

    monkeypatch.setattr(journal, "MAX_WAITING", 100)
    read = Event()
    stuck = journal.Journal("info", lambda _: read.wait(20))

    for _ in range(1_000):
        stuck.note("info", "start")

    assert stuck.lost >= 1_000 - 100 - 256
    read.set()
    stuck.close()


def test_a_place_that_is_full_is_counted() -> None:
    def full(_: bytes) -> None:
        raise OSError

    lost = journal.Journal("info", full)
    lost.note("info", "start")
    lost.close()

    assert lost.lost == 1


def test_a_line_that_cannot_be_told_is_counted_and_keeps_back_no_other() -> None:
    lines: list[bytes] = []
    written = journal.Journal("info", lines.append)

    for at_s in (0.0, math.nan, 0.0):
        written.asked(journal.Asked(at_s, "", "", "", "", "GET", "/health", 200, 1, "", []))
    written.close()

    told = [json.loads(each) for each in b"".join(lines).splitlines()]
    assert [each["event"] for each in told] == ["request", "request", "journal"]
    assert (told[-1]["lost"], written.lost) == (1, 1)
