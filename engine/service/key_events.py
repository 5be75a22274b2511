"""The records of keys that an office files: one for each version of the trust root it took up.

Promises that a version gets its record once, whatever was killed before, and that
what the record says changed is what differs from the very version it followed.
"""

from collections.abc import Iterator, Mapping

from engine import canonical, trust, trust_chain
from engine.errors import ConcordatError, TrustError
from engine.service import filing
from engine.service.premises import Premises
from engine.service.shelf import Shelf
from engine.statement import Kind
from engine.trust import Role, TrustRoot
from engine.trust_changes import Changes


def file_missing(premises: Premises, shelf: Shelf) -> None:
    """File every version up to the one believed that has no record yet, in order.

    Nothing is filed while this office's key may not sign; it is made up for later.

    Raises:
        TrustError: The register no longer holds the versions that led here.
    """
    root = premises.trust()
    if not _can_file(premises, root):
        return
    versions = _versions(premises, root)
    recorded = _last_recorded(premises) or _begun_under(premises, versions)
    for version in range(recorded + 1, root.version + 1):
        changes = Changes.between(versions[version - 1], versions[version])
        filing.file(premises, shelf, Kind.KEY_EVENT, changes.claims(), {})


def _can_file(premises: Premises, root: TrustRoot) -> bool:
    """Whether this office's key may sign records: one that is not listed yet may not."""
    try:
        key = premises.stamp(root).key
        root.key(key.public.kid, Role.DECISION).require_at(premises.now_s(), "record")
    except ConcordatError:
        return False  # `doctor` says so; the versions are recorded once it can sign again.
    return True


def _versions(premises: Premises, root: TrustRoot) -> Mapping[int, TrustRoot]:
    """Every version up to the one believed, each held to the digest the next one names."""
    return {each.version: each for each in _back(premises, root)}


def _back(premises: Premises, root: TrustRoot) -> Iterator[TrustRoot]:
    yield root
    while root.previous_sha256 is not None:
        name = trust_chain.document_name(root.version - 1)
        document = premises.register.read(name)
        if canonical.digest_hex(document) != root.previous_sha256:
            raise TrustError(f"`{name}` is not the version that version {root.version} followed")
        root = trust.read(document)
        yield root


def _last_recorded(premises: Premises) -> int:
    newest = premises.records.newest(1, Kind.KEY_EVENT.value)
    return int(filing.read_entry(newest[0]).payload["root"]["version"]) if newest else 0


def _begun_under(premises: Premises, versions: Mapping[int, TrustRoot]) -> int:
    """The version that listed this office first: what it began with, and did not take up."""
    issuer = premises.settings.issuer
    return min(
        version for version, root in versions.items() if any(key.iss == issuer for key in root.keys)
    )
