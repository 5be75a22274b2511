"""What can be done to a version of an agreement in each state it may be in.

One table: every state and every act either leads to a state or says why not,
and what to do instead. Who may act, and from when, is for whoever acts; that a
review falls due or an end is reached, no act brings about: those are instants.
Nothing here reads a clock.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from agreements.errors import TransitionError


class State(StrEnum):
    """Where a version of an agreement stands."""

    DRAFT = "draft"
    """A text that anybody may still change."""
    PROPOSED = "proposed"
    """The text is fixed, and not everybody has signed."""
    SENT_BACK = "sent_back"
    """Somebody asked a question or took a signature back: this number is used up."""
    SIGNED = "signed"
    """Everybody has signed; not published."""
    PUBLISHED = "published"
    """Everybody is bound, and the instant from which it decides is still to come."""
    IN_FORCE = "in_force"
    SUSPENDED = "suspended"
    OVERDUE = "overdue"
    """In force, its review past due: what it would permit is referred."""
    SUPERSEDED = "superseded"
    """A later version has come into force, whether or not this one ever did."""
    ENDED = "ended"


class Act(StrEnum):
    """What can be done to a version."""

    PROPOSE = "propose"
    SIGN = "sign"
    SEND_BACK = "send-back"
    WITHDRAW = "withdraw"
    PUBLISH = "publish"
    SUSPEND = "suspend"
    RESUME = "resume"
    LEAVE = "leave"
    END = "end"


BY_A_PARTY: Final = (
    Act.SEND_BACK, Act.WITHDRAW, Act.SUSPEND, Act.RESUME, Act.LEAVE, Act.END
)  # fmt: skip
"""The acts that one agency signs for itself; a signature under a text is of another form."""


@dataclass(frozen=True, slots=True)
class Step:
    """What an act leads to.

    Attributes:
        to: The state after it.
        once: What must also be so; until then the state stays. Empty if the act suffices.
    """

    to: State
    once: str = ""


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why an act is not possible.

    Attributes:
        said: A sentence about the version, whose name comes before it.
        hint: What to do instead.
    """

    said: str
    hint: str


_NEW_VERSION = "give the changed text a new `version`, and propose that"
_ALL_SIGNED = "every signatory of every party has signed"
_BEGUN = "the instant from which it decides has come"
_ALL_END = "every party that has not left has ended it"
_NONE_OPEN = "no other party's suspension is open"

_UNSIGNED_DRAFT = "is a draft, which nobody has signed"
_BINDS_NOBODY = "binds nobody yet"
_CHANGE_DRAFT = "change the text, or leave it unproposed"
_SAY_SO = "`concordat send-back` says what stands against it"
_TAKE_BACK = "`concordat withdraw` takes your signature back"
_FIXED = "is published, and its text is fixed"
_LIVE = "`concordat suspend` stops it at once; `concordat leave` and `concordat end` for good"
_SENT_BACK = "was sent back, and a version is proposed once"
_REPLACED = "has been replaced by a later version"
_ACT_ON_LATER = "act on the version in force: `concordat status` names it"
_OVER = "has ended"
_AGAIN = "an agreement that ended is made anew, under a new `version`, signed by all"

_DRAFT: Final[Mapping[Act, Step | Refusal]] = {
    Act.PROPOSE: Step(State.PROPOSED),
    Act.SIGN: Refusal(
        "is a draft, whose text may still change", "`concordat propose` fixes the text"
    ),
    Act.SEND_BACK: Refusal("is a draft, which nobody has proposed", _CHANGE_DRAFT),
    Act.WITHDRAW: Refusal(_UNSIGNED_DRAFT, _CHANGE_DRAFT),
    Act.PUBLISH: Refusal(
        "is a draft, so it is not published", "`concordat propose` fixes the text; then each signs"
    ),
    Act.SUSPEND: Refusal(f"is a draft, and {_BINDS_NOBODY}", _CHANGE_DRAFT),
    Act.RESUME: Refusal("is a draft, and was never suspended", _CHANGE_DRAFT),
    Act.LEAVE: Refusal("is a draft, to which nobody is a party", "take the party out of the text"),
    Act.END: Refusal("is a draft, and never began", _CHANGE_DRAFT),
}
_PROPOSED: Final[Mapping[Act, Step | Refusal]] = {
    Act.PROPOSE: Refusal("is proposed already, and its text is fixed", _NEW_VERSION),
    Act.SIGN: Step(State.SIGNED, _ALL_SIGNED),
    Act.SEND_BACK: Step(State.SENT_BACK),
    Act.WITHDRAW: Step(State.SENT_BACK),
    Act.PUBLISH: Refusal("is not signed by everybody", "`concordat status` says who is to sign"),
    Act.SUSPEND: Refusal(f"is proposed, and {_BINDS_NOBODY}", _SAY_SO),
    Act.RESUME: Refusal("is proposed, and was never suspended", _SAY_SO),
    Act.LEAVE: Refusal("is proposed, and nobody is bound whom it could let go", _SAY_SO),
    Act.END: Refusal("is proposed, and never began", _SAY_SO),
}
_SENT: Final[Mapping[Act, Step | Refusal]] = {
    Act.PROPOSE: Refusal(_SENT_BACK, _NEW_VERSION),
    Act.SIGN: Refusal("was sent back, so nobody signs it", _NEW_VERSION),
    Act.SEND_BACK: Refusal("was sent back already", _NEW_VERSION),
    Act.WITHDRAW: Refusal("was sent back, so no signature under it counts", _NEW_VERSION),
    Act.PUBLISH: Refusal("was sent back, so it is not published", _NEW_VERSION),
    Act.SUSPEND: Refusal(f"was sent back, and {_BINDS_NOBODY}", _NEW_VERSION),
    Act.RESUME: Refusal("was sent back, and was never suspended", _NEW_VERSION),
    Act.LEAVE: Refusal("was sent back, and nobody is bound whom it could let go", _NEW_VERSION),
    Act.END: Refusal("was sent back, and never began", _NEW_VERSION),
}
_SIGNED: Final[Mapping[Act, Step | Refusal]] = {
    Act.PROPOSE: Refusal("is signed by everybody, and its text is fixed", _NEW_VERSION),
    Act.SIGN: Refusal("is signed by everybody already", "next: `concordat publish`"),
    Act.SEND_BACK: Step(State.SENT_BACK),
    Act.WITHDRAW: Step(State.SENT_BACK),
    Act.PUBLISH: Step(State.IN_FORCE, _BEGUN),
    Act.SUSPEND: Refusal("is signed but not published, so it decides nothing", _TAKE_BACK),
    Act.RESUME: Refusal("is signed but not published, and was never suspended", _TAKE_BACK),
    Act.LEAVE: Refusal("is signed but not published, so nobody is bound yet", _TAKE_BACK),
    Act.END: Refusal("is signed but not published, and never began", _TAKE_BACK),
}


