"""The keys an office begins with, and how a trust root lists a new one."""

from datetime import datetime, timedelta
from typing import Final

from engine import shape, trust, trust_chain
from engine.canonical import escaped
from engine.errors import RecordError, StorageError
from engine.keys import KEY_BYTES, PrivateKey, PublicKey
from engine.ports import Chance
from engine.service.premises import DECISION_KEY, LOG_KEY, PARTY_KEY, ROOT_KEY
from engine.service.settings import Settings
from engine.trust import Role, RootKey, TrustedKey, TrustRoot

VALID_FOR: Final = timedelta(days=730)
"""How long a new key speaks, at most: two years; `concordat keys rotate` replaces it before."""

ROOT_KEYS: Final = 3
THRESHOLD: Final = 2


def party_key(agency: str, name: str, key: PublicKey, now: datetime) -> TrustedKey:
    """How a trust root lists the key with which an agency signs agreements."""
    since, until = interval(now)
    # Checked here, so that a strange id or name is refused before anything is kept.
    try:
        shape.IDENTIFIER(agency, "agency")
        shape.LINE(name, "name")
    except RecordError as fault:
        raise StorageError(
            f"`{escaped(agency)}` cannot be the id of an agency, or `{escaped(name)}` its name",
            hint="lower-case letters, digits, dots and hyphens, such as `northshire-council`",
        ) from fault
    return TrustedKey(key, Role.PARTY, agency, name, since, until)


def first_root(
    settings: Settings, parties: dict[str, str], chance: Chance, now: datetime
) -> tuple[TrustRoot, dict[str, PrivateKey]]:
    """Make the keys a new office begins with.

    Args:
        parties: Names of agencies by id; each gets a key.

    Returns:
        The trust root, and the private keys by the names of their files.
    """
    roots = [f"{ROOT_KEY}{number}" for number in range(1, ROOT_KEYS + 1)]
    names = [DECISION_KEY, LOG_KEY, *(f"{PARTY_KEY}{agency}" for agency in parties), *roots]
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
    holders = [
        RootKey(keys[name].public, owner, f"{called}, {name.replace('-', ' key ')}")
        for name in roots
    ]
    return TrustRoot.of(1, since, listed, root_keys=holders, threshold=THRESHOLD), keys


def first_files(root: TrustRoot, keys: dict[str, PrivateKey]) -> dict[str, bytes]:
    """The first version as it stands in a register, signed with every root key."""
    document = trust.write(root)
    signed = [
        trust_chain.sign(document, key) for name, key in keys.items() if name.startswith(ROOT_KEY)
    ]
    return {
        trust_chain.document_name(root.version): document,
        trust_chain.signatures_name(root.version): trust_chain.write_signatures(signed),
    }


def interval(now: datetime) -> tuple[int, int]:
    """From when until when a new key speaks, in seconds."""
    return int(now.timestamp()), int((now + VALID_FOR).timestamp())
