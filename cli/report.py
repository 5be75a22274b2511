"""What a data-protection officer should look at, found in the office's own records."""

from dataclasses import asdict
from datetime import UTC, datetime
from itertools import groupby
from typing import Annotated

import typer

from cli import output
from cli.as_of import AsOf
from cli.exits import Exit
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

report = typer.Typer(
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)

Since = Annotated[
    str | None,
    typer.Option(
        "--since",
        metavar="INSTANT",
        help="Only what was asked again from then on: a date or an instant.",
        show_default=False,
    ),
]


_AHEAD = {0: "now", 7: "within a week", 14: "within 14 days", 30: "within 30 days"}
_STYLE = {0: "bad", 7: "warn", 14: "warn"}


@report.callback(invoke_without_command=True)
def due(
    context: typer.Context,
    *,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List what needs attention, the most pressing first; and find more in the office's records.

    Reviews and ends within 90, 30, 14 and 7 days, signatures that are missing, agreements that
    have ended, keys about to end, cases and emergencies that wait, law that nobody has read again.
    """
    if context.invoked_subcommand is not None:
        return Exit.DONE
    from agreements.values import format_instant

    when = AsOf(instant(at), instant(known_at, "--known-at"))
    here = opened(office)
    found = here.attention(when.at, known_at=when.known_at)
    if as_json:
        rows = [asdict(each) | {"on": each.on and format_instant(each.on)} for each in found]
        bundle = here.shelf.at(when.known_at).bundle.sha256
        output.document_json({"attention": rows} | when.as_json(bundle))
        return Exit.DONE
    if when.asked:
        when.tell(here.shelf.at(when.known_at).bundle.sha256)
    if not found:
        output.note("nothing needs attention")
    for step, listed in groupby(found, key=lambda each: each.within_days):
        output.say(output.paint(_STYLE.get(step, "quiet"), _AHEAD.get(step, f"within {step} days")))
        for each in listed:
            output.tell(f"{each.subject}: {each.said}", indent=4, first="  ")
            output.tell(f"→ {each.do}", indent=6, first="    ")
    return Exit.DONE


@report.command("re-asks")
def re_asks(
    *,
    since: Since = None,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List what was refused and asked again within a day for another purpose.

    The same information about the same person, asked by the same end. Neither command nor result
    names the person.
    """
    from engine.service.reasks import re_asks as find_re_asks

    from_then = instant(since, "--since")
    since_s = None if from_then is None else int(from_then.timestamp())
    as_of = AsOf(instant(at), instant(known_at, "--known-at"))
    found = find_re_asks(opened(office).premises, since_s=since_s, known_at=as_of.recorded)
    if as_json:
        output.document_json([asdict(each) for each in found])
        return Exit.DONE
    as_of.tell()
    if not found:
        output.note("nothing that was refused was asked again for another purpose")
    for each in found:
        output.say(
            f"  {output.paint('warn', each.asked_by)}  "
            f"{output.plain(', '.join(each.information))} from {output.plain(each.holder)}"
        )
        for asked in (each.first, each.again):
            when = datetime.fromtimestamp(asked.iat, UTC).strftime("%Y-%m-%d %H:%M:%SZ")
            said = f"{asked.outcome}, for {asked.purpose}, by {asked.requester or 'somebody'}"
            output.say(f"    {output.paint('quiet', when)}  {asked.jti}")
            output.tell(said, indent=8, first=" " * 8)
    return Exit.DONE
