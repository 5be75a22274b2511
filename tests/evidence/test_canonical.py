"""One meaning for what is read, one spelling for what is written."""

import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from engine import canonical
from engine.canonical import Json, encode, encode_trusted, parse, parse_canonical
from engine.errors import RecordError
from tests.evidence.vectors import VECTORS, load

CYBERPHONE = VECTORS / "jcs-cyberphone"
ROOT = VECTORS.parents[1]

scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-canonical.MAX_INTEGER, max_value=canonical.MAX_INTEGER)
)
any_texts = st.text(st.characters(exclude_categories=["Cs"]))
any_names = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
ascii_names = st.text(st.characters(max_codepoint=127), max_size=8)


def values(
    names: st.SearchStrategy[str], texts: st.SearchStrategy[str] = any_texts
) -> st.SearchStrategy[Any]:
    return st.recursive(
        scalars | texts,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(names, inner, max_size=4),
        max_leaves=12,
    )


# --- laws


@given(values(any_names))
def test_what_is_written_is_read_back(value: Json) -> None:
    assert parse_canonical(encode(value)) == value


@given(values(ascii_names))
def test_the_fast_path_writes_the_same_bytes(value: Json) -> None:
    assert encode_trusted(value) == encode(value)


@given(values(ascii_names, ascii_names))
def test_the_standard_library_writes_the_same_in_ascii(value: Json) -> None:
    assert canonical._ASCII_WRITER.encode(value).encode() == encode(value)


@given(st.binary(max_size=64))
def test_no_bytes_escape_with_a_foreign_error(data: bytes) -> None:
    try:
        value = parse_canonical(data)
    except RecordError:
        return

    assert encode(value) == data


# --- published files


@pytest.mark.parametrize("name", ["arrays", "french", "unicode", "weird"])
def test_a_published_file_without_fractions_is_written_byte_for_byte(name: str) -> None:
    source = (CYBERPHONE / f"input/{name}.json").read_bytes()
    expected = (CYBERPHONE / f"output/{name}.json").read_bytes()

    assert encode(parse(source)) == expected
    assert parse_canonical(expected) == parse(source)


# `structures` holds 56.0 and `values` holds 1E30: RFC 8785 can write them, we do not read them.
@pytest.mark.parametrize("name", ["structures", "values"])
def test_a_published_file_with_fractions_is_refused(name: str) -> None:
    source = (CYBERPHONE / f"input/{name}.json").read_bytes()

    with pytest.raises(RecordError, match="is not a whole number"):
        parse(source)


@pytest.mark.parametrize(
    "vector", load("rfc8785-numbers.json")["vectors"], ids=lambda vector: vector["ieee754"]
)
def test_no_binary_fraction_is_written_or_read(vector: dict[str, str | None]) -> None:
    number: Any = struct.unpack(">d", bytes.fromhex(str(vector["ieee754"])))[0]

    with pytest.raises(RecordError, match="is not a whole number"):
        encode(number)
    if vector["json"] is not None and not vector["json"].lstrip("-").isdigit():
        with pytest.raises(RecordError, match="is not a whole number"):
            parse(vector["json"].encode())


# --- refusals


@pytest.mark.parametrize(
    ("data", "message"),
    [
        pytest.param(b'{"a":1,"a":2}', "member `a` is named twice", id="a member named twice"),
        pytest.param(b'{"a":1,"\\u0061":2}', "`a` is named twice", id="twice by an escape"),
        pytest.param(b"[1.0]", "`1.0` is not a whole number", id="a fraction of nothing"),
        pytest.param(b"1e3", "`1e3` is not a whole number", id="an exponent"),
        pytest.param(b"NaN", "`NaN` is not a whole number", id="not a number"),
        pytest.param(b"-Infinity", "`-Infinity` is not", id="minus infinity"),
        pytest.param(b"-0", "`-0` has another spelling", id="minus nothing"),
        pytest.param(b"9007199254740992", r"beyond 2\*\*53 - 1", id="the first unsafe integer"),
        pytest.param(b"-9007199254740992", r"beyond 2\*\*53 - 1", id="the first unsafe below"),
        pytest.param(b"9" * 5000, r"beyond 2\*\*53 - 1", id="thousands of digits"),
        pytest.param(b"\xef\xbb\xbf{}", "byte order mark", id="a byte order mark"),
        pytest.param(b'"\xff"', "not UTF-8 at byte 1", id="bytes that are not UTF-8"),
        pytest.param(b'"\xed\xa0\x80"', "not UTF-8", id="a surrogate in UTF-8"),
        pytest.param(b'["\\ud800"]', "half of a surrogate pair", id="half a pair as a value"),
        pytest.param(b'{"\\uDFFF":1}', "half of a surrogate pair", id="half a pair as a name"),
        pytest.param(b"[" * 33 + b"]" * 33, "deeper than 32", id="one level too deep"),
        pytest.param(b"[" * 200_000, "deeper than 32", id="a tower of brackets"),
        pytest.param(b'{"a":' * 200_000, "deeper than 32", id="a tower of objects"),
        pytest.param(b"[1,]", "not JSON at line 1, column 4", id="a trailing comma"),
        pytest.param(b"{} {}", "not JSON", id="two texts"),
        pytest.param(b"", "not JSON", id="nothing"),
        pytest.param(b"{'a':1}", "not JSON", id="single quotes"),
        pytest.param(b'"\n"', "not JSON", id="a line break inside text"),
        pytest.param(b" " * 1_048_577, "1048577 bytes long", id="a byte too many"),
    ],
)
def test_text_with_two_meanings_is_refused(data: bytes, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        parse(data)


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b'{"b":1,"a":2}', id="members out of order"),
        pytest.param(b'{"a": 1}', id="a space between tokens"),
        pytest.param(b'"\\u0041"', id="an escape that is not needed"),
        pytest.param(b'"\\/"', id="an escaped slash"),
        pytest.param(b"{}\n", id="a line break at the end"),
        pytest.param('{"\uffff":1,"\U0001f602":2}'.encode(), id="names sorted by code point"),
    ],
)
def test_a_second_spelling_is_refused(data: bytes) -> None:
    with pytest.raises(RecordError, match="not in canonical form"):
        parse_canonical(data)


