"""Making an office, and looking after it."""

import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.exits import Exit, UsageError
from cli.options import HELD, AsJson, OfficeFolder, usable_id
from cli.options import found as found_office
from engine.errors import ConcordatError

if TYPE_CHECKING:
    from engine.service import Office

Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The office's folder; made anew.")]
Agency = Annotated[
    str | None,
    typer.Option(
        "--agency", metavar="ID", help="The id of the agency whose office it is; else the folder's."
    ),
]
Name = Annotated[
    str | None,
    typer.Option("--name", metavar="WORDS", help="That agency's name; else made from its id."),
]
Store = Annotated[
    str,
    typer.Option(
        "--store",
        metavar="ADDRESS",
        help="Keep records in this PostgreSQL database, empty so far; else in a file.",
        show_default=False,
    ),
]
Remote = Annotated[
    str | None,
    typer.Option(
        "--remote",
        metavar="ADDRESS",
        help="Share the register there: an empty bare git repository.",
        show_default=False,
    ),
]


def init(
    folder: Folder,
    *,
    agency: Agency = None,
    name: Name = None,
    remote: Remote = None,
    store: Store = "",
    as_json: AsJson = False,
) -> int:
    """Make an office: its keys, its log, its register, and the list of keys to give to others."""
    from engine import bootstrap

    if agency is None:
        agency = re.sub(r"[^a-z0-9.-]+", "-", folder.resolve().name.lower()).strip("-.")
    usable_id(agency, "--agency")
    name = name or agency.replace("-", " ").title()
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UsageError(
            f"there is something at `{folder}` already", hint="name a folder that is not there yet"
        )
    made = HELD.enter_context(
        bootstrap.create_office(
            folder, agency=agency, name=name, now=datetime.now(UTC), store_url=store
        )
    )
    shared = _share(made, remote) if remote is not None else ""
    if as_json:
        output.document_json({"office": str(folder), "agency": agency, "shared": shared})
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} office of {output.plain(name)} (`{agency}`) in {folder}")
    for path, said in (
        ("keys/", "its private keys: keep them, and give them to nobody"),
        ("trust.json", "the public keys: give it to whoever checks your records"),
        ("register/", "agreements and policies, a git repository"),
        ("database" if store else "log.sqlite", "every answer, signed and in order"),
    ):
        output.say(f"  {output.paint('name', path.ljust(11))} {output.paint('quiet', said)}")
    if shared:
        output.say(f"{tick} shared at {output.paint('name', shared)}")
    output.note(f"next: cd {shlex.quote(str(folder))} && concordat new AGREEMENT --title …")
    return Exit.DONE


def _share(office: "Office", remote: str) -> str:
    """Put the beginning of the register where others will find it."""
    from cli.sync import whole

    try:
        office.sync.share(whole(remote))
        return office.sync.push().address
    except ConcordatError:
        output.note("the office is made, and not shared yet: `concordat push --to ADDRESS` does it")
        raise


def upgrade(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Bring the records to the form that this version reads, all of them or none.

    A file is brought up whenever it is opened; a PostgreSQL database only by this, while no
    other program works with it.
    """
    from engine import bootstrap

    before, after = bootstrap.upgrade(found_office(office))
    if as_json:
        output.document_json({"before": before, "after": after})
        return Exit.DONE
    tick = output.paint("good", "✓")
    if before == after:
        output.say(f"{tick} records are in form {after} already")
    else:
        output.say(f"{tick} records are in form {after}; they were in form {before}")
    return Exit.DONE


def doctor(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Look for what usually goes wrong: keys, permissions, log, register, clock, disk.

    Ends with 8 if something is wrong.
    """
    from engine.bootstrap import examine

    found = examine(found_office(office))
    ill = [each for each in found if not each.ok]
    if as_json:
        keys = ("name", "ok", "said", "hint")
        rows = [{key: getattr(each, key) for key in keys} for each in found]
        output.document_json({"ok": not ill, "checks": rows})
        return Exit.UNAVAILABLE if ill else Exit.DONE
    widest = max((len(each.name) for each in found), default=0)
    for each in found:
        warned = each.ok and each.hint
        style, mark = ("warn", "!") if warned else ("good", "✓") if each.ok else ("bad", "✗")
        tick = output.paint(style, mark)
        first = f"{tick} {output.plain(each.name).ljust(widest)}  "
        output.tell(
            each.said,
            indent=widest + 4,
            first=first,
            style="quiet" if each.ok and not warned else "",
        )
        if each.hint:
            arrow = " " * (widest + 4) + output.paint("good", "→ ")
            output.tell(each.hint, indent=widest + 6, first=arrow)
    return Exit.UNAVAILABLE if ill else Exit.DONE
