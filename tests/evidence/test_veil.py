"""A number of a patient, typed wherever a question takes a word, stands in no record."""

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from pydantic import TypeAdapter

from agreements.values import AgencyId
from agreements.vocabulary import Kind as Words
from agreements.vocabulary import current
from engine import decision_log, jose, replay, statement, trust, verify
from engine.decision_log import Detail, Logged
from engine.decision_record import seal_decision
from engine.errors import ProofError, RecordError
from engine.hidden import HIDDEN
from engine.record import Link, uuid7
from engine.request import Facts
from engine.terms import Unknown
from engine.veil import STAND_IN, refuse_other_words, unveiled, veiled
from engine.verify import Verified
from tests.evidence import second_verifier
from tests.office import QUESTION, START, Entry, Office, open_office, packed, question

LATER = START + 86_400
NHS = "9434765919"
BASIS = (
    "regime", "article6", "annex1", "article9", "schedule1", "law_enforcement", "schedule8",
    "gateway",
)  # fmt: skip

OPENLY: dict[str, dict[str, Any]] = {
    "information": {"information": [NHS]},
    "information beside what is known": {"information": ["health-mental", NHS]},
    "about": {"about": [NHS]},
    "about beside what is known": {"about": ["child", NHS]},
    "purpose": {"purpose": NHS},
    **{name: {"basis": QUESTION["basis"] | {name: NHS}} for name in BASIS},
}
HIDDENLY: dict[str, dict[str, Any]] = {
    "role": {"role": NHS},
    "no_consent_reason": {"no_consent_reason": NHS},
    "classification": {"classification": NHS},
    "handling": {"handling": NHS},
    "collected_under": {"collected_under": NHS},
    "confirms": {"confirms": [NHS]},
    "agreement": {"agreement": NHS},
}


def payload_of(entry: Entry) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(jose.split(entry.sealed.jws).payload)
    return payload


def shown(office: Office, entry: Entry, *names: str) -> Verified:
    """The record verified, with only those of its hidden claims."""
    parts = office.parts(entry)
    kept = [each for name, each in zip(HIDDEN, parts.disclosures, strict=True) if name in names]
    return verify.verify(packed(parts, disclosures=kept), office.trust, now_s=LATER)


@pytest.mark.parametrize("asked", (OPENLY | HIDDENLY).values(), ids=OPENLY | HIDDENLY)
def test_a_number_typed_for_a_word_is_not_in_the_record(asked: dict[str, Any]) -> None:
    office = open_office()
    entry = office.decide(subject=..., **asked)

    assert payload_of(entry)["code"] in ("unknown_term", "no_agreement")
    assert NHS.encode() not in jose.split(entry.sealed.jws).payload


@pytest.mark.parametrize("asked", OPENLY.values(), ids=OPENLY)
def test_the_record_says_that_a_word_was_unknown_and_hides_which(asked: dict[str, Any]) -> None:
    office = open_office()
    entry = office.decide(**asked)

    assert str(payload_of(entry)).count(f"'{STAND_IN}1'") == 1
    found = shown(office, entry, *HIDDEN)
    assert found.shown["inputs"]["words"] == [NHS]
    assert NHS not in str(found.shown["request"])
    said = {"from": "trust", "to": "council"} | found.shown["request"]["disclosure"]
    assert unveiled(said, [NHS])["basis"] == ({"regime": "UKGDPR"} | (QUESTION | asked)["basis"])


@pytest.mark.parametrize("asked", OPENLY.values(), ids=OPENLY)
@pytest.mark.parametrize(
    "names",
    [
        pytest.param(HIDDEN, id="all shown"),
        pytest.param(("request",), id="only the question"),
        pytest.param(("requester", "subject", "case_ref", "request"), id="as it was before"),
    ],
)
def test_deciding_again_gives_the_same_with_the_words_and_without(
    asked: dict[str, Any], names: tuple[str, ...]
) -> None:
    office = open_office()
    found = shown(office, office.decide(**asked), *names)

    again = replay.replay(found)

    assert again.differences == ()
    said = [str(each) for each in again.decision.unknown]
    assert all(NHS in each for each in said) if "inputs" in names else NHS not in str(said)


def test_each_unknown_word_has_a_stand_in_of_its_own() -> None:
    office = open_office()
    entry = office.decide(information=[NHS, "identity", "s74"], about=["child", NHS], purpose="s74")

    said = payload_of(entry)
    assert said["information"]["refused"] == ["unknown-1", "identity", "unknown-2"]
    assert (said["about"], said["purpose"]) == (["child", "unknown-3"], "unknown-4")
    found = shown(office, entry, *HIDDEN)
    assert found.shown["inputs"]["words"] == [NHS, "s74", NHS, "s74"]
    assert replay.replay(found).same


def test_a_word_written_like_a_stand_in_is_itself_unknown() -> None:
    office = open_office()
    entry = office.decide(purpose="unknown-7", information=["unknown-2"], role="unknown-1")

    said = payload_of(entry)
    assert (said["information"]["refused"], said["purpose"]) == (["unknown-1"], "unknown-2")
    found = shown(office, entry, *HIDDEN)
    assert found.shown["requester"]["role"] == "unknown-1"
    assert replay.replay(found).same


def test_nothing_is_called_like_a_stand_in() -> None:
    words = current()

    assert not [c for kind in Words for c in words.codes(kind) if c.startswith(STAND_IN)]
    with pytest.raises(ValueError, match="must not name an agency"):
        TypeAdapter(AgencyId).validate_python(f"{STAND_IN}1")


def test_a_group_where_a_single_category_is_wanted_is_a_known_word() -> None:
    office = open_office()
    entry = office.decide(information=["health"])

    assert payload_of(entry)["information"]["refused"] == ["health"]
    assert "words" not in shown(office, entry, *HIDDEN).shown["inputs"]


