"""Questions that were refused and asked again for another purpose: purpose shopping, perhaps.

Promises to find them in the office's own records and disclosures, which nobody
else has, and to name no person it was about. What was erased cannot be found.
Whether asking again was wrong is for the data-protection officer to say.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from engine.decide import Code, Outcome
from engine.record import Kind, Record
from engine.service.filing import of_kind, shown
from engine.service.premises import Premises

WITHIN_S: Final = 86_400
"""Asked again within a day."""


@dataclass(frozen=True, slots=True)
class Asked:
    """One question of the two.

    Attributes:
        iat: When it was answered, in seconds since 1970-01-01T00:00:00Z.
        requester: Who asked; none if not said, or erased.
    """

    jti: str
    iat: int
    purpose: str
    outcome: str
    code: str
    requester: str | None


@dataclass(frozen=True, slots=True)
class ReAsk:
    """The same information about the same person, refused and asked again for another purpose."""

    holder: str
    recipient: str
    asked_by: str
    information: tuple[str, ...]
    first: Asked
    again: Asked


@dataclass(frozen=True, slots=True)
class _Question:
    asked: Asked
    said: dict[str, Any]  # Any: closed by `statement.read`.
    person: str

    @property
    def every(self) -> list[str]:
        split = self.said["information"]
        return [*split["permitted"], *split["referred"], *split["refused"]]


def re_asks(
    premises: Premises, *, since_s: int | None = None, known_at: datetime | None = None
) -> list[ReAsk]:
    """Find what was refused and asked again, by the same end, for another purpose within a day.

    Args:
        since_s: Only what was asked again at or after this instant.
        known_at: Only what was on record then; everything if none is given.

    Returns:
        One for each question asked again, with the newest refusal before it; newest first.
    """
    found = []
    by_person: dict[str, list[_Question]] = {}
    for question in reversed(list(_questions(premises, since_s, known_at))):
        before = by_person.setdefault(question.person, [])
        first = next((each for each in reversed(before) if _is_again(each, question)), None)
        before.append(question)
        if first is not None and (since_s is None or question.asked.iat >= since_s):
            found.append(_re_ask(first, question))
    return found[::-1]


def _questions(
    premises: Premises, since_s: int | None, known_at: datetime | None
) -> Iterator[_Question]:
    """Questions about a person who was named, newest first, as far back as can matter."""
    for _, record in of_kind(premises, Kind.DECISION, known_at=known_at):
        if since_s is not None and record.iat < since_s - WITHIN_S:
            return
        hidden = shown(premises, record.jti)
        if hidden.get("subject"):
            yield _Question(_asked(record, hidden), dict(record.payload), _person(hidden))


def _asked(record: Record, hidden: dict[str, Any]) -> Asked:
    said = record.payload
    requester = (hidden.get("requester") or {}).get("id")
    return Asked(record.jti, record.iat, said["purpose"], said["decision"], said["code"], requester)


def _person(hidden: dict[str, Any]) -> str:
    """One spelling for a person, however the name was typed."""
    return " ".join(unicodedata.normalize("NFKC", hidden["subject"]).casefold().split())


def _is_again(first: _Question, again: _Question) -> bool:
    # A word that nobody knows is to be corrected and asked again: nothing was refused yet.
    if first.asked.code == Code.UNKNOWN_TERM:
        return False
    if first.asked.outcome != Outcome.DENY or again.asked.iat - first.asked.iat > WITHIN_S:
        return False
    if first.said["asked_by"] != again.said["asked_by"]:
        return False
    if first.asked.purpose == again.asked.purpose:
        return False
    return bool(set(first.said["information"]["refused"]) & set(again.every))


def _re_ask(first: _Question, again: _Question) -> ReAsk:
    refused = first.said["information"]["refused"]
    return ReAsk(
        holder=again.said["from"],
        recipient=again.said["to"],
        asked_by=again.said["asked_by"],
        information=tuple(category for category in again.every if category in refused),
        first=first.asked,
        again=again.asked,
    )
