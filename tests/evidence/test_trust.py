import json
from dataclasses import replace
from typing import Any

import pytest

from engine import canonical, execution, trust
from engine.errors import KeyExpiredError, RecordError, SignatureError, TrustError, UnknownKeyError
from engine.trust import Role
from tests.office import (
    CHANGE,
    ISSUER,
    KEYS_FROM,
    KEYS_TO,
    LOG,
    START,
    key,
    open_office,
    rooted,
    trusted,
)

OFFICE = open_office()
ROOT = OFFICE.trust
KID = key("decision").public.kid
TEXT = OFFICE.slices["northshire", "1.0"].agreement_json
BY_TRUST = OFFICE.signatures["northshire", "1.0"]["trust"]


def document() -> Any:
    return json.loads(trust.write(ROOT))


def test_what_is_written_is_read_back() -> None:
    written = trust.write(ROOT)

    assert trust.read(written) == ROOT
    assert trust.read(written).sha256 == canonical.digest_hex(written)


def test_no_private_key_is_ever_written() -> None:
    assert b'"d"' not in trust.write(ROOT)


def test_a_key_is_found_by_name_and_role() -> None:
    assert ROOT.key(KID, Role.DECISION).iss == ISSUER
    assert [each.key for each in ROOT.logs(LOG)] == [key("log").public]
    assert ROOT.party_key(key("party-trust").public.kid, "trust", START).owner == "trust"


def test_an_unknown_key_is_refused() -> None:
    with pytest.raises(UnknownKeyError, match="is not in the trust root"):
        ROOT.key(key("stranger").public.kid, Role.DECISION)


def test_a_key_signs_for_one_purpose_only() -> None:
    with pytest.raises(UnknownKeyError, match="is a log key, not a decision key"):
        ROOT.key(key("log").public.kid, Role.DECISION)


def test_a_key_speaks_for_its_own_agency_only() -> None:
    with pytest.raises(UnknownKeyError, match="is that of `trust`, not of `council`"):
        ROOT.party_key(key("party-trust").public.kid, "council", START)


def test_an_unknown_log_is_refused() -> None:
    with pytest.raises(UnknownKeyError, match="is not in the trust root"):
        ROOT.logs("log.elsewhere.example/x")


@pytest.mark.parametrize(
    ("at_s", "said"),
    [
        pytest.param(KEYS_FROM - 1, "from 2026-01-01", id="a second too early"),
        pytest.param(KEYS_TO, "until 2027-01-01", id="the first second after"),
        pytest.param(2**53 - 1, "s after 1970", id="at the end of time"),
    ],
)
def test_a_key_outside_its_interval_is_refused(at_s: int, said: str) -> None:
    with pytest.raises(KeyExpiredError, match=said):
        ROOT.key(KID, Role.DECISION).require_at(at_s, "record")


@pytest.mark.parametrize("at_s", [KEYS_FROM, KEYS_TO - 1])
def test_a_key_speaks_from_its_first_second_to_its_last(at_s: int) -> None:
    ROOT.key(KID, Role.DECISION).require_at(at_s, "record")


def test_a_key_without_an_end_goes_on() -> None:
    endless = trusted("decision", Role.DECISION, "council", iss=ISSUER, valid_to=None)

    endless.require_at(2**52, "record")


def test_a_revoked_key_says_nothing_more() -> None:
    revoked = replace(ROOT.key(KID, Role.DECISION), revoked_from=START)

    revoked.require_at(START - 1, "record")
    with pytest.raises(KeyExpiredError, match="was revoked from"):
        revoked.require_at(START, "record")


def broken(**members: Any) -> Any:
    whole = document()
    whole["keys"][0] |= members
    return whole


