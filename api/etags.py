"""Which state of a thing somebody has seen: strong entity tags, made of what it says.

Promises that a text is changed only by whoever has seen the state that is changed,
and that nothing that has not changed is sent twice.

Source:
    RFC 9110, sections 8.8.3, 13.1.1 and 13.1.2; RFC 6585, section 3.
"""

import re
from collections.abc import Mapping
from typing import Final

from fastapi.responses import Response

from api.problems import ProblemError, malformed
from engine import canonical

_LIST: Final = re.compile(r'\s*((W/)?"[\x21\x23-\x7e]*")\s*(?:,|$)')
_MAX_CHARS: Final = 4_096
ANY: Final = "*"


def etag(*parts: bytes | str) -> str:
    """Name a state by all that makes it, in order; each part told apart from the next."""
    said = b"".join(
        canonical.digest_hex(each if isinstance(each, bytes) else each.encode()).encode()
        for each in parts
    )
    return f'"{canonical.digest_hex(said)[:32]}"'


def hold(headers: Mapping[str, str]) -> None:
    """Hold what a request says that it has seen to how that is written, before it is looked into.

    Raises:
        ProblemError: `If-Match` or `If-None-Match` is no list of tags.
    """
    for name in ("If-Match", "If-None-Match"):
        said = headers.get(name.lower(), ANY)
        if said.strip() != ANY:
            _tags(said, name)


def tagged(response: Response, tag: str, headers: Mapping[str, str]) -> Response:
    """A response with its tag; only that if the caller has this very state already.

    Args:
        headers: Of the request.

    Raises:
        ProblemError: `If-None-Match` is no list of tags.
    """
    known = headers.get("if-none-match")
    if known is not None and (known.strip() == ANY or tag in _tags(known, "If-None-Match")):
        kept = {name: value for name, value in response.headers.items() if name == "vary"}
        return Response(status_code=304, headers=kept | {"ETag": tag})
    response.headers["ETag"] = tag
    return response


def refuse_unseen(headers: Mapping[str, str], tag: str | None) -> None:
    """Refuse to change what the caller has not seen as it now is.

    Args:
        headers: Of the request.
        tag: The state that would be changed; none if there is nothing yet.

    Raises:
        ProblemError: 400, what it has seen is not written as tags are; 428, it does not say;
            412, it saw another state.
    """
    hold(headers)
    seen, unseen = headers.get("if-match"), headers.get("if-none-match")
    if seen is None and unseen is None:
        raise ProblemError(
            428,
            "unseen",
            "the request does not say which state it would change",
            hint="send `If-Match` with the `ETag` that was read, or `If-None-Match: *` to begin"
            " something new",
        )
    if unseen is not None and unseen.strip() != ANY:
        raise malformed("`If-None-Match` of a change is not `*`")
    if unseen is not None and tag is not None:
        raise _changed("it is there already", tag)
    if seen is None:
        return
    if tag is None:
        raise _changed("there is nothing to change", tag)
    # A weak tag never matches here: what is changed must be the very bytes.
    if seen.strip() != ANY and tag not in _tags(seen, "If-Match", weak=False):
        raise _changed("it is no longer what was seen", tag)


def refuse_changed(headers: Mapping[str, str], tag: str | None) -> None:
    """Refuse to change what is not as the caller says that it saw it, if it says so.

    Raises:
        ProblemError: 412, it saw another state.
    """
    if "if-match" in headers or "if-none-match" in headers:
        refuse_unseen(headers, tag)


def _changed(message: str, tag: str | None) -> ProblemError:
    return ProblemError(
        412,
        "changed",
        message,
        hint="read it again, look at what changed, and send the change again with its new `ETag`",
        headers={"ETag": tag} if tag else {},
    )


def _tags(said: str, name: str, *, weak: bool = True) -> list[str]:
    found, place = [], 0
    while place < len(said):
        each = _LIST.match(said, place)
        if each is None or len(said) > _MAX_CHARS:
            raise malformed(f"`{name}` is no list of entity tags", hint='write "…", as it was sent')
        if weak or each[2] is None:
            found.append(each[1].removeprefix("W/"))
        place = each.end()
    return found
