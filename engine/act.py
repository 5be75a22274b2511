"""What an agency does about a version it is a party to: suspends it, leaves it, and the like.

Promises that an act accepted here was done by that agency, with a key that spoke
for it then, about this very text. Refuses an act dated back: it takes effect
when it is signed, or later. Whether the version is in a state for it is for
`agreements.lifecycle`; nothing here asks.
"""

from dataclasses import dataclass
from typing import Any, Final

from agreements.lifecycle import BY_A_PARTY, Act
from engine import canonical, jose, shape
from engine.errors import RecordError, SignatureError
from engine.keys import PrivateKey
from engine.trust import TrustRoot

TYP: Final = "agreement-act+jws"
MAX_BYTES: Final = 16_384
"""The longest act that is read, in bytes."""

_NAMED_BY: Final = 12
"""How many hex digits of its digest stand in the name of an act's file."""

_PAYLOAD = shape.members(
    {
        "ver": shape.one_of(1),
        "act": shape.one_of(*(act.value for act in BY_A_PARTY)),
        "agreement": shape.IDENTIFIER,
        "version": shape.VERSION,
        "terms_sha256": shape.SHA256,
        "party": shape.IDENTIFIER,
        "role": shape.LINE,
        "from": shape.whole(),
        "iat": shape.whole(),
        "said": shape.or_null(shape.LINE),
    }
)
_SAYS_WHY: Final = frozenset({Act.SEND_BACK, Act.SUSPEND})
"""The acts that say why; a question that asks nothing could not be answered."""


@dataclass(frozen=True, slots=True)
class Acted:
    """One agency's act, checked.

    Instants are seconds since 1970-01-01T00:00:00Z.

    Attributes:
        terms_sha256: Digest of the text it is about, in hex.
        party: The agency that acted.
        role: The office held by whoever acted for it.
        from_s: From when it has effect.
        iat: When the agency says it signed.
        said: Its words about it; none if it said nothing.
        kid: The key it signed with.
        sha256: Digest of the whole act as it travels, in hex.
    """

    act: Act
    agreement: str
    version: str
    terms_sha256: str
    party: str
    role: str
    from_s: int
    iat: int
    said: str | None
    kid: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The one name under which the register holds it."""
        return f"{self.iat}-{self.act}-{self.party}-{self.sha256[:_NAMED_BY]}.jws"


def perform(
    act: Act,
    terms_sha256: str,
    agreement_id: str,
    version: str,
    *,
    party: str,
    role: str,
    from_s: int,
    iat: int,
    said: str | None,
    key: PrivateKey,
) -> str:
    """Sign an act for an agency.

    Args:
        terms_sha256: Digest of the text of that version, in hex.
        party: The agency that acts.
        role: The office held by whoever acts for it.
        from_s: From when it has effect; not before `iat`.
        iat: Now, in seconds since 1970-01-01T00:00:00Z.
        said: Its words about it.
        key: The agency's key.

    Raises:
        RecordError: A part is not written as it must be.
    """
    payload: dict[str, canonical.Json] = {
        "ver": 1,
        "act": act.value,
        "agreement": agreement_id,
        "version": version,
        "terms_sha256": terms_sha256,
        "party": party,
        "role": role,
        "from": from_s,
        "iat": iat,
        "said": said,
    }
    _refuse_misshapen(payload)
    return jose.sign_compact(canonical.encode(payload), typ=TYP, key=key)


def check(jws: str, trust: TrustRoot, *, terms_sha256: str | None = None) -> Acted:
    """Check an agency's act.

    Args:
        jws: The act as it travels.
        trust: Whose key is whose.
        terms_sha256: Digest of the text it must be about; any if none is given.

    Raises:
        RecordError: The act is not written as it must be.
        TrustError: The key is unknown, another agency's or did not speak for it
            then, or the act is about another text.
    """
    if len(jws) > MAX_BYTES:
        raise RecordError(f"act is {len(jws)} bytes long; at most {MAX_BYTES} are read")
    parsed = jose.split(jws)
    if parsed.typ != TYP:
        raise RecordError(f"`{parsed.typ}` is not an act about an agreement")
    # Any: checked by the next line. Read before it is believed, because it names the owner.
    payload: Any = canonical.parse_canonical(parsed.payload)
    _refuse_misshapen(payload)
    signed_by = trust.party_key(parsed.kid, payload["party"], payload["iat"])
    jose.verify(parsed, signed_by.key)
    if terms_sha256 is not None and payload["terms_sha256"] != terms_sha256:
        raise SignatureError(
            f"`{payload['party']}` acted on another text of `{payload['agreement']}` "
            f"{payload['version']} than this one",
            hint="an act counts for the text it names and for no other",
        )
    return Acted(
        act=Act(payload["act"]),
        agreement=payload["agreement"],
        version=payload["version"],
        terms_sha256=payload["terms_sha256"],
        party=payload["party"],
        role=payload["role"],
        from_s=payload["from"],
        iat=payload["iat"],
        said=payload["said"],
        kid=parsed.kid,
        sha256=canonical.digest_hex(jws.encode("ascii")),
    )


def _refuse_misshapen(payload: Any) -> None:  # Any: as in `check`.
    _PAYLOAD(payload, "")
    if payload["from"] < payload["iat"]:
        raise RecordError(
            "an act is dated back: it would have effect before it was signed",
            hint="leave out the date, or give one that is still to come",
        )
    if payload["said"] is None and payload["act"] in _SAYS_WHY:
        raise RecordError(f"`{payload['act']}` says nothing", hint="say why, in one line")
