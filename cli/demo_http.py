"""What the demo leaves for asking over HTTP: an application, its key, and questions as AuthZEN.

All of it is made up and is for this machine alone: the office it is in serves nowhere else.
"""

import json
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from cli.exits import UsageError

if TYPE_CHECKING:
    from engine.service import Office
    from engine.service.settings import Settings

MARK: Final = ".made-by-concordat-demo"
"""Stands in every office that the demo made."""
APPLICATION: Final = "demo-app"
KEY: Final = f"{APPLICATION}.jwk"
QUESTION: Final = "questions/permit.http.json"


def furnish(office: "Office", folder: Path, questions: Mapping[str, bytes]) -> None:
    """Register an application that may ask as the office's agency, and write what it asks.

    Args:
        questions: By name, as the terminal takes them.
    """
    from engine.adapters import disk
    from engine.adapters.world import SystemChance
    from engine.keys import KEY_BYTES, PrivateKey
    from engine.service import settings
    from engine.service.clients import Client, Scope

    said = {name: json.loads(question) for name, question in questions.items()}
    key = PrivateKey.generate(SystemChance().draw(KEY_BYTES))
    disk.create_file(folder / KEY, json.dumps(key.to_jwk()).encode(), mode=disk.PRIVATE)
    office.clients.add(
        Client(
            id=APPLICATION,
            agency=office.settings.agency,
            keys=(key.public.to_jwk(),),
            purposes=tuple(dict.fromkeys(each["purpose"] for each in said.values())),
            roles=tuple(dict.fromkeys(each["role"] for each in said.values())),
            scopes=(Scope.DECIDE,),
            note="made by the demo",
        )
    )
    # So that curl alone can ask; whoever serves it does so on this machine alone.
    open_ = replace(office.settings, plain_bearer=True)
    office.premises.files.write("office.toml", settings.write(open_))
    for name, each in said.items():
        path = folder / "questions" / f"{name}.http.json"
        path.write_text(json.dumps(_as_authzen(each), indent=2) + "\n", encoding="utf-8")


def _as_authzen(said: Mapping[str, Any]) -> dict[str, Any]:  # Any: JSON.
    """A question of the terminal as an AuthZEN client asks it."""
    return {
        "subject": {
            "type": "practitioner",
            "id": said["requester"],
            "properties": {"agency": said["to"], "role": said["role"]},
        },
        "action": {"name": "disclose"},
        "resource": {
            "type": "information",
            "id": said["case_reference"],
            "properties": {
                "holder": said["from"],
                "categories": said["information"],
                "about": said["about"],
                "subject_ref": said["subject"],
            },
        },
        "context": {
            "purpose": said["purpose"],
            "lawful_basis": said["basis"],
            "necessity": said["necessity"],
            "no_consent_reason": said["no_consent_reason"],
        },
    }


def is_demo(folder: Path) -> bool:
    """Whether the demo made an office."""
    return (folder / MARK).is_file()


def refuse_beyond(host: str, settings: "Settings") -> None:
    """Refuse to serve an office of the demo to anybody but this machine.

    Raises:
        UsageError: It would be.
    """
    from engine.service.running import is_loopback

    if not is_loopback(host) or (settings.url and not is_loopback(settings.url)):
        raise UsageError(
            "this office was made by the demo, and answers on this machine alone",
            hint="its agencies are made up and all their keys lie in it; make one: concordat init",
        )


def how_to_ask(folder: Path, url: str, program: str) -> list[str]:
    """The words that ask the demo's question, to be typed in another terminal."""
    here = folder.absolute()
    asked = f"{program} clients token {APPLICATION} --key {here / KEY} --url {url}"
    headers = '-H "Authorization: Bearer $TOKEN" -H "Content-Type: application/json"'
    return [
        f"TOKEN=$({asked})",
        f"curl -s {url}/access/v1/evaluation {headers} -d @{here / QUESTION}",
    ]
