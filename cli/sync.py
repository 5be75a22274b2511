"""Sharing a register with other offices: joining one, pulling from it, pushing to it."""

import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from cli import files, output
from cli.drafts import altered_notes
from cli.exits import Exit, UsageError
from cli.options import HELD, AsJson, OfficeFolder, opened, usable_id
from cli.sync_screen import count, pulled_json, show_pulled

if TYPE_CHECKING:
    from engine.service import Office

Address = Annotated[
    str,
    typer.Argument(
        metavar="ADDRESS",
        help="Where it is shared: a folder, `https://…`, `ssh://…` or `name@host:path`.",
    ),
]
Folder = Annotated[Path, typer.Argument(metavar="DIR", help="The office's folder; made anew.")]
Agency = Annotated[
    str, typer.Option("--agency", metavar="ID", help="The id of the agency whose office it is.")
]
Name = Annotated[
    str | None,
    typer.Option(
        "--name",
        metavar="WORDS",
        help="That agency's name; else made from its id.",
        show_default=False,
    ),
]
TrustRoot = Annotated[
    str,
    typer.Option(
        "--trust",
        metavar="FILE",
        help="A trust root of that register, obtained from somebody by another way.",
    ),
]
Law = Annotated[
    str | None,
    typer.Option(
        "--law",
        metavar="SHA256",
        help="The law it decides by, if not that of this release: its digest, obtained likewise.",
        show_default=False,
    ),
]
To = Annotated[
    str | None,
    typer.Option(
        "--to",
        metavar="ADDRESS",
        help="Share the register there from now on: an empty bare git repository.",
        show_default=False,
    ),
]


def clone(
    address: Address,
    folder: Folder,
    *,
    agency: Agency,
    trust: TrustRoot,
    law: Law = None,
    name: Name = None,
    as_json: AsJson = False,
) -> int:
    """Join a register that other offices share: your own office, keys and log, around a copy.

    The copy is checked from its first commit before anything of it is used.
    """
    from engine.joining import join_register

    usable_id(agency, "--agency")
    if folder.is_file() or (folder.is_dir() and any(folder.iterdir())):
        raise UsageError(
            f"there is something at `{folder}` already", hint="name a folder that is not there yet"
        )
    root = files.read(trust, what="a trust root")
    with output.working("copying the register, and checking all of it"):
        joined = join_register(
            folder,
            whole(address),
            agency=agency,
            name=name or agency.replace("-", " ").title(),
            trust_root=root,
            law_sha256=law,
            now=datetime.now(UTC),
        )
        HELD.enter_context(joined.office)
    if as_json:
        said: dict[str, Any] = {"office": str(folder), "agency": agency}  # Any: JSON.
        said |= {"commits": joined.commits, "trust_version": joined.trust_version}
        output.document_json(said | {"request": joined.request, "unpushed": joined.unpushed})
        return Exit.DONE
    tick = output.paint("good", "✓")
    output.say(f"{tick} office of `{agency}` in {folder}")
    checked = f"{count(joined.commits, 'commit')} checked, up to trust root {joined.trust_version}"
    output.say(output.paint("quiet", f"  {checked}"))
    if joined.unpushed:
        output.note(f"the request to list your keys is not pushed yet: {joined.unpushed}")
        output.note("when that is mended: concordat push")
    else:
        output.say(f"{tick} asked to have its keys listed: {joined.request}")
    output.note("next: the root holders compare your keys with you, and list them; then pull:")
    output.note(f"cd {shlex.quote(str(folder))} && concordat pull")
    return Exit.DONE


def pull(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Take in what other offices shared, once all of it is found sound.

    Ends with 4 if it is not to be relied on: then nothing moved, and this office goes on deciding
    by what it had. Ends with 8 if the place cannot be reached.
    """
    here = opened(office)
    with output.working("fetching, and checking what arrives"):
        pulled = here.sync.pull()
    if as_json:
        output.document_json(pulled_json(pulled) | {"altered": altered_json(here)})
    else:
        show_pulled(pulled, here.premises.now())
        _show_altered(here)
    return Exit.DONE


def push(*, to: To = None, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Share what was done here with the other offices, after pulling if they were first."""
    here = opened(office)
    if to is not None:
        here.sync.share(whole(to))
    with output.working("pushing"):
        pushed = here.sync.push()
    if as_json:
        said: dict[str, Any] = {"address": pushed.address, "commit": pushed.commit}  # Any: JSON.
        said |= {"commits": pushed.commits, "put_back": pushed.put_back}
        said |= {"pulled": [pulled_json(each) for each in pushed.pulled]}
        output.document_json(said | {"altered": altered_json(here)})
        return Exit.DONE
    for each in pushed.pulled:
        show_pulled(each, here.premises.now())
    tick = output.paint("good", "✓")
    done = [(pushed.put_back, "put back"), (pushed.commits, "shared")]
    said_of = [f"{count(number, 'commit')} {said}" for number, said in done if number]
    what = " and ".join(said_of) or "nothing to share"
    output.say(f"{tick} {what}: {output.plain(pushed.address)}")
    _show_altered(here)
    return Exit.DONE


def altered_json(here: "Office") -> list[dict[str, str]]:
    """Versions of which a draft says something else than was fixed, for a machine."""
    return [{"agreement": key[0], "version": key[1]} for key in here.author.all_altered()]


def _show_altered(here: "Office") -> None:
    """Show which drafts differ from the texts that were fixed, whoever edited them."""
    for key in here.author.all_altered():
        for line in altered_notes(*key):
            output.note(line)


def whole(address: str) -> str:
    """Write an address in full: a folder is named from here, not from the register."""
    if "://" in address or ":" in address.partition("/")[0]:
        return address
    return str(Path(address).resolve())
