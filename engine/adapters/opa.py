"""Open Policy Agent as a guard: its data API, asked for a list of refusals.

Promises that an empty list lets a permit stand and nothing else does: no list, an
undefined rule, `true`, a list of something, an answer of another form.

Source:
    OPA REST API, "Get a Document (with Input)" and "Provenance".
"""

from typing import Final

from engine import canonical
from engine.adapters.guard_post import GuardPost
from engine.canonical import Json
from engine.guard import Answer, Failure, GuardAnswer, GuardKind, one_line
from engine.guard_question import GuardQuestion
from engine.ports_guard import UnusableError

_WORDS: Final = ("msg", "message", "reason")
_NO_WORDS: Final = "it gave no reason"


class OpaGuard:
    """An agency's OPA."""

    def __init__(self, agency: str, post: GuardPost) -> None:
        self._agency: Final = agency
        self._post: Final = post

    async def ask(self, question: GuardQuestion) -> GuardAnswer:
        said = await self._post.ask({"input": question.stated()})
        if "result" not in said:
            raise UnusableError(Failure.UNDEFINED)
        refusals = said["result"]
        if not isinstance(refusals, list):
            raise UnusableError(Failure.MALFORMED)
        decision_id = said.get("decision_id")
        if not isinstance(decision_id, str | None):
            raise UnusableError(Failure.MALFORMED)
        return GuardAnswer(
            self._agency,
            GuardKind.OPA,
            Answer.VETO if refusals else Answer.STOOD_ASIDE,
            reason=_reason(refusals) if refusals else None,
            decision_id=one_line(decision_id or "") or None,
            revision=_revision(said.get("provenance", {})),
        )

    async def close(self) -> None:
        await self._post.close()


def _reason(refusals: list[Json]) -> str:
    return one_line("; ".join(map(_in_words, refusals))) or _NO_WORDS


def _in_words(refusal: Json) -> str:
    if isinstance(refusal, dict):
        for name in _WORDS:
            said = refusal.get(name)
            if isinstance(said, str):
                return said
    return refusal if isinstance(refusal, str) else canonical.encode(refusal).decode()


def _revision(provenance: Json) -> str | None:
    """The revision of each bundle that answered; several are told apart by name."""
    if not isinstance(provenance, dict):
        raise UnusableError(Failure.MALFORMED)
    bundles = provenance.get("bundles", {})
    if not isinstance(bundles, dict):
        raise UnusableError(Failure.MALFORMED)
    found = {
        name: str(each["revision"])
        for name, each in sorted(bundles.items())
        if isinstance(each, dict) and isinstance(each.get("revision"), str)
    }
    if len(found) == 1:
        return one_line(next(iter(found.values()))) or None
    return one_line(" ".join(f"{name}={said}" for name, said in found.items())) or None
