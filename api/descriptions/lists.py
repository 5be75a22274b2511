"""What lists have in common, as it is described."""

from typing import Final

from api.descriptions.operation import Answer, Parameter
from api.descriptions.schemas import INSTANT, Schema, listed, members, or_null, ref, text

LIMIT: Final = 50
MAX_LIMIT: Final = 200
PAGE: Final = (
    Parameter(
        name="limit",
        place="query",
        description=f"How much stands on a page; {LIMIT} unless said.",
        schema={"type": "integer", "minimum": 1, "maximum": MAX_LIMIT},
    ),
    Parameter(
        name="after",
        place="query",
        description="Where the page before it ended; take it from `next`.",
        # A cursor is given out and never made, so there is none that could be shown here.
        schema={"type": "string", "pattern": "^[A-Za-z0-9_-]+$", "maxLength": 1024},
    ),
)
AT: Final = Parameter(
    name="at",
    place="query",
    description="As of a date, or an instant in UTC; now unless said.",
    schema=INSTANT,
)
KNOWN_AT: Final = Parameter(
    name="known_at",
    place="query",
    description="By what was on record then; by all there is unless said.",
    schema=INSTANT,
)
AS_OF: Final = (AT, KNOWN_AT)
LATER: Final = "It is asked by what will be known at an instant that is still to come."
IDEMPOTENT: Final = Parameter(
    name="Idempotency-Key",
    place="header",
    description="A name for this request: sent again, it does nothing twice and is answered alike.",
    schema={"type": "string", "pattern": "^[!-~]{1,128}$"},
)
_TAG: Final = '(W/)?"[!#-~]*"[ \\t]*'
TAGS: Final[Schema] = {
    "type": "string",
    "pattern": rf"^(\*|({_TAG}(,[ \t]*{_TAG})*,?)?)$",
    "maxLength": 4_096,
}
"""Entity tags, as `If-Match` and `If-None-Match` name them (RFC 9110, section 13.1)."""
IF_NONE_MATCH: Final = Parameter(
    name="If-None-Match",
    place="header",
    description="The `ETag` of what the caller has; 304 if it is still that.",
    schema=TAGS,
)
NOT_MODIFIED: Final = Answer(
    status=304,
    description="The caller has it.",
    headers={"ETag": "Names what would have been sent."},
)
LINK: Final = {"Link": "The next page, if there is one (RFC 8288)."}


def page(name: str, of: str) -> Schema:
    """A page of a list."""
    return members({name: listed(ref(of)), "next": or_null(text("The next page, as a path."))})


def page_of(name: str, of: str, said: str) -> Answer:
    """A page of a list as an answer."""
    return Answer(status=200, description=said, schema=page(name, of), headers=LINK)
