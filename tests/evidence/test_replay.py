from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from agreements.vocabulary import current
from engine import replay, verify
from engine.canonical import digest_hex
from engine.errors import ProofError
from engine.hidden import HIDDEN
from engine.replay import Replayed
from engine.request import Consent
from engine.verify import Verified
from engine.vocabulary_read import read_vocabulary
from tests.office import AGREEMENT, START, Office, open_office, packed

LATER = START + 86_400


def verified(evidence: bytes, office: Office) -> Verified:
    return verify.verify(evidence, office.trust, now_s=LATER)


def replayed(**asked: Any) -> tuple[Replayed, Verified]:
    office = open_office()
    found = verified(office.ask(**asked), office)
    return replay.replay(found), found


ANSWERS: dict[str, tuple[str, dict[str, Any]]] = {
    "permitted": ("permitted", {}),
    "referred to a human": ("referred", {"information": ["health-mental", "identity"]}),
    "overdue for review": ("referred", {"at": START + 86_400 * 400}),
    "consent that nobody could look up": ("referred", {"consent": Consent.UNKNOWN, "basis": {}}),
    "excluded by a clause": ("forbidden_by_clause", {"information": ["intelligence"]}),
    "no agreement between them": ("no_agreement", {"from_": "housing"}),
    "a word nobody knows": ("unknown_term", {"purpose": "curiosity"}),
    "signed only later": ("not_signed", {"at": START - 1}),
    "ended by then": ("expired", {"at": START + 86_400 * 800}),
    "nobody to receive it": ("conditions_not_met", {"from_": "council", "to": "trust"}),
    "another agreement asked for": ("no_agreement", {"agreement": "southshire"}),
}


@pytest.mark.parametrize(("code", "asked"), ANSWERS.values(), ids=ANSWERS)
def test_deciding_again_gives_the_same_answer(code: str, asked: dict[str, Any]) -> None:
    again, found = replayed(**asked)

    assert found.record.payload["code"] == code
    assert again.differences == ()
    assert again.same
    assert again.decision.code == code
    assert again.recompiled == ()


def test_a_statute_that_forbids_forbids_again() -> None:
    clauses = [dict(each) for each in AGREEMENT["clauses"][:1]]
    clauses[0].pop("basis")
    office = Office()
    office.publish(AGREEMENT | {"clauses": clauses})

    found = verified(office.ask(basis={"article6": "6-1-e"}), office)

    assert found.record.payload["code"] == "forbidden_by_statute"
    assert replay.replay(found).same


def test_a_version_that_another_replaced_stays_replaced() -> None:
    office = open_office()
    office.now += 60
    office.publish(AGREEMENT | {"version": "2.0"})

    found = verified(office.ask(), office)

    listed = [(each["version"], each["state"]) for each in found.record.payload["agreements"]]
    assert sorted(listed) == [("1.0", "expired"), ("2.0", "in_force")]
    assert replay.replay(found).same


def forged(change: Callable[[dict[str, Any]], object]) -> Replayed:
    office = open_office()
    falsified = office.forge(office.decide(information=["health-mental", "identity"]), change)
    return replay.replay(verified(office.prove(falsified), office))


def permit_all(stated: dict[str, Any]) -> None:
    asked = ["health-mental", "identity"]
    stated.update(decision="permit", code="permitted", refer_to=[])
    stated["information"] = {"permitted": asked, "referred": [], "refused": []}


FALSIFIED: dict[str, tuple[str, Callable[[dict[str, Any]], object]]] = {
    "a referral sold as a permit": ("outcome", permit_all),
    "obligations left out": ("obligations", lambda stated: stated.update(obligations=[])),
    "another reason": ("reasons", lambda stated: stated.update(reasons=["northshire/7"])),
    "another human to ask": (
        "who decides what is referred",
        lambda stated: stated.update(refer_to=[{"role": "clerk", "contact": None}]),
    ),
    "another instant": ("what was put to the judge", lambda stated: stated.update(at=LATER)),
}


@pytest.mark.parametrize(("what", "change"), FALSIFIED.values(), ids=FALSIFIED)
def test_a_falsified_answer_is_noticed(
    what: str, change: Callable[[dict[str, Any]], object]
) -> None:
    again = forged(change)

    assert not again.same
    assert what in [each.what for each in again.differences]


def test_a_difference_reads_as_a_sentence() -> None:
    first = forged(permit_all).differences[0]

    assert str(first) == "outcome: the record says `permit`, deciding again gives `refer`"


def test_without_the_question_nothing_can_be_asked_again() -> None:
    office = open_office()
    parts = office.parts(office.decide())
    shown = tuple(
        encoded
        for name, encoded in zip(HIDDEN, parts.disclosures, strict=True)
        if name != "request"
    )

    with pytest.raises(ProofError, match="question is withheld") as refused:
        replay.replay(verified(packed(parts, disclosures=shown), office))

    assert refused.value.step == "V16"


def test_without_the_persons_it_can() -> None:
    office = open_office()
    parts = office.parts(office.decide())
    shown = tuple(
        encoded
        for name, encoded in zip(HIDDEN, parts.disclosures, strict=True)
        if name == "request"
    )

    assert replay.replay(verified(packed(parts, disclosures=shown), office)).same


def test_without_law_and_agreements_nothing_can_be_decided() -> None:
    office = open_office()
    parts = office.parts(office.decide())

    with pytest.raises(ProofError, match="not in the evidence"):
        replay.replay(verified(packed(parts, materials=None), office))


def test_an_activation_cannot_be_decided_again() -> None:
    office = open_office()

    with pytest.raises(ProofError, match="records decide nothing"):
        replay.replay(verified(office.prove(office.activations["northshire", "1.0"]), office))


def test_policies_that_do_not_follow_from_the_text_are_noticed() -> None:
    office = open_office()
    other = Office()
    other.publish(AGREEMENT | {"clauses": AGREEMENT["clauses"][2:]})
    each = office.slices["northshire", "1.0"]
    theirs = other.slices["northshire", "1.0"]
    # An office that signs the one text and judges by the policies of another.
    manifest = each.manifest.replace(*digests(each.policies_json, theirs.policies_json))
    sha256 = digest_hex(manifest)
    mixed = replace(
        theirs.content(),
        agreement_json=each.agreement_json,
        agreement=each.agreement,
        manifest=manifest,
    )
    office.slices[each.key] = replace(theirs, sha256=sha256, content=lambda: mixed)

    again = replay.replay(verified(office.ask(), office))

    assert again.recompiled == ("northshire 1.0",)


def digests(before: bytes, after: bytes) -> tuple[bytes, bytes]:
    def entry(data: bytes) -> bytes:
        return f'"bytes":{len(data)},"path":"policies.json","sha256":"{digest_hex(data)}"'.encode()

    return entry(before), entry(after)


def test_a_vocabulary_is_read_back_from_its_bytes() -> None:
    source = current().source

    read = read_vocabulary(source)

    assert read.source == source
    assert read.terms == current().terms


@pytest.mark.parametrize("source", [b"", b"[]", b"{}", b'{"terms":[{}]}'])
def test_a_vocabulary_of_another_form_is_refused(source: bytes) -> None:
    with pytest.raises(ProofError, match="vocabulary"):
        read_vocabulary(source)


def test_an_instant_in_no_calendar_is_refused() -> None:
    office = open_office()
    falsified = office.forge(
        office.decide(from_="housing"), lambda stated: stated.update(at=2**53 - 1)
    )

    with pytest.raises(ProofError, match="in no calendar"):
        replay.replay(verified(office.prove(falsified), office))
