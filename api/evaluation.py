"""The answers to one question or several, and to requests that came together.

Each question is held to its caller by itself, after what several have in common
was filled in. Requests that came together are answered by one bundle and with one
flush to the disk; what is wrong with one of them is told to that one alone.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Final

from agreements.vocabulary import Vocabulary
from api import authzen, binding
from api.auth.caller import Caller
from api.binding import Proposed
from api.problems import ProblemError, malformed
from engine import canonical
from engine.decide import Decision, Outcome
from engine.errors import ConcordatError, RequestError
from engine.service import Office
from engine.service.clients import Client
from engine.service.desk import Answered, Put, Series
from engine.service.guards import Heard, UnheardError

MAX_EVALUATIONS: Final = 100

_DEFAULTS: Final = ("subject", "action", "resource", "context")

Identify = Callable[[Sequence[Client]], Caller]
"""Says who is calling, by the register of clients as it stands when the question is reached."""

Told = dict[str, Any]
"""An answer as it is sent. Any: JSON."""


class Semantic(StrEnum):
    """When to stop answering several questions (AuthZEN 1.0, section 7.1.2)."""

    ALL = "execute_all"
    DENY = "deny_on_first_deny"
    PERMIT = "permit_on_first_permit"


@dataclass(frozen=True, slots=True)
class Ready:
    """A request whose questions can be put.

    Attributes:
        proposed: Each of its questions, or what is wrong with it.
        semantic: When to stop; none of a request that asks one question.
        heard: What guards made of its permits; none if its asker may wait for them here.
        complete: Whether no guard will be asked any more.
    """

    caller: Caller
    proposed: Sequence[Proposed | ProblemError]
    semantic: Semantic | None = None
    heard: Heard | None = field(default_factory=dict)
    complete: bool = False

    def series(self) -> Series:
        """Its questions, as the desk takes them."""
        puts: list[Put] = []
        for each in self.proposed:
            if isinstance(each, Proposed):
                puts.append(each.put)
            elif self.semantic is Semantic.DENY:
                break  # What is not answered is no permit, so nothing behind it is asked.
        stops = None
        if self.semantic not in (None, Semantic.ALL):
            stops = self._stops_after
        return Series(puts, stops, self.heard, self.complete)

    def _stops_after(self, decision: Decision) -> bool:
        return self.stops(decision.outcome is Outcome.PERMIT)

    def stops(self, permitted: bool) -> bool:
        """Whether nothing behind such an answer is asked."""
        return self.semantic is (Semantic.PERMIT if permitted else Semantic.DENY)


Prepare = Callable[[Vocabulary, Caller, Mapping[str, Any], bytes], Ready]
"""Reads one question, or several, and holds each to who asks; see `one`."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A request that waits for its answer.

    Attributes:
        said: Its body. Any: JSON.
        heard: What guards made of its permits; none if its asker may wait for them here.
        complete: Whether no guard will be asked any more.
        spelled: The one spelling of its body, if that is known; else empty.
    """

    identify: Identify
    prepare: Prepare
    said: Mapping[str, Any]
    heard: Heard | None = field(default_factory=dict)
    complete: bool = False
    spelled: bytes = b""

    def having_heard(self, answers: Heard) -> "Asked":
        """The same request, once guards were heard."""
        return replace(self, heard={**(self.heard or {}), **answers})

    def once_for_all(self) -> "Asked":
        """The same request, for which no guard will be asked any more."""
        return replace(self, complete=True)


def answer_together(office: Office, requests: Sequence[Asked]) -> list[Told | Exception]:
    """Answer requests in their order, each as if it had come alone.

    Returns:
        For each its answer, or the error that is its own.

    Raises:
        ConcordatError: None of them can be answered.
    """
    clients, words = office.clients.all(), office.shelf.held().bundle.law.vocabulary
    ready: list[Ready | Exception] = []
    for each in requests:
        try:
            ready.append(_ready(words, clients, each))
        except Exception as fault:  # noqa: BLE001 -- Raised again before its own asker.
            ready.append(fault)
    going = [each for each in ready if isinstance(each, Ready)]
    try:
        found = iter(office.desk.ask_together([each.series() for each in going]))
    except ConcordatError:
        raise
    except Exception as fault:  # noqa: BLE001 -- Nothing was kept; whose fault it is shows alone.
        if len(requests) == 1:
            return [fault]
        return [_tried(office, each) for each in requests]
    told: list[Told | Exception] = []
    for made in ready:
        try:
            told.append(_told(office, made, next(found)) if isinstance(made, Ready) else made)
        except Exception as fault:  # noqa: BLE001 -- As above.
            told.append(fault)
    return told


def evaluate(office: Office, caller: Caller, said: Mapping[str, Any]) -> Told:
    """Answer one question by itself.

    Raises:
        ProblemError: It is malformed, or not this caller's to ask.
    """
    return _alone(office, Asked(lambda _: caller, one, said, heard=None))


def _alone(office: Office, request: Asked) -> Told:
    (answer,) = answer_together(office, [request])
    if isinstance(answer, Exception):
        raise answer
    return answer


def _tried(office: Office, request: Asked) -> Told | Exception:
    try:
        return _alone(office, request)
    except Exception as fault:  # noqa: BLE001 -- As above.
        return fault


def _ready(words: Vocabulary, clients: Sequence[Client], request: Asked) -> Ready:
    ready = request.prepare(words, request.identify(clients), request.said, request.spelled)
    if request.heard == {} and not request.complete:
        return ready
    return replace(ready, heard=request.heard, complete=request.complete)


def one(words: Vocabulary, caller: Caller, said: Mapping[str, Any], spelled: bytes = b"") -> Ready:
    """Make ready one question.

    Args:
        spelled: The one spelling of what is said, if that is known.

    Raises:
        ProblemError: It is malformed, or not this caller's to ask.
    """
    return Ready(caller, [binding.proposed(words, caller, said, spelled)])


def several(
    words: Vocabulary, caller: Caller, said: Mapping[str, Any], spelled: bytes = b""
) -> Ready:
    """Make ready several questions, each with its own answer or error, in order.

    Args:
        spelled: As of `one`.

    Raises:
        ProblemError: What they have in common is malformed.
    """
    items = said.get("evaluations", [])
    if not isinstance(items, list) or len(items) > MAX_EVALUATIONS:
        raise malformed(f"`evaluations` is not a list of at most {MAX_EVALUATIONS}")
    semantic = _semantic(said.get("options", {}))
    if not items:
        return one(words, caller, said, spelled)
    common = {name: said[name] for name in _DEFAULTS if name in said}
    # What is spelled holds no number and nothing beyond ASCII, so the quick way spells its parts.
    spell = canonical.encode_trusted if spelled else _unspelled
    proposed = [_proposed_or_told(words, caller, common, item, spell) for item in items]
    return Ready(caller, proposed, semantic)


def _told(
    office: Office, ready: Ready, answers: Iterable[Answered | ConcordatError] | UnheardError
) -> Told:
    if isinstance(answers, UnheardError):
        raise answers
    if ready.semantic is None:
        ((proposed,), (answer,)) = ready.proposed, answers
        if isinstance(proposed, ProblemError):
            raise proposed
        if isinstance(answer, ConcordatError):
            raise answer
        return _answer(office, ready.caller, proposed, answer)
    told: list[Told] = []
    following = iter(answers)
    for each in ready.proposed:
        if isinstance(each, ProblemError):
            told.append(authzen.failed(each))
        else:
            told.append(_answer_or_told(office, ready.caller, each, next(following)))
        if ready.stops(told[-1]["decision"]):
            break
    return {"evaluations": told}


def _semantic(options: object) -> Semantic:
    if not isinstance(options, dict):
        raise malformed("`options` is not an object")
    named = options.get("evaluations_semantic", Semantic.ALL.value)
    found = next((each for each in Semantic if each.value == named), None)
    if found is None:
        known = ", ".join(f"`{each.value}`" for each in Semantic)
        raise malformed("`options.evaluations_semantic` is not known", hint=f"one of {known}")
    return found


def _proposed_or_told(
    words: Vocabulary,
    caller: Caller,
    common: Mapping[str, Any],
    item: object,
    spell: Callable[[dict[str, Any]], bytes],
) -> Proposed | ProblemError:
    try:
        if not isinstance(item, dict):
            raise malformed("the evaluation is not an object")
        said = {**common, **item}
        return binding.proposed(words, caller, said, spell(said))
    except ProblemError as fault:
        return fault


def _unspelled(_: object) -> bytes:
    return b""


def _answer(office: Office, caller: Caller, proposed: Proposed, answered: Answered) -> Told:
    caller.bearing.sighting.answered(answered.decision)
    explained = None
    if caller.sees_admin:
        put = proposed.put
        explained = office.desk.explain(put.asked, at=answered.decision.at, asking=put.asking)
        if explained.bundle_sha256 != answered.bundle_sha256:
            explained = None  # What is explained is what decided, or nothing is.
    return authzen.answer(answered, proposed.ignored, explained)


def _answer_or_told(
    office: Office, caller: Caller, proposed: Proposed, answered: Answered | ConcordatError
) -> Told:
    if isinstance(answered, RequestError):
        return authzen.failed(malformed(str(answered), hint=answered.hint))
    if isinstance(answered, ConcordatError):
        raise answered
    return _answer(office, caller, proposed, answered)
