"""What of an office a caller may see: what its own agency is one end of, and all if it audits it.

Promises that words hidden in a record are shown to the agency that had it recorded, and
to no other; and that what a caller may not know of is answered as if it were not there.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime

from agreements.values import format_instant
from api import queries
from api.auth.caller import Caller
from api.problems import ProblemError, unfit
from engine.asking import Recorder
from engine.errors import RequestError, TransitionError
from engine.service import Office
from engine.service.clients import Scope
from engine.service.shelf import known_to


def view_of(office: Office, caller: Caller) -> str | None:
    """As which agency a caller looks at the log; as none, and so at all of it, if it audits it.

    An auditor of the office is of the office's own agency; one of another agency sees what
    that agency is one end of.
    """
    audits = Scope.AUDIT in caller.scopes and caller.agency == office.settings.agency
    return None if audits else caller.agency


def may_know(office: Office, caller: Caller, recorded_by: str | None) -> bool:
    """Whether a caller may see what is hidden in a record.

    Args:
        recorded_by: The agency that had it recorded; none if it was the office's own terminal.
    """
    return caller.agency == (recorded_by or office.settings.agency)


def recorder_of(caller: Caller) -> Recorder:
    """What a record states of the caller that has it recorded."""
    return Recorder(caller.agency, caller.client.id)


def refuse_foreign(caller: Caller, agencies: tuple[str, ...]) -> None:
    """Refuse what a caller's agency has no part in.

    Raises:
        ProblemError: 403.
    """
    if caller.agency not in agencies:
        raise not_ours("the caller's agency is neither of the two ends")


def refuse_role(caller: Caller, role: str) -> None:
    """Refuse a role that the client is not registered for.

    Raises:
        ProblemError: 403.
    """
    if role not in caller.client.roles:
        raise not_ours("the client is not registered for this role")


def not_ours(message: str) -> ProblemError:
    """It is not this caller's to do."""
    return ProblemError(
        403, "caller", message, hint="`concordat clients list` shows what it is registered for"
    )


@contextmanager
def told() -> Iterator[None]:
    """Say what is well written and cannot be done all the same, each by its own status."""
    try:
        yield
    except RequestError as fault:
        raise unfit(str(fault), hint=fault.hint) from fault
    except TransitionError as fault:
        raise ProblemError(409, fault.code, str(fault), hint=fault.hint) from fault


def recorded(office: Office, found: Mapping[str, str]) -> datetime | None:
    """By when a record must have been made to be listed; none if every one is.

    A record is of the instant at which it was made, so both `at` and `known_at` bound it.
    """
    at = queries.instant(found, "at")
    past = at if at is not None and at < office.premises.now() else None
    return min(filter(None, (past, known_at(office, found))), default=None)


def known_at(office: Office, found: Mapping[str, str]) -> datetime | None:
    """By what was on record when a request is answered; none if by all there is.

    Raises:
        ProblemError: 422, it is still to come.
    """
    at = queries.instant(found, "known_at")
    with told():
        known_to(office.premises, at)
    return at


def instant(at_s: int | None) -> str | None:
    """An instant, as answers write it."""
    return None if at_s is None else format_instant(datetime.fromtimestamp(at_s, UTC))
