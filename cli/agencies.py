"""What the office knows of each agency, and what says so."""

from typing import TYPE_CHECKING

import typer

from cli import output
from cli.as_of import AsOf
from cli.exits import Exit
from cli.options import AsJson, At, KnownAt, OfficeFolder, instant, opened

if TYPE_CHECKING:
    from datetime import datetime

    from engine.service.agencies import AgencyRow


agencies = typer.Typer(
    add_completion=False,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
)


@agencies.callback(invoke_without_command=True)
def listed(
    context: typer.Context,
    *,
    at: At = None,
    known_at: KnownAt = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """List what the office holds each agency to be, by its register or by agreements."""
    if context.invoked_subcommand is not None:
        return Exit.DONE
    when = AsOf(instant(at), instant(known_at, "--known-at"))
    here = opened(office)
    rows = here.agencies(when.at, known_at=when.known_at)
    bundle = here.shelf.at(when.known_at).bundle.sha256
    if as_json:
        from engine.service.documents import agency_document

        said = {"agencies": [agency_document(row) for row in rows]}
        output.document_json(said | when.as_json(bundle))
        return Exit.DONE
    when.tell(bundle)
    for row in rows:
        _show(row)
    if not rows:
        then = " then" if when.asked else ""
        output.note(f"no agreement is published{then}, and there is no `register/agencies.yaml`")
    return Exit.DONE


@agencies.command()
def accept(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Decide by the shared list of agencies as it is now.

    What others write into it changes no answer here until somebody here has accepted it: it says
    who is a public authority and who a competent one.
    """
    count = opened(office).accept_agencies()
    if as_json:
        output.document_json({"agencies": count})
    else:
        output.say(f"this office now decides by the shared list of agencies: {count} in it")
    return Exit.DONE


def _show(row: "AgencyRow") -> None:
    title = f"{output.paint('name', row.id)}  {output.paint('strong', row.name)}"
    output.say(f"{title}  {output.paint('quiet', row.kind)}")
    if row.jurisdiction:
        _line("jurisdiction", ", ".join(row.jurisdiction))
    _line("public authority", f"{_yes(row.public_authority)} ({row.public_authority_by})")
    competent = f"{_yes(row.competent_authority)} ({row.competent_authority_by})"
    _line("competent authority", competent)
    for each in row.predecessors:
        since = f" since {_instant(each.on)}" if each.on else ""
        _line("follows", f"{each.body}{since}: {each.evidence or 'no evidence is named'}")
    if row.ended:
        _line("ends" if row.exists else "ended", _instant(row.ended))
    _line("known from", ", ".join(row.known_from))
    _line("bound by", ", ".join(row.bound_by) or "nothing")
    output.say()


def _line(label: str, said: str) -> None:
    output.tell(said, indent=4, first="  " + output.paint("quiet", f"{label}: "))


def _yes(said: bool) -> str:
    return "yes" if said else "no"


def _instant(at: "datetime") -> str:
    from agreements.values import format_instant

    return format_instant(at)
