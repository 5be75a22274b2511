"""What it takes to lift a suspension, begun or still to come: only the party that suspended can."""

from agreements.errors import TransitionError
from agreements.lifecycle import Act, State, Step, step
from engine.service.stand import Stand, named


def step_of(of: Stand, what: Act) -> Step:
    """What an act leads to; a suspension that is still to come can be resumed as well.

    Raises:
        TransitionError: The act is not possible.
    """
    to_lift = what is Act.RESUME and what in of.possible
    return step(State.SUSPENDED if to_lift else of.state, what, about=named(of.key))


def is_lifted(what: Act, after: Stand) -> bool:
    """Whether a resumption left no suspension open."""
    return what is Act.RESUME and not after.suspended_by


def opened_by(of: Stand, who: str) -> int:
    """When the suspension that an agency can resume began.

    Raises:
        TransitionError: It has suspended nothing; who did is named.
    """
    if not of.suspended_by:
        raise TransitionError(
            f"no suspension of {named(of.key)} is open: it is resumed already",
            hint="`concordat status ID` says from when",
        )
    if who not in of.suspended_by:
        others = ", ".join(f"`{agency}`" for agency in sorted(of.suspended_by))
        raise TransitionError(
            f"`{who}` has not suspended {named(of.key)}: {others} did",
            hint="only the party that suspended can resume",
        )
    return of.suspended_by[who]