@pytest.mark.parametrize(
    ("value", "message"),
    [
        pytest.param(0.5, "`0.5` is not a whole number", id="a fraction"),
        pytest.param({"a": [1.0]}, "`1.0` is not a whole number", id="a fraction inside"),
        pytest.param(2**53, "cannot be written", id="an unsafe integer"),
        pytest.param("\ud800", "cannot be written", id="half a surrogate pair"),
        pytest.param({1: 2}, "cannot be written", id="a name that is not text"),
        pytest.param({"a": {1}}, "cannot be written", id="a set"),
        pytest.param(b"a", "cannot be written", id="bytes"),
    ],
)
def test_what_no_reader_would_accept_is_not_written(value: Any, message: str) -> None:
    with pytest.raises(RecordError, match=message):
        encode(value)


def test_nothing_is_written_deeper_than_it_is_read() -> None:
    value: Json = 0
    for _ in range(32):
        value = [value]

    assert parse(encode(value)) == value
    with pytest.raises(RecordError, match="deeper than 32"):
        encode([value])


@pytest.mark.parametrize("value", [2**53, -(2**53), "\ud800", {1: 2}, {"a": {1}}])
def test_the_fast_path_refuses_what_it_cannot_write(value: Any) -> None:
    with pytest.raises(RecordError, match="cannot be written"):
        encode_trusted(value)


def test_brackets_in_text_are_not_nesting() -> None:
    assert parse(b'["' + b"[{" * 100 + b'\\"[[["]') == ["[{" * 100 + '"[[[']


def test_a_message_shows_foreign_text_on_one_short_line() -> None:
    with pytest.raises(RecordError) as caught:
        parse(b'{"a\\n' + b"x" * 500 + b'":1,"a\\n' + b"x" * 500 + b'":1}')

    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 120


def test_a_digest_is_what_sha256sum_prints() -> None:
    assert canonical.digest_hex(b"abc") == (
        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )


# --- base64


@given(st.binary(max_size=80))
def test_base64_is_read_back(data: bytes) -> None:
    assert canonical.b64url_decode(canonical.b64url_encode(data)) == data
    assert canonical.b64_decode(canonical.b64_encode(data)) == data


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("QQ==", id="padding"),
        pytest.param("QR", id="unused bits that are set"),
        pytest.param("-_+/", id="the other alphabet"),
        pytest.param("Q Q", id="a space"),
        pytest.param("QQ\n", id="a line break at the end"),
        pytest.param("!!!!", id="no alphabet at all"),
        pytest.param("Q", id="an impossible length"),
        pytest.param("QÀ", id="a letter beyond ASCII"),
    ],
)
def test_base64url_has_one_spelling(text: str) -> None:
    with pytest.raises(RecordError, match="text is not"):
        canonical.b64url_decode(text)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("QQ", id="padding left out"),
        pytest.param("QQ=", id="half the padding"),
        pytest.param("QQ====", id="too much padding"),
        pytest.param("QR==", id="unused bits that are set"),
        pytest.param("-_-_", id="the other alphabet"),
        pytest.param("QQ==\n", id="a line break at the end"),
        pytest.param("!!!!", id="no alphabet at all"),
    ],
)
def test_base64_has_one_spelling(text: str) -> None:
    with pytest.raises(RecordError, match="text is not"):
        canonical.b64_decode(text)


# --- start


def test_checking_evidence_starts_without_the_heavy_libraries() -> None:
    heavy = ["orjson", "jwcrypto", "pydantic", "cedarpy", "sqlmodel"]
    rooms = "canonical, keys, jose, merkle, checkpoint, tlog_proof, disclosure"
    program = f"import sys; from engine import {rooms}; print({heavy} & sys.modules.keys())"
    program = program.replace("[", "{").replace("]", "}")

    loaded = subprocess.run(
        [sys.executable, "-c", program],
        cwd=Path(ROOT),
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )

    assert loaded.stdout == "set()\n"
