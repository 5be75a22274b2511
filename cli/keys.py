"""The keys of an office: whose are known, making one, and taking somebody else's in."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import files, output
from cli.as_of import AsOf
from cli.exits import Exit, UsageError
from cli.keys_words import as_json_row, day, told
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened, usable_id
from cli.root_keys import root
from engine.errors import RecordError, TrustError
from engine.trust import Role

if TYPE_CHECKING:
    from engine.service.keyring import KeyRow

keys = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="List the keys this office believes, make, replace and revoke them, take others' in.",
)
keys.add_typer(root, name="root")

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
RequestFile = Annotated[
    str, typer.Argument(metavar="FILE", help="A request, as `concordat keys request` writes it.")
]
Use = Annotated[Role, typer.Argument(metavar="USE", help="`decision`, `log` or `party`.")]
PartyOf = Annotated[
    str | None,
    typer.Option(
        "--agency",
        metavar="ID",
        help="Whose party key, if several are kept here.",
        show_default=False,
    ),
]
Kid = Annotated[str, typer.Argument(metavar="KID", help="The key, by its name of 43 characters.")]
Since = Annotated[
    str,
    typer.Option("--from", metavar="INSTANT", help="Since when it may have been in other hands."),
]
Reason = Annotated[
    str, typer.Option("--reason", metavar="WORDS", help="Why, in a line that everybody may read.")
]
AsRoot = Annotated[
    bool, typer.Option("--root", help="Ask to sign trust roots instead, with a root key made here.")
]


@keys.command("list")
def listing(
    *,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List every key of the trust root: what it signs, for whom, and until when."""
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    rows = opened(office).keys.list(when.at, known_at=when.known_at)
    if not as_json:
        when.tell()
        if when.known_at:
            output.note(
                "what was revoked since stands here as it was believed then: rely on none of it"
            )
    if as_json:
        output.document_json([as_json_row(row) for row in rows])
        return Exit.DONE
    from rich.table import Table
    from rich.text import Text

    table = Table(box=None, pad_edge=False, header_style="dim")
    for heading in ("signs", "for", "until", "held", "key"):
        table.add_column(heading, overflow="fold", no_wrap=heading in ("until", "key"))
    for row in rows:
        until = "further notice" if row.valid_to is None else day(row.valid_to)
        if row.revoked_from is not None:
            until = f"revoked {day(row.revoked_from)}"
        if not row.valid and row.revoked_from is None:
            until = f"{until}, not now"
        ended = Text(until, style="" if row.valid else "red")
        held = Text("here", style="green") if row.held else Text("no", style="dim")
        role = {"decision": "records", "log": "the log", "party": "agreements"}[row.role]
        table.add_row(role, Text(output.plain(row.owner)), ended, held, Text(row.kid, style="dim"))
    output.console(wrapped=False).print(table)
    return Exit.DONE


@keys.command("new")
def new(
    agency: Agency, *, name: Name = None, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Make a key with which an agency signs agreements here, and have it listed."""
    here = opened(office)
    _refuse_second(here.keys.list(), usable_id(agency, "AGENCY"))
    return told(here.keys.new(agency, name=name), as_json=as_json)


@keys.command("import")
def take_in(
    file: KeyFile,
    *,
    agency: Whose,
    name: Name = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List the public key of an agency that keeps the private half itself.

    Rather have it ask with `concordat keys request`, which also proves that it holds the key.
    """
    usable_id(agency, "--agency")
    here = opened(office)
    files.read(file, what="a public key")
    try:
        prepared = here.keys.import_public(Path(file), agency, name=name)
    except (TrustError, RecordError) as fault:
        hint = fault.hint or "ask its owner for the public key as a JWK"
        raise UsageError(f"`{file}` is not taken in: {fault}", hint=hint) from fault
    return told(prepared, as_json=as_json)


@keys.command("request")
def request(
    *, root_key: AsRoot = False, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Ask to have this office's keys listed: a file in the register, signed by each key itself."""
    from engine.service import enrolment

    here = opened(office).premises
    name = enrolment.request_root(here) if root_key else enrolment.request(here)
    path = str(here.register.path(name))
    if as_json:
        output.document_json({"request": path})
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} asked in {path}")
    output.note("next: `concordat push`, and tell a root holder by another way that it is yours")
    return Exit.DONE


@keys.command("enrol")
def enrol(file: RequestFile, *, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """List the keys that another office asks for, once each is proved to be held by it.

    Whose they are, the file cannot prove: ask by another way than it came.
    """
    here = opened(office)
    files.read(file, what="a request")
    try:
        prepared = here.keys.enrol(Path(file))
    except (TrustError, RecordError) as fault:
        hint = fault.hint or "ask its owner for a new request: `concordat keys request`"
        raise UsageError(f"`{file}` is not enrolled: {fault}", hint=hint) from fault
    return told(prepared, as_json=as_json)


@keys.command("rotate")
def rotate(
    use: Use, *, agency: PartyOf = None, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Replace a key in use by a new one. The old one speaks for 14 days more.

    The private key is replaced only once the new one is listed. Killed half-way, the same
    command completes it.
    """
    from engine.service import rotation

    if agency is not None and use is not Role.PARTY:
        raise UsageError("`--agency` goes with `party` alone", hint="leave it out")
    here = opened(office)
    return told(rotation.rotate(here.premises, here.shelf, use, agency), as_json=as_json)


@keys.command("revoke")
def revoke(
    kid: Kid,
    *,
    since: Since,
    reason: Reason,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Say that a key may have been in other hands since an instant: nothing it signed then counts.

    A key that this office uses is replaced at the same time.
    """
    from engine.service import rotation

    at = instant(since, "--from")
    if at is None:  # An option that must be given is never absent.
        raise UsageError("`--from` is missing")
    here = opened(office)
    prepared = rotation.revoke(here.premises, here.shelf, kid, since=at, reason=reason)
    return told(prepared, as_json=as_json)


def _refuse_second(rows: "list[KeyRow]", agency: str) -> None:
    if any(row.role == "party" and row.owner == agency and row.held for row in rows):
        raise UsageError(
            f"`{agency}` has a key here already", hint="`concordat keys list` shows it"
        )
