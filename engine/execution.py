"""How an agency signs an agreement: its own key over the digest of the one text.

Promises that a signature accepted here is over exactly these bytes, by a key
that spoke for that agency when it signed, and names the change its signer was
shown. A text cannot hold the signatures over itself, so they stand beside it.
Nothing here asks who must sign.
"""

from dataclasses import dataclass
from typing import Any, Final

from engine import canonical, jose, shape
from engine.errors import RecordError, SignatureError
from engine.keys import PrivateKey
from engine.trust import TrustRoot

TYP: Final = "agreement-signature+jws"

_PAYLOAD = shape.members(
    {
        "ver": shape.one_of(1),
        "agreement": shape.IDENTIFIER,
        "version": shape.VERSION,
        "terms_sha256": shape.SHA256,
        "change_sha256": shape.SHA256,
        "party": shape.IDENTIFIER,
        "role": shape.LINE,
        "deputy": shape.or_null(shape.LINE),
        "iat": shape.whole(),
    }
)


@dataclass(frozen=True, slots=True)
class Signature:
    """One agency's signature under an agreement, checked.

    Attributes:
        agreement: Its id.
        version: Its version.
        party: The agency that signed.
        role: The office that signs for it.
        deputy: The office of whoever signed in that one's place; none if nobody did.
        kid: The key it signed with.
        iat: When it says it signed, in seconds since 1970-01-01T00:00:00Z.
        sha256: Digest of the whole signature as it travels, in hex.
        terms_sha256: Digest of the text signed, in hex.
        change_sha256: Digest of the change that was shown to the signer, in hex.
    """

    agreement: str
    version: str
    party: str
    role: str
    deputy: str | None
    kid: str
    iat: int
    sha256: str
    terms_sha256: str
    change_sha256: str


def countersign(
    agreement_json: bytes,
    agreement_id: str,
    version: str,
    *,
    party: str,
    role: str,
    change_sha256: str,
    iat: int,
    key: PrivateKey,
    deputy: str | None = None,
) -> str:
    """Sign an agreement for an agency.

    Args:
        agreement_json: The text in its one canonical form.
        agreement_id: The agreement's id.
        version: The version of the text.
        party: The agency that signs.
        role: The office that signs for it.
        change_sha256: Digest of the change that was shown to the signer, in hex.
        iat: Now, in seconds since 1970-01-01T00:00:00Z.
        key: The agency's key.
        deputy: The office of whoever signs in that one's place.

    Raises:
        RecordError: An identifier is not written as it must be.
    """
    payload: dict[str, canonical.Json] = {
        "ver": 1,
        "agreement": agreement_id,
        "version": version,
        "terms_sha256": canonical.digest_hex(agreement_json),
        "change_sha256": change_sha256,
        "party": party,
        "role": role,
        "deputy": deputy,
        "iat": iat,
    }
    _PAYLOAD(payload, "")
    return jose.sign_compact(canonical.encode(payload), typ=TYP, key=key)


def check(jws: str, agreement_json: bytes, trust: TrustRoot) -> Signature:
    """Check an agency's signature under an agreement.

    Args:
        jws: The signature as it travels.
        agreement_json: The text in its one canonical form.
        trust: Whose key is whose.

    Raises:
        RecordError: The signature is not written as it must be.
        TrustError: The key is unknown, another agency's or did not speak for it
            then, or the signature is over another text.
    """
    parsed = jose.split(jws)
    if parsed.typ != TYP:
        raise RecordError(f"`{parsed.typ}` is not the signature of an agreement")
    # Any: checked by the next line. Read before it is believed, because it names the owner.
    payload: Any = canonical.parse_canonical(parsed.payload)
    _PAYLOAD(payload, "")
    signed_by = trust.party_key(parsed.kid, payload["party"], payload["iat"])
    jose.verify(parsed, signed_by.key)
    if payload["terms_sha256"] != canonical.digest_hex(agreement_json):
        raise SignatureError(
            f"`{payload['party']}` signed another text of `{payload['agreement']}` "
            f"{payload['version']} than this one",
            hint="a text changed after signing must be signed again",
        )
    return Signature(
        agreement=payload["agreement"],
        version=payload["version"],
        party=payload["party"],
        role=payload["role"],
        deputy=payload["deputy"],
        kid=parsed.kid,
        iat=payload["iat"],
        sha256=canonical.digest_hex(jws.encode("ascii")),
        terms_sha256=payload["terms_sha256"],
        change_sha256=payload["change_sha256"],
    )
