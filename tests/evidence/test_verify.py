import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from random import Random
from typing import Any

import pytest

from agreements.signatories import AUTHORISED
from engine import canonical, disclosure, execution, jose, proof, statement, trust, verify
from engine.errors import ConcordatError, ProofError, RecordError
from engine.hidden import HIDDEN
from engine.proof import ProofBundle, Related
from engine.tlog_proof import format_tlog_proof, parse_tlog_proof
from engine.trust import Role, TrustRoot
from engine.verify import Result, State, Verified
from tests.office import (
    AGREEMENT,
    CHANGE,
    ISSUER,
    KEYS_FROM,
    LOG,
    START,
    Office,
    key,
    open_office,
    packed,
    rooted,
    trusted,
)

OFFICE = open_office()
ENTRY = OFFICE.decide()
OFFICE.decide(information=["intelligence"])
PARTS = OFFICE.parts(ENTRY)
AT_CLAUSE = "agreements/northshire/1.0/"


def check(evidence: bytes, root: TrustRoot = OFFICE.trust, now_s: int = OFFICE.now) -> Verified:
    return verify.verify(evidence, root, now_s=now_s)


def states(verified: Verified) -> dict[str, State]:
    return {step.id: step.state for step in verified.steps}


def test_a_verified_bundle_verifies() -> None:
    verified = check(packed(PARTS))

    assert verified.result is Result.VERIFIED
    assert (verified.record.payload["decision"], verified.withheld) == ("permit", ())
    assert verified.shown["subject"] == "nhs:9434765919"
    assert verified.place is not None
    assert (verified.place.index, verified.place.size) == (1, 3)
    assert verified.issuer.owner == "council"
    done = [step for step, state in states(verified).items() if state is State.DONE]
    assert done == [f"V{n}" for n in (*range(1, 10), 12, 13, 14, 15)]


def test_every_step_is_told_in_order_and_in_words() -> None:
    verified = check(packed(PARTS))

    assert [step.id for step in verified.steps] == [f"V{n}" for n in range(1, 21)]
    assert all(step.what for step in verified.steps)
    assert all(step.note for step in verified.steps if step.state is not State.DONE)


QUESTIONS: dict[str, dict[str, Any]] = {
    "a referral": {"information": ["health-mental", "identity"]},
    "what a clause excludes": {"information": ["intelligence"]},
    "a word nobody knows": {"purpose": "curiosity"},
    "agencies without an agreement": {"from_": "housing"},
    "before the agreement": {"at": START - 86_400 * 90},
    "after its review was due": {"at": START + 86_400 * 400},
    "after it ended": {"at": START + 86_400 * 800},
}


@pytest.mark.parametrize("asked", QUESTIONS.values(), ids=QUESTIONS)
def test_every_kind_of_answer_verifies(asked: dict[str, Any]) -> None:
    assert check(open_office().ask(**asked), now_s=START + 600).result is Result.VERIFIED


def test_where_no_agreement_answered_that_is_said() -> None:
    verified = check(open_office().ask(from_="housing"), now_s=START + 600)

    fifteenth = verified.steps[14]
    assert (fifteenth.id, fifteenth.state) == ("V15", State.NOT_APPLICABLE)
    assert "no_agreement" in fifteenth.note


def test_an_activation_verifies() -> None:
    verified = check(OFFICE.prove(OFFICE.activations["northshire", "1.0"]))

    assert verified.result is Result.VERIFIED
    assert states(verified)["V13"] is State.NOT_APPLICABLE
    assert states(verified)["V15"] is State.NOT_APPLICABLE


@pytest.mark.parametrize("shown", range(len(HIDDEN) + 1))
def test_withheld_disclosures_still_verify(shown: int) -> None:
    verified = check(packed(PARTS, disclosures=PARTS.disclosures[:shown]))

    assert verified.result is Result.VERIFIED
    assert tuple(verified.shown) == HIDDEN[:shown]
    assert verified.withheld == HIDDEN[shown:]


INCOMPLETE = {
    "a record alone": (PARTS.record.encode(), "V8 V9 V12 V14 V15"),
    "a record alone, as a line of a file": (PARTS.record.encode() + b"\n", "V8 V9 V12 V14 V15"),
    "a record with what it hides": (
        disclosure.combine(PARTS.record, PARTS.disclosures).encode(),
        "V8 V9 V12 V14 V15",
    ),
    "no proof from the log": (packed(PARTS, tlog_proof=None), "V8 V9 V12 V14 V15"),
    "no law and no agreement": (packed(PARTS, materials=None), "V14 V15"),
}


