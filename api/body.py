"""The first reader of what an application sends, before any model sees it.

Promises that JSON which passes has one meaning for every reader (I-JSON): UTF-8,
no member named twice, no half of a surrogate pair, numbers that a double holds.
Refuses by size and by depth before anything is built.

Source:
    RFC 8259; RFC 7493 (I-JSON), section 2; OpenID AuthZEN 1.0, section 10.
"""

import json
import math
import re
from collections.abc import AsyncIterator, Mapping
from typing import Any, Final, NamedTuple, Never
from urllib.parse import parse_qsl

import orjson

from api.problems import ProblemError, malformed

JSON: Final = "application/json"
MAX_BYTES: Final = 262_144
MAX_FORM_BYTES: Final = 16_384
MAX_DEPTH: Final = 32
MAX_INTEGER: Final = 2**53 - 1

# As in `engine.canonical`: an unfinished string is taken in one bite.
_STRING_OR_BRACKET: Final = re.compile(r'"(?:[^"\\]++|\\.)*+"?|[\[\]{}]', re.DOTALL)
_STRING: Final = re.compile(rb'"(?:[^"\\]++|\\.)*+"', re.DOTALL)
_SPACE: Final = b" \t\r\n"
_NO_BRACKET: Final = b":,truefalsn" + _SPACE
_STRUCTURE: Final = b"{}[]" + _NO_BRACKET
_ALIKE: Final = bytes.maketrans(b"[]", b"{}")
_OTHER_ESCAPE: Final = re.compile(rb'\\[^"\\/bfnrt]').search
_SURROGATE: Final = re.compile("[\ud800-\udfff]")


class Said(NamedTuple):
    """A JSON object that can be understood in one way only.

    Attributes:
        members: What it says. Any: JSON.
        spelled: Its one spelling (RFC 8785) if reading it gave that as well; else empty.
    """

    members: dict[str, Any]
    spelled: bytes = b""


async def read(
    stream: AsyncIterator[bytes], headers: Mapping[str, str], *, kind: str, max_bytes: int
) -> bytes:
    """Take in a body of one media type, up to a limit.

    Raises:
        ProblemError: It is of another type, is encoded, empty or too long.
    """
    refuse_other(headers, kind)
    taken = bytearray()
    async for part in stream:
        taken += part
        if len(taken) > max_bytes:
            raise ProblemError(
                400, "request", f"the body is longer than {max_bytes} bytes", hint="ask for less"
            )
    if not taken:
        raise malformed("the body is empty")
    return bytes(taken)


def refuse_other(headers: Mapping[str, str], kind: str) -> None:
    """Refuse a body of another media type, or one that is encoded.

    Raises:
        ProblemError: It is.
    """
    said = headers.get("content-type", "")
    if said != kind:
        media_type, _, parameters = said.partition(";")
        if media_type.strip().lower() != kind:
            raise malformed(f"`Content-Type` is not `{kind}`", hint=f"send `Content-Type: {kind}`")
        charset = parameters.strip().lower().replace('"', "")
        if charset not in ("", "charset=utf-8"):
            raise malformed("the body is not said to be UTF-8", hint="leave the charset out")
    if headers.get("content-encoding", "identity") != "identity":
        raise malformed("the body is encoded", hint="send it without `Content-Encoding`")


def parse_object(data: bytes) -> dict[str, Any]:  # Any: JSON.
    """Read a JSON object that can be understood in one way only.

    Raises:
        ProblemError: It is not one.
    """
    return parse(data).members


def parse(data: bytes) -> Said:
    """Read a JSON object that can be understood in one way only, and spell it if that is cheap.

    Raises:
        ProblemError: It is not one.
    """
    plainly = _plain_object(data)
    if plainly is not None:
        return plainly
    try:
        text = data.decode()
    except UnicodeDecodeError as fault:
        raise malformed(f"the body is not UTF-8 at byte {fault.start}") from fault
    _refuse_depth(text)
    try:
        value = _DECODER.decode(text)
    except json.JSONDecodeError as fault:
        place = f"line {fault.lineno}, column {fault.colno}"
        raise malformed(f"the body is not JSON at {place}: {fault.msg.lower()}") from fault
    if not isinstance(value, dict):
        raise malformed("the body is not a JSON object")
    return Said(value)