BAD = {
    "another version of the form": document() | {"ver": 1},
    "a member too many": document() | {"expires": 1},
    "no root keys": document() | {"root_keys": []},
    "a threshold of none": document() | {"threshold": 0},
    "a threshold that cannot be met": document() | {"threshold": 4},
    "a root key twice": document() | {"root_keys": document()["root_keys"][:1] * 3},
    "a root key that signs records": document()
    | {
        "root_keys": [
            {
                name: said
                for name, said in document()["keys"][0].items()
                if name in document()["root_keys"][0]
            },
            *document()["root_keys"],
        ]
    },
    "a first version that follows another": document() | {"previous_sha256": "0" * 64},
    "a second version that follows none": document() | {"version": 2},
    "a reason and no revocation": broken(reason="lost"),
    "no keys": document() | {"keys": []},
    "a key twice": document() | {"keys": document()["keys"] + document()["keys"][:1]},
    "a name that is another key's": broken(kid=key("log").public.kid),
    "another algorithm": broken(alg="EdDSA"),
    "an unknown role": broken(role="root"),
    "an interval that ends before it begins": broken(valid_to=KEYS_FROM),
    "a decision key without an issuer": {
        **document(),
        "keys": [{k: v for k, v in document()["keys"][0].items() if k != "iss"}],
    },
    "a decision key with a log": broken(origin=LOG),
    "a private key": broken(jwk=key("decision").to_jwk()),
    "a date as text": broken(valid_from="2026-01-01"),
    "a point of small order": broken(
        kid="5nCu7mPM4NYTUX7-fDuxxfuHeOyrfsPLDJiJgF0LE04",
        jwk={
            "crv": "Ed25519",
            "kty": "OKP",
            "x": "AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        },
    ),
    "two keys for one log": {
        **document(),
        "keys": [
            *document()["keys"],
            document()["keys"][1]
            | {
                "kid": key("log-2").public.kid,
                "jwk": {"crv": "Ed25519", "kty": "OKP", "x": key("log-2").public.to_jwk()["x"]},
            },
        ],
    },
}


@pytest.mark.parametrize("whole", BAD.values(), ids=BAD)
def test_a_malformed_trust_root_is_refused(whole: Any) -> None:
    with pytest.raises(TrustError):
        trust.read(canonical.encode(whole))


def test_a_trust_root_has_one_spelling() -> None:
    with pytest.raises(TrustError, match="not in canonical form"):
        trust.read(trust.write(ROOT) + b"\n")


def test_a_trust_root_without_end_is_refused() -> None:
    keys = [trusted(f"party-{n}", Role.PARTY, f"agency-{n}") for n in range(trust.MAX_KEYS + 1)]

    with pytest.raises(TrustError, match="more than"):
        rooted(1, keys)


def test_a_party_signature_says_who_signed_what() -> None:
    signature = execution.check(BY_TRUST, TEXT, ROOT)

    assert (signature.party, signature.agreement, signature.version) == (
        "trust",
        "northshire",
        "1.0",
    )
    assert signature.terms_sha256 == canonical.digest_hex(TEXT)
    assert signature.sha256 == canonical.digest_hex(BY_TRUST.encode())


def test_a_signature_over_another_text_is_refused() -> None:
    with pytest.raises(SignatureError, match="`trust` signed another text"):
        execution.check(BY_TRUST, TEXT.replace(b"2028", b"2029"), ROOT)


def signature(**changes: Any) -> str:
    signing: dict[str, Any] = {
        "party": "trust",
        "role": "authorised-signatory",
        "change_sha256": CHANGE,
        "iat": START,
        "key": key("party-trust"),
    } | changes
    return execution.countersign(TEXT, "northshire", "1.0", **signing)


FALSE = {
    "by another agency's key": (signature(key=key("party-council")), UnknownKeyError),
    "by a stranger": (signature(key=key("stranger")), UnknownKeyError),
    "by the office's decision key": (signature(key=key("decision")), UnknownKeyError),
    "before the key was valid": (signature(iat=KEYS_FROM - 1), KeyExpiredError),
    "after the key had ended": (signature(iat=KEYS_TO), KeyExpiredError),
}


@pytest.mark.parametrize(("jws", "error"), FALSE.values(), ids=FALSE)
def test_a_false_signature_is_refused(jws: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        execution.check(jws, TEXT, ROOT)


def test_a_record_is_not_the_signature_of_an_agreement() -> None:
    with pytest.raises(RecordError, match="is not the signature of an agreement"):
        execution.check(OFFICE.entries[0], TEXT, ROOT)


def test_a_flipped_bit_anywhere_spoils_a_signature() -> None:
    token = BY_TRUST.encode()

    for place in range(len(token) * 8):
        flipped = bytearray(token)
        flipped[place // 8] ^= 1 << place % 8
        with pytest.raises((TrustError, RecordError)):
            execution.check(flipped.decode("latin-1"), TEXT, ROOT)


def test_a_party_is_named_as_agencies_are() -> None:
    with pytest.raises(RecordError, match="`party`"):
        signature(party="The Trust")
