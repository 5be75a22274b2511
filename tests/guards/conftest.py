"""What the guards are asked, and asking them."""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from engine.guard import GuardAnswer, GuardKind
from engine.guard_posts import post_guards
from engine.guard_question import GuardQuestion
from engine.service.guard_settings import GuardSettings
from engine.service.guards import Guards

PAGE = (Path(__file__).parents[2] / "docs" / "guards.md").read_text(encoding="utf-8")
TRUST, COUNCIL = "northshire-nhs-trust", "northshire-council"

Ask = Callable[..., GuardAnswer]


def shown(what: str) -> str:
    """The block of the page that stands behind a mark."""
    found = re.search(rf"<!-- {what} -->\n```\w+\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None
    return found[1]


POLICY = shown("the policy of a guard")
INPUT: dict[str, Any] = json.loads(shown("the input of a guard"))


def question(**changes: Any) -> GuardQuestion:
    """The question on the page, with some members otherwise."""
    usual: dict[str, Any] = {
        "holder": TRUST,
        "recipient": COUNCIL,
        "asker": COUNCIL,
        "information": ("health-mental",),
        "about": ("child",),
        "purpose": "child-protection-enquiry",
        "role": "social-worker",
        "basis": tuple(INPUT["basis"].items()),
        "given": ("necessity", "no_consent_reason"),
        "marked": (),
        "agreements": (("northshire", "1.0"),),
        "clauses": ("northshire/4.2",),
        "at": datetime(2026, 4, 2, 9, tzinfo=UTC),
    }
    return GuardQuestion(**usual | changes)


def opa_at(url: str, **more: Any) -> GuardSettings:
    """The settings of an OPA there; it is given time, for this machine may be busy."""
    usual: dict[str, Any] = {"path": "sharing/deny", "timeout_ms": 5_000}
    return GuardSettings(TRUST, GuardKind.OPA, url, **usual | more)


def authzen_at(url: str, **more: Any) -> GuardSettings:
    return GuardSettings(TRUST, GuardKind.AUTHZEN, url, **{"timeout_ms": 5_000} | more)


@pytest.fixture
def posted(tmp_path: Path) -> Iterator[Callable[..., Guards]]:
    """Makes guards of settings, and lets go of them at the end."""
    with ExitStack() as made:

        def post(*settings: GuardSettings) -> Guards:
            guards = post_guards(tmp_path, settings)
            made.callback(guards.close)
            return guards

        yield post


@pytest.fixture
def ask(posted: Callable[..., Guards]) -> Ask:
    """Asks one guard one question."""

    def asking(settings: GuardSettings, **changes: Any) -> GuardAnswer:
        asked = question(**changes)
        (answer,) = posted(settings).hear([asked])[asked]
        return answer

    return asking
