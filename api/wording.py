"""Parts of an answer that many answers share, each put into words once.

Promises the very words that would be put anew: only what depends on nothing but the
given arguments is kept, and a bounded number of it. What is returned may be kept by
whoever asked, for nothing else is done with it.
"""

from dataclasses import fields
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any, Final

from agreements.model import Obligation
from agreements.values import format_instant
from engine.decide import Code, Decision, Outcome
from engine.reasons import ReasonUser, reason_user

_REASON: Final = tuple(each.name for each in fields(ReasonUser))


def reason_of(decision: Decision) -> dict[str, Any]:
    """Why, for whoever asked, as it is sent."""
    in_part = decision.permitted and decision.outcome is Outcome.DENY
    if in_part or decision.unknown or decision.refer_to or decision.guards:
        return _reason(decision)
    return dict(_reason_by_code(decision.outcome, decision.code))


@lru_cache(maxsize=64)
def _reason_by_code(outcome: Outcome, code: Code) -> dict[str, Any]:
    return _reason(Decision(outcome, code, datetime.fromtimestamp(0, UTC)))


def _reason(decision: Decision) -> dict[str, Any]:
    reason = reason_user(decision)
    # As `asdict` would, which copies every text of it.
    return {name: getattr(reason, name) for name in _REASON}


def obligation(number: int, duty: Obligation) -> dict[str, Any]:
    """One obligation of an answer, as it is sent.

    Args:
        number: Its place, the first being 1.
    """
    do, properties = _obligation(duty)
    return {"id": f"obl-{number}", "type": do, "properties": dict(properties)}


@lru_cache(maxsize=1_024)
def _obligation(duty: Obligation) -> tuple[str, dict[str, Any]]:
    stated = duty.model_dump(mode="json", by_alias=True, exclude_none=True)
    return stated.pop("do"), stated


@lru_cache(maxsize=64)
def instant(at: datetime) -> str:
    """An instant, in its one spelling."""
    return format_instant(at)


@lru_cache(maxsize=64)
def instant_s(at_s: int) -> str:
    """An instant, given in seconds since 1970-01-01T00:00:00Z."""
    return format_instant(datetime.fromtimestamp(at_s, UTC))
