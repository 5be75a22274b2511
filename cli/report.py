"""What a data-protection officer should look at, found in the office's own records."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated

import typer

from cli import output
from cli.exits import Exit
from cli.options import AsJson, OfficeFolder, instant, opened

report = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
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


@report.callback()
def about() -> None:
    """Find in the office's own records what a data-protection officer should look at."""


@report.command("re-asks")
def re_asks(*, since: Since = None, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """List what was refused and asked again within a day for another purpose.

    The same information about the same person, asked by the same end. Neither command nor result
    names the person.
    """
    from engine.service.reasks import re_asks as find_re_asks

    from_then = instant(since, "--since")
    since_s = None if from_then is None else int(from_then.timestamp())
    found = find_re_asks(opened(office).premises, since_s=since_s)
    if as_json:
        output.document_json([asdict(each) for each in found])
        return Exit.DONE
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
