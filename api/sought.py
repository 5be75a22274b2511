"""What a search looks for, and where it might be found.

Each candidate stands for one evaluation, and is told so that it can be put into one as
it is. Candidates are what the agreements of the caller's agency, the roles that its client
may assert and the vocabulary name, in an order that is always the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from agreements.vocabulary import Kind
from api import binding
from api.auth.caller import Caller
from api.authzen import ACTION, MAX_NAME, RESOURCE
from api.problems import malformed
from engine.bundle import Bundle
from engine.decide import Outcome

SUBJECT: Final = "practitioner"
"""The one type of subject that can be searched for: whoever acts in a role of an agency."""

REFER: Final = "refer"
ACTIONS: Final[Mapping[str, Outcome]] = {ACTION: Outcome.PERMIT, REFER: Outcome.REFER}
"""What can be done, and how an evaluation is answered where it can."""

_SOMEBODY: Final = "0.somebody"
"""Stands for an agency, a role or an id that is still open."""
_UNREAD: Final = "context.subject_token"

_Said = Mapping[str, Any]  # Any: JSON.
Place = tuple[str, str]
"""An agency, and a role or a category; or an action, of nobody."""


class Sought(StrEnum):
    """What a search looks for."""

    SUBJECT = "subject"
    RESOURCE = "resource"
    ACTION = "action"


@dataclass(frozen=True, slots=True)
class Question:
    """A search that its caller may make.

    Attributes:
        asked: The evaluation it is about, but for what is sought.
        given: Properties that each result has beside its own.
        places: The candidates, in order.
        ignored: Members of the request that are not read.
    """

    sought: Sought
    asked: _Said
    given: _Said
    wanted: Outcome
    places: Sequence[Place]
    ignored: tuple[str, ...]

    def entity(self, place: Place) -> dict[str, Any]:
        """A candidate as it is told."""
        agency, word = place
        if self.sought is Sought.ACTION:
            return {"name": word}
        name = f"{agency}/{word}"
        if self.sought is Sought.SUBJECT:
            own = {"agency": agency, "role": word}
            return {"type": SUBJECT, "id": name, "properties": own}
        properties = {**self.given, "holder": agency, "categories": [word]}
        return {"type": RESOURCE, "id": name, "properties": properties}

    def evaluation(self, place: Place) -> dict[str, Any]:
        """The evaluation that a candidate stands for."""
        if self.sought is Sought.ACTION:
            return dict(self.asked)
        return {**self.asked, self.sought.value: self.entity(place)}

    def wants(self, place: Place) -> Outcome:
        """How it must be answered for the candidate to be a result."""
        return ACTIONS[place[1]] if self.sought is Sought.ACTION else self.wanted


def read(sought: Sought, said: _Said, caller: Caller, bundle: Bundle) -> Question:
    """Read a search, hold it to who makes it, and list where it looks.

    Raises:
        ProblemError: It is malformed, or not this caller's to make.
    """
    wanted = _wanted(sought, said)
    asked, given, unread = _asked(sought, said)
    sample = asked if sought is Sought.ACTION else _sample(sought, asked, given, caller, bundle)
    # INVARIANT: whoever may not ask for any of it learns nothing of it.
    held = binding.proposed(bundle.law.vocabulary, caller, sample)
    passed_over = {name.removeprefix("resource.properties.") for name in held.ignored}
    return Question(
        sought=sought,
        asked=asked,
        given={name: value for name, value in given.items() if name not in passed_over},
        wanted=wanted,
        places=_places(sought, asked, given, held, caller, bundle),
        ignored=tuple(sorted((*held.ignored, *unread))),
    )


def _wanted(sought: Sought, said: _Said) -> Outcome:
    if sought is Sought.ACTION:
        return Outcome.PERMIT
    if "action" not in said:
        raise malformed("`action` is missing")
    action = said["action"]
    name = action.get("name") if isinstance(action, dict) else None
    if not isinstance(name, str):
        raise malformed("`action.name` is missing, or is not a text")
    if name not in ACTIONS:
        raise malformed(
            f"`action.name` is not one of {', '.join(f'`{each}`' for each in ACTIONS)}",
            hint="this office answers no other question",
        )
    return ACTIONS[name]


def _asked(sought: Sought, said: _Said) -> tuple[dict[str, Any], dict[str, Any], tuple[str, ...]]:
    """The evaluation that a search is about, what it says of what is sought, what is not read."""
    asked = {name: said[name] for name in ("subject", "resource", "context") if name in said}
    if sought is Sought.ACTION:
        return {**asked, "action": {"name": ACTION}}, {}, ()
    asked["action"] = {**said["action"], "name": ACTION}
    entity = asked.get(sought.value)
    if not isinstance(entity, dict):
        missing = "is not an object" if sought.value in said else "is missing"
        raise malformed(f"`{sought.value}` {missing}")
    given = entity.get("properties", {})
    if not isinstance(given, dict):
        raise malformed(f"`{sought.value}.properties` is not an object")
    context = asked.get("context")
    if sought is not Sought.SUBJECT or not isinstance(context, dict):
        return asked, given, ()
    if not isinstance(context.get("subject_token"), str):
        return asked, given, ()
    # It vouches for one person, and whoever searches for roles names none.
    asked["context"] = {name: value for name, value in context.items() if name != "subject_token"}
    return asked, given, (_UNREAD,)


def _sample(
    sought: Sought, asked: _Said, given: _Said, caller: Caller, bundle: Bundle
) -> dict[str, Any]:
    """One evaluation that stands for all, by which the request is read and its caller held."""
    entity = {**asked[sought.value], "id": _SOMEBODY}
    if sought is Sought.SUBJECT:
        own: dict[str, Any] = {
            "agency": _other_end(asked.get("resource"), "holder", caller),
            "role": next(iter(caller.client.roles), _SOMEBODY),
        }
    else:
        own = {
            "holder": _other_end(asked.get("subject"), "agency", caller),
            "categories": list(bundle.law.vocabulary.leaves(Kind.INFORMATION)[:1]),
        }
        kind = entity.get("type")
        if isinstance(kind, str) and 0 < len(kind) <= MAX_NAME:
            entity["type"] = RESOURCE  # Of another type nothing is found, which is no fault.
    return {**asked, sought.value: {**entity, "properties": {**own, **given}}}


def _other_end(entity: object, name: str, caller: Caller) -> str:
    """Some agency for the end that is open; the caller's if the other end is not."""
    stated = entity.get("properties") if isinstance(entity, dict) else None
    known = stated.get(name, caller.agency) if isinstance(stated, dict) else caller.agency
    return _SOMEBODY if known == caller.agency else caller.agency


def _places(
    sought: Sought,
    asked: _Said,
    given: _Said,
    held: binding.Proposed,
    caller: Caller,
    bundle: Bundle,
) -> Sequence[Place]:
    if sought is Sought.ACTION:
        return [("", action) for action in ACTIONS]
    ends = held.put.asked
    if sought is Sought.SUBJECT:
        kind, name, this, other = SUBJECT, "agency", ends.recipient, ends.holder
        words = [given["role"]] if "role" in given else sorted(caller.client.roles)
    else:
        kind, name, this, other = RESOURCE, "holder", ends.holder, ends.recipient
        words = list(given.get("categories", bundle.law.vocabulary.leaves(Kind.INFORMATION)))
    if asked[sought.value]["type"] != kind:
        return []
    open_end = name not in given and other == caller.agency
    agencies = sorted(bundle.partners(caller.agency)) if open_end else [this]
    return [(agency, word) for agency in agencies for word in words]
