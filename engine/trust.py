"""Whose key it is: the list of keys a verifier believes, and who may change it.

Promises that a key found here is listed once, under its own name, for one role
and one owner. The list comes from outside, by a way that does not depend on
whoever hands over the evidence; nothing here takes a key from a record, and
nothing here reads a clock. What may follow a list, `engine.trust_chain` says.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final, Self

from engine import canonical, trust_form
from engine.checkpoint import Checkpoint, VerifierKey, open_checkpoint, parse_note, verify_note
from engine.errors import TrustError, UnknownKeyError
from engine.trust_form import MAX_KEYS, Contents
from engine.trusted_key import Role, RootKey, TrustedKey

__all__ = ["MAX_KEYS", "Role", "RootKey", "TrustRoot", "TrustedKey", "read", "write"]

LOG_OVERLAP_S: Final = 31 * 86_400
"""How long two keys may both sign the heads of one log while it changes its key."""

_UPDATE = "compare your trust root with the office's newest; never take a key from the evidence"


@dataclass(frozen=True, slots=True)
class TrustRoot:
    """The keys a verifier believes, under one version.

    Attributes:
        version: Counts up; a verifier refuses to go back.
        issued: When this version was made, in seconds since 1970-01-01T00:00:00Z.
        root_keys: Who may sign versions of it, and how many of them must: `threshold`.
        previous_sha256: Digest of the version before, in hex; none for the first.
        sha256: Digest of the exact bytes it was read from, in hex.
    """

    version: int
    issued: int
    keys: tuple[TrustedKey, ...]
    root_keys: tuple[RootKey, ...]
    threshold: int
    previous_sha256: str | None
    sha256: str
    _by_kid: Mapping[str, TrustedKey] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "_by_kid", {key.kid: key for key in self.keys})

    @classmethod
    def of(
        cls,
        version: int,
        issued: int,
        keys: Iterable[TrustedKey],
        *,
        root_keys: Sequence[RootKey],
        threshold: int,
        previous_sha256: str | None = None,
    ) -> Self:
        """Make a list of keys.

        Raises:
            TrustError: A key is listed twice, keys contradict each other, there are
                too many, or the threshold cannot be met.
        """
        listed, roots = tuple(keys), tuple(root_keys)
        if len(listed) > MAX_KEYS:
            raise TrustError(f"trust root has more than {MAX_KEYS} keys")
        _refuse_twice([key.kid for key in roots], [key.kid for key in listed])
        _refuse_shared(listed)
        if not 1 <= threshold <= len(roots):
            raise TrustError(
                f"trust root asks for {threshold} signatures and has {len(roots)} root keys"
            )
        if (previous_sha256 is None) is not (version == 1):
            raise TrustError(
                "the first version of a trust root names none before it, and every other does"
            )
        document = trust_form.encode(
            Contents(version, issued, previous_sha256, threshold, roots, listed)
        )
        sha256 = canonical.digest_hex(document)
        return cls(version, issued, listed, roots, threshold, previous_sha256, sha256)

    def lists(self, kid: str) -> bool:
        """Whether a key is listed, for whatever role and time."""
        return kid in {key.kid for key in self.keys} | {key.kid for key in self.root_keys}

    def key(self, kid: str, role: Role) -> TrustedKey:
        """Find a key for one role.

        Raises:
            UnknownKeyError: No key has this name, or it may sign other things only.
        """
        found = self._by_kid.get(kid)
        if found is None:
            raise UnknownKeyError(
                f"key `{kid}` is not in the trust root (version {self.version})", hint=_UPDATE
            )
        if found.role is not role:
            raise UnknownKeyError(
                f"key `{kid}` of `{found.owner}` is a {found.role} key, not a {role} key",
                hint="a key signs for one purpose only",
            )
        return found

    def logs(self, origin: str) -> tuple[TrustedKey, ...]:
        """Find the keys that sign the heads of a log, the newest last.

        Raises:
            UnknownKeyError: The trust root knows no such log.
        """
        found = [key for key in self.keys if key.origin == origin]
        if not found:
            raise UnknownKeyError(
                f"log `{canonical.escaped(origin)}` is not in the trust root "
                f"(version {self.version})",
                hint=_UPDATE,
            )
        return tuple(sorted(found, key=lambda key: key.valid_from))

    def open_head(self, note: str | bytes, origin: str) -> tuple[Checkpoint, TrustedKey]:
        """Accept the head of a log on the word of one of its keys, old or new.

        Returns:
            The head, and the key that signed it.

        Raises:
            UnknownKeyError: The trust root knows no such log.
            CheckpointError: The note is misspelled, not signed by a key of this
                log, or the head of another one.
        """
        listed = {VerifierKey(origin, key.key): key for key in self.logs(origin)}
        verify_note(note, listed)
        lines = {(signed.name, signed.key_id) for signed in parse_note(note).signatures}
        vkey = next(vkey for vkey in listed if (vkey.name, vkey.key_id) in lines)
        return open_checkpoint(note, vkey, origin), listed[vkey]

    def party_key(self, kid: str, owner: str, at_s: int) -> TrustedKey:
        """Find the key with which an agency signed an agreement at an instant.

        Raises:
            UnknownKeyError: There is no such key, or it is another agency's.
            KeyExpiredError: It did not speak for the agency then.
        """
        found = self.key(kid, Role.PARTY)
        if found.owner != owner:
            raise UnknownKeyError(
                f"key `{kid}` is that of `{found.owner}`, not of `{owner}`", hint=_UPDATE
            )
        found.require_at(at_s, "signature")
        return found


def read(document: bytes) -> TrustRoot:
    """Read a trust root. Says nothing about who signed it.

    Raises:
        TrustError: It is not canonical JSON of the closed form, a key is weak or
            not the one its name says, or one stands there twice.
    """
    said = trust_form.parse(document)
    return TrustRoot.of(
        said.version,
        said.issued,
        said.keys,
        root_keys=said.root_keys,
        threshold=said.threshold,
        previous_sha256=said.previous_sha256,
    )


def write(root: TrustRoot) -> bytes:
    """Write a trust root in its one spelling, the inverse of `read`."""
    return trust_form.encode(
        Contents(
            root.version,
            root.issued,
            root.previous_sha256,
            root.threshold,
            root.root_keys,
            root.keys,
        )
    )


def _refuse_twice(roots: Sequence[str], listed: Sequence[str]) -> None:
    seen: set[str] = set()
    for kid in (*roots, *listed):
        if kid in seen:
            raise TrustError(
                f"`{kid}` stands twice in the trust root", hint="a key signs for one purpose only"
            )
        seen.add(kid)


def _refuse_shared(listed: Sequence[TrustedKey]) -> None:
    """Refuse a log or an issuer that is two agencies', and a log with two keys for long.

    Two keys for one log could sign two different histories of it.
    """
    owners: dict[str, str] = {}
    for key in listed:
        named = key.iss or key.origin
        if named is not None and owners.setdefault(named, key.owner) != key.owner:
            raise TrustError(
                f"`{canonical.escaped(named)}` stands twice in the trust root:"
                f" for `{owners[named]}` and for `{key.owner}`"
            )
    by_log = sorted((key for key in listed if key.origin), key=lambda key: key.valid_from)
    for origin in dict.fromkeys(str(key.origin) for key in by_log):
        for older, newer in pairwise(key for key in by_log if key.origin == origin):
            if older.until is None or older.until > newer.valid_from + LOG_OVERLAP_S:
                raise TrustError(
                    f"`{canonical.escaped(origin)}` stands twice in the trust root: a log has one"
                    " key, or two for at most 31 days while it changes"
                )
