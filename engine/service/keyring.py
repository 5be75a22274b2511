"""The keys of an office: those it holds, those it believes, and adding one.

Promises that each change of the trust root is a new version, and that the old
ones stay beside it for whoever checks an old record.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from engine import canonical, jose, trust
from engine.canonical import escaped
from engine.errors import ConcordatError, StorageError, TrustError
from engine.keys import KEY_BYTES, PrivateKey, PublicKey
from engine.ports import Chance
from engine.service.premises import DECISION_KEY, LOG_KEY, PARTY_KEY, TRUST, Premises
from engine.service.settings import Settings
from engine.service.shelf import Shelf
from engine.trust import Role, TrustedKey, TrustRoot

VALID_FOR: Final = timedelta(days=730)
"""How long a new key speaks: two years, for a first release without rotation."""


@dataclass(frozen=True, slots=True)
class KeyRow:
    """One key of the trust root.

    Attributes:
        held: Whether this office holds its private half.
        valid_from, valid_to: Seconds since 1970-01-01T00:00:00Z; half-open.
        valid: Whether it speaks for its owner now.
    """

    kid: str
    role: str
    owner: str
    name: str
    valid_from: int
    valid_to: int | None
    valid: bool
    held: bool


class Keyring:
    """Lists keys and adds those of parties."""

    def __init__(self, premises: Premises, shelf: Shelf) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf

    def list(self) -> list[KeyRow]:
        """Every key of the trust root, in its order."""
        now_s = self._premises.now_s()
        held = self._held()
        return [
            KeyRow(
                kid=key.kid,
                role=key.role.value,
                owner=key.owner,
                name=key.name,
                valid_from=key.valid_from,
                valid_to=key.valid_to,
                valid=_is_valid(key, now_s),
                held=key.kid in held,
            )
            for key in self._premises.trust().keys
        ]

    def new(self, agency: str, *, name: str | None = None) -> KeyRow:
        """Make a key for an agency, keep its private half here, and trust its public half.

        Args:
            agency: The agency that will sign with it.
            name: What the agency is called; its id if nothing is given.

        Raises:
            StorageError: There is a key for that agency already, or the id cannot be one.
        """
        keys, name_of_file = self._premises.keys, f"{PARTY_KEY}{agency}"
        kept = name_of_file in keys.names()
        if kept:
            # Made by a run that stopped half-way: listing it now completes that.
            key = keys.read(name_of_file)
            if any(key.public.kid == listed.kid for listed in self._premises.trust().keys):
                raise StorageError(f"there is a key for `{agency}` already")
        else:
            key = PrivateKey.generate(self._premises.chance.draw(KEY_BYTES))
        added = party_key(agency, name or agency, key.public, self._premises.now())
        root = self._with(added)
        if not kept:
            keys.create(name_of_file, key)
        return self._write(root, added.kid)

    def import_public(self, path: Path, agency: str, *, name: str | None = None) -> KeyRow:
        """Trust the public key of an agency that keeps the private half itself.

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
        added = party_key(agency, name or agency, jose.enrol(jwk), self._premises.now())
        return self._write(self._with(added), added.kid)

    def _with(self, added: TrustedKey) -> TrustRoot:
        root = self._premises.trust()
        return TrustRoot.of(root.version + 1, self._premises.now_s(), [*root.keys, added])

    def _write(self, root: TrustRoot, kid: str) -> KeyRow:
        files = self._premises.files
        # Under its number first: whatever names this version must find it.
        files.write(f"trust/{root.version}.json", trust.write(root))
        files.write(TRUST, trust.write(root))
        self._shelf.forget()
        return next(row for row in self.list() if row.kid == kid)

    def _held(self) -> frozenset[str]:
        found = set()
        for name in self._premises.keys.names():
            try:
                found.add(self._premises.keys.read(name).public.kid)
            except ConcordatError:
                continue  # `doctor` reports it; here it is simply not held.
        return frozenset(found)


def party_key(agency: str, name: str, key: PublicKey, now: datetime) -> TrustedKey:
    """How a trust root lists the key with which an agency signs agreements."""
    since, until = interval(now)
    listed = TrustedKey(key, Role.PARTY, agency, name, since, until)
    # Written and read once here, so that a strange id or name is refused before it is kept.
    try:
        trust.read(trust.write(TrustRoot.of(1, since, [listed])))
    except TrustError as fault:
        raise StorageError(
            f"`{escaped(agency)}` cannot be the id of an agency, or `{escaped(name)}` its name",
            hint="lower-case letters, digits, dots and hyphens, such as `northshire-council`",
        ) from fault
    return listed


def first_root(
    settings: Settings, parties: dict[str, str], chance: Chance, now: datetime
) -> tuple[TrustRoot, dict[str, PrivateKey]]:
    """Make the keys a new office begins with.

    Args:
        parties: Names of agencies by id; each gets a key.

    Returns:
        The trust root, and the private keys by the names of their files.
    """
    names = [DECISION_KEY, LOG_KEY, *(f"{PARTY_KEY}{agency}" for agency in parties)]
    keys = {name: PrivateKey.generate(chance.draw(KEY_BYTES)) for name in names}
    since, until = interval(now)
    owner, called = settings.agency, settings.name
    listed = [
        TrustedKey(
            keys[DECISION_KEY].public,
            Role.DECISION,
            owner,
            called,
            since,
            until,
            iss=settings.issuer,
        ),
        TrustedKey(
            keys[LOG_KEY].public, Role.LOG, owner, called, since, until, origin=settings.log
        ),
        *(
            party_key(agency, name, keys[f"{PARTY_KEY}{agency}"].public, now)
            for agency, name in parties.items()
        ),
    ]
    return TrustRoot.of(1, since, listed), keys


def interval(now: datetime) -> tuple[int, int]:
    """From when until when a new key speaks, in seconds."""
    return int(now.timestamp()), int((now + VALID_FOR).timestamp())


def _is_valid(key: TrustedKey, now_s: int) -> bool:
    try:
        key.require_at(now_s, "question")
    except TrustError:
        return False
    return True
