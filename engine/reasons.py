"""Why, in words: for whoever asked, and apart from that for who may see what would have fitted.

Promises that whoever asked is told what is missing in kind and what to do next,
and never which purpose, role or basis would work: that would teach purpose
shopping. A denial is an answer, not a verdict on the law, and never the last
word. docs/outcomes/ has a page for each code. Nothing here decides.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from engine.decide import Code, Decision, Outcome
from engine.guard import Answer

if TYPE_CHECKING:
    from engine.explain import CategoryExplained, Explanation, NearMiss

EMERGENCY: Final = (
    "Someone at risk of serious harm now? Do not wait for this answer: share what is needed,"
    " and record an emergency disclosure: `concordat emergency record`."
)
_NEAREST: Final = 3


@dataclass(frozen=True, slots=True)
class Words:
    """One code in words.

    Attributes:
        meaning: What it means, as a sentence.
        missing: What is missing, in kind; empty if nothing is.
        next_step: What whoever asked can do, as a clause.
    """

    meaning: str
    missing: str
    next_step: str


IN_WORDS: Final[Mapping[Code, Words]] = {
    Code.PERMITTED: Words(
        "An agreement in force permits all of it.",
        "",
        "share what was permitted, no more, and keep the record's number with the case",
    ),
    Code.REFERRED: Words(
        "No agreement settles it by itself: a person decides.",
        "a person's decision",
        "ask the person named, and note what they decide",
    ),
    Code.NO_AGREEMENT: Words(
        "No agreement covers information from the one agency to the other.",
        "an agreement between the two agencies",
        "look at the spelling of both agencies; otherwise ask your data-protection officer",
    ),
    Code.NOT_SIGNED: Words(
        "There is an agreement, but it was not signed and published by then.",
        "a signature, or its publication",
        "`concordat status` shows whose signature is missing",
    ),
    Code.NOT_YET_IN_FORCE: Words(
        "The agreement is signed and begins later.",
        "the agreement's first day",
        "ask again once it is in force; `concordat status` shows from when",
    ),
    Code.EXPIRED: Words(
        "The agreement had ended, or a later version had taken its place.",
        "an agreement that is still in force",
        "ask your data-protection officer about its renewal",
    ),
    Code.SUSPENDED: Words(
        "The agreement is suspended.",
        "the agreement's resumption",
        "ask the agreement's owner when it resumes",
    ),
    Code.UNKNOWN_TERM: Words(
        "The question uses a word that is not in the vocabulary.",
        "a word that the vocabulary knows",
        "correct the word and ask again",
    ),
    Code.CONDITIONS_NOT_MET: Words(
        "An agreement is in force, but no clause of it fits this question.",
        "a clause that fits the question as it was asked",
        "a data-protection officer can see which clause comes nearest: `concordat explain`",
    ),
    Code.FORBIDDEN_BY_CLAUSE: Words(
        "A clause of the agreement excludes it.",
        "nothing that whoever asks could supply: the parties excluded it",
        "ask the agreement's owner, or your data-protection officer",
    ),
    Code.FORBIDDEN_BY_STATUTE: Words(
        "The law stands against it as it was asked; no agreement can lift that.",
        "something the law asks for and the question does not give",
        "check the lawful basis asserted: `concordat explain` cites the law and how to mend it",
    ),
    Code.FORBIDDEN_BY_GUARD: Words(
        "An agency's own rules stand against it.",
        "the assent of an agency's own rules",
        "ask that agency why; it is its own rule",
    ),
    Code.CONSENT_MISSING: Words(
        "It rests on consent, and no consent is recorded.",
        "the person's consent",
        "ask for consent and record it, or rely on another lawful basis that truly applies",
    ),
    Code.CONSENT_WITHDRAWN: Words(
        "It rests on consent, and the person has withdrawn it.",
        "the person's consent",
        "respect the withdrawal; ask your data-protection officer before anything else",
    ),
    Code.EVALUATION_ERROR: Words(
        "The engine met an error, and an error is a denial.",
        "an answer without an error",
        "run `concordat doctor`, and report the record's number",
    ),
}


@dataclass(frozen=True, slots=True)
class ReasonUser:
    """Why, for whoever asked.

    Attributes:
        missing: What is missing, in kind; words of the question that nobody knows, each by itself.
        emergency: What to do for someone at risk now; none if all was permitted.
        page: Where the documentation says more.
    """

    outcome: str
    code: str
    meaning: str
    missing: tuple[str, ...]
    next_step: str
    emergency: str | None
    page: str


@dataclass(frozen=True, slots=True)
class NearestClause:
    """One clause near the question, and in English what it still wants."""

    policy: str
    agreement: str
    version: str
    state: str
    effect: str
    title: str
    wants: tuple[tuple[str, str], ...]
    english: str


@dataclass(frozen=True, slots=True)
class ReasonAdmin:
    """Why one category got its answer, for a data-protection officer or an auditor.

    Attributes:
        nearest: The clauses that come nearest, the nearest first.
        law: Each statute policy that stands against it: id, what it says, citation, how to mend.
        english: The same in sentences.
    """

    category: str
    nearest: tuple[NearestClause, ...]
    law: tuple[tuple[str, str, str, str], ...]
    english: tuple[str, ...]


def reason_user(decision: Decision) -> ReasonUser:
    """Say why, without saying what would have worked."""
    words = IN_WORDS[decision.code]
    missing = (words.missing,) if words.missing else ()
    return ReasonUser(
        outcome=decision.outcome.value,
        code=decision.code.value,
        meaning=words.meaning,
        missing=tuple(map(str, decision.unknown)) or missing,
        next_step=next_step(decision),
        emergency=None if decision.outcome is Outcome.PERMIT else EMERGENCY,
        page=f"docs/outcomes/{decision.code.value}.md",
    )


def next_step(decision: Decision) -> str:
    """What whoever asked can do next, in one line."""
    if decision.code is Code.REFERRED and decision.refer_to:
        named = " or ".join(
            f"the {to.role}" + (f" ({to.contact})" if to.contact else "")
            for to in decision.refer_to
        )
        return f"ask {named}, and note what they decide"
    if decision.code is Code.FORBIDDEN_BY_GUARD:
        return _of_guards(decision)
    if decision.outcome is Outcome.DENY and decision.permitted:
        shared = ", ".join(decision.permitted)
        return f"ask again for {shared} alone; {IN_WORDS[decision.code].next_step}"
    return IN_WORDS[decision.code].next_step


def _of_guards(decision: Decision) -> str:
    """Whom to ask: a guard that did not answer is another matter than one that said no."""
    for answer, step in (
        (Answer.VETO, IN_WORDS[Code.FORBIDDEN_BY_GUARD].next_step),
        (
            Answer.UNAVAILABLE,
            "ask again in a moment; if it stays so, whoever runs the office tells that agency",
        ),
    ):
        named = [each.agency for each in decision.guards if each.answer is answer]
        if named:
            said = "stands against it" if answer is Answer.VETO else "did not answer"
            return f"the guard of {' and of '.join(named)} {said}: {step}"
    return IN_WORDS[Code.FORBIDDEN_BY_GUARD].next_step


def reason_admin(explanation: "Explanation") -> tuple[ReasonAdmin, ...]:
    """Say for each category which clauses and which law bear on it, near misses first."""
    return tuple(_admin(category) for category in explanation.categories)


def _admin(category: "CategoryExplained") -> ReasonAdmin:
    nearest = tuple(_nearest(miss) for miss in category.near[:_NEAREST])
    law = tuple((b.policy, b.says, b.citation, b.mend) for b in category.barriers)
    return ReasonAdmin(
        category.category, nearest, law, tuple(_sentences(category.doubts, nearest, law))
    )


def _nearest(miss: "NearMiss") -> NearestClause:
    return NearestClause(
        policy=miss.policy,
        agreement=miss.agreement,
        version=miss.version,
        state=miss.state.value,
        effect=miss.effect,
        title=miss.title,
        wants=tuple((each.condition, each.wants) for each in miss.missing),
        english=_in_english(miss),
    )


def _in_english(miss: "NearMiss") -> str:
    named = f"{miss.effect} {miss.clause} of {miss.agreement} {miss.version}"
    stands = miss.state.value.replace("_", " ")
    where = "" if miss.state.value == "in_force" else f" ({stands})"
    if not miss.missing:
        return f"The {named}{where} fits."
    wants = "; ".join(f"{each.condition}: {each.wants}" for each in miss.missing)
    return f"The {named}{where} does not fit. It wants {wants}."


def _sentences(
    doubts: tuple[str, ...],
    nearest: tuple[NearestClause, ...],
    law: tuple[tuple[str, str, str, str], ...],
) -> Iterator[str]:
    for doubt in doubts:
        yield f"A person decides: {doubt}."
    for policy, says, citation, mend in law:
        yield f"The law stands against it ({policy}): {says} ({citation}). To mend it: {mend}."
    for clause in nearest:
        yield clause.english
    if not nearest and not law:
        yield "No agreement is between the two agencies."
