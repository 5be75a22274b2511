"""What a record says of guards: its form, what it may not contradict, and deciding it again."""

from collections.abc import Callable
from typing import Any

import pytest

from engine import replay, trust, verify
from engine.errors import ProofError
from engine.guard import Answer, Failure, GuardAnswer, GuardKind
from engine.replay import Replayed
from engine.verify import Result, Verified
from tests.evidence import second_verifier
from tests.office import START, Office, open_office
from tests.vectors import golden

LATER = START + 86_400

ASIDE = GuardAnswer("council", GuardKind.AUTHZEN, Answer.STOOD_ASIDE)
VETO = GuardAnswer(
    "trust", GuardKind.OPA, Answer.VETO, "not outside office hours",
    decision_id="4ca636c1-55e4-417a-b1d8-4aceb67960d1", revision="rules=2026-03-30",
)  # fmt: skip
GONE = GuardAnswer("trust", GuardKind.OPA, Answer.UNAVAILABLE, Failure.TIMEOUT.value)
NOT_ASKED = GuardAnswer("trust", GuardKind.OPA, Answer.NOT_ASKED)


def verified(evidence: bytes, office: Office) -> Verified:
    return verify.verify(evidence, office.trust, now_s=LATER)


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((), "permitted"),
        ((ASIDE,), "permitted"),
        ((VETO,), "forbidden_by_guard"),
        ((VETO, ASIDE), "forbidden_by_guard"),
        ((GONE,), "forbidden_by_guard"),
        ((NOT_ASKED,), "permitted"),
    ],
    ids=["nobody", "aside", "veto", "veto and aside", "unavailable", "not asked"],
)
def test_a_record_with_guards_verifies_and_is_decided_again(
    answers: tuple[GuardAnswer, ...], code: str
) -> None:
    office = open_office()

    found = verified(office.ask(guards=answers), office)

    assert found.result is Result.VERIFIED
    assert found.record.payload["code"] == code
    assert ("guards" in found.record.payload) is bool(answers)
    again = replay.replay(found)
    assert again.differences == ()
    assert again.decision.code == code


def test_what_a_guard_said_stands_in_the_record() -> None:
    office = open_office()

    stated = verified(office.ask(guards=(VETO, ASIDE)), office).record.payload

    assert stated["guards"] == [
        {"agency": "council", "kind": "authzen", "answer": "stood_aside"},
        {
            "agency": "trust",
            "kind": "opa",
            "answer": "veto",
            "reason": "not outside office hours",
            "decision_id": "4ca636c1-55e4-417a-b1d8-4aceb67960d1",
            "revision": "rules=2026-03-30",
        },
    ]
    assert stated["reasons"] == ["northshire/4.2"]
    assert stated["information"] == {
        "permitted": [],
        "referred": [],
        "refused": ["health-mental"],
    }


Change = Callable[[dict[str, Any]], object]


def guards(*stated: dict[str, Any]) -> Change:
    return lambda payload: payload.update(guards=list(stated))


def one(**said: Any) -> dict[str, Any]:
    usual = {"agency": "trust", "kind": "opa", "answer": "veto", "reason": "No."}
    return {name: value for name, value in (usual | said).items() if value is not ...}


