"""Whether the shared history only ever went on from where this office found it sound.

Promises that nothing which is made once was changed or dropped by any commit on
the way, even if a later one put it back. A commit says itself who made it and
when; that is told to people, and nothing rests on it.
"""

from datetime import UTC, datetime
from typing import Final

from engine.errors import ArrivalError
from engine.ports_sync import Alteration, SharedRegister, Told
from engine.service.library import PUBLISHED

ADD_ONLY: Final = ("proposals/", "signatures/", "acts/", f"{PUBLISHED}/")
"""Folders whose files are made once, and never changed or removed."""

_LONGEST_NAME: Final = 300
_WHAT: Final = {
    "proposals/": "a text is proposed once; a changed one needs a new version",
    "signatures/": "what somebody signed stays signed",
    "acts/": "what somebody did stays done; `concordat resume` and the like undo its effect",
    f"{PUBLISHED}/": "what was published stays as it was; a changed text needs a new version",
}


def refuse_turned_back(
    shared: SharedRegister, commit: str, *, since: str | None, ours: str | None
) -> None:
    """Refuse history that does not go on from where it was found sound last.

    Args:
        since: The last commit found sound; None if none was yet.
        ours: Our newest commit; None if we have none.

    Raises:
        ArrivalError: It was put back, rewritten, or is another register's.
    """
    if since is None:
        if ours is not None and shared.meeting(ours, commit) is None:
            raise _another(shared, commit, ours)
        return
    if shared.descends(commit, since):
        return
    now, then = _dated(shared, commit), _dated(shared, since)
    if shared.descends(since, commit):
        lost = len(shared.commits(commit, since))
        raise ArrivalError(
            f"shared register was put back to {now}: {lost} newer commits, up to {then}, are gone",
            hint="`concordat push` puts them back; find out who took them away",
        )
    meeting = shared.meeting(since, commit)
    if meeting is None:
        raise _another(shared, commit, since)
    raise ArrivalError(
        f"shared register was rewritten: {now} does not descend from {then},"
        f" only from {_dated(shared, meeting)}",
        hint="ask the parties who forced this, and have the history put back: docs/register.md",
    )


def _another(shared: SharedRegister, commit: str, known: str) -> ArrivalError:
    now, then = _dated(shared, commit), _dated(shared, known)
    return ArrivalError(
        f"shared register is another one: {now} has no history in common with {then}",
        hint="look at the address: `concordat status` shows it",
    )


def _dated(shared: SharedRegister, commit: str) -> str:
    return f"`{commit[:12]}` of {_day(shared.told(commit).at_s)}"


def refuse_changed(shared: SharedRegister, since: str | None, until: str) -> dict[str, Told]:
    """Refuse a commit that changed or dropped what is only ever added.

    Returns:
        The commit that altered each file last, by its name.

    Raises:
        ArrivalError: One did; the message names the file and who did it.
    """
    by: dict[str, Told] = {}
    for step in shared.steps(since, until):
        for each in step.alterations:
            if each.before is not None:
                _refuse_if_added_once(each, step.told)
            # A merge repeats what its other parents changed.
            if step.parent in (None, *step.told.parents[:1]):
                by[each.name] = step.told
    return by


def _refuse_if_added_once(each: Alteration, told: Told) -> None:
    folder = next((folder for folder in ADD_ONLY if each.name.startswith(folder)), None)
    if folder is not None:
        what = "removed" if each.after is None else "changed"
        raise ArrivalError(
            f"`{shown(each.name)}` was {what} after it was shared{written_by(told)}",
            hint=_WHAT[folder],
        )


def shown(name: str) -> str:
    """The name of a file on one line, whatever it holds."""
    return name.encode("unicode_escape").decode("ascii")[:_LONGEST_NAME]


def written_by(told: Told | None) -> str:
    """Who made a change and when, to be put behind what is said of it."""
    if told is None:
        return ""
    return f"; {told.author} committed that on {_day(told.at_s)} (`{told.commit[:12]}`)"


def _day(at_s: int) -> str:
    try:
        return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d at %H:%M UTC")
    except (OverflowError, ValueError, OSError):
        return "no day of the calendar"
