"""An office with as many agreements in force as wanted, made fast, for the bench of the service.

Each agreement has eight clauses, is between the council and a trust of its own, and is
compiled, written and activated as any: real files in a real register, real signed records
in a real log. What is left out is the proposing and signing by two parties of each text.
"""

import json
import random
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

from agreements.model import Agreement
from agreements.vocabulary import Kind, current
from engine import bootstrap, jose
from engine.bundle import assemble, make_slice
from engine.chronicle import effects_of
from engine.compile import compile_agreement
from engine.execution import Signature
from engine.keys import PrivateKey
from engine.ports import Kept
from engine.record import Kind as RecordKind
from engine.record import Link, read, seal_activation
from engine.request import GIVEN_BY_STATEMENT
from engine.service import Office
from engine.service.clients import Client, Scope
from engine.service.library import AGREEMENT, CLAUSES, MANIFEST, folder_of
from engine.service.premises import PARTY_KEY
from tests.world import agreement, grant

COUNCIL: Final = "northshire-council"
CLIENT: Final = "bench-app"
KEY: Final = PrivateKey(bytes(range(32)))
PURPOSE, ROLE = "child-protection-enquiry", "social-worker"
PURPOSES = (PURPOSE, "early-help", "marac", "mappa", "youth-justice", "channel")


_NEEDS: Final = sorted(set(current().codes(Kind.NEED)) - set(GIVEN_BY_STATEMENT))[:12]
_ABOUT: Final = (("child",), ("parent",), ("child", "parent"), ("parent", "child"))
_UNHURRIED: Final = "per_client = 1000000\nper_peer = 1000000\n"


def agreements(count: int, first: int = 0) -> Iterator[Agreement]:
    """Agreements of eight clauses each, every one between the council and a trust of its own."""
    clauses = [
        grant(id=f"4.{n}", purposes=[purpose], **{"from": [], "to": [], "basis": {}})
        for n, purpose in enumerate(PURPOSES)
    ]
    clauses.append({"id": "6", "title": "T", "exclude": True, "information": ["intelligence"]})
    clauses.append({"id": "7", "title": "T", "refer": True, "information": ["education"]})
    template = agreement(*clauses)
    giver, receiver = template.parties[:2]
    council = receiver.model_copy(update={"id": COUNCIL})
    for n in range(first, first + count):
        parties = (giver.model_copy(update={"id": f"trust-{n}"}), council)
        yield template.model_copy(update={"id": f"agreement-{n}", "parties": parties})


def make(folder: Path, count: int, *, plain_bearer: bool = True, store_url: str = "") -> None:
    """Make an office with so many agreements in force, and one application that may ask."""
    office = bootstrap.create_office(
        folder,
        agency=COUNCIL,
        name="Northshire Council",
        now=datetime.now(UTC),
        store_url=store_url,
    )
    with office:
        publish(office, count)
        office.clients.add(
            Client(
                id=CLIENT,
                agency=COUNCIL,
                keys=(KEY.public.to_jwk(),),
                purposes=PURPOSES,
                roles=(ROLE,),
                scopes=(Scope.DECIDE,),
            )
        )
    if plain_bearer:
        settings = folder / bootstrap.SETTINGS
        settings.write_text(f"{settings.read_text()}\n[http]\nplain_bearer = true\n{_UNHURRIED}")


def publish(office: Office, count: int, first: int = 0) -> None:
    """Bring so many agreements into force, numbered from the first."""
    shelved = office.shelf.current()
    law, stamp, premises = shelved.bundle.law, office.shelf.stamp(), office.premises
    slices, files = [], {}
    for each in agreements(count, first):
        made = make_slice(law, compile_agreement(each, current()))
        folder = folder_of(made.key)
        files[f"{folder}/{AGREEMENT}"] = made.agreement_json
        files[f"{folder}/{CLAUSES}"] = made.policies_json
        files[f"{folder}/{MANIFEST}"] = made.manifest
        slices.append(made)
    premises.register.commit(files, "many agreements", premises.clock.now())
    bundle = assemble(law, [*shelved.bundle.slices.values(), *slices])
    iat = premises.now_s()
    kid = premises.keys.read(f"{PARTY_KEY}{COUNCIL}").public.kid

    def seal(place: int, link: Link) -> Kept:
        each, (jti, _) = slices[place], premises.made_now()
        signed = [
            Signature(
                agreement=each.key[0],
                version=each.key[1],
                party=party.id,
                role="signatory",
                deputy=None,
                kid=kid,
                iat=iat,
                sha256="0" * 64,
                terms_sha256="0" * 64,
                change_sha256="0" * 64,
            )
            for party in each.agreement.parties
        ]
        sealed = seal_activation(each, signed, bundle, stamp, link, jti=jti, iat=iat)
        return Kept(
            sealed, RecordKind.ACTIVATION.value, None, iat, effects_of(read(jose.split(sealed.jws)))
        )

    seals: list[Callable[[Link], Kept]] = [partial(seal, place) for place in range(count)]
    premises.records.append_many(seals)


def question(trust: int, number: int, *, permitted: bool) -> dict[str, Any]:
    """A question about one trust's information, as AuthZEN asks it."""
    return {
        "subject": {
            "type": "practitioner",
            "id": f"ncc:officer-{number % 97}",
            "properties": {"agency": COUNCIL, "role": ROLE},
        },
        "action": {"name": "disclose"},
        "resource": {
            "type": "information",
            "id": f"case-{number}",
            "properties": {
                "holder": f"trust-{trust}",
                "categories": ["health-physical" if permitted else "intelligence"],
                "about": ["child"],
                "subject_ref": f"child {number}",
            },
        },
        "context": {
            "purpose": PURPOSES[number % len(PURPOSES)],
            "lawful_basis": {"article6": "6-1-e", "article9": "9-2-g", "schedule1": "18"},
            "necessity": "To decide whether the child is safe tonight.",
            "no_consent_reason": "NC-c",
        },
    }


def questions(agreements_there: int, count: int, *, seed: int = 5) -> list[bytes]:
    """Varied questions, of which about seven in ten are permitted."""
    chance = random.Random(seed)
    return [
        json.dumps(
            question(chance.randrange(agreements_there), number, permitted=chance.random() < 0.7)
        ).encode()
        for number in range(count)
    ]


def new_questions(agreements_there: int, count: int, first: int) -> list[bytes]:
    """Questions of which no two are alike in what the statute looks at: Cedar has heard none.

    Args:
        first: The number of the first; those of other numbers are others, up to 98,304.
    """
    made = []
    for number in range(first, first + count):
        asked = question(number % agreements_there, number, permitted=number % 10 < 7)
        asked["context"]["confirms"] = [
            need for place, need in enumerate(_NEEDS) if number >> place & 1
        ]
        rest = number >> len(_NEEDS)
        asked["resource"]["properties"]["about"] = list(_ABOUT[rest % len(_ABOUT)])
        asked["context"]["purpose"] = PURPOSES[rest // len(_ABOUT) % len(PURPOSES)]
        made.append(json.dumps(asked).encode())
    return made
