"""Who may ask what, and the answers to one question or several.

The caller must be one end of the disclosure: the one that holds the information
("may I give?") or the one that receives it ("may I have?"). Each question is held
to that by itself, after what several have in common was filled in.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final

from agreements.vocabulary import Kind
from api import authzen, journal
from api.auth import outside
from api.auth.caller import Caller
from api.auth.jwt import TokenError
from api.problems import ProblemError, malformed, unavailable
from engine import received
from engine.asking import KNOWN_OF, Asking, Evidence
from engine.errors import ConcordatError, RequestError
from engine.request import Disclosure
from engine.service import Office
from engine.service.desk import Answered

MAX_EVALUATIONS: Final = 100

_DEFAULTS: Final = ("subject", "action", "resource", "context")

Evaluate = Callable[[Office, "Identify", Mapping[str, Any]], dict[str, Any]]
"""Answers one question, or several."""

Identify = Callable[[Office], Caller]
"""Says who is calling, by the register of clients as it stands when the question is reached."""


Told = dict[str, Any]
"""An answer as it is sent. Any: JSON."""


@dataclass(frozen=True, slots=True)
class Put:
    """A question that its caller may ask.

    Attributes:
        question: The disclosure, as JSON.
        ignored: Members of the request that were not read.
        asking: Who asks it, and how well that is known.
    """

    question: bytes
    ignored: tuple[str, ...]
    asking: Asking


class Semantic(StrEnum):
    """When to stop answering several questions (AuthZEN 1.0, section 7.1.2)."""

    ALL = "execute_all"
    DENY = "deny_on_first_deny"
    PERMIT = "permit_on_first_permit"


def evaluate(office: Office, identify: Identify, said: Mapping[str, Any]) -> dict[str, Any]:
    """Answer one question.

    Raises:
        ProblemError: It is malformed, or not this caller's to ask.
    """
    caller = identify(office)
    put = _put(office, caller, said)
    return _answer(office, caller, put, office.desk.ask(put.question, asking=put.asking))


def evaluate_all(office: Office, identify: Identify, said: Mapping[str, Any]) -> dict[str, Any]:
    """Answer several questions by one bundle, each with its own answer or error, in order.

    Raises:
        ProblemError: What they have in common is malformed, or another bundle came
            into force between two of them.
    """
    items = said.get("evaluations", [])
    if not isinstance(items, list) or len(items) > MAX_EVALUATIONS:
        raise malformed(f"`evaluations` is not a list of at most {MAX_EVALUATIONS}")
    semantic = _semantic(said.get("options", {}))
    if not items:
        return evaluate(office, identify, said)
    caller = identify(office)
    common = {name: said[name] for name in _DEFAULTS if name in said}
    puts = [_put_or_told(office, caller, common, item) for item in items]
    if semantic is Semantic.ALL:
        return {"evaluations": _all(office, caller, puts)}
    return {"evaluations": _until(office, caller, puts, stops=semantic is Semantic.PERMIT)}


def _all(office: Office, caller: Caller, puts: Sequence[Put | ProblemError]) -> list[Told]:
    asked = [put for put in puts if isinstance(put, Put)]
    answers = iter(
        office.desk.ask_many([put.question for put in asked], askings=[put.asking for put in asked])
    )
    return [
        _answer_or_told(office, caller, put, next(answers))
        if isinstance(put, Put)
        else authzen.failed(put)
        for put in puts
    ]


def _until(
    office: Office, caller: Caller, puts: Sequence[Put | ProblemError], *, stops: bool
) -> list[Told]:
    """Ask one after another; what comes behind the first that stops it is never asked."""
    told: list[Told] = []
    bundle = ""
    for put in puts:
        if isinstance(put, ProblemError):
            told.append(authzen.failed(put))
        else:
            answered = office.desk.ask(put.question, asking=put.asking)
            if bundle not in ("", answered.bundle_sha256):
                raise unavailable("what decides changed while this was answered", hint="ask again")
            bundle = answered.bundle_sha256
            told.append(_answer(office, caller, put, answered))
        if told[-1]["decision"] is stops:
            break
    return told


def _semantic(options: object) -> Semantic:
    if not isinstance(options, dict):
        raise malformed("`options` is not an object")
    named = options.get("evaluations_semantic", Semantic.ALL.value)
    found = next((each for each in Semantic if each.value == named), None)
    if found is None:
        known = ", ".join(f"`{each.value}`" for each in Semantic)
        raise malformed("`options.evaluations_semantic` is not known", hint=f"one of {known}")
    return found


def _put(office: Office, caller: Caller, said: Mapping[str, Any]) -> Put:
    """Make a question of what a caller sent, and hold it to who they are."""
    proposed = authzen.read(said)
    fields = _bound(proposed.fields, caller)
    _refuse_unregistered(office, caller, authzen.disclosure(fields))
    asking = _asking(caller, said, proposed)
    return Put(json.dumps(fields).encode(), proposed.ignored, asking)


def _asking(caller: Caller, said: Mapping[str, Any], proposed: authzen.Proposed) -> Asking:
    """What is written down of the caller beside one question.

    Args:
        said: The question as it was received, after what several have in common was filled in.

    Raises:
        ProblemError: 403, what it says of a person is not what their agency says.
    """
    bearing = caller.bearing
    # The proof of a token shows that the application holds its key; only one that
    # names the body too has signed what the body says.
    level = Evidence.APP_SIGNED if bearing.signed else Evidence.ASSERTED
    levels = dict.fromkeys(KNOWN_OF, level) | _vouched(caller, proposed)
    return Asking(
        caller.client.id,
        bearing.proved_by,
        bearing.kid,
        received.digest_hex(said),
        nonce=proposed.nonce,
        requester=levels["requester"],
        role=levels["role"],
        purpose=levels["purpose"],
    )


def _vouched(caller: Caller, proposed: authzen.Proposed) -> dict[str, Evidence]:
    """What the caller's own agency has signed of the person it asks for."""
    if not proposed.subject_token:
        return {}
    try:
        person = outside.person(proposed.subject_token, caller.site)
    except TokenError as fault:
        raise malformed(f"`context.subject_token` is refused: {fault}") from fault
    if person.issuer.agency != caller.agency:
        raise _mismatch(caller, "the subject token is not of the caller's agency")
    fields = proposed.fields
    for name, stated, vouched in (
        ("subject.id", fields.get("requester"), (person.subject,)),
        ("subject.properties.role", fields.get("role"), person.roles),
        ("context.purpose", fields.get("purpose"), person.purposes),
    ):
        if vouched is not None and stated not in vouched:
            raise _mismatch(caller, f"`{name}` is not what the subject token says")
    return {
        "requester": Evidence.IDP_SIGNED,
        **({} if person.roles is None else {"role": Evidence.IDP_SIGNED}),
        **({} if person.purposes is None else {"purpose": Evidence.IDP_SIGNED}),
    }


