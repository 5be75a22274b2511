import pytest
from cryptography.exceptions import InvalidSignature

from engine import replay, trust, verify
from engine.hidden import HIDDEN
from engine.verify import Result, Verified
from tests.evidence import second_verifier
from tests.vectors import golden

DECISION = (golden.FOLDER / "decision.json").read_bytes()
OVER_HTTP = (golden.FOLDER / "decision-over-http.json").read_bytes()
UNKNOWN = (golden.FOLDER / "unknown-word.json").read_bytes()
TRUST = (golden.FOLDER / "trust.json").read_bytes()


def verified() -> Verified:
    return verify.verify(DECISION, trust.read(TRUST), now_s=golden.NOW_S)


def test_the_golden_record_still_verifies() -> None:
    found = verified()

    assert found.result is Result.VERIFIED
    assert (found.record.payload["decision"], found.record.payload["code"]) == (
        "permit",
        "permitted",
    )
    assert tuple(found.shown) == HIDDEN


def test_deciding_it_again_still_gives_the_same_answer() -> None:
    assert replay.replay(verified()).differences == ()


def test_making_it_again_gives_the_same_bytes() -> None:
    assert golden.make() == {
        "decision.json": DECISION,
        "decision-over-http.json": OVER_HTTP,
        "trust.json": TRUST,
    }
    assert golden.make_unknown() == {"unknown-word.json": UNKNOWN}
    assert golden.make_vetoed() == {"vetoed.json": (golden.FOLDER / "vetoed.json").read_bytes()}


def test_a_second_verifier_agrees() -> None:
    found = verified()

    stated = second_verifier.verify(DECISION, TRUST)

    assert stated == dict(found.record.payload) | dict(found.shown)


def test_a_second_verifier_refuses_what_ours_refuses() -> None:
    with pytest.raises(InvalidSignature):
        second_verifier.verify(second_verifier.flipped(DECISION), TRUST)


def test_a_record_says_who_asked_over_http_and_hides_what_could_be_guessed() -> None:
    found = verify.verify(OVER_HTTP, trust.read(TRUST), now_s=golden.NOW_S)

    said = found.record.payload
    assert found.result is Result.VERIFIED
    assert said["caller"] == {
        "client": "ncc-cases",
        "proved_by": "dpop",
        "kid": golden.ASKING.kid,
        "requester_asserted": False,
        "evidence": {"requester": "asserted", "role": "idp_signed", "purpose": "asserted"},
        "use_by": said["iat"] + 300,
    }
    assert found.shown["inputs"]["request_sha256"] == golden.ASKING.request_sha256
    assert found.shown["inputs"]["nonce"] == golden.ASKING.nonce
    assert golden.ASKING.request_sha256 not in str(said)
    assert replay.replay(found).differences == ()
    assert second_verifier.verify(OVER_HTTP, TRUST) == dict(said) | dict(found.shown)


def test_a_word_that_nobody_knows_is_hidden_and_can_be_put_back() -> None:
    found = verify.verify(UNKNOWN, trust.read(TRUST), now_s=golden.NOW_S)

    assert found.result is Result.VERIFIED
    assert (found.record.payload["code"], found.record.payload["purpose"]) == (
        "unknown_term",
        "unknown-1",
    )
    assert golden.PATIENT not in str(found.record.payload)
    assert replay.replay(found).differences == ()
    stated = second_verifier.verify(UNKNOWN, TRUST)
    assert stated == dict(found.record.payload) | dict(found.shown)
    assert second_verifier.as_put(stated)["purpose"] == golden.PATIENT