ASIDES = {"answer": "stood_aside", "reason": ...}
FORGED: dict[str, tuple[tuple[GuardAnswer, ...], dict[str, Any], Change, str]] = {
    "a veto taken out": ((VETO,), {}, lambda p: p.pop("guards"), "do not make it so"),
    "a veto turned": ((VETO,), {}, guards(one(**ASIDES)), "do not make it so"),
    "a veto put in": ((), {}, guards(one()), "do not make it so"),
    "a failure put in": (
        (), {}, guards(one(answer="unavailable", reason="timeout")), "do not make it so",
    ),
    "a veto of what was denied": (
        (), {"information": ["intelligence"]}, guards(one()), "asked of what is permitted",
    ),
    "aside where it was referred": (
        (), {"information": ["health-mental", "identity"]}, guards(one(**ASIDES)),
        "asked of what is permitted",
    ),
    "one agency twice": ((VETO,), {}, guards(one(), one()), "not sorted"),
    "not in order": ((VETO,), {}, guards(one(), one(agency="council")), "not sorted"),
    "some not asked": (
        (VETO,), {}, guards(one(agency="council", answer="not_asked", reason=...), one()),
        "others were not",
    ),
    "a veto without a reason": ((VETO,), {}, guards(one(reason=...)), "another form"),
    "a failure nobody knows": (
        (GONE,), {}, guards(one(answer="unavailable", reason="asleep")), "another form",
    ),
    "a failure with an id": (
        (GONE,), {}, guards(one(answer="unavailable", reason="timeout", decision_id="x")),
        "another form",
    ),
    "aside with a reason": (
        (ASIDE,), {}, guards(one(answer="stood_aside", reason="why not")), "another form",
    ),
    "not asked with an id": (
        (NOT_ASKED,), {}, guards(one(answer="not_asked", reason=..., revision="1")),
        "another form",
    ),
    "no clause that permitted": ((VETO,), {}, lambda p: p.update(reasons=[]), "no clause is named"),
    "a category left": (
        (VETO,), {"information": ["health-mental", "health-physical"]},
        lambda p: p.update(
            information={
                "permitted": ["health-mental"], "referred": [], "refused": ["health-physical"],
            }
        ),
        "yet a category is not refused",
    ),
    "an empty list": ((), {}, guards(), "`guards` is not a list of 1"),
    "a member more": ((VETO,), {}, guards(one(note="x")), r"`guards\[0\]\.note` is not allowed"),
    "an answer nobody knows": ((VETO,), {}, guards(one(answer="maybe")), "is not `stood_aside`"),
    "a reason of two lines": ((VETO,), {}, guards(one(reason="a\nb")), "not written as it must"),
    "a reason too long": ((VETO,), {}, guards(one(reason="x" * 201)), "not written as it must"),
}  # fmt: skip


@pytest.mark.parametrize(("answers", "asked", "change", "says"), FORGED.values(), ids=FORGED)
def test_a_record_may_not_contradict_its_guards(
    answers: tuple[GuardAnswer, ...], asked: dict[str, Any], change: Change, says: str
) -> None:
    office = open_office()
    entry = office.forge(office.decide(guards=answers, **asked), change)

    with pytest.raises(ProofError, match=says) as refused:
        verified(office.prove(entry), office)

    assert refused.value.step == "V6"


def vetoed_and(change: Change, **asked: Any) -> Replayed:
    office = open_office()
    entry = office.forge(office.decide(guards=(VETO,), **asked), change)
    return replay.replay(verified(office.prove(entry), office))


def test_a_veto_of_what_cedar_refuses_is_found_out_by_deciding_again() -> None:
    # An office that blames a guard for a denial of its own judge's.
    office = open_office()
    entry = office.decide(information=["intelligence"])
    forged = office.forge(
        entry, lambda p: p.update(code="forbidden_by_guard", guards=[VETO.stated()])
    )

    again = replay.replay(verified(office.prove(forged), office))

    assert [each.what for each in again.differences] == ["code", "guards"]


def test_clauses_that_did_not_permit_are_found_out_by_deciding_again() -> None:
    again = vetoed_and(lambda p: p.update(reasons=["northshire/6.1"]))

    assert [each.what for each in again.differences] == ["reasons"]


# --- the golden veto

VETOED = (golden.FOLDER / "vetoed.json").read_bytes()
TRUST = (golden.FOLDER / "trust.json").read_bytes()


def test_the_golden_veto_still_verifies_and_a_second_verifier_agrees() -> None:
    found = verify.verify(VETOED, trust.read(TRUST), now_s=golden.NOW_S)

    assert found.result is Result.VERIFIED
    assert found.record.payload["code"] == "forbidden_by_guard"
    assert replay.replay(found).differences == ()
    stated = second_verifier.verify(VETOED, TRUST)
    assert stated == dict(found.record.payload) | dict(found.shown)
    assert second_verifier.bears_out_its_guards(stated)


@pytest.mark.parametrize(("answers", "asked", "change", "says"), FORGED.values(), ids=FORGED)
def test_a_second_reader_refuses_the_same(
    answers: tuple[GuardAnswer, ...], asked: dict[str, Any], change: Change, says: str
) -> None:
    payload = dict(
        verified((office := open_office()).ask(guards=answers, **asked), office).record.payload
    )
    assert second_verifier.bears_out_its_guards(payload)

    change(payload)

    assert not second_verifier.bears_out_its_guards(payload)
