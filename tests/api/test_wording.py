"""Words that are kept for many answers are those that each would be given anew."""

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from agreements.model import Obligation, Referral
from api import wording
from engine.decide import Code, Decision, Outcome
from engine.guard import Answer, GuardAnswer, GuardKind
from engine.reasons import reason_user
from engine.terms import Unknown

AT = datetime(2026, 4, 2, 9, 30, 7, tzinfo=UTC)
PARTS: dict[str, dict[str, Any]] = {
    "nothing more": {},
    "all permitted": {"permitted": ("health-mental",)},
    "all refused": {"refused": ("health-mental",)},
    "permitted in part": {"permitted": ("education",), "refused": ("health-mental",)},
    "referred to somebody": {"referred": ("education",), "refer_to": (Referral(role="a DPO"),)},
    "not known": {"unknown": (Unknown("purpose", "s74", ("s47",)),)},
    "vetoed": {"guards": (GuardAnswer("trust", GuardKind.OPA, Answer.VETO, reason="no"),)},
}


@pytest.mark.parametrize("parts", PARTS.values(), ids=PARTS)
def test_a_reason_is_the_one_that_would_be_given_anew(parts: dict[str, Any]) -> None:
    for outcome, code in product(Outcome, Code):
        decision = Decision(outcome, code, AT, **parts)
        for _ in range(2):
            told = wording.reason_of(decision)
            assert told == asdict(reason_user(decision))
            told["meaning"] = "changed by whoever was given it"


def test_an_obligation_is_the_one_that_would_be_given_anew() -> None:
    duties = [
        Obligation(do="record-on-case-file"),
        Obligation.model_validate({"do": "delete", "after": "P6Y", "from": "case-closure"}),
        Obligation.model_validate({"do": "delete", "after": "P7Y", "from": "case-closure"}),
    ]
    for number, duty in [*enumerate(duties, 1), *enumerate(duties, 1)]:
        stated = duty.model_dump(mode="json", by_alias=True, exclude_none=True)
        told = wording.obligation(number, duty)
        assert told == {
            "id": f"obl-{number}",
            "type": stated.pop("do"),
            "properties": stated,
        }
        told["properties"]["after"] = "never"


def test_an_instant_has_its_one_spelling() -> None:
    assert wording.instant(AT) == wording.instant_s(int(AT.timestamp())) == "2026-04-02T09:30:07Z"
    assert wording.instant_s(0) == "1970-01-01"
