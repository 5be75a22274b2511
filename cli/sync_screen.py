"""How sharing a register looks on a terminal, and how a machine is told of it."""

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from cli import output

if TYPE_CHECKING:
    from collections.abc import Mapping

    from engine.bundle import SliceKey
    from engine.service.reconcile import FieldChange
    from engine.service.sync_outcome import Beside, Pulled, SyncReport


def show_sync(report: "SyncReport", now: datetime) -> None:
    """Show how the register stands to the shared one, among everything else of `status`."""
    if not report.address:
        return
    pulled = "never pulled" if report.pulled_s is None else f"pulled {_when(report.pulled_s, now)}"
    parts = [pulled]
    parts += [f"{count(report.ahead, 'commit')} to push"] if report.ahead else []
    parts += [f"{count(report.behind, 'commit')} to pull"] if report.behind else []
    where = output.paint("name", report.address)
    output.say(f"  {output.paint('quiet', 'shared')}  {where}: {', '.join(parts)}")
    if report.kept:
        first = "  " + output.paint("warn", "to do") + " "
        said = f"compare, take over what you still want, then delete: {', '.join(report.kept)}"
        output.tell(said, indent=8, first=first)
    if report.refused:
        first = "  " + output.paint("bad", f"refused {_when(report.refused.at_s, now)}: ")
        output.tell(report.refused.message, indent=4, first=first)
        if report.refused.hint:
            output.tell(report.refused.hint, indent=6, first="    " + output.paint("good", "→ "))


def sync_json(report: "SyncReport") -> dict[str, Any]:  # Any: JSON.
    """How the register stands to the shared one, for a machine."""
    refused = report.refused
    return {
        "address": report.address,
        "pulled": _instant(report.pulled_s),
        "ahead": report.ahead,
        "behind": report.behind,
        "kept": list(report.kept),
        "refused": None
        if refused is None
        else {
            "at": _instant(refused.at_s),
            "commit": refused.commit,
            "message": refused.message,
            "hint": refused.hint,
        },
    }


def show_pulled(pulled: "Pulled", now: datetime) -> None:
    """Show what a pull brought, and what became of our own edits."""
    tick = output.paint("good", "✓")
    if pulled.commits:
        by = f" by {', '.join(pulled.by)}" if pulled.by else ""
        output.say(f"{tick} {count(pulled.commits, 'commit')}{output.plain(by)}, checked")
    else:
        output.say(f"{tick} nothing new")
    for name in pulled.merged:
        output.say(f"  {output.paint('name', name)} holds your edits and theirs")
    for taken in pulled.taken:
        who = f" by {taken.party}" if taken.party else ""
        said = f"{taken.key[0]} {taken.key[1]}: {taken.what}{who}, from {_instant(taken.from_s)}"
        output.say(f"  {output.plain(said)}")
    for each in pulled.beside:
        output.tell(_overtaken(each, now), indent=2, first="  ", style="warn")
    if pulled.dropped:
        said = (
            f"somebody else was first with {', '.join(pulled.dropped)}: theirs stands, and git"
            f" keeps yours as {pulled.aside}; if it is still wanted, do it under a new version"
        )
        output.tell(said, indent=2, first="  ", style="warn")
    if pulled.agencies_waiting:
        output.note(
            "others changed the list of agencies: look at `register/agencies.yaml`, then"
            " `concordat agencies accept`; until then the one accepted here decides"
        )
    for key, why in pulled.held_back.items():
        show_held_back(key, why)
    if pulled.waiting:
        output.note(f"{pulled.waiting}: until then nothing of it is taken into the log here")


def _overtaken(each: "Beside", now: datetime) -> str:
    """Say who changed what and when, and where this office's own answers are."""
    said = "; ".join(_field(change, now) for change in each.theirs) or f"{each.name} was changed"
    if not each.kept_as:
        return f"{said}; you had removed {each.name}, and theirs stands"
    agreement = each.name.removeprefix("agreements/").removesuffix(".yaml")
    compare = f"; compare them: concordat diff register/{each.kept_as} {agreement}"
    if not each.name.startswith("agreements/"):
        compare = ""
    return f"{said}; your answers are kept in register/{each.kept_as}{compare}"


def _field(change: "FieldChange", now: datetime) -> str:
    too = ", which you changed too" if change.ours_too else ""
    return f"{change.by} changed {change.field} {_when(change.at_s, now)}{too}"


def show_held_back(key: "SliceKey", why: str) -> None:
    """Show why a published version is not taken in."""
    first = "  " + output.paint("warn", "not taken in: ")
    output.tell(f"{key[0]} {key[1]}: {why}", indent=4, first=first)


def held_back_json(held_back: "Mapping[SliceKey, str]") -> list[dict[str, str]]:
    """Versions that are not taken in, for a machine."""
    return [{"agreement": key[0], "version": key[1], "why": why} for key, why in held_back.items()]


def pulled_json(pulled: "Pulled") -> dict[str, Any]:  # Any: JSON.
    """What a pull brought, for a machine."""
    names = ("commit", "commits", "aside", "trust_version", "waiting", "agencies_waiting")
    lists = ("by", "edited", "merged", "dropped")
    said = {name: getattr(pulled, name) for name in names}
    said |= {name: list(getattr(pulled, name)) for name in lists}
    said["beside"] = [
        {
            "name": each.name,
            "kept_as": each.kept_as,
            "theirs": [
                {
                    "field": change.field,
                    "by": change.by,
                    "at": _instant(change.at_s),
                    "ours_too": change.ours_too,
                }
                for change in each.theirs
            ],
        }
        for each in pulled.beside
    ]
    said["not_taken"] = held_back_json(pulled.held_back)
    said["taken"] = [
        {
            "agreement": taken.key[0],
            "version": taken.key[1],
            "what": taken.what,
            "party": taken.party,
            "from": _instant(taken.from_s),
            "jti": taken.jti,
            "index": taken.index,
        }
        for taken in pulled.taken
    ]
    return said


def _when(at_s: int, now: datetime) -> str:
    try:
        at = datetime.fromtimestamp(at_s, UTC)
    except (OverflowError, ValueError, OSError):
        return "at a time that cannot be"
    day = "" if at.date() == now.date() else f"on {at:%Y-%m-%d} "
    return f"{day}at {at:%H:%M} UTC"


def _instant(at_s: int | None) -> str | None:
    if at_s is None:
        return None
    try:
        return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return None


def count(number: int, noun: str) -> str:
    """Say how many there are of something."""
    return f"{number} {noun}{'' if number == 1 else 's'}"