@pytest.mark.parametrize(("evidence", "missing"), INCOMPLETE.values(), ids=INCOMPLETE)
def test_what_is_missing_is_named(evidence: bytes, missing: str) -> None:
    verified = check(evidence)

    assert verified.result is Result.INCOMPLETE
    assert [step.id for step in verified.not_done] == missing.split()


def test_a_record_older_than_the_loss_of_its_key_is_left_open() -> None:
    root = with_key("decision", revoked_from=START + 86_400)

    verified = check(packed(PARTS), root)

    assert verified.result is Result.INCOMPLETE
    assert [step.id for step in verified.not_done] == ["V11"]
    assert "was revoked from" in verified.not_done[0].note


def with_key(name: str, **changes: Any) -> TrustRoot:
    """The trust root, next version, with one entry otherwise."""
    kid = key(name).public.kid
    keys = [replace(each, **changes) if each.kid == kid else each for each in OFFICE.trust.keys]
    return rooted(2, keys)


def without_key(name: str) -> TrustRoot:
    kid = key(name).public.kid
    return rooted(2, [each for each in OFFICE.trust.keys if each.kid != kid])


# One failure for each step.


def forged(change: Callable[[dict[str, Any]], object]) -> bytes:
    """Evidence for a record that the office itself falsified, in the log like any other."""
    office = open_office()
    return office.prove(office.forge(office.decide(), change))


def resigned(payload: bytes, *, typ: str = "decision-record+sd-jwt", by: str = "decision") -> bytes:
    return packed(PARTS, record=jose.sign_compact(payload, typ=typ, key=key(by)))


def payload() -> dict[str, Any]:
    read: dict[str, Any] = json.loads(jose.split(PARTS.record).payload)
    return read


def changed(**members: Any) -> bytes:
    return canonical.encode(payload() | members)


def placed(**changes: Any) -> bytes:
    """Evidence whose proof from the log is another one."""
    path = parse_tlog_proof(PARTS.tlog_proof or "")
    path = replace(path, **changes)
    return packed(PARTS, tlog_proof=format_tlog_proof(path.index, path.hashes, path.checkpoint))


def material(name: str, data: bytes | None) -> bytes:
    materials = dict(PARTS.materials or {})
    materials[name] = data or b""
    if data is None:
        del materials[name]
    return packed(PARTS, materials=materials)


def signed_otherwise(**changes: Any) -> bytes:
    """Evidence whose agreement `trust` signed in another way."""
    office = Office()
    office.publish()
    each = office.slices["northshire", "1.0"]
    folder = office.signatures[each.key]
    signing: dict[str, Any] = {
        "text": each.agreement_json,
        "id": "northshire",
        "version": "1.0",
        "iat": office.now,
        "by": "party-trust",
    } | changes
    jws = execution.countersign(
        signing["text"],
        signing["id"],
        signing["version"],
        party="trust",
        role=AUTHORISED,
        change_sha256=CHANGE,
        iat=signing["iat"],
        key=key(signing["by"]),
    )
    digest = canonical.digest_hex(jws.encode())

    def name_it(stated: dict[str, Any]) -> None:
        stated["signatures"][1] |= {"sha256": digest, "kid": key(signing["by"]).public.kid}
        stated["signatures"][1] |= {"iat": signing["iat"]}
        stated["effective_from"] = max(stated["effective_from"], signing["iat"])

    first = office.activations[each.key]
    office.activations[each.key] = office.forge(first, name_it)
    folder["trust"] = jws
    return office.ask()


def activated_late() -> bytes:
    office = open_office()
    first = office.activations["northshire", "1.0"]
    decided = office.decide()
    office.activations["northshire", "1.0"] = office.append(first.sealed)
    return office.prove(decided)


def activation_forged(change: Callable[[dict[str, Any]], object]) -> bytes:
    office = open_office()
    first = office.activations["northshire", "1.0"]
    office.activations["northshire", "1.0"] = office.forge(first, change)
    return office.ask()


