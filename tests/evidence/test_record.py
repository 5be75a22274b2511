import json
import uuid
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical, decide, decision_record, disclosure, jose, record, standing, statement
from engine.errors import RecordError
from engine.record import Kind, Link
from engine.request import Facts
from tests.office import START, Office, key, open_office, question

OFFICE = open_office()
ENTRY = OFFICE.decide()


def payload_of(jws: str) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(jose.split(jws).payload)
    return payload


def signed(payload: object, typ: str = record.TYP[Kind.DECISION]) -> jose.Parsed:
    sealed = jose.sign_compact(canonical.encode(payload), typ=typ, key=key("decision"))  # type: ignore[arg-type]
    return jose.split(sealed)


def test_what_is_sealed_is_what_was_decided() -> None:
    stated = record.read(jose.split(ENTRY.sealed.jws)).payload

    assert (stated["decision"], stated["code"]) == ("permit", "permitted")
    assert (stated["from"], stated["to"], stated["asked_by"]) == ("trust", "council", "council")
    assert stated["information"] == {
        "permitted": ["health-mental"],
        "referred": [],
        "refused": [],
    }
    assert stated["reasons"] == ["northshire/4.2"]
    assert [each["do"] for each in stated["obligations"]] == ["record-on-case-file", "delete"]
    assert stated["agreements"][0]["state"] == "in_force"
    assert stated["lawful_basis"] == {
        "regime": "UKGDPR",
        "article6": "6-1-e",
        "article9": "9-2-g",
        "schedule1": "18",
        "gateway": "CA89-47",
    }


def test_the_fast_spelling_is_the_canonical_one() -> None:
    payload = jose.split(ENTRY.sealed.jws).payload

    assert canonical.encode(canonical.parse(payload)) == payload


@pytest.mark.parametrize("hidden", ["j.doe", "9434765919", "CP-2026-0117", "cannot be concluded"])
def test_no_person_and_no_word_of_the_case_stands_in_the_record(hidden: str) -> None:
    payload = jose.split(ENTRY.sealed.jws).payload

    assert hidden.encode() not in payload


def test_what_is_hidden_can_be_shown() -> None:
    stated = record.read(jose.split(ENTRY.sealed.jws)).payload

    shown = disclosure.reveal(stated, ENTRY.sealed.disclosures)

    assert shown["subject"] == "nhs:9434765919"
    assert shown["requester"] == {
        "role": "social-worker",
        "id": "j.doe@northshire-council.example",
    }
    assert shown["case_ref"] == "CP-2026-0117"


def test_as_many_digests_stand_in_a_record_whether_or_not_somebody_is_named() -> None:
    bare = open_office().decide(requester=..., subject=..., case_reference=...)

    named, unnamed = payload_of(ENTRY.sealed.jws), payload_of(bare.sealed.jws)

    assert len(named["_sd"]) == len(unnamed["_sd"]) == 7


def test_the_same_chance_gives_the_same_bytes() -> None:
    assert open_office().decide().sealed == open_office().decide().sealed


def test_the_chain_names_the_record_before() -> None:
    office = open_office()

    first, second = office.decide(), office.decide()

    assert payload_of(first.sealed.jws)["chain"]["n"] == 1
    assert payload_of(second.sealed.jws)["chain"] == {
        "id": "desk",
        "n": 2,
        "prev": canonical.digest_hex(first.sealed.jws.encode()),
    }


def test_an_activation_names_text_and_signatures() -> None:
    entry = OFFICE.activations["northshire", "1.0"]

    stated = record.read(jose.split(entry.sealed.jws))

    assert stated.kind is Kind.ACTIVATION
    assert [each["party"] for each in stated.payload["signatures"]] == ["council", "trust"]
    each = OFFICE.slices["northshire", "1.0"]
    assert stated.payload["agreement"] == {
        "id": "northshire",
        "version": "1.0",
        "manifest_sha256": each.sha256,
        "terms_sha256": canonical.digest_hex(each.agreement_json),
    }


@given(st.integers(0, 2**48 - 1), st.binary(min_size=10, max_size=10))
def test_a_name_holds_its_time_and_its_chance(unix_ms: int, random: bytes) -> None:
    name = uuid.UUID(record.uuid7(unix_ms, random))

    assert (name.version, name.variant) == (7, uuid.RFC_4122)
    assert name.int >> 80 == unix_ms
    assert name.int & (1 << 62) - 1 == int.from_bytes(random, "big") & (1 << 62) - 1


def test_names_sort_by_time() -> None:
    assert record.uuid7(1, b"\xff" * 10) < record.uuid7(2, b"\x00" * 10)


@pytest.mark.parametrize("random", [b"", b"\x00" * 9, b"\x00" * 11])
def test_a_name_needs_ten_bytes_of_chance(random: bytes) -> None:
    with pytest.raises(RecordError, match="10 bytes of chance"):
        record.uuid7(1, random)


def test_too_little_chance_is_refused() -> None:
    with pytest.raises(RecordError, match="bytes of chance"):
        seal(OFFICE, entropy=b"\x00" * 16)


def test_chance_that_repeats_is_refused() -> None:
    with pytest.raises(RecordError, match="used twice"):
        seal(OFFICE, entropy=b"\x00" * decision_record.ENTROPY_BYTES)


def test_an_error_is_recorded_by_digest_only() -> None:
    said = "entity `nhs:9434765919` is odd"
    assert ENTRY.decision is not None
    broken = replace(
        ENTRY.decision,
        outcome=decide.Outcome.DENY,
        code=decide.Code.EVALUATION_ERROR,
        permitted=(),
        refused=("health-mental",),
        reasons=(),
        obligations=(),
        errors=(said,),
    )

    sealed = seal(OFFICE, decision=broken)

    assert payload_of(sealed.jws)["errors"] == [canonical.digest_hex(said.encode())]
    record.read(jose.split(sealed.jws))


