"""Strict JSON in, RFC 8785 bytes out: the one spelling in which records are written.

Promises that what `parse` accepts has exactly one meaning (UTF-8, no member
named twice, whole numbers that every reader holds exactly) and that `encode`
writes it in exactly one way; base64 likewise. Refuses fractions altogether: 1.0
and 1 are two spellings of one number. Nothing here touches disk, clock or chance.
"""

import binascii
import hashlib
import json
import re
from base64 import b64decode, b64encode
from binascii import a2b_base64, b2a_base64
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, Never, TypeAlias

import rfc8785

from engine.errors import RecordError

Json: TypeAlias = "bool | int | str | Sequence[Json] | Mapping[str, Json] | None"
"""A JSON value without fractions. At run time: `dict`, `list` or `tuple`, and scalars."""

MAX_BYTES = 1_048_576
MAX_DEPTH = 32
MAX_INTEGER = 2**53 - 1  # RFC 7493, section 2.2: the last integer a double holds exactly.

_NOT_WHOLE = "write whole numbers, or the amount as text"
_B64URL_HINT = "letters, digits, `-` and `_` only; no padding; unused bits are zero"
_B64_HINT = "letters, digits, `+` and `/` only; padded; unused bits are zero"

# The closing quote is optional so that an unfinished string is taken in one
# bite; otherwise hostile text costs quadratic time before it is refused.
_STRING_OR_BRACKET = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_FROM_URL = bytes.maketrans(b"-_", b"+/")
_ASCII_WRITER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)
_SURROGATE_ESCAPE = re.compile(r"\\u[dD][89a-fA-F]")


def parse(data: bytes, *, max_bytes: int = MAX_BYTES, max_depth: int = MAX_DEPTH) -> Json:
    """Read JSON that can be understood in one way only.

    Args:
        data: UTF-8 text without a byte order mark.
        max_bytes: Longest text accepted.
        max_depth: Deepest nesting of arrays and objects accepted; a scalar has depth 0.

    Raises:
        RecordError: The text is too long, too deep, not UTF-8, not JSON, names
            a member twice, holds a fraction, an integer beyond 2**53 - 1 or
            half of a surrogate pair.

    Source:
        RFC 8259; RFC 7493 (I-JSON), section 2.
    """
    if len(data) > max_bytes:
        raise RecordError(f"text is {len(data)} bytes long; at most {max_bytes} are accepted")
    text = _decoded(data)
    _refuse_depth(text, max_depth)
    try:
        value: Json = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        place = f"line {error.lineno}, column {error.colno}"
        raise RecordError(f"text is not JSON at {place}: {error.msg.lower()}") from error
    if _SURROGATE_ESCAPE.search(text):
        _refuse_surrogates(value)
    return value


def parse_canonical(data: bytes, *, max_bytes: int = MAX_BYTES) -> Json:
    """Read JSON that is already written in its one spelling.

    Raises:
        RecordError: `parse` refuses the text, or it is not its own RFC 8785 form.
    """
    value = parse(data, max_bytes=max_bytes)
    # In ASCII the standard library writes the same, in a tenth of the time.
    if (_ASCII_WRITER.encode(value).encode() if data.isascii() else encode(value)) != data:
        raise RecordError(
            "text is not in canonical form",
            hint="RFC 8785: members sorted, no space between tokens, shortest escapes",
        )
    return value


def encode(value: Json) -> bytes:
    """Write a value in its one spelling.

    Raises:
        RecordError: The value holds a fraction, an integer beyond 2**53 - 1,
            half of a surrogate pair, more than 32 levels, or something that is
            not JSON.

    Source:
        RFC 8785, section 3.2.
    """
    _refuse_unwritable(value, 0)
    return spell(value)


def spell(value: Any) -> bytes:
    """Write a value by RFC 8785, fractions included. Any: JSON, checked by whoever calls."""
    try:
        return rfc8785.dumps(value)
    except rfc8785.CanonicalizationError as error:
        raise _not_writable(error) from error


def encode_trusted(value: Json) -> bytes:
    """Write a value that our own typed code built, many times faster.

    Equal to `encode`, byte for byte, when every member name is ASCII and no
    number is a fraction (a law of the test suite). Beyond that it is not: names
    are sorted by UTF-8 and not by UTF-16, and a fraction is written. Never give
    it what came from outside.

    Raises:
        RecordError: The value holds an integer beyond 2**53 - 1, half of a
            surrogate pair, or something that is not JSON.
    """
    dumps, options, refused = _trusted_writer()
    try:
        return dumps(value, None, options)
    except refused as error:
        raise _not_writable(error) from error


@cache
def _trusted_writer() -> tuple[Callable[..., bytes], int, type[Exception]]:
    import orjson  # On first use: checking evidence must start without it.

    options = orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER
    options |= orjson.OPT_PASSTHROUGH_DATACLASS | orjson.OPT_PASSTHROUGH_DATETIME
    return orjson.dumps, options, orjson.JSONEncodeError


def digest_hex(data: bytes) -> str:
    """Name bytes by their SHA-256 in lowercase hex, as `sha256sum` prints it."""
    return hashlib.sha256(data).hexdigest()


