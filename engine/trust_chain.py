"""Succession: which trust root may follow which, and who must have signed it.

Promises that a version accepted here was signed by enough root keys of the
version before and of its own, follows it directly, and takes no key away: a
listed key can only end or be revoked, never vanish, change or last longer.
Believes no file for where it stands. Nothing here reads a clock or a disk.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from typing import Final

from engine import canonical, trust
from engine.errors import TrustError
from engine.trust import RootKey, TrustedKey, TrustRoot
from engine.trust_signatures import read_signatures, sign, signers, write_signatures
from engine.trusted_key import instant

__all__ = [
    "FOLDER",
    "Read",
    "Weighed",
    "accept",
    "document_name",
    "first",
    "is_settled",
    "read_signatures",
    "refuse_succession",
    "sign",
    "signatures_name",
    "walk",
    "weigh",
    "write_signatures",
]

FOLDER: Final = "trust"
_NAME: Final = re.compile(r"trust/([1-9][0-9]{0,8})(?:\.signatures)?\.json")

_MAY_CHANGE: Final = frozenset({"valid_to", "revoked_from", "reason"})
_FIXED: Final = tuple(each.name for each in fields(TrustedKey) if each.name not in _MAY_CHANGE)
_UNSIGNED: Final = "root holders sign with `concordat keys root sign`"

Read = Callable[[str], bytes | None]
"""Gives the bytes of a file such as ``trust/2.json``; none if there is no such file."""


def document_name(version: int) -> str:
    """Where a version of the trust root stands in a register."""
    return f"{FOLDER}/{version}.json"


def signatures_name(version: int) -> str:
    """Where the signatures under a version stand in a register."""
    return f"{FOLDER}/{version}.signatures.json"


@dataclass(frozen=True, slots=True)
class Weighed:
    """A version that may follow, and how far its signatures reach.

    Attributes:
        signers: The root keys that signed it, each once.
        old_missing, new_missing: How many signatures it lacks of the root keys of
            the version before, and of its own.
    """

    root: TrustRoot
    signers: tuple[RootKey, ...]
    old_missing: int
    new_missing: int

    @property
    def is_signed(self) -> bool:
        """Whether enough root keys signed it."""
        return not (self.old_missing or self.new_missing)


def is_settled(name: str, version: int) -> bool:
    """Whether a file of the register belongs to a version that was accepted.

    Such a file never changes again. One of a later version is being prepared.

    Args:
        version: The version that is believed.
    """
    found = _NAME.fullmatch(name)
    return found is None or int(found[1]) <= version


def weigh(current: TrustRoot, document: bytes, signatures: bytes) -> Weighed:
    """Find out whether a version may follow the current one, and who signed it so far.

    Raises:
        TrustError: It may not follow, whoever signs it; or a signature under it
            is not one of a root key over this very version.
    """
    following = trust.read(document)
    refuse_succession(current, following)
    return _weighed(following, current, signatures)


def accept(current: TrustRoot, document: bytes, signatures: bytes) -> TrustRoot:
    """Accept the next version of the trust root.

    Args:
        current: The version that is believed.
        document: The next version, as it stands in the register.
        signatures: Those under it, as they stand beside it.

    Raises:
        TrustError: It may not follow, or too few root keys signed it.
    """
    weighed = weigh(current, document, signatures)
    _refuse_unsigned(weighed, current)
    return weighed.root


def first(document: bytes, signatures: bytes) -> TrustRoot:
    """Take the first version, signed by its own root keys.

    That proves only that whoever made it holds those keys: compare `sha256` with
    what the root holders say it is, by another way.

    Raises:
        TrustError: It is not a first version, or too few of its root keys signed it.
    """
    root = trust.read(document)
    if root.version != 1:
        raise TrustError(
            f"trust root is version {root.version}, not the first",
            hint="begin with version 1, or with a `trust.json` that somebody you trust gave you",
        )
    _refuse_unsigned(_weighed(root, root, signatures), root)
    return root


def walk(current: TrustRoot, read: Read) -> list[TrustRoot]:
    """Accept every version after the current one that is signed, in order.

    A newest version that too few root keys signed is being prepared: it stops the
    walk and is no fault.

    Args:
        current: The version that is believed.
        read: Gives the bytes of a file of the register.

    Raises:
        TrustError: The register no longer holds the current version as it was, or
            a later one may not follow.
    """
    _refuse_rewound(current, read)
    accepted: list[TrustRoot] = []
    for version, document, signatures in _after(current.version, read):
        believed = accepted[-1] if accepted else current
        weighed = weigh(believed, document, signatures)
        if not weighed.is_signed:
            if read(document_name(version + 1)) is None:
                break
            _refuse_unsigned(weighed, believed)
        accepted.append(weighed.root)
    return accepted


def refuse_succession(current: TrustRoot, following: TrustRoot) -> None:
    """Refuse a version that may not follow the current one, whoever signs it.

    Raises:
        TrustError: The message says why.
    """
    if following.version <= current.version:
        raise TrustError(
            f"trust root goes back: version {following.version} after {current.version}",
            hint="a register that was put back from an old copy shows this; use a newer copy",
        )
    if following.version != current.version + 1:
        raise TrustError(
            f"trust root skips a version: {following.version} after {current.version}",
            hint=f"version {current.version + 1} must be taken first",
        )
    if following.previous_sha256 != current.sha256:
        raise TrustError(
            f"trust root version {following.version} follows another version {current.version}"
            " than yours",
            hint="two lists with one version: find out which one the root holders signed",
        )
    if following.issued < current.issued:
        raise TrustError(
            f"trust root version {following.version} is dated before the version it follows"
        )
    listed = {key.kid: key for key in following.keys}
    for key in current.keys:
        if key.kid not in listed:
            raise TrustError(
                f"key `{key.kid}` of `{key.owner}` is no longer listed in version"
                f" {following.version}",
                hint="old records need it: a key is ended or revoked, never taken off the list",
            )
        _refuse_changed(key, listed[key.kid], following.issued)
    known = {key.kid for key in current.keys}
    for key in following.keys:
        if key.kid not in known and key.valid_from < following.issued:
            raise TrustError(
                f"key `{key.kid}` of `{key.owner}` is new and would speak from"
                f" {instant(key.valid_from)}, before version {following.version} was made",
                hint="a new key cannot have signed what is dated before anybody listed it",
            )


def _refuse_changed(before: TrustedKey, after: TrustedKey, issued: int) -> None:
    key = f"key `{before.kid}` of `{before.owner}`"
    for name in _FIXED:
        if getattr(before, name) != getattr(after, name):
            raise TrustError(
                f"{key} has another `{name}` than before",
                hint="a listed key only ends or is revoked; list a new key for anything else",
            )
    for name, said in (("valid_to", "speak for longer"), ("revoked_from", "be revoked later")):
        earlier, later = getattr(before, name), getattr(after, name)
        if earlier is not None and (later is None or later > earlier):
            raise TrustError(
                f"{key} would {said} than it was said to: `{name}`",
                hint="what was ended or revoked stays so; list a new key",
            )
    if after.valid_to != before.valid_to and after.valid_to is not None and after.valid_to < issued:
        raise TrustError(
            f"{key} would end on {instant(after.valid_to)}, before this version was made",
            hint="what it signed since was rightly signed; if it was stolen, revoke it",
        )
    if before.reason is not None and after.reason != before.reason:
        raise TrustError(f"{key} was revoked for another reason than it is now said")


def _refuse_rewound(current: TrustRoot, read: Read) -> None:
    document = read(document_name(current.version))
    if document is None:
        raise TrustError(
            f"register no longer holds version {current.version} of the trust root",
            hint="it was put back from an old copy; this office does not go back with it",
        )
    if canonical.digest_hex(document) != current.sha256:
        raise TrustError(
            f"register holds another version {current.version} of the trust root than this office"
            " believes",
            hint="somebody changed what had been accepted; ask the other parties what they hold",
        )


def _after(version: int, read: Read) -> Iterator[tuple[int, bytes, bytes]]:
    while (document := read(document_name(version + 1))) is not None:
        version += 1
        signatures = read(signatures_name(version))
        yield version, document, write_signatures(()) if signatures is None else signatures


def _weighed(root: TrustRoot, before: TrustRoot, signatures: bytes) -> Weighed:
    old, new = _by_kid(before), _by_kid(root)
    signed = signers(root, {**old, **new}, signatures)
    return Weighed(
        root,
        signed,
        max(0, before.threshold - sum(key.kid in old for key in signed)),
        max(0, root.threshold - sum(key.kid in new for key in signed)),
    )


def _by_kid(root: TrustRoot) -> dict[str, RootKey]:
    return {key.kid: key for key in root.root_keys}


def _refuse_unsigned(weighed: Weighed, before: TrustRoot) -> None:
    root = weighed.root
    for missing, threshold, whose in (
        (weighed.old_missing, before.threshold, f"of version {before.version}"),
        (weighed.new_missing, root.threshold, "of its own"),
    ):
        if missing:
            raise TrustError(
                f"trust root version {root.version} is signed by {threshold - missing} root keys"
                f" {whose}; {threshold} must sign",
                hint=_UNSIGNED,
            )