def seal(office: Office, **changes: Any) -> record.Sealed:
    sealing: dict[str, Any] = {"decision": ENTRY.decision, "entropy": office.chance(112)} | changes
    return decision_record.seal_decision(
        sealing["decision"],
        question(),
        Facts(),
        office.bundle,
        office.stamp,
        Link.first("desk"),
        jti=record.uuid7(START * 1000, b"0123456789"),
        iat=START,
        entropy=sealing["entropy"],
    )


def test_a_record_longer_than_any_verifier_reads_is_not_sealed() -> None:
    assert ENTRY.decision is not None
    long = replace(ENTRY.decision, reasons=tuple(f"northshire/{n:030}" for n in range(700)))

    with pytest.raises(RecordError, match="are read"):
        seal(OFFICE, decision=long)


def test_an_office_that_no_verifier_would_read_cannot_be_set_up() -> None:
    with pytest.raises(RecordError, match=r"git\.commit"):
        replace(OFFICE.stamp, git={"format": "sha1", "commit": "HEAD", "tree": "7e" * 20})


def change(**members: Any) -> dict[str, Any]:
    return payload_of(ENTRY.sealed.jws) | members


ALL = {"permitted": [], "referred": [], "refused": ["health-mental"]}
CONTRADICTIONS = {
    "a permit that refuses a category": change(information=ALL),
    "a denial that permits everything": change(decision="deny", code="forbidden_by_clause"),
    "a referral without a category to refer": change(decision="refer", code="referred"),
    "a permit with the code of a denial": change(code="conditions_not_met"),
    "an error beside a permit": change(errors=["0" * 64]),
    "an evaluation error without an error": change(
        decision="deny", code="evaluation_error", information=ALL, obligations=[]
    ),
    "no category at all": change(
        information={"permitted": [], "referred": [], "refused": []}, obligations=[]
    ),
    "one category answered twice": change(
        decision="deny",
        code="forbidden_by_clause",
        information={
            "permitted": ["health-mental"],
            "referred": [],
            "refused": ["health-mental"],
        },
    ),
    "a permit without a reason": change(reasons=[]),
    "a permit without an agreement": change(agreements=[]),
    "obligations where nothing is permitted": change(
        decision="deny", code="forbidden_by_clause", information=ALL
    ),
    "an agreement listed twice": change(agreements=payload_of(ENTRY.sealed.jws)["agreements"] * 2),
    "an agency that shares with itself": change(**{"from": "council"}),
    "a stranger as the asker": change(asked_by="housing"),
    "a chain that begins in the middle": change(chain={"id": "desk", "n": 0, "prev": "a" * 64}),
    "digests out of order": change(_sd=payload_of(ENTRY.sealed.jws)["_sd"][::-1]),
    "reasons out of order": change(reasons=["northshire/7", "northshire/4.2"]),
}


@pytest.mark.parametrize("payload", CONTRADICTIONS.values(), ids=CONTRADICTIONS)
def test_a_record_that_contradicts_itself_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(RecordError, match="contradicts itself") as refused:
        record.read(signed(payload))

    assert refused.value.step == "V6"


MALFORMED = {
    "another version": change(ver=2),
    "a version that is true": change(ver=True),
    "another type": change(type="agreement-activation"),
    "a member too many": change(exp=1),
    "a date as text": change(iat="2026-04-02"),
    "a date that is true": change(iat=True),
    "a code nobody knows": change(code="because"),
    "an outcome nobody knows": change(decision="allow"),
    "a name that is no UUIDv7": change(jti="01a1ee56-5e00-48d3-827e-6061eaf9372a"),
    "an agency in capitals": change(to="COUNCIL"),
    "a digest too few": change(_sd=payload_of(ENTRY.sealed.jws)["_sd"][:-1]),
    "a weaker digest": change(_sd_alg="sha-1"),
    "a digest in capitals": change(trust_root={"version": 1, "sha256": "A" * 64}),
    "a line break in the issuer": change(iss="https://office.example\n"),
}


@pytest.mark.parametrize("payload", MALFORMED.values(), ids=MALFORMED)
def test_a_record_of_another_form_is_refused(payload: dict[str, Any]) -> None:
    with pytest.raises(RecordError) as refused:
        record.read(signed(payload))

    assert refused.value.step == "V6"


@pytest.mark.parametrize("name", sorted(payload_of(ENTRY.sealed.jws)))
def test_a_record_without_one_of_its_parts_is_refused(name: str) -> None:
    payload = payload_of(ENTRY.sealed.jws)
    del payload[name]

    with pytest.raises(RecordError, match=rf"`{name}` is missing"):
        record.read(signed(payload))


def test_a_token_made_for_another_use_is_no_record() -> None:
    with pytest.raises(RecordError, match="not a kind of record") as refused:
        record.read(signed(payload_of(ENTRY.sealed.jws), typ="at+jwt"))

    assert refused.value.step == "V3"


def test_the_record_knows_every_code_and_state_there_is() -> None:
    assert set(decide.Code) == statement.CODES
    assert set(standing.State) == set(statement.STATES)
    assert set(standing.ANSWERING) == set(statement.ANSWERING)


def test_the_instant_asked_about_may_lie_before_1970() -> None:
    entry = open_office().decide(at=-86_400)

    stated = record.read(jose.split(entry.sealed.jws)).payload

    assert stated["at"] == datetime(1969, 12, 31, tzinfo=UTC).timestamp()
