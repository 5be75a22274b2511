"""A hidden claim is shown only as it was sealed, and only where it was sealed."""

import hashlib
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import disclosure
from engine.canonical import Json, b64url_encode, encode
from engine.errors import RecordError
from tests.evidence.vectors import load

CASES: dict[str, dict[str, Any]] = load("sd-jwt.json")["cases"]
# Both hold 3.14 in a disclosure, and a record holds no fractions.
WITH_FRACTIONS = {"testcases/array_data_types", "testcases/object_data_types"}

SALTS = [bytes([n]) * 16 for n in range(80)]
DECOYS = [bytes([200 + n]) * 32 for n in range(2)]
CLAIMS: dict[str, Json] = {"subject": "p:1", "case_ref": "2026/7", "request": {"a": [1, None]}}

claims = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6).filter(
        lambda name: name not in {"_sd", "...", "_sd_alg"}
    ),
    st.none() | st.booleans() | st.integers(-9, 9) | st.text(max_size=4, alphabet="aé€😂"),
    max_size=6,
)


def encoded(*parts: Any) -> str:
    return b64url_encode(json.dumps(parts).encode())


def digest(text: str) -> str:
    return b64url_encode(hashlib.sha256(text.encode()).digest())


# --- laws


@given(claims)
def test_each_claim_is_written_as_the_standard_says(hidden: dict[str, Json]) -> None:
    """RFC 9901, section 4.2: base64url without padding, of salt, name and value, and its digest."""
    salts = SALTS[: len(hidden)]

    digests, disclosures = disclosure.conceal(hidden, salts, DECOYS)

    for (name, value), salt, one in zip(hidden.items(), salts, disclosures, strict=True):
        assert one.encoded == b64url_encode(encode([b64url_encode(salt), name, value]))
        assert one.digest == digest(one.encoded)
    decoys = [b64url_encode(hashlib.sha256(each).digest()) for each in DECOYS]
    assert digests == sorted([*(one.digest for one in disclosures), *decoys])


@given(claims, st.data())
def test_what_is_disclosed_is_what_was_concealed(
    hidden: dict[str, Json], data: st.DataObject
) -> None:
    digests, disclosures = disclosure.conceal(hidden, SALTS[: len(hidden)], DECOYS)
    payload: dict[str, Json] = {"_sd": digests, "_sd_alg": "sha-256"}
    shown = data.draw(st.sets(st.sampled_from(disclosures)) if disclosures else st.just(set()))

    line = disclosure.combine("a.b.c", shown)
    jws, received = disclosure.split_combined(line)
    revealed = disclosure.reveal(payload, received)

    names = [name for name, one in zip(hidden, disclosures, strict=True) if one in shown]
    assert revealed == {name: hidden[name] for name in names}
    assert jws == "a.b.c"
    assert disclosure.combine(jws, received) == line


def test_digests_are_sorted_and_decoys_look_like_claims() -> None:
    digests, disclosures = disclosure.conceal(CLAIMS, SALTS[:3], DECOYS)

    assert digests == sorted(digests)
    assert len(digests) == 5
    assert {len(one) for one in digests} == {43}
    assert {one.digest for one in disclosures} < set(digests)


def test_revealing_leaves_the_payload_as_it_was() -> None:
    digests, disclosures = disclosure.conceal(CLAIMS, SALTS[:3], DECOYS)
    payload: dict[str, Json] = {"iss": "x", "_sd": digests, "_sd_alg": "sha-256"}
    before = json.dumps(payload)

    revealed = disclosure.reveal(payload, [one.encoded for one in disclosures])

    assert revealed == {"iss": "x", **CLAIMS}
    assert json.dumps(payload) == before


def test_one_flipped_bit_of_a_disclosure_belongs_to_no_record() -> None:
    digests, (one,) = disclosure.conceal({"subject": "p:1"}, SALTS[:1], [])

    for place, letter in enumerate(one.encoded):
        other = "A" if letter != "A" else "B"
        changed = one.encoded[:place] + other + one.encoded[place + 1 :]
        with pytest.raises(RecordError, match="do not belong to the record"):
            disclosure.reveal({"_sd": digests}, [changed])


# --- published cases


@pytest.mark.parametrize("name", sorted(CASES.keys() - WITH_FRACTIONS))
def test_a_published_presentation_reveals_the_published_claims(name: str) -> None:
    case = CASES[name]

    verified = disclosure.reveal(case["payload"], case["disclosures"])

    assert verified == case["verified"]


