"""A key takes the place of another: in good time, or because the old one was lost.

Promises that the private key in use is replaced only once its successor is listed,
and that a call which was killed is completed by the same call again, never done
twice. What a rotated key signed goes on being good; what a revoked one signed
from the instant of its revocation does not.
"""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from engine import key_request
from engine.errors import ConcordatError, NotFoundError, TrustError
from engine.keys import KEY_BYTES, PrivateKey
from engine.service import succession
from engine.service.new_keys import interval
from engine.service.premises import DECISION_KEY, LOG_KEY, NEXT, PARTY_KEY, ROOT_KEY, Premises
from engine.service.shelf import Shelf
from engine.service.succession import Prepared
from engine.trust import Role, RootKey, TrustedKey

OVERLAP: Final = timedelta(days=14)
"""How long the old key goes on speaking beside the new one.

Root holders sign by hand, and each office takes the new list in when it next pulls:
two weeks let both happen over a holiday. Until the new version counts, the old key
signs, and what it signs must stay good.
"""


def rotate(premises: Premises, shelf: Shelf, role: Role, agency: str | None = None) -> Prepared:
    """Have a new key take the place of one that this office holds.

    Args:
        role: What the key signs.
        agency: Whose party key, if not this office's own; for no other role.

    Raises:
        NotFoundError: The key is not held here.
        StorageError: Another version of the trust root is being prepared.
    """
    name = _file_of(role, agency or premises.settings.agency)
    premises.keys.read(name)  # Who does not hold a key does not replace it.
    begun = _begun(premises, name)
    succession.take_up(premises, shelf)
    if begun is not None and premises.trust().lists(begun.public.kid):
        return succession.newest(premises)
    waiting = succession.described(premises)
    if begun is not None and waiting is not None and waiting.root.lists(begun.public.kid):
        return waiting
    if waiting is None and begun is None:
        begun = _made(premises, name)
    now = premises.now()
    listed = premises.trust().key(premises.keys.read(name).public.kid, role)
    ended = replace(listed, valid_to=_end(listed, now))
    return _prepare(premises, shelf, listed, ended, begun)


def revoke(premises: Premises, shelf: Shelf, kid: str, *, since: datetime, reason: str) -> Prepared:
    """Say that a key may have been in other hands since an instant.

    A key that this office uses is replaced in the same version: without one it could
    record nothing more, this revocation included.

    Args:
        since: Nothing it signed from then on counts.
        reason: Why, in a line; it stands in the trust root for everybody to read.

    Raises:
        TrustError: The key is not listed, or is revoked from earlier already.
    """
    since_s = int(since.timestamp())
    if since_s > premises.now_s():
        raise TrustError(
            "a key is revoked from an instant that has passed",
            hint="to end it later, replace it: `concordat keys rotate`",
        )
    succession.take_up(premises, shelf)
    root = premises.trust()
    if any(key.kid == kid for key in root.root_keys):
        raise TrustError(
            f"key `{kid}` signs trust roots; it is replaced, not revoked",
            hint="`concordat keys root replace` puts another root key in its place",
        )
    listed = next((key for key in root.keys if key.kid == kid), None)
    if listed is None:
        raise NotFoundError(
            f"key `{kid}` is not in the trust root", hint="`concordat keys list` shows those"
        )
    if listed.revoked_from is not None and listed.revoked_from <= since_s:
        raise TrustError(f"key `{kid}` is revoked from that instant or an earlier one already")
    revoked = replace(listed, revoked_from=since_s, reason=listed.reason or reason)
    name = _file_of(listed.role, listed.owner)
    held = name in premises.keys.names() and premises.keys.read(name).public.kid == kid
    return _prepare(premises, shelf, listed, revoked, _made(premises, name) if held else None)


def replace_root_key(premises: Premises, shelf: Shelf, kid: str, path: Path) -> Prepared:
    """Put another root key in the place of one: another holder, or a lost key.

    Args:
        kid: The root key that goes.
        path: The new holder's request (`concordat keys request --root`).

    Raises:
        TrustError: There is no such root key, or the new one is not proved to be held.
    """
    asked = key_request.read(premises.register.read_foreign(path))
    if [each.role for each in asked] != [key_request.ROOT]:
        raise TrustError(
            f"`{asked[0].owner}` does not ask for one root key",
            hint="a new root holder makes the request with `concordat keys request --root`",
        )
    succession.take_up(premises, shelf)
    roots = premises.trust().root_keys
    if all(key.kid != kid for key in roots):
        raise NotFoundError(f"key `{kid}` is no root key", hint="`concordat keys root show`")
    new = RootKey(asked[0].key, asked[0].owner, asked[0].name)
    following = succession.next_root(
        premises, root_keys=[new if key.kid == kid else key for key in roots]
    )
    return succession.prepare(premises, shelf, following)


def root_keys_held(premises: Premises) -> list[RootKey]:
    """The root keys of the trust root whose private halves are in this office's folder."""
    kids = set()
    for name in premises.keys.names():
        if name.startswith(ROOT_KEY):
            try:
                kids.add(premises.keys.read(name).public.kid)
            except ConcordatError:
                continue  # `doctor` reports it; here it is simply not held.
    return [key for key in premises.trust().root_keys if key.kid in kids]


def _prepare(
    premises: Premises,
    shelf: Shelf,
    listed: TrustedKey,
    changed: TrustedKey,
    following: PrivateKey | None,
) -> Prepared:
    keys: Iterable[TrustedKey] = (
        changed if key.kid == listed.kid else key for key in premises.trust().keys
    )
    if following is not None:
        since, until = interval(premises.now())
        new = replace(
            listed,
            key=following.public,
            valid_from=since,
            valid_to=until,
            revoked_from=None,
            reason=None,
        )
        keys = [*keys, new]
    return succession.prepare(premises, shelf, succession.next_root(premises, keys=keys))


def _file_of(role: Role, agency: str) -> str:
    names = {Role.DECISION: DECISION_KEY, Role.LOG: LOG_KEY, Role.PARTY: f"{PARTY_KEY}{agency}"}
    return names[role]


def _begun(premises: Premises, name: str) -> PrivateKey | None:
    following = f"{name}{NEXT}"
    return premises.keys.read(following) if following in premises.keys.names() else None


def _made(premises: Premises, name: str) -> PrivateKey:
    """The key that is to follow: the one a call that was killed made, or a new one."""
    begun = _begun(premises, name)
    if begun is not None:
        return begun
    key = PrivateKey.generate(premises.chance.draw(KEY_BYTES))
    premises.keys.create(f"{name}{NEXT}", key)
    return key


def _end(listed: TrustedKey, now: datetime) -> int:
    """When a key that is replaced ends: after the overlap, or when it was to end anyway."""
    at_s = int((now + OVERLAP).timestamp())
    return at_s if listed.valid_to is None else min(at_s, listed.valid_to)
