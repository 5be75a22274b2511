"""A comparison as JSON, and its digest: what a signer was shown."""

from collections.abc import Sequence

from engine import canonical
from engine.canonical import Json
from engine.compare import Change, Named
from engine.compare_document import RowDocuments
from engine.compare_rows import Row


def change_document(change: Change) -> dict[str, Json]:
    """A comparison as JSON: the same two texts and law give the same document."""
    documents = RowDocuments(change.dimensions)

    def listed(rows: Sequence[Row]) -> list[Json]:
        return [documents.of(row) for row in rows]

    return {
        "v": 1,
        "law_sha256": change.law.sha256,
        "old": _named_document(change.old),
        "new": _named_document(change.new),
        "newly_permitted": listed(change.newly_permitted),
        "no_longer_permitted": listed(change.no_longer_permitted),
        "newly_referred": listed(change.newly_referred),
        "no_longer_referred": listed(change.no_longer_referred),
        "wording": [*change.text.wording],
        "deciding": [*change.text.deciding],
        "other": [*change.text.other],
    }


def change_sha256(change: Change) -> str:
    """The digest of a comparison's canonical document, in hex: what a signer was shown."""
    return document_sha256(change_document(change))


def document_sha256(document: dict[str, Json]) -> str:
    """The same of a document that was made already."""
    return canonical.digest_hex(canonical.encode_trusted(document))


def _named_document(named: Named | None) -> Json:
    if named is None:
        return None
    return {"id": named.id, "version": named.version, "terms_sha256": named.terms_sha256}
