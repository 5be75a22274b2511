"""What a guard answered: an agency's own rules, asked last, and how a record states it.

A guard can only turn a permit into a denial (`engine.guarded`). Promises a closed
form: *stood aside*, *veto* with a reason, *unavailable* with one of a closed list of
failures, or *not asked*, which goes with questions about another instant than now.
Nothing here asks anybody. Light at import, for whoever only checks.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, Final, Self

from engine import shape
from engine.canonical import Json
from engine.errors import RecordError
from engine.shape import IDENTIFIER, Check, listed, members

MAX_REASON: Final = 200
MAX_GUARDS: Final = 64
FORBIDDEN: Final = "forbidden_by_guard"
"""The code of a permit that did not stand."""


class GuardKind(StrEnum):
    """What is asked, and in which words."""

    OPA = "opa"
    """Open Policy Agent: its data API, asked for a list of refusals."""
    AUTHZEN = "authzen"
    """Any decision point of OpenID AuthZEN 1.0, asked for one decision."""


class Answer(StrEnum):
    """What a guard made of a permit."""

    STOOD_ASIDE = "stood_aside"
    VETO = "veto"
    UNAVAILABLE = "unavailable"
    """No well-formed answer came in time; counts as a veto."""
    NOT_ASKED = "not_asked"
    """The question was about another instant, and guards answer for now alone."""


class Failure(StrEnum):
    """Why no answer of a guard could be used."""

    TIMEOUT = "timeout"
    UNREACHABLE = "unreachable"
    STATUS = "status"
    """It answered with another status than 200; a redirect is one."""
    CONTENT_TYPE = "content_type"
    TOO_LARGE = "too_large"
    MALFORMED = "malformed"
    UNDEFINED = "undefined"
    """There is no such rule, or it said nothing."""
    TOKEN = "token"  # noqa: S105 - The name of a failure, and no secret.
    CIRCUIT_OPEN = "circuit_open"
    """It failed too often just before, so it was not tried."""
    OVERTAKEN = "overtaken"
    """What was looked up changed to a permit after guards had been asked."""
    BUSY = "busy"
    """More was asked of it at once than it is given."""


@dataclass(frozen=True, slots=True)
class GuardAnswer:
    """What one guard made of one permit.

    Attributes:
        agency: Whose guard it is.
        reason: Of a veto, one line of the guard's own words; of a failure, which (`Failure`).
        decision_id: What the guard calls this answer in its own log, if it said.
        revision: Which version of its rules answered, if it said.
    """

    agency: str
    kind: GuardKind
    answer: Answer
    reason: str | None = None
    decision_id: str | None = None
    revision: str | None = None

    @property
    def stands_against(self) -> bool:
        """Whether a permit falls by it."""
        return self.answer in (Answer.VETO, Answer.UNAVAILABLE)

    def stated(self) -> dict[str, Json]:
        """Write it as a record states it."""
        said = {
            "agency": self.agency,
            "kind": self.kind.value,
            "answer": self.answer.value,
            "reason": self.reason,
            "decision_id": self.decision_id,
            "revision": self.revision,
        }
        return {name: value for name, value in said.items() if value is not None}

    @classmethod
    # Any: the shape of the payload has been checked before.
    def read(cls, stated: Mapping[str, Any]) -> Self:
        """Read it as a record states it."""
        said = dict(stated)
        kind, answer = GuardKind(said.pop("kind")), Answer(said.pop("answer"))
        return cls(kind=kind, answer=answer, **said)


def one_line(text: str) -> str:
    """Cut what a guard said to one short line that no terminal or page can be misled by."""
    shown = "".join(letter if letter.isprintable() else " " for letter in text)
    line = " ".join(shown.split())
    return line if len(line) <= MAX_REASON else line[: MAX_REASON - 1] + "…"


_LINE: Final = shape.text(r"[^\x00-\x1f\x7f]+", at_most=MAX_REASON)

GUARDS: Final[Check] = listed(
    members(
        {
            "agency": IDENTIFIER,
            "kind": shape.one_of(*(each.value for each in GuardKind)),
            "answer": shape.one_of(*(each.value for each in Answer)),
        },
        {"reason": _LINE, "decision_id": _LINE, "revision": _LINE},
    ),
    at_least=1,
    at_most=MAX_GUARDS,
)
"""The member `guards` of a decision; absent where no guard was concerned."""


# Any: the shape of the payload has been checked before.
def refuse_contradiction(payload: Mapping[str, Any]) -> None:
    """Refuse a decision that its guards' answers do not bear out (step V6).

    Raises:
        RecordError: The message names what does not belong together.
    """
    stated, code = payload.get("guards", []), payload["code"]
    split = payload["information"]
    answers = [Answer(each["answer"]) for each in stated]
    against = any(each in (Answer.VETO, Answer.UNAVAILABLE) for each in answers)
    asides = answers.count(Answer.NOT_ASKED)
    for holds, said in (
        (all(a["agency"] < b["agency"] for a, b in pairwise(stated)), "guards are not sorted"),
        (
            not stated or code in ("permitted", FORBIDDEN),
            f"guards are asked of what is permitted, and the code is `{code}`",
        ),
        (
            against is (code == FORBIDDEN),
            f"the code is `{code}`, and the answers of the guards do not make it so",
        ),
        (
            code != FORBIDDEN or not (split["permitted"] or split["referred"]),
            "a guard stands against it, and yet a category is not refused",
        ),
        (
            code != FORBIDDEN or bool(payload["reasons"]),
            "a guard stands against it, and no clause is named that permitted it",
        ),
        (asides in (0, len(answers)), "some guards were asked and others were not"),
        (all(map(_is_whole, stated)), "the answer of a guard has another form than its kind has"),
    ):
        if not holds:
            raise RecordError(f"record contradicts itself: {said}")


def _is_whole(stated: Mapping[str, Any]) -> bool:
    """Whether an answer has the reason that it needs, and no more than it can have."""
    reason, named = stated.get("reason"), "decision_id" in stated or "revision" in stated
    match Answer(stated["answer"]):
        case Answer.VETO:
            return reason is not None
        case Answer.UNAVAILABLE:
            return reason in set(Failure) and not named
        case Answer.NOT_ASKED:
            return reason is None and not named
        case _:
            return reason is None
