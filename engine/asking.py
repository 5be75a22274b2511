"""Who asked, and how well that is known: what an office writes down of a caller.

Promises that what a record states of its caller was taken from a credential and
from the register of clients, never from the question. Nothing here checks a token;
whoever did hands in what was found.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from engine import shape
from engine.canonical import Json
from engine.errors import RecordError

LIFE_S: Final = 300
"""For how long an answer may be relied on, in seconds."""

MAX_NONCE: Final = 128


class Evidence(StrEnum):
    """How well something is known of whoever asks, the least first."""

    ASSERTED = "asserted"
    """The application said so."""
    APP_SIGNED = "app_signed"
    """The application signed the very request that says so."""
    IDP_SIGNED = "idp_signed"
    """The identity provider of the agency signed it."""

    def reaches(self, least: "Evidence") -> bool:
        """Whether it is at least as good."""
        order = tuple(Evidence)
        return order.index(self) >= order.index(least)


class ProvedBy(StrEnum):
    """How the caller proved that it holds the key its token is bound to."""

    DPOP = "dpop"
    """RFC 9449."""
    MTLS = "mtls"
    """RFC 8705."""
    BEARER = "bearer"
    """Not at all: the token alone was enough."""


KNOWN_OF: Final = ("requester", "role", "purpose")
"""Of what an application says, that for which the evidence is kept."""

_LEVEL: Final = shape.one_of(*(each.value for each in Evidence))
EVIDENCE_SHAPE: Final = shape.members(dict.fromkeys(KNOWN_OF, _LEVEL))
CALLER_SHAPE: Final = shape.members(
    {
        "client": shape.IDENTIFIER,
        "proved_by": shape.one_of(*(each.value for each in ProvedBy)),
        "requester_asserted": shape.flag,
        "evidence": EVIDENCE_SHAPE,
        "use_by": shape.whole(),
    },
    {"kid": shape.KID},
)
"""What a record states of its caller."""

TRACE_SHAPE: Final = shape.members(
    {"trace_id": shape.text(r"[0-9a-f]{32}"), "parent_span_id": shape.text(r"[0-9a-f]{16}")}
)
"""Of which trace a request was part (W3C Trace Context, section 3.2)."""
HIDDEN_SHAPE: Final = {
    "request_sha256": shape.SHA256,
    "nonce": shape.text(r"[\x21-\x7e]+", at_most=MAX_NONCE),
    "trace": TRACE_SHAPE,
}
"""What a record hides of its caller: what could be guessed from what little it is made of, or
would show which records belong to one piece of somebody's work."""


RECORDED_BY_SHAPE: Final = shape.members({"agency": shape.IDENTIFIER, "client": shape.IDENTIFIER})
"""What a record of an event states of the application that had it recorded; absent if none did."""


@dataclass(frozen=True, slots=True)
class Recorder:
    """The application that has something recorded, and as which agency."""

    agency: str
    client: str

    def stated(self) -> dict[str, Json]:
        """What the record states of it."""
        return {"recorded_by": {"agency": self.agency, "client": self.client}}


def recorded_by(recorder: Recorder | None) -> dict[str, Json]:
    """What a record states of whoever had it recorded; nothing at the terminal."""
    return recorder.stated() if recorder else {}


@dataclass(frozen=True, slots=True)
class Asking:
    """Who asks a question over HTTP, and how well that is known.

    Attributes:
        client: The application, as it is registered.
        proved_by: How it proved that it holds its key.
        kid: The thumbprint of that key or certificate; empty if none was proved.
        requester, role, purpose: How well each is known.
        request_sha256: Of the request as it was received, in the one spelling of RFC 8785, in hex.
        nonce: What the caller sent to know the record again; empty if nothing.
        trace_id, parent_span_id: Of which trace the request was part; empty if of none.
        life_s: For how long the answer may be relied on.

    Raises:
        RecordError: A key is named without proof, or the other way round.
    """

    client: str
    proved_by: ProvedBy
    kid: str
    request_sha256: str
    nonce: str = ""
    requester: Evidence = Evidence.ASSERTED
    role: Evidence = Evidence.ASSERTED
    purpose: Evidence = Evidence.ASSERTED
    life_s: int = LIFE_S
    trace_id: str = ""
    parent_span_id: str = ""

    def __post_init__(self) -> None:
        if bool(self.kid) is (self.proved_by is ProvedBy.BEARER):
            raise RecordError("a key is named without proof, or proved without a name")

    def evidence(self) -> dict[str, Evidence]:
        """How well each thing is known."""
        return {"requester": self.requester, "role": self.role, "purpose": self.purpose}

    def stated(self, iat: int, *, by_holder: bool) -> dict[str, Json]:
        """What a record states of the caller.

        Args:
            iat: When the record is made, in seconds since 1970-01-01T00:00:00Z.
            by_holder: Whether the end that gives asks; then who receives is what it says.
        """
        said: dict[str, Json] = {
            "client": self.client,
            "proved_by": self.proved_by,
            "requester_asserted": by_holder,
            "evidence": self.evidence(),
            "use_by": iat + self.life_s,
        }
        return said | ({"kid": self.kid} if self.kid else {})

    def hidden(self) -> dict[str, Json]:
        """What a record hides of the caller."""
        said: dict[str, Json] = {"request_sha256": self.request_sha256}
        if self.nonce:
            said["nonce"] = self.nonce
        if self.trace_id:
            said["trace"] = {"trace_id": self.trace_id, "parent_span_id": self.parent_span_id}
        return said


# Any: the shape of the payload has been checked before.
def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a decision that contradicts itself about its caller (step V6).

    Raises:
        RecordError: The message names the first part that cannot be true.
    """
    caller = payload.get("caller")
    if caller is None:
        return
    for holds, said in (
        (caller["use_by"] > payload["iat"], "it may be used until before it was made"),
        (
            ("kid" in caller) is (caller["proved_by"] != ProvedBy.BEARER),
            "a key is named without proof, or proved without a name",
        ),
        (
            caller["requester_asserted"] is (payload["asked_by"] == payload["from"]),
            "who receives is asserted exactly if the end that gives asks",
        ),
    ):
        if not holds:
            raise RecordError(f"record contradicts itself: {said}")
