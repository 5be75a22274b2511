"""An office with one small published agreement, made once and copied for each test."""

import json
import shutil
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine import bootstrap
from engine.service import Office
from engine.service.starter import starter
from tests.copies import copied
from tests.service.databases import place, server, store

__all__ = ["place", "server", "store"]

COUNCIL, TRUST = "northshire-council", "northshire-nhs-trust"
AGREEMENT = "northshire-s47"

QUESTION: dict[str, Any] = {
    "from": TRUST,
    "to": COUNCIL,
    "information": ["health-physical"],
    "about": ["child"],
    "purpose": "child-protection-enquiry",
    "role": "social-worker",
    "basis": {"article6": "6-1-e", "article9": "9-2-g", "schedule1": "18"},
    "necessity": "To decide whether the child is safe tonight.",
    "no_consent_reason": "NC-c",
    "requester": "ncc:officer-17",
    "subject": "child 4711",
    "case_reference": "case 12",
}

ERASE = 'DELETE FROM disclosure WHERE "index" = (SELECT "index" FROM entry WHERE jti = ?)'
"""Erases the hidden claims of one record."""

ASKER = """
import sys
from pathlib import Path
from engine import bootstrap
folder, question, count = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
office = bootstrap.open_office(folder, timeout_s=30)
print("ready", flush=True)
for _ in range(count):
    answered = office.desk.ask(question)
    print(answered.index, answered.jti, flush=True)
"""


def asked(**changes: Any) -> bytes:
    """A question that the agreement permits, but for these changes."""
    return json.dumps(QUESTION | changes).encode()


def asking(folder: Path, count: int) -> list[str]:
    """The command of a process that asks again and again, and says each answer it was given."""
    return [sys.executable, "-c", ASKER, str(folder), asked().decode(), str(count)]


def text() -> str:
    """The starter, filled in: two agencies, one grant."""
    blank = starter(
        AGREEMENT,
        "Enquiries under section 47",
        agency=COUNCIL,
        name="Northshire Council",
        today="2026-04-01",
        next_year="2028-04-01",
    )
    wanted = ("identifiers", "function", "policy_document", "confidence", "reason", "particulars")
    for commented in wanted:
        blank = blank.replace(f"# {commented}:", f"{commented}:")
    return blank.replace("another-agency", TRUST).replace('"0.1"', '"1.0"')


def write_text(office: Office, words: str, agreement: str = AGREEMENT) -> None:
    """Put the text of an agreement into the register, as an editor would."""
    office.premises.register.path(f"agreements/{agreement}.yaml").write_text(words, "utf-8")


def bare_office(folder: Path) -> Office:
    """An office with a text that nobody has proposed."""
    office = bootstrap.create_office(
        folder,
        agency=COUNCIL,
        name="Northshire Council",
        now=datetime.now(UTC),
        demo_parties=[(TRUST, "Northshire NHS Trust")],
    )
    write_text(office, text())
    return office


def new_office(folder: Path) -> Office:
    """An office with a signed text, nothing published."""
    office = bare_office(folder)
    sign_all(office)
    return office


def sign_all(office: Office, *accept_findings: str) -> None:
    """Have both parties sign the text as it stands, whatever some rules find in it."""
    for agency in (COUNCIL, TRUST):
        office.author.sign(AGREEMENT, agency, accept_findings=accept_findings)


@pytest.fixture(scope="session")
def draft_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("draft") / "office"
    bare_office(folder).close()
    return folder


@pytest.fixture
def drafted(draft_template: Path, tmp_path: Path) -> Iterator[Office]:
    """An office with a text that nobody has proposed."""
    copied(draft_template, tmp_path / "office")
    with bootstrap.open_office(tmp_path / "office", timeout_s=0.2) as office:
        yield office


@pytest.fixture(scope="session")
def signed_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("signed") / "office"
    new_office(folder).close()
    return folder


@pytest.fixture(scope="session")
def published_template(tmp_path_factory: pytest.TempPathFactory, signed_template: Path) -> Path:
    folder = tmp_path_factory.mktemp("published") / "office"
    shutil.copytree(signed_template, folder)
    with bootstrap.open_office(folder) as office:
        office.author.publish(AGREEMENT)
    return folder


@pytest.fixture
def signed(signed_template: Path, tmp_path: Path) -> Iterator[Office]:
    """An office whose agreement both parties signed."""
    copied(signed_template, tmp_path / "office")
    with bootstrap.open_office(tmp_path / "office", timeout_s=0.2) as office:
        yield office


@pytest.fixture
def folder(published_template: Path, tmp_path: Path) -> Path:
    """The folder of an office whose agreement is in force."""
    return copied(published_template, tmp_path / "office")


@pytest.fixture
def office(folder: Path) -> Iterator[Office]:
    """An office whose agreement is in force."""
    with bootstrap.open_office(folder, timeout_s=0.2) as opened:
        yield opened
