"""The profile: a disclosure as OpenID AuthZEN asks it, and our answer as AuthZEN gives it.

Promises that a member the profile does not name is ignored and said to be, and that
what it names is read as strictly as anywhere. Nothing here decides, or knows who asks.

Source:
    OpenID AuthZEN Authorization API 1.0, sections 5 to 7; Obligations profile, draft 1.
"""

import re
from collections.abc import Mapping
from dataclasses import asdict
from functools import lru_cache
from itertools import starmap
from typing import Annotated, Any, Final, NamedTuple

import orjson
from pydantic import BaseModel, ConfigDict, StringConstraints, ValidationError

from api import wording
from api.problems import ProblemError, malformed
from engine import request
from engine.asking import MAX_NONCE
from engine.decide import Outcome
from engine.errors import RequestError
from engine.explain import Explanation
from engine.reasons import reason_admin
from engine.request import Disclosure, LawfulBasis
from engine.service.desk import Answered

ACTION: Final = "disclose"
RESOURCE: Final = "information"

_NONCE: Final = re.compile(rf"[\x21-\x7e]{{1,{MAX_NONCE}}}")
MAX_NAME: Final = 256
"""The longest type, id or name of an entity."""

_Name = Annotated[str, StringConstraints(min_length=1, max_length=MAX_NAME)]
_Object = dict[str, Any]  # Any: JSON; its members are read by the profile.


