"""A signed record has one spelling, and only its own key fits it."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jwcrypto.jwk import JWK
from jwcrypto.jws import JWS

from engine import jose, keys
from engine.canonical import Json, b64url_decode, b64url_encode
from engine.errors import ConcordatError, RecordError, SignatureError, TrustError
from engine.jose import Parsed, PrivateKey, PublicKey
from tests.evidence.vectors import flipped, load

TYP = "decision-record+sd-jwt"
KEY = PrivateKey.generate(bytes(range(32)))
OTHER = PrivateKey.generate(bytes(32))
KID = KEY.public.kid
PAYLOAD = b'{"decision":"permit"}'
TOKEN = jose.sign_compact(PAYLOAD, typ=TYP, key=KEY)
HEADER, BODY, SIGNATURE = TOKEN.split(".")
RFC8032_ORDER = 2**252 + 27742317777372353535851937790883648493

GOOD_HEADER = {"alg": "Ed25519", "kid": KID, "typ": TYP}


def signed(header: bytes) -> str:
    """Sign any header at all, as a careless issuer would."""
    signing_input = f"{b64url_encode(header)}.{BODY}"
    return f"{signing_input}.{b64url_encode(KEY.sign(signing_input.encode()))}"


def with_header(**members: Any) -> str:
    header = {k: v for k, v in (GOOD_HEADER | members).items() if v is not None}
    return signed(json.dumps(header, sort_keys=True, separators=(",", ":")).encode())


# --- a sound record


def test_a_signed_record_is_split_and_verified() -> None:
    parsed = jose.split(TOKEN)

    jose.verify(parsed, KEY.public)

    assert parsed == Parsed(
        header=GOOD_HEADER,
        kid=KID,
        typ=TYP,
        payload=PAYLOAD,
        signing_input=f"{HEADER}.{BODY}".encode(),
        signature=b64url_decode(SIGNATURE),
    )
    assert jose.split(TOKEN.encode()) == parsed


@given(payload=st.binary(max_size=200), typ=st.from_regex(r"[a-z][a-z+./_-]{0,20}", fullmatch=True))
@settings(max_examples=30)
def test_what_is_signed_is_read_back(payload: bytes, typ: str) -> None:
    parsed = jose.split(jose.sign_compact(payload, typ=typ, key=KEY))

    jose.verify(parsed, KEY.public)

    assert (parsed.payload, parsed.typ) == (payload, typ)


def test_an_independent_library_verifies_our_records() -> None:
    other = JWS()
    other.allowed_algs = ["Ed25519"]
    other.deserialize(TOKEN)

    other.verify(JWK(**KEY.public.to_jwk()))

    assert other.payload == PAYLOAD


def test_we_verify_the_records_of_an_independent_library() -> None:
    other = JWS(PAYLOAD)
    other.allowed_algs = ["Ed25519"]
    other.add_signature(JWK(**KEY.to_jwk()), protected=json.dumps(GOOD_HEADER))

    token = other.serialize(compact=True)

    # Its header holds spaces, so the gate refuses the record; its signature is sound.
    with pytest.raises(RecordError, match="not in canonical form"):
        jose.split(token)
    signing_input, _, signature = token.rpartition(".")
    keys.verify_bytes(signing_input.encode(), b64url_decode(signature), KEY.public)


def test_the_signature_is_that_of_rfc_8037() -> None:
    vector = load("jose-cookbook/ed25519.json")
    key = PrivateKey.from_jwk(vector["input"]["key"])

    assert (
        b64url_encode(key.sign(vector["signing"]["sig-input"].encode()))
        == (vector["signing"]["sig"])
    )
    with pytest.raises(RecordError, match="algorithm `EdDSA` is not accepted"):
        jose.split(vector["output"]["compact"])


# --- forms that are refused


def _set_unused_bits(part: str) -> str:
    alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    return part[:-1] + alphabet[alphabet.index(part[-1]) | 1]


FORMS = [
    pytest.param(f"{HEADER}.{BODY}", "has 2 parts", id="two parts"),
    pytest.param(f"{TOKEN}.{BODY}", "has 4 parts", id="four parts"),
    pytest.param(f"{HEADER}..{BODY}..{SIGNATURE}", "has 5 parts", id="five parts"),
    pytest.param("", "has 1 parts", id="nothing"),
    pytest.param(
        json.dumps({"payload": BODY, "protected": HEADER, "signature": SIGNATURE}),
        "has 1 parts",
        id="JSON serialisation, flattened",
    ),
    pytest.param(
        json.dumps(
            {"payload": BODY, "signatures": [{"protected": HEADER, "signature": SIGNATURE}]}
        ),
        "has 1 parts",
        id="JSON serialisation, general",
    ),
    pytest.param(f"{HEADER}.{BODY}.", "signature is 0 bytes", id="empty signature"),
    pytest.param(f"{HEADER}..{SIGNATURE}x", "one spelling", id="a letter too many"),
    pytest.param(f"{HEADER}.{BODY}.{b64url_encode(bytes(63))}", "is 63 bytes", id="a byte too few"),
    pytest.param(
        f"{HEADER}.{BODY}.{b64url_encode(bytes(65))}", "is 65 bytes", id="a byte too many"
    ),
    pytest.param(f"{TOKEN}==", "one spelling", id="padded signature"),
    pytest.param(f"{HEADER}=.{BODY}.{SIGNATURE}", "one spelling", id="padded header"),
    pytest.param(
        f"{HEADER}.{BODY}.{'+/' + SIGNATURE[2:]}", "one spelling", id="the other alphabet"
    ),
    pytest.param(
        f"{HEADER}.{BODY}.{_set_unused_bits(SIGNATURE)}", "one spelling", id="unused bits set"
    ),
    pytest.param(f"{HEADER}.{BODY}.!!!!", "one spelling", id="no alphabet at all"),
    pytest.param(f"{HEADER}.{BODY}!!!!.{SIGNATURE}", "one spelling", id="noise in the payload"),
    pytest.param(f"{TOKEN}\n", "one spelling", id="a line break at the end"),
    pytest.param(f" {TOKEN}", "one spelling", id="a space at the start"),
    pytest.param(f"{HEADER}. {BODY}.{SIGNATURE}", "one spelling", id="a space in the middle"),
    pytest.param(
        f"{HEADER}.{BODY}.{SIGNATURE[:40]}\r\n{SIGNATURE[40:]}", "one spelling", id="CRLF"
    ),
    pytest.param(f"{TOKEN}\u00e9", "not ASCII", id="a letter beyond ASCII"),
    pytest.param(f"\ufeff{TOKEN}", "not ASCII", id="a byte order mark"),
    pytest.param(f"{HEADER}.{'A' * 32_768}.{SIGNATURE}", "at most 32768", id="too long"),
]

HEADERS = [
    pytest.param(with_header(alg="EdDSA"), "algorithm `EdDSA`", id="the deprecated name"),
    pytest.param(with_header(alg="none"), "algorithm `none`", id="no algorithm"),
    pytest.param(with_header(alg="HS256"), "algorithm `HS256`", id="a shared secret"),
    pytest.param(with_header(alg="ES256"), "algorithm `ES256`", id="another curve"),
    pytest.param(with_header(alg="ed25519"), "algorithm `ed25519`", id="another case"),
    pytest.param(with_header(alg=["Ed25519"]), "algorithm of another type", id="a list of one"),
    pytest.param(with_header(alg=None), "no text `alg`", id="alg left out"),
    pytest.param(with_header(kid=None), "no text `kid`", id="kid left out"),
    pytest.param(with_header(typ=None), "no text `typ`", id="typ left out"),
    pytest.param(with_header(kid=7), "no text `kid`", id="kid is a number"),
    pytest.param(with_header(kid="k1"), "one spelling", id="kid is a nickname"),
    pytest.param(with_header(kid="AAAA"), "not a key thumbprint", id="kid is too short"),
    pytest.param(with_header(kid="../../etc/passwd"), "one spelling", id="kid is a path"),
    pytest.param(with_header(typ=""), "not a media type", id="empty typ"),
    pytest.param(with_header(typ="a b"), "not a media type", id="typ with a space"),
    pytest.param(with_header(jwk=KEY.public.to_jwk()), "member `jwk`", id="embedded key"),
    pytest.param(with_header(jku="https://a.example"), "member `jku`", id="a key to be fetched"),
    pytest.param(with_header(x5c=[]), "member `x5c`", id="a certificate chain"),
    pytest.param(with_header(x5u="https://a.example"), "member `x5u`", id="a chain to fetch"),
    pytest.param(with_header(crit=[]), "member `crit`", id="empty crit"),
    pytest.param(with_header(crit=["b64"], b64=False), "member `b64`", id="unencoded payload"),
    pytest.param(with_header(cty="json"), "member `cty`", id="content type"),
    pytest.param(with_header(zip="DEF"), "member `zip`", id="compression"),
    pytest.param(with_header(Alg="none"), "member `Alg`", id="a member in another case"),
    pytest.param(
        signed(f'{{"alg":"none","alg":"Ed25519","kid":"{KID}","typ":"{TYP}"}}'.encode()),
        "member `alg` is named twice",
        id="a member named twice",
    ),
    pytest.param(signed(json.dumps(GOOD_HEADER).encode()), "not in canonical", id="spaces"),
    pytest.param(
        signed(f'{{"typ":"{TYP}","alg":"Ed25519","kid":"{KID}"}}'.encode()),
        "not in canonical",
        id="members out of order",
    ),
    pytest.param(
        signed(f'{{"\\u0061lg":"Ed25519","kid":"{KID}","typ":"{TYP}"}}'.encode()),
        "not in canonical",
        id="an escape that is not needed",
    ),
    pytest.param(signed(b"[]"), "not an object", id="a list"),
    pytest.param(signed(b'"Ed25519"'), "not an object", id="text"),
    pytest.param(signed(b""), "not JSON", id="empty header"),
    pytest.param(signed(b"\xff"), "not UTF-8", id="header that is not text"),
]


@pytest.mark.parametrize(("token", "message"), FORMS)
def test_a_record_in_another_form_is_refused(token: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        jose.split(token)


@pytest.mark.parametrize(("token", "message"), HEADERS)
def test_a_record_with_another_header_is_refused(token: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        jose.split(token)


@given(st.binary(max_size=100) | st.text(max_size=100))
def test_no_text_escapes_with_a_foreign_error(token: str | bytes) -> None:
    with pytest.raises(RecordError):
        jose.split(token)


def test_a_kind_with_parameters_is_not_signed() -> None:
    with pytest.raises(RecordError, match="not a media type without parameters"):
        jose.sign_compact(PAYLOAD, typ="a;b=c", key=KEY)


# --- signatures that are refused


def test_no_flipped_bit_of_a_record_verifies() -> None:
    token = TOKEN.encode()

    for bit in range(len(token) * 8):
        with pytest.raises((RecordError, SignatureError)):
            jose.verify(jose.split(flipped(token, bit)), KEY.public)


def test_no_flipped_bit_of_a_key_verifies() -> None:
    parsed = jose.split(TOKEN)

    def verify_with(x: bytes) -> None:
        keys.verify_bytes(parsed.signing_input, parsed.signature, PublicKey.from_bytes(x))

    for bit in range(256):
        with pytest.raises(TrustError):
            verify_with(flipped(KEY.public.x, bit))


def test_a_record_is_not_checked_with_a_key_it_does_not_name() -> None:
    with pytest.raises(SignatureError, match="record names key"):
        jose.verify(jose.split(TOKEN), OTHER.public)


def test_a_record_signed_by_another_key_is_refused() -> None:
    signature = b64url_encode(OTHER.sign(f"{HEADER}.{BODY}".encode()))

    with pytest.raises(SignatureError, match="not that of key"):
        jose.verify(jose.split(f"{HEADER}.{BODY}.{signature}"), KEY.public)


def test_a_second_signature_cannot_be_made_from_the_first() -> None:
    signature = b64url_decode(SIGNATURE)
    larger = int.from_bytes(signature[32:], "little") + RFC8032_ORDER
    token = f"{HEADER}.{BODY}.{b64url_encode(signature[:32] + larger.to_bytes(32, 'little'))}"

    with pytest.raises(SignatureError, match="not that of key"):
        jose.verify(jose.split(token), KEY.public)


# --- keys


@pytest.mark.parametrize("vector", load("jose-thumbprints.json")["vectors"][1:])
def test_a_key_has_the_published_thumbprint(vector: dict[str, Any]) -> None:
    jwk = {name: vector["jwk"][name] for name in ("kty", "crv", "x")}

    assert PublicKey.from_jwk(jwk).kid == vector["sha256_thumbprint_b64url"]
    assert jose.enrol(jwk).kid == vector["sha256_thumbprint_b64url"]


def test_a_key_is_read_back() -> None:
    assert PublicKey.from_jwk(KEY.public.to_jwk()) == KEY.public
    assert PrivateKey.from_jwk(KEY.to_jwk()).to_jwk() == KEY.to_jwk()
    assert PrivateKey.from_jwk(KEY.to_jwk()).public == KEY.public


def test_a_private_key_does_not_show_itself() -> None:
    secret = KEY.to_jwk()["d"]

    assert repr(KEY) == f"PrivateKey(kid='{KID}')"
    assert secret not in str(KEY)
    assert bytes(range(32)).hex() not in f"{KEY!r} {KEY}"


def point(y: int, sign: int = 0) -> bytes:
    return (y | sign << 255).to_bytes(32, "little")


WEAK_POINTS = [
    pytest.param(point(1), "small order", id="the identity"),
    pytest.param(point(1, 1), "small order", id="the identity with a sign"),
    pytest.param(point(0), "small order", id="order four"),
    pytest.param(point(0, 1), "small order", id="order four, negative"),
    pytest.param(point(keys._P - 1), "small order", id="order two"),
    pytest.param(point(keys._Y_OF_ORDER_8), "small order", id="order eight"),
    pytest.param(point(keys._Y_OF_ORDER_8, 1), "small order", id="order eight, negative"),
    pytest.param(point(keys._P - keys._Y_OF_ORDER_8), "small order", id="order eight, mirrored"),
    pytest.param(point(keys._P), "second spelling", id="zero plus the prime"),
    pytest.param(point(keys._P + 1), "second spelling", id="the identity plus the prime"),
    pytest.param(point(2**255 - 1), "second spelling", id="all bits set"),
    pytest.param(point(2), "not a point of the curve", id="off the curve"),
    pytest.param(b"", "0 bytes long", id="nothing"),
    pytest.param(bytes(31), "31 bytes long", id="a byte too few"),
    pytest.param(bytes(33), "33 bytes long", id="a byte too many"),
]


@pytest.mark.parametrize(("x", "message"), WEAK_POINTS)
@pytest.mark.parametrize(
    "read",
    [
        pytest.param(PublicKey.from_bytes, id="bytes"),
        pytest.param(lambda x: PublicKey(jose.thumbprint(x), x), id="by hand"),
        pytest.param(
            lambda x: jose.enrol({"kty": "OKP", "crv": "Ed25519", "x": b64url_encode(x)}),
            id="enrolment",
        ),
    ],
)
def test_a_weak_key_is_refused(read: Callable[[bytes], PublicKey], x: bytes, message: str) -> None:
    with pytest.raises(TrustError, match=message):
        read(x)


def test_a_weak_key_would_have_fitted_every_message() -> None:
    forged = point(1) + bytes(32)

    for message in (b"permit", b"deny"):
        keys._verifier(point(1)).verify(forged, message)


def test_the_points_of_order_eight_are_what_they_are_called() -> None:
    # On the curve x^2 is a function of y^2, and doubling thrice must reach y = 1.
    y = keys._Y_OF_ORDER_8
    for _ in range(3):
        square = (y * y - 1) * pow(keys._D * y * y + 1, -1, keys._P) % keys._P
        y = (y * y + square) * pow(1 - keys._D * square * y * y, -1, keys._P) % keys._P

    assert y == 1


PUBLIC = KEY.public.to_jwk()
PRIVATE = KEY.to_jwk()
KEYS = [
    pytest.param(PRIVATE, "private key stands where", id="a private key"),
    pytest.param(PUBLIC | {"d": ""}, "private key stands where", id="an empty private half"),
    pytest.param(PUBLIC | {"kty": "EC"}, "`kty` is not OKP", id="another kind of key"),
    pytest.param(PUBLIC | {"crv": "X25519"}, "`crv` is not Ed25519", id="a key for agreement"),
    pytest.param(PUBLIC | {"alg": "EdDSA"}, "`alg` is not Ed25519", id="the deprecated name"),
    pytest.param(PUBLIC | {"use": "enc"}, "`use` is not sig", id="a key for encryption"),
    pytest.param(PUBLIC | {"kid": "x"}, "not the one its `kid` names", id="another name"),
    pytest.param(PUBLIC | {"kid": 7}, "not the one its `kid` names", id="a number for a name"),
    pytest.param(PUBLIC | {"x5c": []}, "member `x5c`", id="a certificate chain"),
    pytest.param(PUBLIC | {"k": "AA"}, "member `k`", id="a shared secret"),
    pytest.param(PUBLIC | {"x": PUBLIC["x"] + "="}, "one spelling", id="padding"),
    pytest.param(PUBLIC | {"x": 7}, "no text `x`", id="a number for a point"),
    pytest.param({}, "key has no `crv`", id="nothing"),
    pytest.param({"kty": "OKP", "crv": "Ed25519"}, "key has no `x`", id="no point"),
]


@pytest.mark.parametrize(("jwk", "message"), KEYS)
def test_another_thing_is_not_a_public_key(jwk: Mapping[str, Json], message: str) -> None:
    with pytest.raises(TrustError, match=message):
        PublicKey.from_jwk(jwk)


@pytest.mark.parametrize(
    ("jwk", "message"),
    [
        pytest.param(PUBLIC, "no text `d`", id="a public key"),
        pytest.param(PRIVATE | {"d": "AAAA"}, "3 bytes long", id="a short secret"),
        pytest.param(PRIVATE | {"d": PRIVATE["d"] + "="}, "one spelling", id="padding"),
        pytest.param(
            PRIVATE | {"d": OTHER.to_jwk()["d"]}, "do not belong together", id="two halves"
        ),
        pytest.param(PRIVATE | {"p": "AA"}, "member `p`", id="a prime"),
    ],
)
def test_another_thing_is_not_a_private_key(jwk: Mapping[str, Json], message: str) -> None:
    with pytest.raises(TrustError, match=message) as caught:
        PrivateKey.from_jwk(jwk)

    assert PRIVATE["d"] not in str(caught.value)


def test_a_key_keeps_the_name_that_was_computed() -> None:
    with pytest.raises(TrustError, match="not the one its `kid` names"):
        PublicKey(OTHER.public.kid, KEY.public.x)


def test_a_seed_is_32_bytes() -> None:
    with pytest.raises(ConcordatError, match="31 bytes long"):
        PrivateKey.generate(bytes(31))
