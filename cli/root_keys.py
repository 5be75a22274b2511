"""For root holders: what the trust root is, what would change, and signing it."""

import sys
from pathlib import Path
from typing import Annotated

import typer

from cli import files, output
from cli.exits import Exit, UsageError
from cli.keys_words import as_json_version, show, told
from cli.options import AsJson, OfficeFolder, opened
from engine.errors import RecordError, TrustError

root = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="For root holders: show the trust root, sign its next version, change who signs.",
)

Yes = Annotated[bool, typer.Option("--yes", help="Sign without being asked.")]
Kid = Annotated[str, typer.Argument(metavar="KID", help="The root key that goes.")]
RequestFile = Annotated[
    str,
    typer.Argument(metavar="FILE", help="The request that `concordat keys request --root` wrote."),
]


@root.command("show")
def show_root(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Show who may sign the trust root, how many must, and what waits to be signed."""
    from engine.service import rotation, succession

    premises = opened(office).premises
    believed, waiting = premises.trust(), succession.described(premises)
    held = {key.kid for key in rotation.root_keys_held(premises)}
    if as_json:
        output.document_json(
            {
                "version": believed.version,
                "sha256": believed.sha256,
                "threshold": believed.threshold,
                "root_keys": [
                    {
                        "kid": key.kid,
                        "owner": key.owner,
                        "name": key.name,
                        "held": key.kid in held,
                    }
                    for key in believed.root_keys
                ],
                "waiting": None if waiting is None else as_json_version(waiting),
            }
        )
        return Exit.DONE
    output.say(
        f"trust root version {believed.version}, {len(believed.keys)} keys;"
        f" {believed.threshold} of {len(believed.root_keys)} root holders sign"
    )
    output.tell(believed.sha256, indent=9, first="  sha256 ", style="quiet")
    for key in believed.root_keys:
        where = output.paint("good", "here") if key.kid in held else output.paint("quiet", "  no")
        output.tell(f"{key.kid}  {output.plain(key.name)}", indent=8, first=f"  {where}  ")
    if waiting is not None:
        output.say()
        show(waiting)
    return Exit.DONE


@root.command("sign")
def sign(*, yes: Yes = False, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Sign the version of the trust root that waits, with every root key at hand.

    Shows what would change first, and asks. What is already signed by enough counts at once.
    """
    from engine.service import succession

    here = opened(office)
    before = here.premises.trust()
    succession.take_up(here.premises, here.shelf)
    if here.premises.trust().version > before.version:
        return told(succession.newest(here.premises), as_json=as_json)
    waiting = succession.described(here.premises)
    if waiting is not None and not yes:
        if as_json or sys.stdin is None or not sys.stdin.isatty():
            raise UsageError(
                "nobody is there to be asked", hint="look with `concordat keys root show`; `--yes`"
            )
        show(waiting)
        typer.confirm("Sign this version?", abort=True, err=True)
    return told(succession.countersign(here.premises, here.shelf, waiting), as_json=as_json)


@root.command("drop")
def drop(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Give up the version of the trust root that waits for signatures."""
    from engine.service import succession

    version = succession.drop(opened(office).premises)
    if as_json:
        output.document_json({"dropped": version})
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} version {version} of the trust root is given up")
    return Exit.DONE


@root.command("replace")
def replace(
    kid: Kid, file: RequestFile, *, office: OfficeFolder = None, as_json: AsJson = False
) -> int:
    """Put another root key in the place of one: a new holder, or a key that was lost."""
    from engine.service import rotation

    here = opened(office)
    files.read(file, what="a request")
    try:
        prepared = rotation.replace_root_key(here.premises, here.shelf, kid, Path(file))
    except (TrustError, RecordError) as fault:
        hint = fault.hint or "the new holder makes it with `concordat keys request --root`"
        raise UsageError(f"the root key is not replaced: {fault}", hint=hint) from fault
    return told(prepared, as_json=as_json)