class _Entity(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    properties: _Object = {}


class _Named(_Entity):
    type: _Name
    id: _Name


class _Action(_Entity):
    name: _Name


class _Evaluation(BaseModel):
    """One evaluation as AuthZEN shapes it."""

    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")

    subject: _Named
    action: _Action
    resource: _Named
    context: _Object = {}


# Where each field of a disclosure stands in a request.
_SUBJECT: Final = {"agency": "to", "role": "role"}
_RESOURCE: Final = {
    "holder": "from",
    "categories": "information",
    "about": "about",
    "subject_ref": "subject",
    "classification": "classification",
    "handling": "handling",
    "collected_under": "collected_under",
}
_CONTEXT: Final = {
    "purpose": "purpose",
    "lawful_basis": "basis",
    "necessity": "necessity",
    "no_consent_reason": "no_consent_reason",
    "public_task_statement": "public_task_statement",
    "handling_conditions": "handling_conditions",
    "confirms": "confirms",
    "agreement": "agreement",
    "asked_by": "asked_by",
    "nonce": "nonce",
    "subject_token": "subject_token",
}
_PLACES: Final = (
    ("subject.properties", _SUBJECT),
    ("resource.properties", _RESOURCE),
    ("context", _CONTEXT),
)
_NONE: Final[_Object] = {}
_FOUND_AT: Final = {
    field: f"{place}.{name}" for place, names in _PLACES for name, field in names.items()
} | {"requester": "subject.id", "case_reference": "resource.id"}


_LISTS: Final = ("information", "about", "confirms")
_BASIS: Final = LawfulBasis.model_fields.keys()


class _Asked(NamedTuple):
    """One evaluation, its shape sound."""

    subject_id: str
    action: str
    resource_type: str
    resource_id: str
    stated: tuple[_Object, _Object, _Object]


class Proposed(NamedTuple):
    """What a request proposes, before anybody has looked at who asks.

    Attributes:
        fields: The fields of a disclosure that it states, as JSON.
        ignored: Members it has that the profile does not know.
        nonce: By which the caller knows the record again; empty if it sent none.
        subject_token: In which an agency vouches for its person; empty if none. Never kept.
    """

    fields: _Object
    ignored: tuple[str, ...]
    nonce: str = ""
    subject_token: str = ""


def read(said: Mapping[str, Any]) -> Proposed:
    """Read one evaluation.

    Raises:
        ProblemError: A member that must be there is missing or of the wrong kind.
    """
    asked = _plainly(said) or _strictly(said)
    if asked.action != ACTION:
        raise malformed(
            f"`action.name` is not `{ACTION}`", hint="this office answers no other question"
        )
    if asked.resource_type != RESOURCE:
        raise malformed(f"`resource.type` is not `{RESOURCE}`")
    fields: _Object = {"requester": asked.subject_id, "case_reference": asked.resource_id}
    ignored: list[str] = []
    for (place, names), members in zip(_PLACES, asked.stated, strict=True):
        for name, value in members.items():
            field = names.get(name)
            if field is None:
                ignored.append(f"{place}.{name}")
            else:
                fields[field] = value
    basis = fields.get("basis")
    if type(basis) is dict and not basis.keys() <= _BASIS:
        ignored += [f"context.lawful_basis.{name}" for name in basis if name not in _BASIS]
        fields["basis"] = {name: value for name, value in basis.items() if name in _BASIS}
    nonce = fields.pop("nonce", None)
    if nonce is not None and not (isinstance(nonce, str) and _NONCE.fullmatch(nonce)):
        raise malformed(f"`context.nonce` is not a text of 1 to {MAX_NONCE} visible characters")
    subject_token = fields.pop("subject_token", "")
    if not isinstance(subject_token, str):
        raise malformed("`context.subject_token` is not a text")
    return Proposed(fields, tuple(sorted(ignored)) if ignored else (), nonce or "", subject_token)


def _strictly(said: Mapping[str, Any]) -> _Asked:
    try:
        asked = _Evaluation.model_validate(dict(said))
    except ValidationError as fault:
        raise malformed(_first(fault)) from fault
    stated = (asked.subject.properties, asked.resource.properties, asked.context)
    return _Asked(
        asked.subject.id, asked.action.name, asked.resource.type, asked.resource.id, stated
    )


def _plainly(said: Mapping[str, Any]) -> _Asked | None:
    """The same in a quarter of the time; none where the other has to say what is wrong."""
    subject, action, resource = said.get("subject"), said.get("action"), said.get("resource")
    if type(subject) is not dict or type(action) is not dict or type(resource) is not dict:
        return None
    subject_id, resource_id = subject.get("id", ""), resource.get("id", "")
    named, kind = action.get("name", ""), resource.get("type", "")
    for name in (subject.get("type", ""), subject_id, kind, resource_id, named):
        if type(name) is not str or not 0 < len(name) <= MAX_NAME:
            return None
    of_subject, of_resource = subject.get("properties", _NONE), resource.get("properties", _NONE)
    context = said.get("context", _NONE)
    for members in (of_subject, of_resource, action.get("properties", _NONE), context):
        if type(members) is not dict:
            return None
    stated = (of_subject, of_resource, context)
    return _Asked(subject_id, named, kind, resource_id, stated)


def disclosure(fields: Mapping[str, Any]) -> Disclosure:
    """Make the question of what a request states.

    Raises:
        ProblemError: A field is missing or of the wrong kind.
    """
    try:
        # What this takes is texts and lists of texts alone, each with its limit: nothing that
        # `parse` refuses, and together never as long as a question may be.
        return Disclosure.model_validate(_held(fields), by_alias=True, by_name=False)
    except (ValidationError, TypeError):
        pass  # Which `parse` says in the words of the field.
    try:
        return request.parse(orjson.dumps(fields))
    except RequestError as fault:
        raise malformed(_relocated(str(fault)), hint="docs/http.md shows every member") from fault


def _held(fields: Mapping[str, Any]) -> _Object:
    """Fields as the model holds them: no lists, and the lawful basis as it was read before."""
    held = dict(fields)
    for name in _LISTS:
        listed = held.get(name)
        if type(listed) is list:
            held[name] = tuple(listed)
    basis = held.get("basis")
    if type(basis) is dict:
        held["basis"] = _basis(tuple(basis.items()))
    return held


@lru_cache(maxsize=1_024)
def _basis(stated: tuple[tuple[str, Any], ...]) -> LawfulBasis:
    return LawfulBasis.model_validate(dict(stated))


def answer(
    answered: Answered, ignored: tuple[str, ...] = (), explained: Explanation | None = None
) -> dict[str, Any]:
    """Say an answer as AuthZEN gives it.

    Args:
        ignored: Members of the request that were not read.
        explained: For a caller who may see what would have fitted.
    """
    decision = answered.decision
    reason = wording.reason_of(decision)
    context: dict[str, Any] = {
        "outcome": decision.outcome.value,
        "code": decision.code.value,
        "evaluation_id": answered.jti,
        "evaluated_at": wording.instant(decision.at),
        "reason_user": reason,
        "next_step": reason["next_step"],
        "obligations": list(starmap(wording.obligation, enumerate(decision.obligations, 1))),
        "information": {
            "permitted": list(decision.permitted),
            "referred": list(decision.referred),
            "refused": list(decision.refused),
        },
        "refer_to": [to.model_dump(mode="json", exclude_none=True) for to in decision.refer_to],
        "record": answered.jws,
        "disclosures": list(answered.disclosures),
        "index": answered.index,
        "bundle": f"sha256:{answered.bundle_sha256}",
    }
    if answered.use_by_s is not None:
        context["use_by"] = wording.instant_s(answered.use_by_s)
    if decision.guards:
        context["guards"] = [each.stated() for each in decision.guards]
    if ignored:
        context["ignored"] = list(ignored)
    if explained is not None:
        context["reason_admin"] = [asdict(each) for each in reason_admin(explained)]
    return {"decision": decision.outcome is Outcome.PERMIT, "context": context}


def failed(fault: ProblemError) -> dict[str, Any]:
    """Say of one of several evaluations that it got no answer; that is never a permit."""
    error = {"status": fault.status, "code": fault.kind, "message": str(fault)}
    return {
        "decision": False,
        "context": {"error": error | ({"hint": fault.hint} if fault.hint else {})},
    }


def _first(fault: ValidationError) -> str:
    first = fault.errors(include_url=False, include_input=False)[0]
    where = ".".join(str(part) for part in first["loc"])
    if first["type"] == "missing":
        return f"`{where}` is missing"
    return f"`{where}`: {first['msg'][:1].lower()}{first['msg'][1:]}"


def _relocated(message: str) -> str:
    """Name the member of the request where the message names the field of a disclosure."""
    if not message.startswith("`"):
        return message
    path, _, rest = message[1:].partition("`")
    field, dot, below = path.partition(".")
    return f"`{_FOUND_AT.get(field, field)}{dot}{below}`{rest}"
