"""Any decision point of OpenID AuthZEN as a guard: `true` lets a permit stand.

Promises that `"decision": false` is a veto, and that anything but true or false is no
answer at all.

Source:
    OpenID AuthZEN Authorization API 1.0, section 6.
"""

from typing import Final

from engine.adapters.guard_post import GuardPost
from engine.canonical import Json
from engine.guard import Answer, Failure, GuardAnswer, GuardKind, one_line
from engine.guard_question import GuardQuestion
from engine.ports_guard import UnusableError

_REASONS: Final = ("reason_admin", "reason_user", "reason")
_NO_WORDS: Final = "it gave no reason"


class AuthzenGuard:
    """An agency's AuthZEN decision point."""

    def __init__(self, agency: str, post: GuardPost) -> None:
        self._agency: Final = agency
        self._post: Final = post

    async def ask(self, question: GuardQuestion) -> GuardAnswer:
        said = await self._post.ask(_evaluation(question))
        decision, context = said.get("decision"), said.get("context", {})
        if not isinstance(decision, bool) or not isinstance(context, dict):
            raise UnusableError(Failure.MALFORMED)
        named = context.get("id", context.get("decision_id"))
        return GuardAnswer(
            self._agency,
            GuardKind.AUTHZEN,
            Answer.STOOD_ASIDE if decision else Answer.VETO,
            reason=None if decision else _reason(context),
            decision_id=(one_line(named) or None) if isinstance(named, str) else None,
        )

    async def close(self) -> None:
        await self._post.close()


def _evaluation(question: GuardQuestion) -> dict[str, Json]:
    """Put the question as AuthZEN does; its ids are agencies, for no person is named."""
    context = question.stated()
    resource = {name: context.pop(name) for name in ("information", "about")}
    role = context.pop("role")
    return {
        "subject": {"type": "agency", "id": question.recipient, "properties": {"role": role}},
        "action": {"name": "disclose"},
        "resource": {"type": "information", "id": question.holder, "properties": resource},
        "context": context,
    }


def _reason(context: dict[str, Json]) -> str:
    """The first text there is; reasons may stand by language or by number (section 6.2)."""
    for name in _REASONS:
        said = context.get(name)
        texts = list(said.values()) if isinstance(said, dict) else [said]
        for text in texts:
            if isinstance(text, str) and one_line(text):
                return one_line(text)
    return _NO_WORDS