def sealed_as(
    office: Office,
    asked: dict[str, Any],
    unknown: Callable[[tuple[Unknown, ...]], tuple[Unknown, ...]] = tuple,
    strangers: tuple[str, ...] = (),
) -> Entry:
    """An answer of which the record takes other words for unknown than were found to be."""
    entry = office.decide(**asked)
    assert entry.decision is not None
    sealed = seal_decision(
        replace(entry.decision, unknown=unknown(entry.decision.unknown)),
        question(**asked),
        Facts() if strangers else Facts(holder_kind="nhs-trust", recipient_kind="council"),
        office.bundle,
        office.stamp,
        Link.first("door"),
        jti=uuid7(office.now * 1000, b"0123456789"),
        iat=office.now,
        entropy=office.chance(112),
        strangers=strangers,
    )
    return replace(office.append(sealed), decision=entry.decision)


@pytest.mark.parametrize(
    ("asked", "strangers", "stated"),
    [
        ({"from_": NHS}, (NHS,), ("unknown-1", "council", "council")),
        ({"to": NHS}, (NHS,), ("trust", "unknown-1", "unknown-1")),
        ({"to": NHS, "asked_by": "trust"}, (NHS,), ("trust", "unknown-1", "trust")),
        (
            {"from_": NHS, "to": "1", "asked_by": NHS},
            ("1", NHS),
            ("unknown-1", "unknown-2", "unknown-1"),
        ),
        ({"from_": NHS, "purpose": NHS}, (NHS,), ("unknown-1", "council", "council")),
    ],
)
def test_an_end_that_nobody_knows_is_hidden_too(
    asked: dict[str, Any], strangers: tuple[str, ...], stated: tuple[str, ...]
) -> None:
    office = open_office()
    entry = sealed_as(office, {"subject": ..., **asked}, strangers=strangers)

    said = payload_of(entry)
    assert (said["from"], said["to"], said["asked_by"]) == stated
    assert NHS not in str(said)
    for names in (HIDDEN, HIDDEN[:-1]):
        assert replay.replay(shown(office, entry, *names)).same


def test_a_record_of_before_this_still_verifies_and_is_decided_again() -> None:
    office = open_office()
    old = sealed_as(office, {"purpose": "s74"}, lambda _: ())

    assert payload_of(old)["purpose"] == "s74"
    assert replay.replay(shown(office, old, *HIDDEN)).same


def other_words(change: Callable[[list[str]], object]) -> Entry:
    """A record whose hidden words are others than its stand-ins stand for."""
    asked = question(purpose=NHS, information=["s74"])
    office = open_office()
    entry = office.decide(purpose=NHS, information=["s74"])
    assert entry.decision is not None
    _, words = veiled(asked, entry.decision.unknown)
    given = list(words)
    change(given)
    refuse_other_words(payload_of(entry), given)
    return entry


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda words: words.append("s47"), id="one more"),
        pytest.param(list.pop, id="one fewer"),
        pytest.param(list.clear, id="none"),
    ],
)
def test_other_words_than_are_left_out_are_refused(change: Callable[[list[str]], object]) -> None:
    with pytest.raises(RecordError, match="not those that the record leaves out"):
        other_words(change)


def test_as_many_words_as_are_left_out_are_taken() -> None:
    other_words(list.reverse)


def test_a_verifier_refuses_words_that_are_not_those_left_out() -> None:
    office = open_office()
    entry, known = office.decide(purpose=NHS), office.decide()
    # The hidden claim of one record, under the signature of another's payload.
    forged = office.forge(
        known, lambda said: said.update(_sd=payload_of(entry)["_sd"], purpose="identity")
    )
    mixed = replace(forged, sealed=forged.sealed._replace(disclosures=entry.sealed.disclosures))

    with pytest.raises(ProofError, match="not those that the record leaves out") as refused:
        shown(office, mixed, "inputs")

    assert refused.value.step == "V13"


def test_a_known_word_that_was_hidden_is_noticed_when_it_is_shown() -> None:
    asked: dict[str, Any] = {"purpose": "child-protection-enquiry", "about": [NHS]}
    office = open_office()

    also = Unknown("purpose", asked["purpose"], ())
    lied = sealed_as(office, asked, lambda unknown: (*unknown, also))

    again = replay.replay(shown(office, lied, *HIDDEN))

    assert [each.what for each in again.differences] == ["words that nobody knows"]


def test_a_second_verifier_reads_the_words_when_they_are_shown() -> None:
    office = open_office()
    entry = office.decide(purpose=NHS, information=["s74", "identity"])
    evidence = office.prove(entry)
    found = shown(office, entry, *HIDDEN)

    stated = second_verifier.verify(evidence, trust.write(office.trust))

    assert stated == dict(found.record.payload) | dict(found.shown)
    assert second_verifier.as_put(stated)["information"] == ["s74", "identity"]
    assert second_verifier.as_put(stated)["purpose"] == NHS


def test_a_log_of_decisions_tells_the_words_only_with_persons() -> None:
    office = open_office()
    entry = office.decide(purpose=NHS, information=["s74"], subject=...)
    read = statement.read(jose.split(entry.sealed.jws))
    logged = Logged(read, entry.index, "0" * 64, shown(office, entry, *HIDDEN).shown)

    bare = decision_log.line(logged, Detail.CONFIGURATION, persons=False)
    full = decision_log.line(logged, Detail.CONFIGURATION, persons=True)

    assert NHS not in str(bare)
    request: Any = full["body"]["adl.core.request"]  # type: ignore[call-overload,index]
    assert (request["context"]["purpose"], request["resource"]["properties"]["categories"]) == (
        NHS,
        ["s74"],
    )
