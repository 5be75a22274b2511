"""The seed's law, and short ways to a bundle, for tests of the engine."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

from agreements.model import Agreement
from agreements.vocabulary import current
from engine import bundle, law
from engine.bundle import Bundle, Slice
from engine.compile import compile_agreement
from engine.judge import Policies
from engine.law import Law
from engine.request import Disclosure, Facts, parse
from engine.standing import Standing

SEED = Path(__file__).parent.parent / "policies"
AT = datetime(2026, 11, 23, 16, 50, tzinfo=UTC)
SIGNED = Standing(activated_s=0)


@cache
def seed_law() -> Law:
    """The schema, statute and vocabulary that ship with the product."""
    statute = {file.stem: file.read_bytes() for file in (SEED / "statute").glob("*.cedar")}
    return law.read_law((SEED / "concordat.cedarschema").read_bytes(), statute, current())


def bundle_of(agreements: Iterable[Agreement]) -> Bundle:
    """A bundle of agreements under the seed's law."""
    compiled = (compile_agreement(each, current()) for each in agreements)
    return bundle.assemble(seed_law(), (bundle.make_slice(seed_law(), each) for each in compiled))


def with_policy(each: Slice, policy: str) -> Slice:
    """A slice that holds another policy as well, as no compiler would make it."""
    clauses = each.clauses()
    held = clauses.policies
    more = Policies(f"{held.text}\n{policy}", (*held.names, "added"), regard=None)
    clauses = replace(clauses, policies=more)
    return replace(each, clauses=lambda: clauses)


def in_force(decides: Bundle, **facts: Any) -> Facts:
    """Facts in which every agreement of a bundle was activated from the beginning."""
    return Facts(standing=dict.fromkeys(decides.slices, SIGNED), **facts)


def agreement(*clauses: Mapping[str, object], **fields: object) -> Agreement:
    """A small agreement between a trust, a council and some schools, with these clauses."""
    said: dict[str, object] = {
        "concordat": "1",
        "id": "northshire",
        "version": "1.0",
        "title": "Northshire",
        "kind": "isp",
        "jurisdiction": ["england-wales"],
        "in_force_from": "2026-04-01",
        "end": {"open_ended": True},
        "review_due": "2027-04-01",
        "owner": {"role": "data protection officer of the council"},
        "parties": [
            {
                "id": "trust",
                "name": "Northshire Trust",
                "kind": "nhs-trust",
                "capacity": "controller",
            },
            {
                "id": "council",
                "name": "Northshire Council",
                "kind": "council",
                "capacity": "controller",
            },
            {
                "id": "schools",
                "name": "Academies",
                "kind": "school",
                "capacity": "controller",
                "class_of": "every academy in Northshire",
                "members": [
                    {
                        "agency": "st-anne",
                        "name": "St Anne",
                        "since": "2026-05-01",
                        "until": "2026-12-01",
                    },
                    {"agency": "st-bede", "name": "St Bede"},
                ],
            },
        ],
        "conditions": [{"id": "threshold-met", "text": "the threshold for a review is met"}],
        "clauses": list(clauses) or [grant()],
    }
    return Agreement.model_validate_json(json.dumps(said | fields))


def grant(**fields: object) -> dict[str, object]:
    """A clause by which the trust may give the council health information for an enquiry."""
    return {
        "id": "4.2",
        "title": "Health information for section 47 enquiries",
        "from": ["trust"],
        "to": ["council"],
        "information": ["health-mental", "health-physical"],
        "about": ["child", "parent"],
        "purposes": ["child-protection-enquiry"],
        "roles": ["social-worker"],
        "needs": ["necessity"],
        "basis": {
            "council": {
                "regime": "UKGDPR",
                "article6": ["6-1-e"],
                "article9": ["9-2-g"],
                "schedule1": ["18"],
                "gateways": ["CA89-47"],
            }
        },
        "obligations": [{"do": "record-on-case-file"}],
    } | fields


def question(**fields: object) -> Disclosure:
    """The question that :func:`grant` answers with a permit, changed in these fields."""
    said: dict[str, object] = {
        "from": "trust",
        "to": "council",
        "information": ["health-mental"],
        "about": ["child"],
        "purpose": "child-protection-enquiry",
        "role": "social-worker",
        "basis": {
            "article6": "6-1-e",
            "article9": "9-2-g",
            "schedule1": "18",
            "gateway": "CA89-47",
        },
        "necessity": "A strategy discussion is on Monday.",
        "no_consent_reason": "NC-c",
    }
    return parse(json.dumps({k: v for k, v in (said | fields).items() if v is not None}).encode())