def b64url_bytes(data: bytes) -> bytes:
    """Write bytes as base64url without padding (RFC 7515, section 2)."""
    # Such letters are rare in what JSON becomes: finding them takes less than looking each one up.
    return b2a_base64(data, newline=False).replace(b"+", b"-").replace(b"/", b"_").rstrip(b"=")


def b64url_encode(data: bytes) -> str:
    """Write bytes as base64url without padding, as text."""
    return b64url_bytes(data).decode("ascii")


def b64url_decode(text: str | bytes) -> bytes:
    """Read base64url that is written in its one spelling.

    Raises:
        RecordError: The text is padded, uses another alphabet, holds a space or
            a line break, or sets bits that no byte needs.
    """
    spelled = _ascii(text, "base64url")
    try:
        data = a2b_base64(spelled.translate(_FROM_URL) + b"=" * (-len(spelled) % 4))
    except binascii.Error as error:
        raise _misspelled("base64url", _B64URL_HINT) from error
    if b64url_bytes(data) != spelled:
        raise _misspelled("base64url", _B64URL_HINT)
    return data


def b64_encode(data: bytes) -> str:
    """Write bytes as padded base64 (RFC 4648, section 4), as C2SP texts do."""
    return b64encode(data).decode("ascii")


def b64_decode(text: str) -> bytes:
    """Read padded base64 that is written in its one spelling.

    Raises:
        RecordError: The text has another alphabet, a space, missing padding, or
            sets bits that no byte needs.
    """
    spelled = _ascii(text, "base64")
    try:
        data = b64decode(spelled)
    except binascii.Error as error:
        raise _misspelled("base64", _B64_HINT) from error
    if b64encode(data) != spelled:
        raise _misspelled("base64", _B64_HINT)
    return data


def _decoded(data: bytes) -> str:
    if data.startswith(b"\xef\xbb\xbf"):
        raise RecordError("text starts with a byte order mark", hint="save it as plain UTF-8")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise RecordError(f"text is not UTF-8 at byte {error.start}") from error


def _refuse_depth(text: str, max_depth: int) -> None:
    """Count the nesting before the parser recurses into it."""
    if text.count("[") + text.count("{") <= max_depth:
        return
    depth = 0
    for token in _STRING_OR_BRACKET.finditer(text):
        match text[token.start()]:
            case "[" | "{":
                depth += 1
                if depth > max_depth:
                    raise RecordError(f"text is nested deeper than {max_depth} levels")
            case "]" | "}":
                depth -= 1


def _members(pairs: list[tuple[str, Json]]) -> dict[str, Json]:
    members = dict(pairs)
    if len(members) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise RecordError(f"member {_shown(twice)} is named twice in one object")
    return members


def _integer(digits: str) -> int:
    # Counted first: Python refuses to convert thousands of digits, in its own words.
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise RecordError(
            f"integer {_shown(digits)} is beyond 2**53 - 1",
            hint="readers disagree about larger numbers; write it as text",
        )
    if digits == "-0":
        raise RecordError("integer `-0` has another spelling", hint="write 0")
    return int(digits)


def _refuse_fraction(digits: str) -> Never:
    raise RecordError(f"number {_shown(digits)} is not a whole number", hint=_NOT_WHOLE)


_DECODER = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_float=_refuse_fraction,
    parse_int=_integer,
    parse_constant=_refuse_fraction,
)


def _refuse_surrogates(value: Json) -> None:
    """Refuse half of a surrogate pair, which no UTF-8 text can hold."""
    if isinstance(value, str):
        if any("\ud800" <= letter <= "\udfff" for letter in value):
            raise RecordError(f"text {_shown(value)} holds half of a surrogate pair")
    elif isinstance(value, dict):
        for name, member in value.items():
            _refuse_surrogates(name)
            _refuse_surrogates(member)
    elif isinstance(value, list):
        for element in value:
            _refuse_surrogates(element)


def _refuse_unwritable(value: Json, depth: int) -> None:
    """Refuse what RFC 8785 would write and `parse` would not read back."""
    if isinstance(value, float):
        raise RecordError(f"number `{value}` is not a whole number", hint=_NOT_WHOLE)
    if isinstance(value, dict | list | tuple):
        if depth == MAX_DEPTH:
            raise RecordError(f"value is nested deeper than {MAX_DEPTH} levels")
        for part in value.values() if isinstance(value, dict) else value:
            _refuse_unwritable(part, depth + 1)


def _misspelled(alphabet: str, hint: str) -> RecordError:
    return RecordError(f"text is not {alphabet} in its one spelling", hint=hint)


def _not_writable(error: Exception) -> RecordError:
    return RecordError(f"value cannot be written as JSON: {escaped(str(error)).lower()}")


def _shown(text: str) -> str:
    return f"`{escaped(text)}`"


def escaped(text: str) -> str:
    """Show foreign text on one short line."""
    shown = text.encode("unicode_escape").decode("ascii")
    return shown if len(shown) <= 64 else f"{shown[:61]}..."


def _ascii(text: str | bytes, what: str) -> bytes:
    if isinstance(text, bytes):
        if text.isascii():
            return text
    elif text.isascii():
        return text.encode("ascii")
    raise RecordError(f"text is not ASCII; {what} is")