def _put_or_told(
    office: Office, caller: Caller, common: Mapping[str, Any], item: object
) -> Put | ProblemError:
    try:
        if not isinstance(item, dict):
            raise malformed("the evaluation is not an object")
        return _put(office, caller, {**common, **item})
    except ProblemError as fault:
        return fault


def _answer(office: Office, caller: Caller, put: Put, answered: Answered) -> Told:
    caller.bearing.sighting.answered(answered.decision)
    explained = None
    if caller.sees_admin:
        explained = office.desk.explain(put.question, at=answered.decision.at)
        if explained.bundle_sha256 != answered.bundle_sha256:
            explained = None  # What is explained is what decided, or nothing is.
    return authzen.answer(answered, put.ignored, explained)


def _answer_or_told(
    office: Office, caller: Caller, put: Put, answered: Answered | ConcordatError
) -> Told:
    if isinstance(answered, RequestError):
        return authzen.failed(malformed(str(answered), hint=answered.hint))
    if isinstance(answered, ConcordatError):
        raise answered
    return _answer(office, caller, put, answered)


def _bound(fields: Mapping[str, Any], caller: Caller) -> dict[str, Any]:
    """Bind a question to whoever asks it.

    INVARIANT: `asked_by` is the agency of the caller's client, and one of the two ends.
    """
    agency = caller.agency
    bound = dict(fields)
    if bound.get("asked_by", agency) != agency:
        raise _mismatch(caller, "`context.asked_by` is another agency than the caller's")
    if "to" not in bound and bound.get("from") != agency:
        bound["to"] = agency
    elif "from" not in bound and bound.get("to") != agency:
        bound["from"] = agency
    for name, where in (
        ("from", "resource.properties.holder"),
        ("to", "subject.properties.agency"),
    ):
        if name not in bound:
            raise malformed(f"`{where}` is missing")
        if not isinstance(bound[name], str):
            raise malformed(f"`{where}` is not a text")
    if agency not in (bound["from"], bound["to"]):
        raise _mismatch(caller, "the caller's agency is neither end of the disclosure")
    bound["asked_by"] = agency
    return bound


def _refuse_unregistered(office: Office, caller: Caller, asked: Disclosure) -> None:
    # A word nobody knows is for the decision to tell, with the nearest that is known.
    vocabulary, client = office.shelf.current().bundle.law.vocabulary, caller.client
    if vocabulary.has(Kind.PURPOSE, asked.purpose) and asked.purpose not in client.purposes:
        raise _mismatch(caller, "the client is not registered for this purpose")
    if vocabulary.has(Kind.ROLE, asked.role) and asked.role not in client.roles:
        raise _mismatch(caller, "the client is not registered for this role")


def _mismatch(caller: Caller, message: str) -> ProblemError:
    # No personal data, and nothing that the request said; `said` is one of a few sentences.
    journal.note("warning", "refused", client=caller.client.id, agency=caller.agency, said=message)
    return ProblemError(
        403, "caller", message, hint="`concordat clients list` shows what it is registered for"
    )
