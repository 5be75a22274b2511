"""Asking to be listed: an office's request for its own keys, left in the register.

Promises that a request names only keys that this office holds, each signing for
itself. It opens nothing: the root holders decide what is listed.
"""

from typing import Final

from engine import key_request
from engine.errors import NotFoundError, StorageError
from engine.keys import KEY_BYTES, PrivateKey
from engine.service.premises import DECISION_KEY, LOG_KEY, NEXT, PARTY_KEY, ROOT_KEY, Premises
from engine.trust import Role

REQUESTS: Final = "requests"


def request_name(agency: str) -> str:
    """Where the request of an agency stands in a register."""
    return f"{REQUESTS}/{agency}.json"


def request(premises: Premises) -> str:
    """Ask to have the keys of this office listed: committed to the register, to be pushed.

    Returns:
        The name of the file in the register.

    Raises:
        NotFoundError: The office lacks one of its own keys.
    """
    name = request_name(premises.settings.agency)
    data = request_bytes(premises)
    premises.register.commit(
        {name: data}, f"ask to have the keys of {premises.settings.agency} listed", premises.now()
    )
    return name


def request_root(premises: Premises) -> str:
    """Ask to sign trust roots, with the root key kept here or one made now.

    Returns:
        The name of the file in the register.
    """
    who = premises.settings
    kept = [name for name in premises.keys.names() if name.startswith(ROOT_KEY)]
    if not kept:
        kept = [f"{ROOT_KEY}{who.agency}"]
        premises.keys.create(kept[0], PrivateKey.generate(premises.chance.draw(KEY_BYTES)))
    if len(kept) > 1:
        raise StorageError(
            f"office holds {len(kept)} root keys: {', '.join(kept)}",
            hint="a root holder holds one; give the others to their holders first: docs/trust.md",
        )
    jws = key_request.ask(
        premises.keys.read(kept[0]),
        role=key_request.ROOT,
        owner=who.agency,
        name=who.name,
        iat=premises.now_s(),
    )
    name = f"{REQUESTS}/root-keys/{who.agency}.json"
    premises.register.commit(
        {name: key_request.write([jws])},
        f"ask that {who.agency} may sign trust roots",
        premises.now(),
    )
    return name


def request_bytes(premises: Premises) -> bytes:
    """What this office asks for: its decision key, its log key, and its agency's own."""
    who, iat = premises.settings, premises.now_s()
    return key_request.write(
        key_request.ask(
            _newest(premises, name),
            role=role.value,
            owner=who.agency,
            name=who.name,
            iat=iat,
            iss=who.issuer if role is Role.DECISION else None,
            origin=who.log if role is Role.LOG else None,
        )
        for name, role in (
            (DECISION_KEY, Role.DECISION),
            (LOG_KEY, Role.LOG),
            (f"{PARTY_KEY}{who.agency}", Role.PARTY),
        )
    )


def _newest(premises: Premises, name: str) -> PrivateKey:
    try:
        return premises.keys.read(f"{name}{NEXT}")
    except NotFoundError:
        return premises.keys.read(name)
