"""What a record says of whoever asked over HTTP, and what it hides."""

import hashlib
import json
from typing import Any

import pytest
import rfc8785

from api.auth.dpop import digest_of
from engine import jose, received, replay, verify
from engine.decision_log import Detail
from engine.record import read
from engine.service import Office
from engine.verify import Verified
from tests.api.application import COUNCIL, URL, Application, evaluation, within

BOTH_WAYS = True

EVALUATION = "/access/v1/evaluation"
AS_SAID = {"requester": "asserted", "role": "asserted", "purpose": "asserted"}


def kept(office: Office, context: dict[str, Any]) -> Verified:
    """The record of an answer, with everything it hides."""
    proof = office.evidence.proof(context["evaluation_id"])
    return verify.verify(proof, office.premises.trust(), now_s=office.premises.now_s())


def by_the_book(sent: Any) -> str:
    """How a caller computes the digest of its own request."""
    return hashlib.sha256(rfc8785.dumps(sent)).hexdigest()


def test_a_record_binds_the_caller_its_key_and_its_request(
    council: Application, office: Office
) -> None:
    sent = evaluation(futureField=[0.5, 1e21], **within("context", nonce="n-0815"))
    context = council.post(EVALUATION, sent).json()["context"]

    found = kept(office, context)
    caller = found.record.payload["caller"]
    assert found.record.payload["asked_by"] == COUNCIL
    assert caller == {
        "client": "council-app",
        "proved_by": "dpop",
        "kid": council.key.public.kid,
        "requester_asserted": False,
        "evidence": AS_SAID,
        "use_by": found.record.iat + 300,
    }
    assert found.shown["inputs"]["request_sha256"] == by_the_book(sent)
    assert found.shown["inputs"]["nonce"] == "n-0815"
    assert "ignored" not in context
    assert found.shown["request"]["facts"]["evidence"] == AS_SAID
    assert replay.replay(found).differences == ()


def test_what_could_be_guessed_stands_in_no_record_plainly(
    council: Application, office: Office
) -> None:
    sent = evaluation(**within("context", nonce="n-0815"))
    context = council.post(EVALUATION, sent).json()["context"]

    payload = jose.split(context["record"]).payload
    assert b"n-0815" not in payload
    assert by_the_book(sent).encode() not in payload
    assert "use_by" in context
    assert context["use_by"] > context["evaluated_at"]


def test_the_end_that_gives_only_says_who_receives(trust: Application, office: Office) -> None:
    said = trust.ask().json()["context"]

    assert read(jose.split(said["record"])).payload["caller"]["requester_asserted"] is True


@pytest.mark.parametrize(
    "more",
    [{}, {"risk": 0.25}, {"\N{GREEK SMALL LETTER ALPHA}": "\U0001d11e", "z": "a/b"}, {"a": '"'}],
    ids=["plain", "a fraction", "names beyond ASCII", "an escape"],
)
def test_each_of_several_is_named_as_it_stood_after_defaults(
    council: Application, office: Office, more: dict[str, Any]
) -> None:
    common = evaluation(**within("context", **more))
    items = [{}, within("resource", categories=["intelligence"]), {"context": {"nonce": "x"}}]
    answered = council.ask_all({**common, "evaluations": items}).json()["evaluations"]

    told = [each["context"] for each in answered]
    assert "error" in told[2], "a whole context stands in the place of another"
    for item, context in zip(items[:2], told[:2], strict=True):
        digest = kept(office, context).shown["inputs"]["request_sha256"]
        assert digest == by_the_book({**common, **item})


def test_a_proof_that_signs_the_body_is_kept_as_signed_by_the_application(
    council: Application, office: Office
) -> None:
    body = json.dumps(evaluation()).encode()
    token = council.token()
    proof = council.proof(EVALUATION, token, content_sha256=digest_of(body))

    context = council.post(EVALUATION, content=body, token=token, headers={"DPoP": proof}).json()

    caller = kept(office, context["context"]).record.payload["caller"]
    assert caller["evidence"] == dict.fromkeys(AS_SAID, "app_signed")


def test_a_proof_that_signs_another_body_is_refused(council: Application, office: Office) -> None:
    before = office.premises.records.head().size
    token = council.token()
    proof = council.proof(EVALUATION, token, content_sha256=digest_of(b"another"))

    refused = council.post(EVALUATION, evaluation(), token=token, headers={"DPoP": proof})

    assert refused.status_code == 401
    assert office.premises.records.head().size == before


@pytest.mark.parametrize("nonce", [7, "", "a b", "x" * 129, "\u00e9"])
def test_a_nonce_is_visible_text(council: Application, nonce: Any) -> None:
    answered = council.ask(**within("context", nonce=nonce))

    assert answered.status_code == 400


@pytest.mark.parametrize(
    "sent",
    [
        {"b": 1, "a": [True, None, "\u007f\n"]},
        {"a": 1.0, "b": 1e21, "c": -0.0, "d": 1e-7, "e": [0.1]},
        {"\U0001f600": 1, "\ufb33": 2},
    ],
    ids=["whole", "fractions", "names sorted by UTF-16"],
)
def test_a_request_is_named_by_its_one_spelling(sent: dict[str, Any]) -> None:
    assert received.encode(sent) == rfc8785.dumps(sent)


def test_at_the_terminal_nobody_is_named(office: Office) -> None:
    from tests.service.conftest import asked

    record = read(jose.split(office.desk.ask(asked()).jws))
    assert "caller" not in record.payload
    assert URL not in str(record.payload)


def test_a_record_hides_of_which_trace_its_request_was_part(
    council: Application, office: Office
) -> None:
    trace_id, parent = "28dbeec32e77635cc19bc3204ec56c41", "c4e1d75a3f9b8240"
    headers = {"traceparent": f"00-{trace_id}-{parent}-00"}
    answered = council.post(EVALUATION, evaluation(), headers=headers)
    untraced = council.post(EVALUATION, evaluation())

    found = kept(office, answered.json()["context"])
    assert found.shown["inputs"]["trace"] == {"trace_id": trace_id, "parent_span_id": parent}
    assert trace_id not in json.dumps(dict(found.record.payload))
    assert "trace" not in kept(office, untraced.json()["context"]).shown["inputs"]
    (line,) = (each for _, each in office.extracts.decisions(Detail.REQUEST, start=0).found[:1])
    assert (line["trace_id"], line["parent_span_id"]) == (trace_id, parent)
    assert replay.replay(found).differences == ()
