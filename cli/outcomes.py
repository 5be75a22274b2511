"""What each outcome code means to a person, and what to do next.

A denial is an answer, not a verdict on the law, and never the last word.
docs/outcome-codes.md says the same at length.
"""

from typing import NamedTuple

from engine.decide import Code, Decision, Outcome


class Words(NamedTuple):
    """One code in words: what it means, and the next step."""

    meaning: str
    next_step: str


IN_WORDS = {
    Code.PERMITTED: Words(
        "An agreement in force permits all of it.",
        "share what was permitted, no more, and keep the record's number with the case",
    ),
    Code.REFERRED: Words(
        "No agreement settles it by itself: a person decides.",
        "ask the person named, and note what they decide",
    ),
    Code.NO_AGREEMENT: Words(
        "No agreement covers information from the one agency to the other.",
        "look at the spelling of both agencies; otherwise ask your data-protection officer",
    ),
    Code.NOT_SIGNED: Words(
        "There is an agreement, but it was not signed and published by then.",
        "`concordat status` shows whose signature is missing",
    ),
    Code.NOT_YET_IN_FORCE: Words(
        "The agreement is signed and begins later.",
        "ask again once it is in force; `concordat status` shows from when",
    ),
    Code.EXPIRED: Words(
        "The agreement had ended, or a later version had taken its place.",
        "ask your data-protection officer about its renewal",
    ),
    Code.SUSPENDED: Words(
        "The agreement is suspended.",
        "ask the agreement's owner when it resumes",
    ),
    Code.UNKNOWN_TERM: Words(
        "The question uses a word that is not in the vocabulary.",
        "correct the word and ask again",
    ),
    Code.CONDITIONS_NOT_MET: Words(
        "An agreement is in force, but no clause of it fits this question.",
        "a data-protection officer can see which clause comes nearest: `concordat explain`",
    ),
    Code.FORBIDDEN_BY_CLAUSE: Words(
        "A clause of the agreement excludes it.",
        "ask the agreement's owner, or your data-protection officer",
    ),
    Code.FORBIDDEN_BY_STATUTE: Words(
        "The law stands against it as it was asked; no agreement can lift that.",
        "check the lawful basis asserted: `concordat explain` cites the law and how to mend it",
    ),
    Code.FORBIDDEN_BY_GUARD: Words(
        "An agency's own rules stand against it.",
        "ask the agency that holds the information",
    ),
    Code.CONSENT_MISSING: Words(
        "It rests on consent, and no consent is recorded.",
        "ask for consent and record it, or rely on another lawful basis that truly applies",
    ),
    Code.CONSENT_WITHDRAWN: Words(
        "It rests on consent, and the person has withdrawn it.",
        "respect the withdrawal; ask your data-protection officer before anything else",
    ),
    Code.EVALUATION_ERROR: Words(
        "The engine met an error, and an error is a denial.",
        "run `concordat doctor`, and report the record's number",
    ),
}

EMERGENCY = (
    "Someone at risk of serious harm now? Do not wait for this answer: share what is needed,"
    " and record an emergency disclosure."
)


def next_step(decision: Decision) -> str:
    """What whoever asked can do next, in one line."""
    if decision.code is Code.REFERRED and decision.refer_to:
        named = " or ".join(
            f"the {to.role}" + (f" ({to.contact})" if to.contact else "")
            for to in decision.refer_to
        )
        return f"ask {named}, and note what they decide"
    if decision.outcome is Outcome.DENY and decision.permitted:
        shared = ", ".join(decision.permitted)
        return f"ask again for {shared} alone; {IN_WORDS[decision.code].next_step}"
    return IN_WORDS[decision.code].next_step