@pytest.mark.parametrize("name", sorted(WITH_FRACTIONS))
def test_a_published_presentation_with_fractions_is_refused(name: str) -> None:
    case = CASES[name]

    with pytest.raises(RecordError, match="is not a whole number"):
        disclosure.reveal(case["payload"], case["disclosures"])


def test_the_digest_is_that_of_rfc_9901() -> None:
    # RFC 9901, section 4.2.3: the family name of its example.
    text = "WyJfMjZiYzRMVC1hYzZxMktJNmNCVzVlcyIsICJmYW1pbHlfbmFtZSIsICJNw7ZiaXVzIl0"

    revealed = disclosure.reveal({"_sd": ["X9yH0Ajrdm1Oij4tWso9UzzKJvPoDxwmuEcO3XAdRC0"]}, [text])

    assert revealed == {"family_name": "Möbius"}


# --- refusals

ONE = encoded("salt", "a", 1)
ELEMENT = encoded("salt", 1)
PARENT = encoded("salt", "parent", {"_sd": [digest(ONE)]})
SELF = {"_sd": [digest(ONE)]}


@pytest.mark.parametrize(
    ("payload", "disclosures", "message"),
    [
        pytest.param(SELF, [ONE, ONE], "given twice", id="a disclosure twice"),
        pytest.param({}, [ONE], "1 of 1 disclosures do not belong", id="not asked for"),
        pytest.param(SELF, [ONE, PARENT], "1 of 2 disclosures", id="one too many"),
        pytest.param(
            {"_sd": [digest(ONE)] * 2}, [ONE], "in two places", id="a digest twice in a list"
        ),
        pytest.param({"x": SELF, **SELF}, [ONE], "in two places", id="a digest on two levels"),
        pytest.param({"x": SELF, **SELF}, [], "in two places", id="a digest twice, undisclosed"),
        pytest.param(
            {"_sd": [digest(ONE), digest(PARENT)]},
            [ONE, PARENT],
            "in two places",
            id="a digest again in a disclosure",
        ),
        pytest.param(
            {"x": [{"...": digest(ELEMENT)}], "_sd": [digest(ELEMENT)]},
            [ELEMENT],
            "in two places",
            id="a digest for a claim and an element",
        ),
        pytest.param({"a": 2, **SELF}, [ONE], "overwrite claim `a`", id="a claim already there"),
        pytest.param(
            {"_sd": [digest(ONE), digest(encoded("other", "a", 2))]},
            [ONE, encoded("other", "a", 2)],
            "overwrite claim `a`",
            id="two disclosures of one claim",
        ),
        *(
            pytest.param(
                {"_sd": [digest(encoded("salt", name, []))]},
                [encoded("salt", name, [])],
                "reserved name",
                id=f"a claim named {name}",
            )
            for name in ("_sd", "...", "_sd_alg")
        ),
        pytest.param({"_sd_alg": "sha-512"}, [], "not sha-256", id="another digest"),
        pytest.param({"_sd_alg": None}, [], "not sha-256", id="no digest"),
        pytest.param({"x": {"_sd_alg": "sha-256"}}, [], "has no meaning", id="a nested algorithm"),
        pytest.param({"_sd": "x"}, [], "not a list of digests", id="text for a list"),
        pytest.param({"_sd": [1]}, [], "digest is not text", id="a number for a digest"),
        pytest.param({"x": [{"...": 1}]}, [], "digest is not text", id="a number for an element"),
        pytest.param({"...": "x"}, [], "has no meaning", id="an element mark on a claim"),
        pytest.param(
            {"x": [{"...": "x", "y": 1}]}, [], "does not stand alone", id="an element with more"
        ),
        pytest.param(
            {"_sd": [digest(ELEMENT)]}, [ELEMENT], "not salt, name and value", id="two for three"
        ),
        pytest.param(
            {"x": [{"...": digest(ONE)}]}, [ONE], "not salt and value", id="three for two"
        ),
        *(
            pytest.param({"_sd": [digest(text)]}, [text], message, id=phrase)
            for text, message, phrase in [
                (encoded("salt", 7, 1), "not salt, name and value", "a number for a name"),
                (encoded(7, "a", 1), "starts with a salt", "a number for a salt"),
                (encoded(), "starts with a salt", "an empty list"),
                (encoded("salt", "a", 1, 2), "not salt, name and value", "four parts"),
                (b64url_encode(b'{"a":1}'), "starts with a salt", "an object"),
                (b64url_encode(b"[1"), "not JSON", "half a list"),
                (b64url_encode(b'["s","a",{"b":1,"b":2}]'), "named twice", "a member twice"),
                (b64url_encode(b'["s","a",1.5]'), "not a whole number", "a fraction"),
                (ONE + "=", "one spelling", "padding"),
                (ONE[:4] + "\n" + ONE[4:], "one spelling", "a line break"),
            ]
        ),
        pytest.param(SELF, [ONE + "é"], "not ASCII", id="a letter beyond ASCII"),
        pytest.param({}, ["x"] * 65, "more than 64", id="too many"),
        pytest.param({}, ["x" * 49_153], "longer than 49152", id="too long"),
    ],
)
def test_a_disclosure_that_proves_nothing_is_refused(
    payload: dict[str, Json], disclosures: list[str], message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        disclosure.reveal(payload, disclosures)


def test_disclosures_nested_without_end_are_refused() -> None:
    chain = [encoded("salt", "a", 1)]
    for _ in range(40):
        chain.append(encoded("salt", "a", {"_sd": [digest(chain[-1])]}))

    with pytest.raises(RecordError, match="deeper than 32"):
        disclosure.reveal({"_sd": [digest(chain[-1])]}, chain)


def test_a_child_is_not_shown_without_its_parent() -> None:
    payload: dict[str, Json] = {"_sd": [digest(PARENT)]}

    assert disclosure.reveal(payload, [ONE, PARENT]) == {"parent": {"a": 1}}
    assert disclosure.reveal(payload, [PARENT]) == {"parent": {}}
    with pytest.raises(RecordError, match="1 of 1 disclosures do not belong"):
        disclosure.reveal(payload, [ONE])


@pytest.mark.parametrize(
    ("line", "message"),
    [
        pytest.param("a.b.c", "do not end with", id="no tilde"),
        pytest.param("a.b.c~x", "do not end with", id="no tilde at the end"),
        pytest.param("a.b.c~x~d.e.f", "do not end with", id="a key binding"),
        pytest.param("a.b.c~x~\n", "do not end with", id="a line break at the end"),
        pytest.param("", "do not end with|empty", id="nothing"),
        pytest.param("~", "is empty", id="no record"),
        pytest.param("~x~", "is empty", id="a disclosure without a record"),
        pytest.param("a.b.c~~", "is empty", id="an empty disclosure"),
        pytest.param("a.b.c~x~~y~", "is empty", id="an empty disclosure in the middle"),
        pytest.param("a.b.c~" + "x~" * 65, "more than 64", id="too many"),
        pytest.param("a.b.c~" + "x" * 49_153 + "~", "longer than 49152", id="too long"),
    ],
)
def test_a_line_in_another_form_is_refused(line: str, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        disclosure.split_combined(line)


def test_a_record_alone_is_a_line_too() -> None:
    assert disclosure.split_combined("a.b.c~") == ("a.b.c", ())


@pytest.mark.parametrize(
    ("salts", "decoys", "message"),
    [
        pytest.param(SALTS[:2], [], "3 claims need as many salts, not 2", id="a salt too few"),
        pytest.param(SALTS[:4], [], "3 claims need as many salts, not 4", id="a salt too many"),
        pytest.param([SALTS[0]] * 3, [], "used twice", id="one salt for all"),
        pytest.param(SALTS[:3], [DECOYS[0]] * 2, "used twice", id="one decoy twice"),
        pytest.param(SALTS[:3], [SALTS[0]], "used twice", id="a salt as a decoy"),
        pytest.param([*SALTS[:2], b"x"], [], "1 bytes long, not 16", id="a short salt"),
        pytest.param(SALTS[:3], [b"x"], "shorter than 16", id="a short decoy"),
    ],
)
def test_nothing_is_hidden_without_enough_chance(
    salts: list[bytes], decoys: list[bytes], message: str
) -> None:
    with pytest.raises(RecordError, match=message):
        disclosure.conceal(CLAIMS, salts, decoys)


@pytest.mark.parametrize("name", ["_sd", "...", "_sd_alg"])
def test_a_reserved_name_is_not_hidden(name: str) -> None:
    with pytest.raises(RecordError, match="keeps for itself"):
        disclosure.conceal({name: 1}, SALTS[:1], [])


def test_what_nobody_would_accept_is_not_hidden() -> None:
    many: dict[str, Json] = {f"claim {n}": n for n in range(65)}

    with pytest.raises(RecordError, match="too long to be disclosed"):
        disclosure.conceal({"a": "x" * 49_152}, SALTS[:1], [])
    with pytest.raises(RecordError, match="more than 64 claims"):
        disclosure.conceal(many, SALTS[:65], [])
