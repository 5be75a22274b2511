"""Which page of a search is asked for, and where the next one begins.

A token is opaque and short: it says where the page before it ended, and names the
search it belongs to and by what that was decided. It opens nothing, so it needs no
secret, and any worker of the office understands it.

Source:
    OpenID AuthZEN Authorization API 1.0, section 8.2.
"""

import struct
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from api.problems import ProblemError, malformed
from engine import canonical
from engine.errors import ConcordatError

LIMIT: Final = 50
"""How many results stand on a page if nobody says."""
MAX_LIMIT: Final = 100
"""The most that stand on one; whoever asks for more gets these."""

_FORM: Final = struct.Struct(">BBI8s16s")
_VERSION: Final = 1
TOKEN_LENGTH: Final = 40


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page as it is asked for.

    Attributes:
        limit: How many results may stand on it; none if the request does not say.
        token: Where it begins; empty of the first page.
    """

    limit: int | None
    token: str


@dataclass(frozen=True, slots=True)
class Turn:
    """Where a page begins and how long it may be.

    Attributes:
        start: The place of the first candidate that may stand on it.
    """

    start: int
    limit: int


def wanted(said: Mapping[str, Any]) -> Wanted:  # Any: JSON.
    """Read which page a search asks for; what else `page` says is ignored.

    Raises:
        ProblemError: A member is of the wrong kind.
    """
    page = said.get("page", {})
    if not isinstance(page, dict):
        raise malformed("`page` is not an object")
    token = page.get("token")
    limit = _whole(page["limit"]) if "limit" in page else None
    if "token" in page and not isinstance(token, str):
        raise malformed("`page.token` is not a text")
    if token == "":
        raise malformed(
            "`page.token` is empty", hint="an empty `next_token` says that nothing follows"
        )
    return Wanted(limit, token or "")


def _whole(limit: object) -> int:
    # In JSON `10` and `10.0` are one number (RFC 8259, section 6).
    if (
        isinstance(limit, bool)
        or not isinstance(limit, int | float)
        or not 0 <= limit == int(limit)
    ):
        raise malformed("`page.limit` is not a whole number from 0")
    return min(int(limit), MAX_LIMIT)


def begin(asked: Wanted, *, search_sha256: str, ground: str) -> Turn:
    """Where the page that is asked for begins.

    Args:
        search_sha256: Names the search: what is sought, and who seeks it.
        ground: Names what it is decided by.

    Raises:
        ProblemError: 400, the token belongs to another search, or to what is decided by no more.
    """
    if not asked.token:
        return Turn(0, LIMIT if asked.limit is None else asked.limit)
    try:
        told = canonical.b64url_decode(asked.token)
        version, limit, start, stood, named = _FORM.unpack(told)
    except (ConcordatError, struct.error) as fault:
        raise _foreign() from fault
    if version != _VERSION or named != _name(limit, start, stood, search_sha256):
        raise _foreign()
    if asked.limit not in (None, limit):
        raise _refused("`page.limit` is another than that of the page before", "leave it as it was")
    if stood != _short(ground):
        raise _refused(
            "what is decided by has changed since the page before",
            "begin again, without `page.token`",
        )
    return Turn(start, limit)


def token(start: int, limit: int, *, search_sha256: str, ground: str) -> str:
    """Say where the next page begins."""
    stood = _short(ground)
    named = _name(limit, start, stood, search_sha256)
    return canonical.b64url_encode(_FORM.pack(_VERSION, limit, start, stood, named))


def _short(ground: str) -> bytes:
    return bytes.fromhex(canonical.digest_hex(ground.encode()))[:8]


def _name(limit: int, start: int, stood: bytes, search_sha256: str) -> bytes:
    whole = struct.pack(">BI8s", limit, start, stood) + search_sha256.encode()
    return bytes.fromhex(canonical.digest_hex(whole))[:16]


def _foreign() -> ProblemError:
    return _refused(
        "`page.token` belongs to no such search",
        "send it with the very request whose answer it came with, or begin again without it",
    )


def _refused(message: str, hint: str) -> ProblemError:
    return ProblemError(400, "cursor", message, hint=hint)
