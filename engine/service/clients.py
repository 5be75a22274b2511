"""The applications that may ask this office, and as whom.

Promises that which agency an application belongs to, and which purposes and roles
it may assert, are said here and nowhere else. Refuses the whole list for one
misspelt entry: leaving it out could hide that a client was removed.
"""

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Annotated, Final, Self

from pydantic import Field, StringConstraints, ValidationError, model_validator

from agreements.values import Code, Id, Words
from engine import caller_key, canonical
from engine.caller_key import CallerKey
from engine.canonical import Json
from engine.errors import NotFoundError, RecordError, StorageError, TrustError
from engine.ports import OfficeFiles
from engine.service.issuers import MAX_ISSUERS, Issuer

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
        issuer, client_id: Whose tokens name it instead, and how; then it has no key here.
        purposes, roles: Those it may assert for the person it asks for.
        scopes: What it may do.
    """

    id: Id
    agency: Id
    keys: Annotated[tuple[dict[str, str], ...], Field(max_length=2)] = ()
    issuer: Annotated[str, StringConstraints(max_length=512)] = ""
    client_id: Annotated[str, StringConstraints(max_length=256, pattern=r"^[\x20-\x7e]*$")] = ""
    purposes: Annotated[tuple[Code, ...], Field(max_length=256)] = ()
    roles: Annotated[tuple[Code, ...], Field(max_length=256)] = ()
    scopes: Annotated[tuple[Scope, ...], Field(min_length=1)]
    note: Annotated[str, StringConstraints(max_length=256, pattern=r"^[^\x00-\x1f\x7f]*$")] = ""

    @model_validator(mode="after")
    def _names_sound_keys(self) -> Self:
        if bool(self.issuer) is not bool(self.client_id) or bool(self.keys) is bool(self.issuer):
            raise ValueError("a client has either keys, or an issuer and the name it gives it")
        try:
            self.public_keys()
        except (TrustError, RecordError) as fault:
            raise ValueError(str(fault)) from fault
        return self

    def public_keys(self) -> tuple[CallerKey, ...]:
        """The keys with which it proves who it is."""
        return tuple(caller_key.read(jwk) for jwk in self.keys)


class _List(Words):
    ver: Annotated[int, Field(ge=1, le=1)] = 1
    clients: Annotated[tuple[Client, ...], Field(max_length=MAX_CLIENTS)] = ()
    issuers: Annotated[tuple[Issuer, ...], Field(max_length=MAX_ISSUERS)] = ()

    @model_validator(mode="after")
    def _names_each_once(self) -> Self:
        named = [client.id for client in self.clients]
        if len(set(named)) != len(named):
            raise ValueError("a client stands there twice")
        # With one key for two clients, a proof would not say which of them gave it.
        kids = [key.kid for client in self.clients for key in client.public_keys()]
        if len(set(kids)) != len(kids):
            raise ValueError("a key stands there twice")
        outside = [(each.issuer, each.client_id) for each in self.clients if each.issuer]
        if len(set(outside)) != len(outside):
            raise ValueError("two clients bear the same name at one issuer")
        known = [each.url for each in self.issuers]
        if len(set(known)) != len(known):
            raise ValueError("an issuer stands there twice")
        for issuer, _ in outside:
            if issuer not in known:
                raise ValueError(f"no issuer `{issuer[:80]}` stands there")
        return self


@dataclass(frozen=True, slots=True)
class Registry:
    """Who may ask, as one list says it.

    Attributes:
        clients: By id.
        issuers: By address.
    """

    clients: tuple[Client, ...] = ()
    issuers: tuple[Issuer, ...] = ()


class Clients:
    """The list of applications in one office's folder."""

    def __init__(self, files: OfficeFiles) -> None:
        self._files: Final = files
        self._known: tuple[bytes, Registry] | None = None

    def all(self) -> tuple[Client, ...]:
        """Every application, by id.

        Raises:
            StorageError: The list cannot be relied on.
        """
        return self.registry().clients

    def registry(self) -> Registry:
        """Every application, and the authorisation servers of agencies.

        Raises:
            StorageError: The list cannot be relied on.
        """
        try:
            document = self._files.read(CLIENTS)
        except NotFoundError:
            return Registry()
        # The very bytes that were read before say the very same.
        if self._known is None or self._known[0] != document:
            self._known = document, read(document)
        return self._known[1]

    def add(self, client: Client) -> None:
        """Let one more application in.

        Raises:
            StorageError: One of that id, or with that key, is there already.
        """
        known = self.registry()
        if any(each.id == client.id for each in known.clients):
            raise StorageError(
                f"client `{client.id}` is there already",
                hint=f"take it away first: `concordat clients remove {client.id}`",
            )
        self._write(replace(known, clients=(*known.clients, client)))

    def remove(self, name: str) -> None:
        """Let an application in no longer; from the next request on, it is unknown.

        Raises:
            NotFoundError: There is none of that id.
        """
        known = self.registry()
        left = tuple(each for each in known.clients if each.id != name)
        if len(left) == len(known.clients):
            raise NotFoundError(
                f"there is no client `{name}`", hint="`concordat clients list` shows them"
            )
        self._write(replace(known, clients=left))

    def add_issuer(self, issuer: Issuer) -> None:
        """Take the tokens of one more authorisation server.

        Raises:
            StorageError: It is there already.
        """
        known = self.registry()
        if any(each.url == issuer.url for each in known.issuers):
            raise StorageError(
                f"issuer `{issuer.url}` is there already",
                hint=f"take it away first: `concordat clients remove-issuer {issuer.url}`",
            )
        self._write(replace(known, issuers=(*known.issuers, issuer)))

    def remove_issuer(self, url: str) -> None:
        """Take the tokens of an authorisation server no longer; its clients go first.

        Raises:
            NotFoundError: There is none at that address.
            StorageError: Clients of it are still there.
        """
        known = self.registry()
        left = tuple(each for each in known.issuers if each.url != url)
        if len(left) == len(known.issuers):
            raise NotFoundError(
                f"there is no issuer `{url}`", hint="`concordat clients list` shows them"
            )
        mine = next((each.id for each in known.clients if each.issuer == url), None)
        if mine is not None:
            raise StorageError(
                f"client `{mine}` comes from `{url}`",
                hint=f"take it away first: `concordat clients remove {mine}`",
            )
        self._write(replace(known, issuers=left))

    def _write(self, registry: Registry) -> None:
        written = write(registry)
        read(written)
        self._files.write(CLIENTS, written)


def read(document: bytes) -> Registry:
    """Read the list of applications, and of authorisation servers.

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
    return Registry(
        tuple(sorted(said.clients, key=lambda client: client.id)),
        tuple(sorted(said.issuers, key=lambda issuer: issuer.url)),
    )


def write(registry: Registry) -> bytes:
    """Write the list, the inverse of `read`; what is as by default of an issuer is left out."""
    clients = sorted(registry.clients, key=lambda each: each.id)
    issuers = sorted(registry.issuers, key=lambda each: each.url)
    rows: dict[str, Json] = {"ver": 1, "clients": [_stated(each) for each in clients]}
    if issuers:
        rows["issuers"] = [each.model_dump(mode="json", exclude_defaults=True) for each in issuers]
    return canonical.encode(rows)


def _stated(client: Client) -> Json:
    """As older releases read it, where nothing newer is said."""
    said = client.model_dump(mode="json")
    return {name: said[name] for name in said if said[name] or name not in ("issuer", "client_id")}
