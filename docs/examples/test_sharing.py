"""What a test of your application may look like: it shares where it may, and nowhere else."""

import json
from typing import Any

import pytest
from concordat_client import Concordat, NoAnswerError
from conftest import Sandbox

ENQUIRY: dict[str, Any] = {
    "subject": {
        "type": "practitioner",
        "id": "officer-17",
        "properties": {"agency": "northshire-council", "role": "social-worker"},
    },
    "action": {"name": "disclose"},
    "resource": {
        "type": "information",
        "id": "NC-EXAMPLE-0001",
        "properties": {
            "holder": "northshire-nhs-trust",
            "categories": ["health-mental"],
            "about": ["child", "parent"],
            "subject_ref": "Wren Example",
        },
    },
    "context": {
        "purpose": "child-protection-enquiry",
        "lawful_basis": {
            "article6": "6-1-e",
            "article9": "9-2-g",
            "schedule1": "18",
            "gateway": "CA89-47",
        },
        "necessity": "The strategy discussion is at five.",
        "no_consent_reason": "NC-c",
    },
}


def changed(entity: str, **members: Any) -> dict[str, Any]:
    """The enquiry, but for these members of one entity or of the context."""
    made = json.loads(json.dumps(ENQUIRY))
    place = made["context"] if entity == "context" else made[entity]["properties"]
    place |= members
    return dict(made)


def test_what_the_agreement_permits_may_be_shared(sandbox: Sandbox) -> None:
    with sandbox.ask() as office:
        answer = office.ask(ENQUIRY)

    assert answer.permitted
    assert [each["type"] for each in answer.obligations]


def test_what_a_search_finds_is_then_permitted(sandbox: Sandbox) -> None:
    anything = changed("resource")
    del anything["resource"]["properties"]["categories"]

    with sandbox.ask() as office:
        found = list(office.search("resource", anything | {"page": {"limit": 3}}))
        answers = [office.ask({**ENQUIRY, "resource": each}) for each in found]

    assert len(found) > 3
    assert all(answer.permitted for answer in answers)


def test_what_no_clause_permits_may_not_and_the_answer_says_what_to_do(sandbox: Sandbox) -> None:
    with sandbox.ask() as office:
        answer = office.ask(changed("resource", categories=["intelligence"]))

    assert not answer.permitted
    assert answer.next_step


@pytest.mark.parametrize(
    ("evaluation", "said"),
    [
        (changed("context", purpose="marac"), "403"),
        (changed("subject", agency="northshire-police"), "403"),
        (changed("resource", categories=[]), "400"),
    ],
)
def test_what_is_not_yours_to_ask_gets_no_answer(
    sandbox: Sandbox, evaluation: dict[str, Any], said: str
) -> None:
    with sandbox.ask() as office, pytest.raises(NoAnswerError, match=said):
        office.ask(evaluation)


def test_an_office_that_is_away_gets_no_answer_and_nothing_is_shared(sandbox: Sandbox) -> None:
    nobody = Concordat("http://127.0.0.1:9", sandbox.client, sandbox.key, timeout_s=1)

    with nobody as office, pytest.raises(NoAnswerError, match="no token"):
        office.ask(ENQUIRY)
