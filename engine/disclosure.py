"""Claims that a record commits to without showing them: SD-JWT, without key binding.

Promises that what is revealed is what was sealed: each disclosure fits exactly
one digest in the payload, and each digest stands there once. Refuses any
disclosure the record does not ask for. Salts and decoys are passed in; erasing
a salt and its value makes the digest meaningless and breaks no signature.

Source:
    RFC 9901, sections 4 and 7.1.
"""

import hashlib
from binascii import b2a_base64
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from engine.canonical import (
    MAX_DEPTH,
    Json,
    b64url_bytes,
    b64url_decode,
    b64url_encode,
    encode_trusted,
    escaped,
    parse,
)
from engine.errors import RecordError

MAX_DISCLOSURES = 64
MAX_DISCLOSURE_BYTES = 49_152
SALT_BYTES = 16  # RFC 9901, section 9.3: at least 128 bits.
_DIGEST_BYTES: Final = 32
_TO_URL: Final = bytes.maketrans(b"+/", b"-_")

_DIGESTS: Final = "_sd"
_ELEMENT: Final = "..."
_ALGORITHM: Final = "_sd_alg"
# RFC 9901 reserves the first two; the third would say how the others are read.
_RESERVED = frozenset({_DIGESTS, _ELEMENT, _ALGORITHM})


class Disclosure(NamedTuple):
    """One hidden claim.

    Attributes:
        encoded: Salt, name and value, as they travel beside the record.
        digest: What the record holds in their place, 43 characters.
    """

    encoded: str
    digest: str


def conceal(
    claims: "Mapping[str, Json | bytes]", salts: Sequence[bytes], decoys: Sequence[bytes]
) -> tuple[list[str], list[Disclosure]]:
    """Hide claims among decoys.

    Args:
        claims: Claims to hide, by name; bytes are a claim that was written before.
        salts: One for each claim, in the same order.
        decoys: Chance, one for each digest that stands for nothing.

    Returns:
        The digests for `_sd`, sorted so that their order tells nothing, and the
        disclosures in the order of the claims.

    Raises:
        RecordError: A claim cannot be hidden, or chance is missing or used twice.

    Source:
        RFC 9901, sections 4.2.4.1 and 4.2.5.
    """
    if len(salts) != len(claims):
        raise RecordError(f"{len(claims)} claims need as many salts, not {len(salts)}")
    if len({*salts, *decoys}) != len(salts) + len(decoys):
        raise RecordError("a salt or decoy is used twice")
    if any(len(decoy) < SALT_BYTES for decoy in decoys):
        raise RecordError(f"a decoy is shorter than {SALT_BYTES} bytes")
    if len(claims) > MAX_DISCLOSURES:
        raise RecordError(f"more than {MAX_DISCLOSURES} claims are hidden in one record")
    for salt in salts:
        if len(salt) != SALT_BYTES:
            raise RecordError(f"salt is {len(salt)} bytes long, not {SALT_BYTES}")
    written = _encoded(claims, salts)
    hashed = [hashlib.sha256(each).digest() for each in (*written, *decoys)]
    digests = [each.decode("ascii") for each in _alike(hashed, _DIGEST_BYTES)]
    disclosures = [*map(Disclosure, [each.decode("ascii") for each in written], digests)]
    return sorted(digests), disclosures


def _encoded(claims: "Mapping[str, Json | bytes]", salts: Sequence[bytes]) -> list[bytes]:
    """Each salt, name and value, as they travel (RFC 9901, section 4.2.1)."""
    written = [
        b64url_bytes(
            b'["%b",%b,%b]'
            % (
                salt,
                _spelled(name),
                value if type(value) is bytes else encode_trusted(value),
            )
        )
        for salt, (name, value) in zip(_alike(salts, SALT_BYTES), claims.items(), strict=True)
    ]
    for name, encoded in zip(claims, written, strict=True):
        if name in _RESERVED:
            raise RecordError(f"claim `{name}` has a name that RFC 9901 keeps for itself")
        if len(encoded) > MAX_DISCLOSURE_BYTES:
            raise RecordError(f"claim `{escaped(name)}` is too long to be disclosed")
    return written


def _alike(pieces: Sequence[bytes], size: int) -> list[bytes]:
    """Pieces of one size, each as `b64url_bytes` writes it, in one go."""
    # Filled up to whole groups of three bytes, none says anything in the letters of the next.
    filling = b"\0" * (-size % 3)
    spelled = b2a_base64(filling.join(pieces), newline=False).translate(_TO_URL)
    step, length = (size + 2) // 3 * 4, (size * 4 + 2) // 3
    return [spelled[place : place + length] for place in range(0, len(pieces) * step, step)]


_spelled: Final = lru_cache(maxsize=1_024)(encode_trusted)
"""The name of a claim, as it is written."""


def combine(jws: str, disclosures: Iterable[str | Disclosure]) -> str:
    """Write a record and some of its disclosures as one line (RFC 9901, section 4)."""
    parts = [item.encoded if isinstance(item, Disclosure) else item for item in disclosures]
    return "~".join([jws, *parts, ""])