def unsigned_by(party: str) -> bytes:
    office = Office()
    office.publish(signed_by=[each for each in ("trust", "council") if each != party])
    return office.ask()


def signed_also_by_a_stranger() -> bytes:
    office = Office()
    office.publish(signed_by=["trust", "council", "housing"])
    return office.ask()


def dated(**members: Any) -> Callable[[dict[str, Any]], None]:
    def change(stated: dict[str, Any]) -> None:
        stated |= members
        for each in stated["agreements"]:
            each["state"] = members.get("state", each["state"])
        stated.pop("state", None)

    return change


def another_log() -> bytes:
    note = OFFICE.checkpoint(origin="log.elsewhere.example/x")
    return placed(checkpoint=note)


_, (OTHER_HIDDEN, ALIEN) = disclosure.conceal(
    {"subject": "nhs:0000000000", "verdict": "guilty"}, [b"s" * 16, b"t" * 16], []
)
DIGESTS = {"_sd": sorted([*payload()["_sd"][1:], ALIEN.digest])}


def other_question(stated: dict[str, Any]) -> None:
    stated["purpose"] = "housing-management"


def no_agreement(stated: dict[str, Any]) -> None:
    split = {"permitted": [], "referred": [], "refused": ["health-mental"]}
    stated.update(
        decision="deny", code="no_agreement", information=split, reasons=[], obligations=[]
    )


def alien_claim() -> bytes:
    office = open_office()
    entry = office.forge(office.decide(), lambda stated: stated.update(DIGESTS))
    return packed(office.parts(entry), disclosures=[ALIEN.encoded])


def forged_unshown(change: Callable[[dict[str, Any]], object]) -> bytes:
    office = open_office()
    return packed(office.parts(office.forge(office.decide(), change)), disclosures=())


def one_way() -> bytes:
    """The council gives under a text in which it may only receive."""
    parties: Any = [dict(each) for each in AGREEMENT["parties"]]
    parties[1]["direction"] = "receive"
    office = Office()
    office.publish(AGREEMENT | {"parties": parties})

    def turn(stated: dict[str, Any]) -> None:
        stated.update({"from": "council", "to": "trust"})

    return packed(office.parts(office.forge(office.decide(), turn)), disclosures=())


def two_at_once() -> bytes:
    office = open_office()
    office.publish(AGREEMENT | {"version": "2.0"})

    def both(stated: dict[str, Any]) -> None:
        for each in stated["agreements"]:
            each["state"] = "in_force"

    return office.prove(office.forge(office.decide(), both))


def signatureless() -> ProofBundle:
    materials = {
        name: data for name, data in (PARTS.materials or {}).items() if "/signatures/" not in name
    }
    return replace(PARTS, related=(), materials=materials)


def path_of(index: int) -> str:
    return OFFICE.tlog_proof(index)


