"""The applications that may ask this office, and as whom.

Promises that which agency an application belongs to, and which purposes and roles
it may assert, are said here and nowhere else. Refuses the whole list for one
misspelt entry: leaving it out could hide that a client was removed.
"""

from collections.abc import Iterable
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from agreements.values import Code, Id, Words
from engine import canonical
from engine.canonical import Json
from engine.errors import NotFoundError, RecordError, StorageError, TrustError
from engine.keys import PublicKey
from engine.ports import OfficeFiles

CLIENTS: Final = "clients.json"
MAX_CLIENTS: Final = 10_000


class Scope(StrEnum):
    """What an application may be let do."""

    DECIDE = "decide"
    CONSENT = "consent"
    AUTHOR = "author"
    SIGN = "sign"
    AUDIT = "audit"
    ADMIN = "admin"


class Client(Words):
    """One application of one agency.

    Attributes:
        id: What it calls itself when it asks for a token.
        agency: Whose it is; it asks as this agency and as no other.
        keys: With which it proves who it is, as public JWKs; two while one replaces the other.
        purposes, roles: Those it may assert for the person it asks for.
        scopes: What it may do.
    """

    id: Id
    agency: Id
    keys: Annotated[tuple[dict[str, str], ...], Field(min_length=1, max_length=2)]
    purposes: Annotated[tuple[Code, ...], Field(max_length=256)] = ()
    roles: Annotated[tuple[Code, ...], Field(max_length=256)] = ()
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    note: Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""

    @model_validator(mode="after")
    def _names_sound_keys(self) -> Self:
        try:
            self.public_keys()
        except (TrustError, RecordError) as fault:
            raise ValueError(str(fault)) from fault
        return self

    def public_keys(self) -> tuple[PublicKey, ...]:
        """The keys with which it proves who it is."""
        return tuple(PublicKey.from_jwk(jwk) for jwk in self.keys)


class _List(Words):
    ver: Annotated[int, Field(ge=1, le=1)] = 1
    clients: Annotated[tuple[Client, ...], Field(max_length=MAX_CLIENTS)] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        named = [client.id for client in self.clients]
        if len(set(named)) != len(named):
            raise ValueError("a client stands there twice")
        # With one key for two clients, a proof would not say which of them gave it.
        kids = [key.kid for client in self.clients for key in client.public_keys()]
        if len(set(kids)) != len(kids):
            raise ValueError("a key stands there twice")
        return self


class Clients:
    """The list of applications in one office's folder."""

    def __init__(self, files: OfficeFiles) -> None:
        self._files: Final = files

    def all(self) -> tuple[Client, ...]:
        """Every application, by id.

        Raises:
            StorageError: The list cannot be relied on.
        """
        if not self._files.holds(CLIENTS):
            return ()
        return read(self._files.read(CLIENTS))

    def add(self, client: Client) -> None:
        """Let one more application in.

        Raises:
            StorageError: One of that id, or with that key, is there already.
        """
        known = self.all()
        if any(each.id == client.id for each in known):
            raise StorageError(
                f"client `{client.id}` is there already",
                hint=f"take it away first: `concordat clients remove {client.id}`",
            )
        self._write((*known, client))

    def remove(self, name: str) -> None:
        """Let an application in no longer; from the next request on, it is unknown.

        Raises:
            NotFoundError: There is none of that id.
        """
        known = self.all()
        left = tuple(each for each in known if each.id != name)
        if len(left) == len(known):
            raise NotFoundError(
                f"there is no client `{name}`", hint="`concordat clients list` shows them"
            )
        self._write(left)

    def _write(self, clients: Iterable[Client]) -> None:
        written = write(clients)
        read(written)
        self._files.write(CLIENTS, written)


def read(document: bytes) -> tuple[Client, ...]:
    """Read the list of applications.

    Raises:
        StorageError: It is no strict JSON of the closed form, or names something twice.
    """
    try:
        canonical.parse(document)
        said = _List.model_validate_json(document)
    except (RecordError, ValidationError) as fault:
        reason = str(fault)
        if isinstance(fault, ValidationError):
            first = fault.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"]))
            reason = f"{where}: {first['msg']}" if where else first["msg"]
        raise StorageError(
            f"`{CLIENTS}` cannot be relied on: {reason}",
            hint="until it is mended nobody is let in; restore it from a backup",
        ) from fault
    return tuple(sorted(said.clients, key=lambda client: client.id))


def write(clients: Iterable[Client]) -> bytes:
    """Write the list of applications, the inverse of `read`."""
    rows: list[Json] = [
        client.model_dump(mode="json") for client in sorted(clients, key=lambda each: each.id)
    ]
    return canonical.encode({"ver": 1, "clients": rows})