def _plain_object(data: bytes) -> Said | None:
    """The object, read the quick way; none if that cannot be sure to say what the other would.

    Sure of: the quick parser took it, so it is UTF-8 and JSON; there is no number in it and
    no escape but of a quote, a stroke or a line, so none is read differently; it is not deep;
    and no member stands there twice, for written again it is as long as it was without the
    space between, or has as many members as colons.
    """
    escapes = b"\\" in data
    between = _STRING.sub(b"", data) if escapes else b"".join(data.split(b'"')[::2])
    if between.translate(None, _STRUCTURE) or (escapes and _OTHER_ESCAPE(data)):
        return None
    try:
        value = orjson.loads(data)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(value, dict):
        return None
    if between.count(b"{") + between.count(b"[") > MAX_DEPTH and _is_deep(between):
        return None
    if escapes:
        return Said(value) if _members_in(value) == between.count(b":") else None
    spelled = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    space = len(between) - len(between.translate(None, _SPACE))
    if len(spelled) + space != len(data):
        return None
    # Names beyond ASCII are sorted otherwise by RFC 8785.
    return Said(value, spelled if spelled.isascii() else b"")


def _is_deep(between: bytes) -> bool:
    """Whether brackets stand within each other more often than is read."""
    brackets = between.translate(_ALIKE, _NO_BRACKET)
    for _ in range(MAX_DEPTH):
        # Each time the innermost go, and those around them are innermost.
        brackets = brackets.replace(b"{}", b"")
    return bool(brackets)


def _members_in(value: Any) -> int:
    """How many members there are in all, of what is not deep."""
    if isinstance(value, dict):
        return len(value) + sum(map(_members_in, value.values()))
    return sum(map(_members_in, value)) if isinstance(value, list) else 0


def parse_form(data: bytes) -> dict[str, str]:
    """Read a form in which nothing stands twice.

    Raises:
        ProblemError: It is not one.
    """
    try:
        pairs = parse_qsl(
            data.decode("ascii"), strict_parsing=True, errors="strict", max_num_fields=32
        )
    except ValueError as fault:  # UnicodeDecodeError is one.
        raise malformed("the body is not a form") from fault
    if len({name for name, _ in pairs}) != len(pairs):
        raise malformed("a field of the form stands there twice")
    return dict(pairs)


def _refuse_depth(text: str) -> None:
    depth = 0
    for found in _STRING_OR_BRACKET.finditer(text):
        match found[0]:
            case "[" | "{":
                depth += 1
                if depth > MAX_DEPTH:
                    raise malformed(f"the body is nested deeper than {MAX_DEPTH} levels")
            case "]" | "}":
                depth -= 1


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members: dict[str, Any] = {}
    for name, value in pairs:
        _refuse_half(name)
        if name in members:
            raise malformed(f"the member `{_plain(name)}` stands there twice")
        if isinstance(value, str):
            _refuse_half(value)
        elif isinstance(value, list):
            _refuse_halves(value)
        members[name] = value
    return members


def _refuse_halves(values: list[Any]) -> None:
    for value in values:
        if isinstance(value, str):
            _refuse_half(value)
        elif isinstance(value, list):
            _refuse_halves(value)


def _refuse_half(text: str) -> None:
    if _SURROGATE.search(text):
        raise malformed("a text holds half of a surrogate pair")


def _whole(digits: str) -> int:
    if len(digits) > 17 or abs(int(digits)) > MAX_INTEGER:
        raise malformed("a whole number is beyond 2^53 - 1", hint="write it as text")
    return int(digits)


def _fraction(digits: str) -> float:
    number = float(digits)
    if not math.isfinite(number):
        raise malformed("a number is too large")
    return number


def _refuse_constant(name: str) -> Never:
    raise malformed(f"`{name}` is not a number in JSON")


def _plain(name: str) -> str:
    return "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in name[:64])


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_members,
    parse_int=_whole,
    parse_float=_fraction,
    parse_constant=_refuse_constant,
)
