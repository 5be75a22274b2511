"""The proof bundle: one file with a record and all that is needed to check it.

Promises one spelling: canonical JSON, materials by name. Refuses what is too
large and any member it does not know. Nothing is believed for being in it;
what holds, `engine.verify` finds out.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from engine import canonical, disclosure, shape
from engine.canonical import Json, b64url_decode, b64url_encode
from engine.errors import ProofError, RecordError

MEDIA_TYPE: Final = "application/vnd.concordat.proof-bundle.v1+json"
MAX_BYTES: Final = 4 * 1_048_576
MAX_MATERIALS: Final = 512
MAX_RELATED: Final = 128


@dataclass(frozen=True, slots=True)
class Related:
    """Another record that the first one rests on, and its place in the log.

    Attributes:
        record: The compact JWS.
        tlog_proof: Its place, as C2SP tlog-proof text.
    """

    record: str
    tlog_proof: str


@dataclass(frozen=True, slots=True)
class ProofBundle:
    """A record with its evidence, taken apart; nothing of it is proved.

    Attributes:
        record: The compact JWS.
        disclosures: The hidden claims that are shown, encoded.
        tlog_proof: The record's place in the log, as C2SP tlog-proof text, if it is there.
        materials: Law, agreements and signatures, the exact bytes by name:
            `law/manifest.json`, `law/<path>`, and for each agreement
            `agreements/<id>/<version>/` with `manifest.json`, `agreement.json`,
            `policies.json` and `signatures/<agency>.jws`.
        related: Activations of those agreements, or the record that this one completes.
    """

    record: str
    disclosures: tuple[str, ...] = ()
    tlog_proof: str | None = None
    materials: Mapping[str, bytes] | None = None
    related: tuple[Related, ...] = ()


_ASCII = shape.text(r"[\x21-\x7e]+", at_most=MAX_BYTES)
_NAME = shape.text(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)+[A-Za-z0-9_-][A-Za-z0-9._-]*", at_most=512)
_BUNDLE = shape.members(
    {
        "mediaType": shape.one_of(MEDIA_TYPE),
        "record": _ASCII,
        "disclosures": shape.listed(_ASCII, at_most=disclosure.MAX_DISCLOSURES),
        "tlogProof": shape.or_null(shape.text(at_most=MAX_BYTES)),
        "materials": shape.listed(
            shape.members(
                {"name": _NAME, "data": shape.text(r"[A-Za-z0-9_-]*", at_most=MAX_BYTES)}
            ),
            at_most=MAX_MATERIALS,
        ),
        "related": shape.listed(
            shape.members({"record": _ASCII, "tlogProof": shape.text(at_most=MAX_BYTES)}),
            at_most=MAX_RELATED,
        ),
    }
)


def assemble(
    record: str,
    *,
    disclosures: Iterable[str] = (),
    tlog_proof: str | None = None,
    materials: Mapping[str, bytes] | None = None,
    related: Iterable[Related] = (),
) -> bytes:
    """Write a proof bundle in its one spelling.

    Raises:
        ProofError: It would be larger, or have more parts, than any verifier reads.
    """
    document: dict[str, Json] = {
        "mediaType": MEDIA_TYPE,
        "record": record,
        "disclosures": list(disclosures),
        "tlogProof": tlog_proof,
        "materials": [
            {"name": name, "data": b64url_encode(data)}
            for name, data in sorted((materials or {}).items())
        ],
        "related": [
            {"record": each.record, "tlogProof": each.tlog_proof}
            for each in sorted(related, key=lambda each: each.record)
        ],
    }
    _BUNDLE(document, "")
    written = canonical.encode(document)
    if len(written) > MAX_BYTES:
        raise ProofError(
            f"proof bundle would be {len(written)} bytes long; at most {MAX_BYTES} are read"
        )
    return written


def read(document: bytes) -> ProofBundle:
    """Take a proof bundle apart (step V1).

    Raises:
        RecordError: It is too large, not canonical JSON, has another member than
            it must, or names something twice.
    """
    # Any: the shape is checked in the next line, which mypy cannot see.
    bundle: Any = canonical.parse_canonical(document, max_bytes=MAX_BYTES)
    _BUNDLE(bundle, "")
    names = [each["name"] for each in bundle["materials"]]
    _refuse_disorder("materials", names)
    _refuse_disorder("related records", [each["record"] for each in bundle["related"]])
    data = [b64url_decode(each["data"]) for each in bundle["materials"]]
    return ProofBundle(
        record=bundle["record"],
        disclosures=tuple(bundle["disclosures"]),
        tlog_proof=bundle["tlogProof"],
        materials=dict(zip(names, data, strict=True)) or None,
        related=tuple(Related(each["record"], each["tlogProof"]) for each in bundle["related"]),
    )


def _refuse_disorder(what: str, names: list[str]) -> None:
    if names != sorted(set(names)):
        raise RecordError(f"{what} are not in order, each once")