def flip(text: str, bit: int) -> str:
    flipped = bytearray(text.encode())
    flipped[bit // 8] ^= 1 << bit % 8
    return flipped.decode("latin-1")


REFUSED: dict[str, tuple[str, str, Callable[[], bytes]]] = {
    "evidence that is no JSON": ("V1", "not JSON", lambda: b"{record}"),
    "another media type": (
        "V1",
        "mediaType",
        lambda: packed(PARTS).replace(b"proof-bundle.v1", b"proof-bundle.v2"),
    ),
    "a member nobody knows": ("V1", "not allowed", lambda: b'{"a":1,' + packed(PARTS)[1:]),
    "another spelling of the bundle": ("V1", "canonical", lambda: packed(PARTS) + b"\n"),
    "a bundle of four megabytes": (
        "V1",
        "at most",
        lambda: packed(PARTS) + b" " * proof.MAX_BYTES,
    ),
    "a bundle nested too deep": ("V1", "deeper than 32", lambda: b'{"a":' + b"[" * 40),
    "materials out of order": (
        "V1",
        "in order",
        lambda: canonical.encode(
            json.loads(packed(PARTS)) | {"materials": json.loads(packed(PARTS))["materials"][::-1]}
        ),
    ),
    "a material that would leave its folder": (
        "V1",
        "name",
        lambda: packed(PARTS).replace(b'"law/manifest.json"', b'"law/../manifest.js"'),
    ),
    "a record of two parts": ("V2", "2 parts", lambda: packed(PARTS, record="a.b")),
    "a record in another base64": (
        "V2",
        "one spelling",
        lambda: packed(PARTS, record=PARTS.record + "="),
    ),
    "a token made for another use": (
        "V3",
        "not a kind of record",
        lambda: resigned(changed(), typ="at+jwt"),
    ),
    "an algorithm of the sender's choice": (
        "V3",
        "only Ed25519",
        lambda: packed(
            PARTS,
            record=".".join(
                [
                    canonical.b64url_encode(
                        canonical.encode(dict(jose.split(PARTS.record).header) | {"alg": "none"})
                    ),
                    *PARTS.record.split(".")[1:],
                ]
            ),
        ),
    ),
    "an unknown key": ("V4", "not in the trust root", lambda: resigned(changed(), by="stranger")),
    "a key for other things": (
        "V4",
        "is a party key",
        lambda: resigned(changed(), by="party-trust"),
    ),
    "another issuer's name": (
        "V4",
        "in the name of",
        lambda: forged(lambda stated: stated.update(iss="https://office.elsewhere.example")),
    ),
    "another trust root of the same version": (
        "V4",
        "another trust root",
        lambda: forged(lambda stated: stated["trust_root"].update(sha256="0" * 64)),
    ),
    "a record changed after signing": (
        "V5",
        "not that of key",
        lambda: packed(
            PARTS,
            record=".".join(
                [
                    PARTS.record.split(".")[0],
                    canonical.b64url_encode(changed(purpose="housing-management")),
                    PARTS.record.split(".")[2],
                ]
            ),
        ),
    ),
    "a record that contradicts itself": (
        "V6",
        "contradicts itself",
        lambda: forged(lambda stated: stated.update(decision="deny")),
    ),
    "a record spelled loosely": (
        "V6",
        "canonical",
        lambda: resigned(json.dumps(payload()).encode()),
    ),
    "a record from before its key": (
        "V7",
        "spoke for `council` from 2026-01-01",
        lambda: forged(lambda stated: stated.update(iat=KEYS_FROM - 1)),
    ),
    "a record from after its key": (
        "V7",
        "spoke for `council` until 2027-01-01",
        lambda: forged(lambda stated: stated.update(iat=START + 86_400 * 300)),
    ),
    "a record from the future": (
        "V7",
        "still to come",
        lambda: forged(lambda stated: stated.update(iat=START + 86_400)),
    ),
    "a log nobody knows": (
        "V8",
        "not in the trust root",
        lambda: forged(lambda stated: stated.update(log="log.shadow.example/x")),
    ),
    "a proof from another log": ("V8", "from another log", another_log),
    "a head signed by another key": (
        "V9",
        "not signed by a known key",
        lambda: placed(checkpoint=OFFICE.checkpoint(signer="stranger")),
    ),
    "a head without a signature": (
        "V9",
        "no signatures",
        lambda: placed(checkpoint=f"{LOG}\n3\nAAAA\n"),
    ),
    "a record that is not in the log": (
        "V12",
        "is not leaf 1",
        lambda: resigned(changed(purpose="housing-management")),
    ),
    "another record's place": ("V12", "needs 1", lambda: placed(index=2)),
    "a place beyond the end": ("V12", "outside", lambda: placed(index=3)),
    "a path cut short": ("V12", "has 0 hashes", lambda: placed(hashes=())),
    "no path at all": ("V12", "no checkpoint", lambda: packed(PARTS, tlog_proof="index 1")),
    "a hidden claim changed": (
        "V13",
        "do not belong",
        lambda: packed(PARTS, disclosures=[OTHER_HIDDEN.encoded]),
    ),
    "a hidden claim shown twice": (
        "V13",
        "given twice",
        lambda: packed(PARTS, disclosures=[PARTS.disclosures[0]] * 2),
    ),
    "a hidden claim that decisions do not have": (
        "V13",
        "not a claim that decisions hide",
        alien_claim,
    ),
    "a question that is not the one answered": (
        "V13",
        "`purpose` differs",
        lambda: forged(other_question),
    ),
    "a law that was changed": (
        "V14",
        "not the one that was signed for",
        lambda: material("law/statute/uk-gdpr.cedar", b"// nothing is forbidden\n"),
    ),
    "a law with a part missing": (
        "V14",
        "`law/statute/consent.cedar` is missing",
        lambda: material("law/statute/consent.cedar", None),
    ),
    "a manifest that was changed": (
        "V14",
        "not the one that was signed for",
        lambda: material(f"{AT_CLAUSE}manifest.json", b"{}"),
    ),
    "an agreement that was changed": (
        "V14",
        "not the one that was signed for",
        lambda: material(f"{AT_CLAUSE}agreement.json", b"{}"),
    ),
    "an agreement that is missing": (
        "V14",
        "is missing",
        lambda: material(f"{AT_CLAUSE}agreement.json", None),
    ),
    "a material that belongs to nothing": (
        "V14",
        "nothing that the record leads to",
        lambda: material("law/statute/more.cedar", b"permit (principal, action, resource);"),
    ),
    "another schema": (
        "V14",
        "the schema the record names",
        lambda: forged(lambda stated: stated["policy"].update(schema_sha256="0" * 64)),
    ),
    "a reason that is in no text": (
        "V14",
        "is in none of the materials",
        lambda: forged(lambda stated: stated.update(reasons=["northshire/99"])),
    ),
    "a statute that is no law": (
        "V14",
        "is in none of the materials",
        lambda: forged(lambda stated: stated.update(reasons=["statute/uk-gdpr/whim"])),
    ),
    "no activation": ("V14", "activation of .* is missing", lambda: packed(signatureless())),
    "an activation that was changed": (
        "V14",
        "related record",
        lambda: packed(PARTS, related=[Related(flip(PARTS.related[0].record, 4000), path_of(0))]),
    ),
    "an activation that is not in the log": (
        "V14",
        "related record",
        lambda: packed(PARTS, related=[Related(PARTS.related[0].record, path_of(1))]),
    ),
    "another decision as activation": (
        "V14",
        "is not the activation",
        lambda: packed(PARTS, related=[Related(OFFICE.entries[2], path_of(2))]),
    ),
    "an activation logged after the decision": (
        "V14",
        "activated after the decision",
        activated_late,
    ),
    "an activation of another text": (
        "V14",
        "is another text",
        lambda: activation_forged(lambda stated: stated["agreement"].update(terms_sha256="0" * 64)),
    ),
    "an activation with another first day": (
        "V14",
        "another first day",
        lambda: activation_forged(lambda stated: stated.update(in_force_from=0)),
    ),
    "a signature over another text": (
        "V14",
        "signed another text",
        lambda: signed_otherwise(text=b"{}"),
    ),
    "a signature under another version": (
        "V14",
        "stands under `northshire` 2",
        lambda: signed_otherwise(version="2"),
    ),
    "a signature by another agency's key": (
        "V14",
        "is that of `council`",
        lambda: signed_otherwise(by="party-council"),
    ),
    "a signature from before its key": (
        "V14",
        "from 2026-01-01",
        lambda: signed_otherwise(iat=KEYS_FROM - 1),
    ),
    "a signature made after the activation": (
        "V14",
        "after the activation",
        lambda: signed_otherwise(iat=START + 301),
    ),
    "a party that has not signed": ("V14", "`trust` has not signed", lambda: unsigned_by("trust")),
    "a signature of a stranger": ("V14", "is no party", signed_also_by_a_stranger),
    "an agency that is no party": (
        "V15",
        "not both among its parties",
        lambda: forged_unshown(lambda stated: stated.update({"from": "housing"})),
    ),
    "an answer the wrong way round": (
        "V15",
        "not both among its parties",
        one_way,
    ),
    "an instant before the agreement": (
        "V15",
        "not yet in force",
        lambda: forged(dated(at=START - 86_400 * 2)),
    ),
    "an instant before the activation": (
        "V15",
        "had effect only after that",
        lambda: forged(dated(at=START - 1)),
    ),
    "an instant after the end": (
        "V15",
        "had ended",
        lambda: forged(dated(at=START + 86_400 * 800, state="overdue")),
    ),
    "an instant after the review": (
        "V15",
        "called `in_force` against its text",
        lambda: forged(dated(at=START + 86_400 * 400)),
    ),
    "a refusal for want of an agreement that is there": (
        "V15",
        "joins the two agencies",
        lambda: forged(no_agreement),
    ),
    "two versions at once": ("V15", "two versions of one agreement", two_at_once),
}


@pytest.mark.parametrize(("step", "said", "evidence"), REFUSED.values(), ids=REFUSED)
def test_false_evidence_is_refused_at_its_step(
    step: str, said: str, evidence: Callable[[], bytes]
) -> None:
    with pytest.raises(ProofError, match=said) as refused:
        check(evidence(), now_s=START + 600)

    assert refused.value.step == step
    assert refused.value.hint


def test_every_step_that_is_done_has_a_case_in_which_it_fails() -> None:
    done = {f"V{n}" for n in (*range(1, 10), 12, 13, 14, 15)}

    assert {step for step, _, _ in REFUSED.values()} == done


ROOTS = {
    "without the office's key": (without_key("decision"), "V4"),
    "without the log": (without_key("log"), "V8"),
    "without a party's key": (without_key("party-trust"), "V14"),
    "with another key for the log": (
        rooted(
            2,
            [
                *without_key("log").keys,
                trusted("stranger", Role.LOG, "council", origin=LOG),
            ],
        ),
        "V9",
    ),
    "with the office's key ended before": (with_key("decision", valid_to=START), "V7"),
    "with the office's key begun after": (with_key("decision", valid_from=START + 86_400), "V7"),
    "with the office's key revoked before": (with_key("decision", revoked_from=START), "V7"),
    "with a party's key revoked before": (with_key("party-trust", revoked_from=START), "V14"),
    "with the office's key for another issuer": (with_key("decision", iss=ISSUER + "/2"), "V4"),
}


@pytest.mark.parametrize(("root", "step"), ROOTS.values(), ids=ROOTS)
def test_a_trust_root_decides_whom_to_believe(root: TrustRoot, step: str) -> None:
    with pytest.raises(ProofError) as refused:
        check(packed(PARTS), root)

    assert refused.value.step == step


def test_a_newer_trust_root_verifies_older_records() -> None:
    newer = rooted(2, OFFICE.trust.keys)

    assert check(packed(PARTS), newer).result is Result.VERIFIED


# A flipped bit anywhere.


def flips(text: str) -> Iterator[str]:
    return (flip(text, bit) for bit in range(len(text.encode()) * 8))


def test_a_flipped_bit_anywhere_in_the_record_is_refused() -> None:
    for flipped in flips(PARTS.record):
        with pytest.raises(ProofError):
            check(flipped.encode("latin-1"))


def test_a_flipped_bit_anywhere_in_the_proof_or_the_head_is_refused() -> None:
    spelled = (PARTS.tlog_proof or "").encode()
    record = statement.read(jose.split(PARTS.record))
    verify._placed(PARTS.record, spelled.decode(), record, OFFICE.trust)

    for bit in range(len(spelled) * 8):
        flipped = bytearray(spelled)
        flipped[bit // 8] ^= 1 << bit % 8
        with pytest.raises(ProofError):
            verify._placed(PARTS.record, flipped.decode("utf-8", "replace"), record, OFFICE.trust)


@pytest.mark.parametrize("place", range(len(HIDDEN)), ids=HIDDEN)
def test_a_flipped_bit_anywhere_in_a_disclosure_is_refused(place: int) -> None:
    record = statement.read(jose.split(PARTS.record))

    for flipped in flips(PARTS.disclosures[place]):
        with pytest.raises(RecordError):
            verify._shown(record, (flipped,))


def test_a_flipped_bit_in_any_material_is_refused() -> None:
    draw = Random(14)

    for name, data in (PARTS.materials or {}).items():
        for bit in {0, len(data) * 8 - 1, *(draw.randrange(len(data) * 8) for _ in range(6))}:
            flipped = bytearray(data)
            flipped[bit // 8] ^= 1 << bit % 8
            with pytest.raises(ProofError) as refused:
                check(material(name, bytes(flipped)))
            assert refused.value.step == "V14"


def test_a_flipped_bit_in_the_activation_is_refused() -> None:
    draw = Random(15)
    activation = PARTS.related[0]

    for bit in draw.sample(range(len(activation.record) * 8), 200):
        record = flip(activation.record, bit)
        if record.isascii() and record.isprintable():
            with pytest.raises(ProofError):
                check(packed(PARTS, related=[replace(activation, record=record)]))


def test_a_flipped_bit_anywhere_in_the_bundle_is_refused() -> None:
    draw = Random(16)
    whole = packed(PARTS)

    for _ in range(300):
        flipped = bytearray(whole)
        flipped[draw.randrange(len(whole))] ^= 1 << draw.randrange(8)
        with pytest.raises(ProofError):
            check(bytes(flipped))


@pytest.mark.parametrize("size", [0, 1, 100, 10_000])
def test_evidence_cut_short_is_refused(size: int) -> None:
    with pytest.raises(ProofError):
        check(packed(PARTS)[:size])


def test_noise_is_refused_and_never_an_error_of_ours() -> None:
    draw = Random(17)

    for _ in range(300):
        noise = draw.randbytes(draw.randrange(200))
        for evidence in (noise, b"{" + noise, b"a.b.c~" + noise + b"~"):
            with pytest.raises(ProofError):
                check(evidence)


ODD: dict[str, Any] = {
    "no parties": {"parties": None},
    "a party that is text": {"parties": ["trust", "council"]},
    "a party without a name": {"parties": [{"name": "x"}, {"id": "council"}]},
    "agencies that are lists": {"parties": [{"id": ["trust"]}]},
    "a date that is none": {"in_force_from": "yesterday"},
    "a date that is a number": {"in_force_from": 20260401},
    "an end that is text": {"end": "2028-04-01"},
    "another id": {"id": "southshire"},
}


@pytest.mark.parametrize("odd", ODD.values(), ids=ODD)
def test_an_odd_agreement_is_refused_even_if_all_of_it_is_signed(odd: Mapping[str, Any]) -> None:
    office = open_office()
    each = office.slices["northshire", "1.0"]
    text = canonical.encode(json.loads(each.agreement_json) | odd)
    manifest = json.loads(each.manifest)
    manifest["files"][0] |= {"bytes": len(text), "sha256": canonical.digest_hex(text)}
    content = replace(each.content(), agreement_json=text, manifest=canonical.encode(manifest))
    office.slices[each.key] = replace(each, content=lambda: content)

    def name_it(stated: dict[str, Any]) -> None:
        digest = canonical.digest_hex(canonical.encode(manifest))
        stated["agreements"][0]["manifest_sha256"] = digest

    with pytest.raises(ProofError) as refused:
        check(office.prove(office.forge(office.decide(), name_it)), now_s=START + 600)

    assert refused.value.step == "V14"


def test_a_bundle_is_written_and_read_in_one_way() -> None:
    written = packed(PARTS)

    assert proof.read(written) == replace(
        PARTS, materials=dict(sorted((PARTS.materials or {}).items()))
    )
    assert packed(proof.read(written)) == written


def test_a_bundle_that_no_verifier_would_read_is_not_written() -> None:
    with pytest.raises(ConcordatError):
        packed(PARTS, materials={"law/noise": b"x" * proof.MAX_BYTES})
    with pytest.raises(ConcordatError):
        packed(PARTS, materials={f"law/{n}": b"" for n in range(proof.MAX_MATERIALS + 1)})


def test_a_text_unchanged_under_a_newer_law_needs_no_new_activation() -> None:
    def under_earlier_law(stated: dict[str, Any]) -> None:
        stated["agreement"]["manifest_sha256"] = "0" * 64

    verified = check(activation_forged(under_earlier_law), now_s=START + 600)

    assert verified.result is Result.VERIFIED
    assert "activated under an earlier law" in verified.steps[13].note


HEAVY = ("pydantic", "cedarpy", "sqlmodel", "fastapi", "jwcrypto", "orjson")


def test_the_verifier_starts_without_what_it_does_not_need() -> None:
    said = f"import sys, engine.verify; print([m for m in {HEAVY} if m in sys.modules])"

    ran = subprocess.run([sys.executable, "-c", said], capture_output=True, text=True, check=True)

    assert ran.stdout.strip() == "[]"


def test_verifying_needs_none_of_it_either() -> None:
    said = f"""
import sys
from engine import trust, verify
root = trust.read(bytes.fromhex({trust.write(OFFICE.trust).hex()!r}))
print(verify.verify(sys.stdin.buffer.read(), root, now_s={OFFICE.now}).result)
print([m for m in {HEAVY} if m in sys.modules])
"""

    ran = subprocess.run(
        [sys.executable, "-c", said], input=packed(PARTS), capture_output=True, check=True
    )

    assert ran.stdout.decode().split() == ["verified", "[]"]
