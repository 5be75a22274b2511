"""What is asked of Cedar, and what it said: one agreement heard on every category of a question.

Cedar's answers are taken down as they are, and weighed elsewhere
(``engine.decide``). Only Allow counts as opening; an error, or an answer that
is neither Allow nor Deny, is taken down as an error and never as a refusal.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import cedarpy

from engine import canonical
from engine import request as question
from engine.bundle import Slice
from engine.law import Law
from engine.request import Disclosure, Facts


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Cedar said of one agreement: policy ids by category.

    Attributes:
        asks_human: Whether what it would permit is left to a human: its review is overdue, or
            the status of an end is unclear.
    """

    slice: Slice
    asks_human: bool
    permitted: dict[str, list[str]]
    referred: dict[str, list[str]]
    forbidden: dict[str, list[str]]
    errors: list[str]


def context_of(disclosure: Disclosure, facts: Facts, at: datetime) -> str:
    """The context of a question as JSON, spelt in its one way."""
    return canonical.encode_trusted(question.context(disclosure, facts, at)).decode()


def hear(
    law: Law, each: Slice, disclosure: Disclosure, context: str, *, asks_human: bool
) -> Verdict:
    """Put every category of a question to one agreement: to disclose, and else to refer.

    What is left to a human, it refers instead of permitting.
    """
    verdict = Verdict(each, asks_human, {}, {}, {}, [])
    allowed = verdict.referred if asks_human else verdict.permitted
    categories = disclosure.information
    _put(law, verdict, disclosure.recipient, context, "disclose", categories, allowed)
    rest = [category for category in categories if category not in allowed]
    if rest:
        _put(law, verdict, disclosure.recipient, context, "refer", rest, verdict.referred)
    return verdict


def would_permit(
    law: Law, verdict: Verdict, disclosure: Disclosure, context: str, categories: Sequence[str]
) -> dict[str, list[str]]:
    """Which categories an agreement heard before would permit in another context, and why."""
    if verdict.asks_human:
        return {}
    supposed = Verdict(verdict.slice, verdict.asks_human, {}, {}, {}, [])
    recipient = disclosure.recipient
    _put(law, supposed, recipient, context, "disclose", categories, supposed.permitted)
    return supposed.permitted


def _put(
    law: Law,
    verdict: Verdict,
    recipient: str,
    context: str,
    action: str,
    categories: Sequence[str],
    allowed: dict[str, list[str]],
) -> None:
    requests = [
        {
            "principal": {"type": "Agency", "id": recipient},
            "action": {"type": "Action", "id": action},
            "resource": {"type": "Information", "id": category},
            "context": context,
        }
        for category in categories
    ]
    answers = cedarpy.is_authorized_batch(
        requests, verdict.slice.content().policies, law.entities, law.schema
    )
    for category, answer in zip(categories, answers, strict=True):
        said = answer.diagnostics
        # Cedar skips a policy that errs, even a forbid, so any error is a deny; and
        # NoDecision is a third answer, so only Allow opens.
        if said.errors or answer.decision is cedarpy.Decision.NoDecision:
            verdict.errors.extend(said.errors or ["no decision"])
        elif answer.decision is cedarpy.Decision.Allow:
            allowed[category] = _named(said)
        elif action == "disclose" and said.reasons:
            verdict.forbidden[category] = _named(said)


def _named(said: cedarpy.Diagnostics) -> list[str]:
    """The policies that settled it, by the names they carry; Cedar's own are mere numbers."""
    names = said.id_annotations_by_reason
    return [names.get(policy, policy) for policy in said.reasons]
