"""New versions of the trust root: prepared, signed, and taken up by this office.

Promises that a version becomes what this office believes only once it is signed
as the one before demands, that an office never goes back, and that each version
it takes up is a record in its log. Killed anywhere, the next call completes what
was begun: the signatures are written before the document, the document before it
is believed, then it is recorded, and last of all a private key is replaced.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from engine import trust, trust_chain
from engine.errors import NotFoundError, StorageError, TrustError
from engine.keys import PrivateKey
from engine.ports import Register
from engine.service import key_events
from engine.service.premises import NEXT, ROOT_KEY, TRUST, Premises
from engine.service.shelf import Shelf
from engine.trust import RootKey, TrustedKey, TrustRoot
from engine.trust_chain import Read, Weighed
from engine.trust_changes import Changes

_SIGN: Final = "`concordat keys root sign`"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A version of the trust root that was prepared or signed here.

    Attributes:
        changes: What differs from the version before.
        signers: Names of the root keys that signed it so far.
        missing: How many more must sign before it counts.
    """

    changes: Changes
    signers: tuple[str, ...]
    missing: int

    @property
    def root(self) -> TrustRoot:
        """The version itself."""
        return self.changes.root

    @property
    def is_current(self) -> bool:
        """Whether it is what this office believes now."""
        return self.missing == 0


def reading(register: Register) -> Read:
    """How the files of a register are read where one may not be there."""
    return lambda name: register.read(name) if register.holds(name) else None


def pending(premises: Premises) -> Weighed | None:
    """The version that is being prepared and lacks signatures, if there is one.

    Raises:
        TrustError: It may not follow what this office believes.
    """
    believed = premises.trust()
    version, register = believed.version + 1, reading(premises.register)
    document = register(trust_chain.document_name(version))
    if document is None:
        return None
    signatures = register(trust_chain.signatures_name(version))
    return trust_chain.weigh(
        believed, document, trust_chain.write_signatures(()) if signatures is None else signatures
    )


def next_root(
    premises: Premises,
    *,
    keys: Iterable[TrustedKey] | None = None,
    root_keys: Sequence[RootKey] | None = None,
) -> TrustRoot:
    """Make the version that follows what this office believes, with other keys in it.

    Raises:
        TrustError: The keys contradict each other.
    """
    believed = premises.trust()
    # A clock that stepped back must not make a version that may not follow.
    issued = max(premises.now_s(), believed.issued)
    return TrustRoot.of(
        believed.version + 1,
        issued,
        believed.keys if keys is None else [_from_then(believed, key, issued) for key in keys],
        root_keys=believed.root_keys if root_keys is None else root_keys,
        threshold=believed.threshold,
        previous_sha256=believed.sha256,
    )


def _from_then(believed: TrustRoot, key: TrustedKey, issued: int) -> TrustedKey:
    """A new key speaks from when it is listed, however long it took to come to that."""
    if believed.lists(key.kid):
        return key
    return replace(key, valid_from=max(key.valid_from, issued))


def newest(premises: Premises) -> Prepared:
    """What the version that this office believes changed.

    Raises:
        NotFoundError: It is the first one, or the one before is not in the register.
    """
    root, register = premises.trust(), premises.register
    if root.version == 1:
        raise NotFoundError("the trust root is the first: it changed nothing")
    before = trust.read(register.read(trust_chain.document_name(root.version - 1)))
    signatures = register.read(trust_chain.signatures_name(root.version))
    weighed = trust_chain.weigh(before, trust.write(root), signatures)
    return _described(before, weighed)


def prepare(premises: Premises, shelf: Shelf, root: TrustRoot) -> Prepared:
    """Put the next version into the register, signed with every root key at hand.

    It is taken up at once if that is enough.

    Raises:
        TrustError: It may not follow what this office believes.
        StorageError: Another version is being prepared.
    """
    believed = premises.trust()
    trust_chain.refuse_succession(believed, root)
    if premises.register.holds(trust_chain.document_name(root.version)):
        raise StorageError(
            f"version {root.version} of the trust root is being prepared already",
            hint=f"it lacks signatures: {_SIGN} adds one, `concordat keys root drop` gives it up",
        )
    return _sign(premises, shelf, root, ())


