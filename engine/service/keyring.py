"""The keys of an office: those it holds, those it believes, and adding one.

Promises that each change of the trust root is a new version, which counts once
enough root holders signed it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from agreements.values import epoch_s
from engine import canonical, jose, key_request
from engine.errors import ConcordatError, StorageError, TrustError
from engine.keys import KEY_BYTES, PrivateKey
from engine.service import succession
from engine.service.counting import root_known
from engine.service.new_keys import interval, party_key
from engine.service.premises import PARTY_KEY, Premises
from engine.service.shelf import Shelf, known_to
from engine.service.succession import Prepared
from engine.trust import TrustedKey


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of the trust root.

    Attributes:
        held: Whether this office holds its private half.
        valid_from, valid_to: Seconds since 1970-01-01T00:00:00Z; half-open.
        revoked_from: Since when it may have been in other hands, and why: `reason`.
        valid: Whether it speaks for its owner now.
    """

    kid: str
    role: str
    owner: str
    name: str
    valid_from: int
    valid_to: int | None
    revoked_from: int | None
    reason: str | None
    valid: bool
    held: bool


class Keyring:
    """Lists keys and adds those of parties."""

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf

    def list(self, at: datetime | None = None, *, known_at: datetime | None = None) -> list[KeyRow]:
        """Every key of the trust root, in its order.

        Args:
            at: Whether each speaks at this instant; now if none is given.
            known_at: By the trust root that this office believed then; for reading only, since
                what was revoked later stands in it as good.

        Raises:
            RequestError: Nobody knows yet what will be known then.
        """
        root = root_known(self._premises, known_to(self._premises, known_at))
        now_s = self._premises.now_s() if at is None else epoch_s(at)
        held = self._held()
        return [
            KeyRow(
                kid=key.kid,
                role=key.role.value,
                owner=key.owner,
                name=key.name,
                valid_from=key.valid_from,
                valid_to=key.valid_to,
                revoked_from=key.revoked_from,
                reason=key.reason,
                valid=_is_valid(key, now_s),
                held=key.kid in held,
            )
            for key in root.keys
        ]

    def new(self, agency: str, *, name: str | None = None) -> Prepared:
        """Make a key for an agency, keep its private half here, and have its public half listed.

        Args:
            agency: The agency that will sign with it.
            name: What the agency is called; its id if nothing is given.

        Raises:
            StorageError: There is a key for that agency already, or the id cannot be one.
        """
        keys, name_of_file = self._premises.keys, f"{PARTY_KEY}{agency}"
        kept = name_of_file in keys.names()
        key = (
            # Made by a run that stopped half-way: listing it now completes that.
            keys.read(name_of_file)
            if kept
            else PrivateKey.generate(self._premises.chance.draw(KEY_BYTES))
        )
        if self._premises.trust().lists(key.public.kid):
            raise StorageError(f"there is a key for `{agency}` already")
        succession.take_up(self._premises, self._shelf)
        if self._premises.trust().lists(key.public.kid):
            return succession.newest(self._premises)
        added = party_key(agency, name or agency, key.public, self._premises.now())
        if not kept:
            keys.create(name_of_file, key)
        return self._list([added])

    def import_public(self, path: Path, agency: str, *, name: str | None = None) -> Prepared:
        """List the public key of an agency that keeps the private half itself.

        Args:
            path: A JWK.
            agency: Whose it is: learn that by another way than the file came.
            name: What the agency is called; its id if nothing is given.

        Raises:
            TrustError: It is no public Ed25519 key, or is listed already.
        """
        # Any: checked member by member when it is enrolled.
        jwk = canonical.parse(self._premises.register.read_foreign(path), max_bytes=16_384)
        if not isinstance(jwk, dict):
            raise TrustError(f"`{path}` is not a key", hint="a public key is a JWK: one object")
        return self._list(
            [party_key(agency, name or agency, jose.enrol(jwk), self._premises.now())]
        )

    def enrol(self, path: Path) -> Prepared:
        """List the keys that an agency asks for, each proved to be held by whoever asked.

        Args:
            path: A request, as `concordat keys request` writes it. Learn by another
                way than the file came whose it is.

        Raises:
            TrustError: A key is weak or not proved to be held, or nothing is new.
        """
        asked = key_request.read(self._premises.register.read_foreign(path))
        root = self._premises.trust()
        new = [each for each in asked if not root.lists(each.key.kid)]
        if not new:
            raise TrustError(f"every key that `{asked[0].owner}` asks for is listed already")
        if any(each.role == key_request.ROOT for each in new):
            raise TrustError(
                f"`{asked[0].owner}` asks to sign trust roots",
                hint="a new root holder takes the place of another: `concordat keys root replace`",
            )
        since, until = interval(self._premises.now())
        return self._list([each.listed(since, until) for each in new])

    def _list(self, added: Sequence[TrustedKey]) -> Prepared:
        succession.take_up(self._premises, self._shelf)
        root = self._premises.trust()
        following = succession.next_root(self._premises, keys=[*root.keys, *added])
        return succession.prepare(self._premises, self._shelf, following)

    def _held(self) -> frozenset[str]:
        found = set()
        for name in self._premises.keys.names():
            try:
                found.add(self._premises.keys.read(name).public.kid)
            except ConcordatError:
                continue  # `doctor` reports it; here it is simply not held.
        return frozenset(found)


def _is_valid(key: TrustedKey, now_s: int) -> bool:
    try:
        key.require_at(now_s, "question")
    except TrustError:
        return False
    return True
