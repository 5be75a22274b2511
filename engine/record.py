"""The record: a signed statement in one spelling; here, that an agreement may decide.

What records of every kind have in common. Refuses one that is longer than any verifier
reads. Nothing here draws chance or reads a clock: both are arguments. Light at import,
for whoever only checks.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, Self

from engine import canonical, jose, shape, statement
from engine.canonical import Json, digest_hex
from engine.errors import RecordError
from engine.statement import GENESIS, TYP, Kind, Record, read

if TYPE_CHECKING:
    from engine.bundle import Bundle, Slice
    from engine.execution import Signature
    from engine.keys import PrivateKey

__all__ = [
    "GENESIS", "TYP", "Kind", "Link", "Record", "Sealed", "Stamp", "common", "read",
    "seal_activation", "sign_payload", "sign_spelled", "uuid7",
]  # fmt: skip

UUID7_RANDOM_BYTES: Final = 10


class Link(NamedTuple):
    """A record's place in the chain of the process that signs it.

    Attributes:
        id: Names the chain.
        n: Counts its records, from 0 and without a gap.
        prev: SHA-256 of the compact JWS before, in hex; zeros for the first.
    """

    id: str
    n: int
    prev: str

    @classmethod
    def first(cls, chain: str) -> Self:
        """Begin a chain."""
        return cls(chain, 0, GENESIS)

    def stated(self) -> dict[str, Json]:
        """The link as a record states it."""
        return {"id": self.id, "n": self.n, "prev": self.prev}

    def after(self, jws: str) -> "Link":
        """The link that follows once this one's record is sealed."""
        return Link(self.id, self.n + 1, digest_hex(jws.encode("ascii")))


@dataclass(frozen=True, slots=True)
class Stamp:
    """What the issuing office adds to each of its records.

    Attributes:
        iss: URI of the office.
        log: Origin of the log in which its records must appear.
        engine: `name`, `version`, `cedar` (its version) and `build_sha256`.
        trust_root: `version` and `sha256` of the one in force.
        git: `format`, `commit` and `tree` of the register; a locator, not a proof.
        key: The office's decision key.

    Raises:
        RecordError: One of them is not written as a verifier would read it.
    """

    iss: str
    log: str
    engine: Mapping[str, str]
    trust_root: Mapping[str, int | str]
    git: Mapping[str, str]
    key: "PrivateKey"

    def __post_init__(self) -> None:
        shape.LINE(self.iss, "iss")
        shape.LINE(self.log, "log")
        statement.ENGINE(dict(self.engine), "engine")
        statement.TRUST_ROOT(dict(self.trust_root), "trust_root")
        statement.GIT(dict(self.git), "git")


class Sealed(NamedTuple):
    """A record with a signature, and what it hides.

    Attributes:
        jws: The compact JWS; its bytes are the entry of the log.
        disclosures: The hidden claims, encoded, in the order of `HIDDEN`.
        jti: The record's own name.
    """

    jws: str
    disclosures: tuple[str, ...]
    jti: str


def uuid7(unix_ms: int, random: bytes) -> str:
    """Name something by the time and by chance.

    Args:
        unix_ms: Milliseconds since 1970-01-01T00:00:00Z.
        random: 10 bytes, used for nothing else.

    Source:
        RFC 9562, section 5.7.
    """
    if len(random) != UUID7_RANDOM_BYTES or not 0 <= unix_ms < 1 << 48:
        raise RecordError("a record is named by a time in milliseconds and 10 bytes of chance")
    chance = int.from_bytes(random, "big")
    high = unix_ms << 16 | 0x7000 | chance >> 68
    low = 0x2 << 62 | chance & (1 << 62) - 1
    h = f"{high << 64 | low:032x}"
    return f"{h[:8]}-{h[8:12]}-{h[12:16]}-{h[16:20]}-{h[20:]}"


def seal_activation(
    each: "Slice",
    signatures: Sequence["Signature"],
    bundle: "Bundle",
    stamp: Stamp,
    link: Link,
    *,
    jti: str,
    iat: int,
    accepted_findings: Sequence[str] = (),
) -> Sealed:
    """Sign that a version of an agreement may decide from now on.

    Args:
        each: The version.
        signatures: Those of its parties, checked.
        bundle: What decides once this version does.
        stamp: What the office adds to each record.
        link: The place in the chain.
        jti: A fresh name (`uuid7`).
        iat: Now, in seconds since 1970-01-01T00:00:00Z.
        accepted_findings: Rules whose findings were let pass, by id.

    Raises:
        RecordError: The record would be longer than any verifier reads.
    """
    signed = sorted(signatures, key=lambda each: (each.party, each.role))
    payload: dict[str, Json] = {
        **common(Kind.ACTIVATION, bundle, stamp, link, jti, iat),
        "agreement": {
            "id": each.key[0],
            "version": each.key[1],
            "manifest_sha256": each.sha256,
            "terms_sha256": digest_hex(each.agreement_json),
        },
        "in_force_from": each.in_force_s,
        "effective_from": max(each.in_force_s, *(s.iat for s in signed)),
        "signatures": [
            {"party": s.party, "role": s.role, "kid": s.kid, "iat": s.iat, "sha256": s.sha256}
            for s in signed
        ],
        "accepted_findings": sorted(set(accepted_findings)),
    }
    return Sealed(sign_payload(payload, Kind.ACTIVATION, stamp), (), jti)


def common(
    kind: Kind, bundle: "Bundle", stamp: Stamp, link: Link, jti: str, iat: int
) -> dict[str, Json]:
    """What records of every kind state."""
    return {
        "ver": 1,
        "type": kind,
        "iss": stamp.iss,
        "jti": jti,
        "iat": iat,
        "log": stamp.log,
        "chain": link.stated(),
        "policy": {
            "bundle_sha256": bundle.sha256,
            "manifest_sha256": bundle.law.sha256,
            "schema_sha256": bundle.law.schema_sha256,
            "git": stamp.git,
        },
        "engine": stamp.engine,
        "trust_root": stamp.trust_root,
    }


def sign_payload(payload: dict[str, Json], kind: Kind, stamp: Stamp) -> str:
    """Sign what a record states, as a compact JWS no longer than any verifier reads."""
    return sign_spelled(canonical.encode_trusted(payload), kind, stamp)


def sign_spelled(payload: bytes, kind: Kind, stamp: Stamp) -> str:
    """As `sign_payload`, of a payload that stands in its one spelling already."""
    jws = jose.sign_compact(payload, typ=TYP[kind], key=stamp.key)
    if len(jws) > jose.MAX_TOKEN_BYTES:
        said = f"record would be {len(jws)} bytes long; at most {jose.MAX_TOKEN_BYTES} are read"
        raise RecordError(said, hint="ask for fewer categories at a time")
    return jws