def countersign(premises: Premises, shelf: Shelf, shown: Prepared | None) -> Prepared:
    """Sign the version that is being prepared with every root key at hand.

    Args:
        shown: What the root holder was shown; nothing else is signed.

    Raises:
        NotFoundError: None is being prepared, or no root key that counts is here.
        TrustError: A key would end in it that has ended meanwhile.
    """
    weighed = pending(premises)
    if weighed is None or shown is None:
        raise NotFoundError(
            "no version of the trust root is being prepared",
            hint="`concordat keys rotate` or `concordat keys enrol` prepares one",
        )
    root, now_s = weighed.root, premises.now_s()
    if root.sha256 != shown.root.sha256:
        raise TrustError(
            f"version {root.version} of the trust root is not the one that was shown",
            hint="somebody prepared another meanwhile: look again",
        )
    for key in Changes.between(premises.trust(), root).ended:
        if key.valid_to is not None and key.valid_to <= now_s:
            raise TrustError(
                f"version {root.version} waited too long: key `{key.kid}` of `{key.owner}` would"
                " have ended, and what it signed since would be lost",
                hint="`concordat keys root drop` gives it up; then prepare it anew",
            )
    if not _at_hand(premises, root):
        raise NotFoundError(
            "no root key of this trust root is at hand",
            hint="a root holder keeps it as `keys/root-1.jwk` or the like, in an office of theirs",
        )
    name = trust_chain.signatures_name(root.version)
    there = premises.register.read(name) if premises.register.holds(name) else None
    given = () if there is None else trust_chain.read_signatures(there)
    return _sign(premises, shelf, root, given)


def drop(premises: Premises) -> int:
    """Give up the version that is being prepared; its number is free again.

    Raises:
        NotFoundError: None is being prepared.
    """
    version = premises.trust().version + 1
    name = trust_chain.document_name(version)
    if not premises.register.holds(name):
        raise NotFoundError("no version of the trust root is being prepared")
    premises.register.remove(
        [name, trust_chain.signatures_name(version)],
        f"give up version {version} of the trust root",
        premises.now(),
    )
    return version


def take_up(premises: Premises, shelf: Shelf) -> list[TrustRoot]:
    """Believe every version in the register that is signed as it must be, in order.

    Also completes what an earlier call did not: a private key that is listed by now
    takes the place of the one it follows, and versions without a record get theirs.

    Raises:
        TrustError: A version may not follow, or the register was put back.
    """
    accepted = trust_chain.walk(premises.trust(), reading(premises.register))
    if accepted:
        premises.files.write(TRUST, trust.write(accepted[-1]))
        shelf.forget()
    key_events.file_missing(premises, shelf)
    # INVARIANT: last. While a `.next` key is there, what was begun is not complete.
    _put_in_place(premises)
    return accepted


def _sign(premises: Premises, shelf: Shelf, root: TrustRoot, given: Iterable[str]) -> Prepared:
    believed, document = premises.trust(), trust.write(root)
    signed = trust_chain.write_signatures(
        [*given, *(trust_chain.sign(document, key) for key in _at_hand(premises, root))]
    )
    weighed = trust_chain.weigh(believed, document, signed)
    # INVARIANT: signatures first. A document that is there is signed as far as it was to be.
    files = {
        trust_chain.signatures_name(root.version): signed,
        trust_chain.document_name(root.version): document,
    }
    what = "sign" if given else "prepare"
    premises.register.commit(
        files, f"{what} version {root.version} of the trust root", premises.now()
    )
    if weighed.is_signed:
        take_up(premises, shelf)
    return _described(believed, weighed)


def described(premises: Premises) -> Prepared | None:
    """What the version that is being prepared would change, and who signed it so far."""
    weighed = pending(premises)
    return None if weighed is None else _described(premises.trust(), weighed)


def _described(before: TrustRoot, weighed: Weighed) -> Prepared:
    return Prepared(
        Changes.between(before, weighed.root),
        tuple(key.name for key in weighed.signers),
        max(weighed.old_missing, weighed.new_missing),
    )


def _at_hand(premises: Premises, root: TrustRoot) -> list[PrivateKey]:
    """The root keys in this office's folder that may sign a version."""
    kids = {key.kid for key in (*premises.trust().root_keys, *root.root_keys)}
    held = (premises.keys.read(name) for name in premises.keys.names() if name.startswith(ROOT_KEY))
    return [key for key in held if key.public.kid in kids]


def _put_in_place(premises: Premises) -> None:
    listed = {key.kid for key in premises.trust().keys}
    for name in premises.keys.names():
        if name.endswith(NEXT) and premises.keys.read(name).public.kid in listed:
            premises.keys.replace(name.removesuffix(NEXT), name)
