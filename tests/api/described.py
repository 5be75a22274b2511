"""The example office, and an application that sends it what the documentation shows."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2

from agreements import document
from agreements.signatories import needed
from agreements.vocabulary import Kind
from api.descriptions.examples import Example
from api.descriptions.operation import Operation
from engine import bootstrap
from engine.adapters.seed import agency_register, examples
from engine.keys import PrivateKey
from engine.service.agencies import AGENCIES
from engine.service.clients import Client, Scope
from tests.api.application import COUNCIL, TRUST, Application

AGREEMENT = "northshire-mash"
KEYS = {"ncc-cases": PrivateKey(b"\x11" * 32), "nnt-records": PrivateKey(b"\x12" * 32)}
HOOK_SECRET = "a secret of the forge, of thirty-two"
OF = {"ncc-cases": COUNCIL, "nnt-records": TRUST}


def example_office(folder: Path) -> None:
    """An office like the demonstration's, with an application for each of its two agencies."""
    agreement = document.parse(examples()[AGREEMENT]).agreement
    names = {party.id: party.name for party in agreement.parties}
    names |= {each.agency: each.name for party in agreement.parties for each in party.members}
    now = datetime.now(UTC)
    seats = needed(agreement, now)
    agencies = list(dict.fromkeys(seat.agency for seat in seats))
    office = bootstrap.create_office(
        folder,
        agency=COUNCIL,
        name=names[COUNCIL],
        now=now,
        demo_parties=[(agency, names[agency]) for agency in agencies if agency != COUNCIL],
    )
    office.premises.register.commit({AGENCIES: agency_register()}, "agencies", now)
    path = Path(str(office.premises.register.path(f"agreements/{AGREEMENT}.yaml")))
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(examples()[AGREEMENT])
    for seat in seats:
        office.author.sign(AGREEMENT, seat.agency, role=seat.role)
    office.author.publish(AGREEMENT)
    words = office.shelf.current().bundle.law.vocabulary
    for name, key in KEYS.items():
        office.clients.add(
            Client(
                id=name,
                agency=OF[name],
                keys=(key.public.to_jwk(),),
                purposes=words.codes(Kind.PURPOSE),
                roles=words.codes(Kind.ROLE),
                scopes=tuple(Scope),
            )
        )
    office.close()
    settings = folder / "office.toml"
    with settings.open("a", encoding="utf-8") as file:
        file.write(f'\n[register]\nhook_secret = "{HOOK_SECRET}"\n')


@dataclass(frozen=True)
class Given:
    """What an example could not know beforehand; each takes the place of what it says."""

    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    form: Mapping[str, str] | None = None


@dataclass
class World:
    """An office that was just made, and the council's application."""

    folder: Path
    application: Application

    def send(
        self, operation: Operation, example: Example, given: Given, scope: str | None
    ) -> httpx2.Response:
        """Send what an example shows."""
        path = operation.path.format(**{**example.path, **given.path})
        headers = {**example.headers, **given.headers}
        if scope is not None:
            token = self.application.token(scope=scope)
            headers["Authorization"] = f"DPoP {token}"
            headers["DPoP"] = self.application.proof(path, token, htm=operation.method)
        said: dict[str, Any] = {}
        if example.form is not None:
            said["data"] = {**example.form, **(given.form or {})}
        elif isinstance(example.body, str) and operation.body is not None:
            said["content"] = given.body if isinstance(given.body, str) else example.body
            headers["Content-Type"] = operation.body.media_type
        elif example.body is not None:
            said["json"] = example.body if given.body is None else given.body
        query = {**example.query, **given.query}
        return self.application.send(
            operation.method, path, headers=headers, params=query or None, **said
        )
