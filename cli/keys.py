"""The keys of an office: whose are known, making one, and taking somebody else's in."""

from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import files, output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, opened, usable_id
from engine.errors import RecordError, TrustError

if TYPE_CHECKING:
    from engine.service.keyring import KeyRow

keys = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="List the keys this office believes, make one for a party, or take one in.",
)

Agency = Annotated[str, typer.Argument(metavar="AGENCY", help="The agency that signs with it.")]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="WORDS", help="What that agency is called.", show_default=False),
]
KeyFile = Annotated[str, typer.Argument(metavar="FILE", help="A public key, as JWK.")]
Whose = Annotated[
    str,
    typer.Option(
        "--agency", metavar="ID", help="Whose it is; learn that by another way than the file came."
    ),
]


@keys.command("list")
def listing(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """List every key of the trust root: what it signs, for whom, and until when."""
    rows = opened(office).keys.list()
    if as_json:
        output.document_json([_as_json(row) for row in rows])
        return Exit.DONE
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("signs", "for", "until", "held", "key"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("until", "key"))
    for row in rows:
        until = "further notice" if row.valid_to is None else _day(row.valid_to)
        ended = Text(until if row.valid else f"{until}, not now", style="" if row.valid else "red")
        held = Text("here", style="green") if row.held else Text("no", style="dim")
        role = {"decision": "records", "log": "the log", "party": "agreements"}[row.role]
        table.add_row(role, Text(output.plain(row.owner)), ended, held, Text(row.kid, style="dim"))
    output.console().print(table)
    return Exit.DONE


@keys.command("new")
def new(
    agency: Agency, *, name: Name = None, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Make a key with which an agency signs agreements here, and list it in the trust root."""
    here = opened(office)
    _refuse_second(here.keys.list(), usable_id(agency, "AGENCY"))
    return _added(here.keys.new(agency, name=name), as_json=as_json)


@keys.command("import")
def take_in(
    file: KeyFile,
    *,
    agency: Whose,
    name: Name = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List the public key of an agency that keeps the private half itself."""
    usable_id(agency, "--agency")
    here = opened(office)
    files.read(file, what="a public key")
    try:
        row = here.keys.import_public(Path(file), agency, name=name)
    except (TrustError, RecordError) as fault:
        hint = fault.hint or "ask its owner for the public key as a JWK"
        raise UsageError(f"`{file}` is not taken in: {fault}", hint=hint) from fault
    return _added(row, as_json=as_json)


def _refuse_second(rows: "list[KeyRow]", agency: str) -> None:
    if any(row.role == "party" and row.owner == agency and row.held for row in rows):
        raise UsageError(
            f"`{agency}` has a key here already", hint="`concordat keys list` shows it"
        )


def _added(row: "KeyRow", *, as_json: bool) -> int:
    if as_json:
        output.document_json(_as_json(row))
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} {row.owner} signs with {row.kid}")
    if row.valid_to is not None:
        output.say(output.paint("quiet", f"  until {_day(row.valid_to)}"))
    output.note("the trust root has a new version: give trust.json to whoever checks your records")
    return Exit.DONE


def _day(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%d")


def _as_json(row: "KeyRow") -> dict[str, Any]:  # Any: JSON.
    names = ("kid", "role", "owner", "name", "valid_from", "valid_to", "valid", "held")
    return {name: getattr(row, name) for name in names}