def split_combined(text: str) -> tuple[str, tuple[str, ...]]:
    """Take the line apart again.

    Returns:
        The compact JWS, unread, and the encoded disclosures in their order.

    Raises:
        RecordError: The line does not end with a tilde, holds an empty part, or
            holds too many or too long disclosures.
    """
    jws, *encoded, end = text.split("~") if "~" in text else (text, text)
    if end:
        raise RecordError(
            "record and disclosures do not end with `~`",
            hint="key binding is not accepted; a record alone ends with `~` too",
        )
    if not jws or not all(encoded):
        raise RecordError("a part between two `~` is empty")
    _refuse_excess(encoded)
    return jws, tuple(encoded)


def reveal(payload: Mapping[str, Json], encoded: Sequence[str]) -> dict[str, Json]:
    """Put disclosed claims back in their places.

    Args:
        payload: Payload of a record whose signature has been verified.
        encoded: Disclosures, as they travelled.

    Returns:
        The payload with the disclosed claims and without any digest.

    Raises:
        RecordError: A disclosure is misspelled, does not belong to the record
            or would overwrite a claim, or a digest stands in two places.

    Source:
        RFC 9901, section 7.1, step 3 to 5, for object members and array elements.
    """
    if payload.get(_ALGORITHM, "sha-256") != "sha-256":
        raise RecordError("`_sd_alg` is not sha-256, the only digest that is accepted")
    _refuse_excess(encoded)
    # Step 3a: the digest of each disclosure.
    offered = {_digest(_ascii(text)): text for text in encoded}
    if len(offered) != len(encoded):
        raise RecordError("a disclosure is given twice")
    unveiling = _Unveiling(offered)
    claims = unveiling.members({k: v for k, v in payload.items() if k != _ALGORITHM}, 0)
    # Step 5.
    if unveiling.offered:
        raise RecordError(
            f"{len(unveiling.offered)} of {len(encoded)} disclosures do not belong to the record"
        )
    return claims


class _Unveiling:
    """One walk through a payload; remembers which digests and disclosures it has met."""

    __slots__ = ("met", "offered")

    def __init__(self, offered: dict[str, str]) -> None:
        self.offered = offered
        self.met: set[str] = set()

    def value(self, value: Json, depth: int) -> Json:
        if isinstance(value, dict):
            return self.members(value, depth)
        if isinstance(value, list):
            return self.elements(value, depth)
        return value

    def members(self, members: Mapping[str, Json], depth: int) -> dict[str, Json]:
        _refuse_depth(depth)
        for name in (_ELEMENT, _ALGORITHM):
            if name in members:
                raise RecordError(f"`{name}` stands where it has no meaning")
        shown = {k: self.value(v, depth + 1) for k, v in members.items() if k != _DIGESTS}
        digests = members.get(_DIGESTS, [])
        if not isinstance(digests, list):
            raise RecordError("`_sd` is not a list of digests")
        # Step 3c(2), and by leaving out what is not found, steps 3e and 3f.
        for digest in digests:
            disclosed = self.disclosed(digest)
            if disclosed is None:
                continue
            claim = disclosed[1] if len(disclosed) == 3 else None
            if not isinstance(claim, str):
                raise RecordError("disclosure of a claim is not salt, name and value")
            if claim in _RESERVED:
                raise RecordError(f"disclosure gives a claim the reserved name `{claim}`")
            if claim in shown:
                raise RecordError(f"disclosure would overwrite claim `{escaped(claim)}`")
            shown[claim] = self.value(disclosed[2], depth + 1)
        return shown

    def elements(self, elements: Sequence[Json], depth: int) -> list[Json]:
        _refuse_depth(depth)
        shown: list[Json] = []
        for element in elements:
            if not isinstance(element, dict) or _ELEMENT not in element:
                shown.append(self.value(element, depth + 1))
                continue
            if len(element) != 1:
                raise RecordError("`...` does not stand alone in its element")
            # Step 3c(3), and by leaving out what is not found, step 3d.
            disclosed = self.disclosed(element[_ELEMENT])
            if disclosed is None:
                continue
            if len(disclosed) != 2:
                raise RecordError("disclosure of a list element is not salt and value")
            shown.append(self.value(disclosed[1], depth + 1))
        return shown

    def disclosed(self, digest: Json) -> list[Json] | None:
        """Take the disclosure that fits a digest, if it is offered."""
        if not isinstance(digest, str):
            raise RecordError("a digest is not text")
        # Step 4.
        if digest in self.met:
            raise RecordError("a digest stands in two places")
        self.met.add(digest)
        encoded = self.offered.pop(digest, None)
        if encoded is None:
            return None
        content = parse(b64url_decode(encoded))
        if not isinstance(content, list) or not content or not isinstance(content[0], str):
            raise RecordError("disclosure is not a list that starts with a salt")
        return content


def _digest(encoded: bytes) -> str:
    return b64url_encode(hashlib.sha256(encoded).digest())


def _ascii(encoded: str) -> bytes:
    if not encoded.isascii():
        raise RecordError("disclosure is not ASCII")
    return encoded.encode("ascii")


def _refuse_depth(depth: int) -> None:
    # Disclosures can nest in disclosures, so each being shallow is not enough.
    if depth >= MAX_DEPTH:
        raise RecordError(f"disclosed claims are nested deeper than {MAX_DEPTH} levels")


def _refuse_excess(encoded: Sequence[str]) -> None:
    if len(encoded) > MAX_DISCLOSURES:
        raise RecordError(f"more than {MAX_DISCLOSURES} disclosures are given")
    if any(len(text) > MAX_DISCLOSURE_BYTES for text in encoded):
        raise RecordError(f"a disclosure is longer than {MAX_DISCLOSURE_BYTES} bytes")
