"""Consent as an office keeps it: looked up at the moment of decision, withdrawn at once."""

import json
import os
import shutil
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from engine import bootstrap, verify
from engine.consent import ConsentKind, ConsentState
from engine.consent_terms import ConsentForm
from engine.decide import Code, Outcome
from engine.errors import NotFoundError, RequestError, StorageError, TransitionError
from engine.receipt import Receipt
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, asked, text, write_text
from tests.service.test_tampering import alter

ROOT = Path(__file__).parents[2]
PERSON = "child 4711"
RESTING = {"article6": "6-1-a", "article9": "9-2-a"}
ON_CONSENT = """
  - id: "2"
    title: What the child agreed to
    from: [northshire-nhs-trust]
    to: [northshire-council]
    information: [health-physical, health-mental]
    about: [child]
    purposes: [early-help]
    roles: [social-worker]
  - id: "3"
    title: What is confidential
    from: [northshire-nhs-trust]
    to: [northshire-council]
    information: [education]
    about: [child]
    purposes: [early-help]
    roles: [social-worker]
    confidence: consent
"""
RULES = [f"R{number:02}" for number in range(1, 41)]


def form(**changes: Any) -> ConsentForm:
    said = {
        "kind": "dp-basis",
        "controllers": [TRUST],
        "recipients": [COUNCIL],
        "information": ["health-physical"],
        "purposes": ["early-help"],
        "lawful_basis": ["6-1-a", "9-2-a"],
        "explicit": True,
        "expires": (datetime.now(UTC) + timedelta(days=300)).strftime("%Y-%m-%d"),
        "wording_sha256": "ab" * 32,
        "given_by": {"expressed": "written"},
        "notice": "https://northshire.example/notice/3",
        "jurisdiction": "England and Wales",
        "storage": "Northshire Council, EU-West",
        "retention": "P6Y",
        "withdrawal_method": "Tell your social worker, or ring 01632 960000.",
        "told_can_refuse": True,
    }
    return ConsentForm.model_validate_json(json.dumps(said | changes))


def resting(**changes: Any) -> bytes:
    return asked(**({"purpose": "early-help", "basis": RESTING} | changes))


def give(office: Office, person: str = PERSON, **changes: Any) -> str:
    return office.consents.answer(person, form(**changes), ConsentState.GIVEN).consent


@pytest.fixture(scope="module")
def consenting_template(tmp_path_factory: pytest.TempPathFactory, signed_template: Path) -> Path:
    folder = tmp_path_factory.mktemp("consenting") / "office"
    shutil.copytree(signed_template, folder)
    with bootstrap.open_office(folder) as office:
        words = text().rstrip() + "\n" + ON_CONSENT.strip("\n") + "\n"
        purposes = "purposes: [child-protection-enquiry]\n\n"
        assert purposes in words
        write_text(office, words.replace(purposes, purposes.replace("]", ", early-help]")))
        for agency in (COUNCIL, TRUST):
            office.author.sign(AGREEMENT, agency)
        _, findings = office.author.check(AGREEMENT)
        errors = sorted({each.rule for each in findings if each.severity == "E"})
        office.author.publish(AGREEMENT, accept_findings=errors)
    return folder


@pytest.fixture
def folder(consenting_template: Path, tmp_path: Path) -> Path:
    shutil.copytree(consenting_template, tmp_path / "office")
    return tmp_path / "office"


def test_consent_that_is_given_permits_and_its_withdrawal_closes(office: Office) -> None:
    before = office.desk.ask(resting())
    give(office)
    given = office.desk.ask(resting())
    office.consents.follow(PERSON, ConsentState.WITHDRAWN)
    after = office.desk.ask(resting())

    assert before.decision.code is Code.CONSENT_MISSING
    assert given.decision.outcome is Outcome.PERMIT
    assert after.decision.code is Code.CONSENT_WITHDRAWN