def _published(suspend: Step, resume: Step | Refusal, stays: State) -> dict[Act, Step | Refusal]:
    """What can be done to a version by which everybody is bound."""
    return {
        Act.PROPOSE: Refusal(_FIXED, _NEW_VERSION),
        Act.SIGN: Refusal("is published, and everybody has signed it", _NEW_VERSION),
        Act.SEND_BACK: Refusal("is published: no question holds it up any more", _LIVE),
        Act.WITHDRAW: Refusal("is published, so no signature can be taken back", _LIVE),
        Act.PUBLISH: Refusal("is published already", _NEW_VERSION),
        Act.SUSPEND: suspend,
        Act.RESUME: resume,
        Act.LEAVE: Step(stays),
        Act.END: Step(State.ENDED, _ALL_END),
    }


def _past(said: str, hint: str) -> dict[Act, Step | Refusal]:
    """What can be done to a version whose time is over: nothing."""
    return {
        Act.PROPOSE: Refusal(f"{said}, and its text is fixed", _NEW_VERSION),
        Act.SIGN: Refusal(f"{said}, so nobody signs it", _NEW_VERSION),
        Act.SEND_BACK: Refusal(f"{said}, so there is nothing to send back", hint),
        Act.WITHDRAW: Refusal(f"{said}, so no signature can be taken back", hint),
        Act.PUBLISH: Refusal(f"{said}, so it is not published", _NEW_VERSION),
        Act.SUSPEND: Refusal(f"{said}, so there is nothing to suspend", hint),
        Act.RESUME: Refusal(f"{said}, so nothing can be resumed", hint),
        Act.LEAVE: Refusal(f"{said}, so there is nothing to leave", hint),
        Act.END: Refusal(f"{said}, so there is nothing to end", hint),
    }


_NOT_SUSPENDED: Final = Refusal("is not suspended", "`concordat status` says where it stands")

TABLE: Final[Mapping[State, Mapping[Act, Step | Refusal]]] = {
    State.DRAFT: _DRAFT,
    State.PROPOSED: _PROPOSED,
    State.SENT_BACK: _SENT,
    State.SIGNED: _SIGNED,
    State.PUBLISHED: _published(Step(State.SUSPENDED), _NOT_SUSPENDED, State.PUBLISHED),
    State.IN_FORCE: _published(Step(State.SUSPENDED), _NOT_SUSPENDED, State.IN_FORCE),
    State.SUSPENDED: _published(
        Step(State.SUSPENDED), Step(State.IN_FORCE, _NONE_OPEN), State.SUSPENDED
    ),
    State.OVERDUE: _published(Step(State.SUSPENDED), _NOT_SUSPENDED, State.OVERDUE),
    State.SUPERSEDED: _past(_REPLACED, _ACT_ON_LATER),
    State.ENDED: _past(_OVER, _AGAIN),
}
"""Every state and every act."""


def step(state: State, act: Act, *, about: str) -> Step:
    """Find out what an act leads to.

    Args:
        about: The version, as a message names it: ``"`northshire-mash` 1.0"``.

    Raises:
        TransitionError: It is not possible in this state; the message says why.
    """
    found = TABLE[state][act]
    if isinstance(found, Refusal):
        raise TransitionError(f"{about} {found.said}", hint=found.hint)
    return found


def possible(state: State) -> tuple[Act, ...]:
    """The acts that are possible in a state, in their order."""
    return tuple(act for act, found in TABLE[state].items() if isinstance(found, Step))
