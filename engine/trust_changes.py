"""What one version of the trust root changes, as a record states it and as people read it."""

from dataclasses import dataclass
from typing import Self

from engine.canonical import Json
from engine.trust import RootKey, TrustedKey, TrustRoot
from engine.trusted_key import instant

_SIGNS = {"decision": "records", "log": "the log", "party": "agreements"}


@dataclass(frozen=True, slots=True)
class Changes:
    """What differs between a version and the one before.

    Attributes:
        added: Keys listed for the first time.
        ended: Keys that were given an end, or an earlier one.
        revoked: Keys that were revoked, or from an earlier instant.
        root_added, root_removed: Who may sign versions from now on, and who no longer.
        threshold: How many must sign, before and now.
    """

    root: TrustRoot
    added: tuple[TrustedKey, ...]
    ended: tuple[TrustedKey, ...]
    revoked: tuple[TrustedKey, ...]
    root_added: tuple[RootKey, ...]
    root_removed: tuple[RootKey, ...]
    threshold: tuple[int, int]

    @classmethod
    def between(cls, before: TrustRoot, root: TrustRoot) -> Self:
        """Compare a version with the one before."""
        known = {key.kid: key for key in before.keys}
        kept = [(known[key.kid], key) for key in root.keys if key.kid in known]
        old_roots = {key.kid for key in before.root_keys}
        new_roots = {key.kid for key in root.root_keys}
        return cls(
            root=root,
            added=tuple(key for key in root.keys if key.kid not in known),
            ended=tuple(new for old, new in kept if new.valid_to != old.valid_to),
            revoked=tuple(new for old, new in kept if new.revoked_from != old.revoked_from),
            root_added=tuple(key for key in root.root_keys if key.kid not in old_roots),
            root_removed=tuple(key for key in before.root_keys if key.kid not in new_roots),
            threshold=(before.threshold, root.threshold),
        )

    def claims(self) -> dict[str, Json]:
        """What the record of this version states."""
        return {
            "root": {
                "version": self.root.version,
                "sha256": self.root.sha256,
                "previous_sha256": self.root.previous_sha256,
            },
            "added": _kids(self.added),
            "ended": _kids(self.ended),
            "revoked": _kids(self.revoked),
            "root_keys": {"added": _kids(self.root_added), "removed": _kids(self.root_removed)},
            "threshold": self.root.threshold,
        }

    def sentences(self) -> list[str]:
        """What changes, for whoever is asked to sign it; one sentence a key."""
        said = [
            f"{key.name} (`{key.owner}`) signs {_SIGNS[key.role]} with a new key `{key.kid}`"
            f" from {instant(key.valid_from)}{_until(key)}"
            for key in self.added
        ]
        said += [
            f"key `{key.kid}` of `{key.owner}`, which signs {_SIGNS[key.role]}, ends on"
            f" {instant(key.valid_to or 0)}"
            for key in self.ended
        ]
        said += [
            f"key `{key.kid}` of `{key.owner}`, which signs {_SIGNS[key.role]}, is revoked from"
            f" {instant(key.revoked_from or 0)}: {key.reason or 'no reason is given'}"
            for key in self.revoked
        ]
        said += [
            f"{key.name} (`{key.owner}`) may sign trust roots with key `{key.kid}`"
            for key in self.root_added
        ]
        said += [
            f"{key.name} (`{key.owner}`) no longer signs trust roots with key `{key.kid}`"
            for key in self.root_removed
        ]
        before, now = self.threshold
        if before != now:
            said.append(f"{now} root keys must sign from now on, where {before} had to")
        return said


def _kids(keys: tuple[TrustedKey, ...] | tuple[RootKey, ...]) -> list[Json]:
    return [*sorted(key.kid for key in keys)]


def _until(key: TrustedKey) -> str:
    return "" if key.valid_to is None else f" until {instant(key.valid_to)}"
