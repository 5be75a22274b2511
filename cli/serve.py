"""Opening the counter: applications ask over HTTP."""

import shutil
import sys
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import output
from cli.demo_http import how_to_ask, is_demo, refuse_beyond
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, found
from engine.errors import ConcordatError

if TYPE_CHECKING:
    from api.beforehand import Beforehand
    from engine.service.settings import Settings

Host = Annotated[
    str | None,
    typer.Option(
        "--host",
        metavar="ADDRESS",
        help="Where to listen; else as the settings say, and on this machine alone by default.",
        show_default=False,
    ),
]
Port = Annotated[
    int | None,
    typer.Option(
        "--port",
        metavar="NUMBER",
        min=1,
        max=65_535,
        help="On which port; else as the settings say, and 8700 by default.",
        show_default=False,
    ),
]
WorkersOption = Annotated[
    int | None,
    typer.Option(
        "--workers",
        metavar="NUMBER",
        min=1,
        max=64,
        help="How many processes answer, on PostgreSQL; else as the settings say, 1 by default.",
        show_default=False,
    ),
]


def serve(
    *,
    host: Host = None,
    port: Port = None,
    workers: WorkersOption = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Answer applications over HTTP until stopped; what was begun is finished first.

    `office.toml` and the environment say how: docs/running.md lists every setting.
    """
    from api.server import listen
    from api.workers import Workers, taken_places
    from engine.whereabouts import settings_of

    folder = found(office)
    settings = settings_of(folder)
    host, port = host or settings.host, port or settings.port
    workers = workers or settings.workers
    _refuse_unsafe(folder, settings, host, workers)
    shown = f"[{host}]" if ":" in host else host
    url = settings.url or f"http://{shown}:{port}"
    with ExitStack() as taken:
        looked_at = taken.enter_context(ExitStack())
        opened, shut = _looked_at(folder, looked_at)
        clients = len(opened.office.clients.all()) if opened else 0
        places = [taken.enter_context(each) for each in taken_places(host, port, workers)]
        if as_json:
            said = {"url": url, "clients": clients, "plain_bearer": settings.plain_bearer}
            output.document_json(said)
        else:
            output.say(f"{output.paint('good', '✓')} {settings.name} answers at {url}")
            _show_how_to_ask(folder, url)
        if settings.plain_bearer:
            output.note("`plain_bearer` is on: whoever gets hold of a token can use it")
        if shut is not None:
            output.note(f"it answers 503, for the office will not open: {shut}")
            output.note(shut.hint or "it is tried again every few seconds")
        elif not clients:
            output.note("no application may ask yet: `concordat clients add`")
        sys.stdout.flush()  # Whoever started it reads this while it runs.
        level = settings.journal_level
        if workers > 1:
            opened = None
            looked_at.close()  # Each of them opens it for itself.
            began = Workers(folder, places, url=url, level=level).run()
        else:
            began = listen(folder, places[0], url=url, level=level, beforehand=opened)
    return Exit.DONE if began else Exit.UNAVAILABLE


def _refuse_unsafe(folder: Path, settings: "Settings", host: str, workers: int) -> None:
    from engine.service.running import LOOPBACK

    if is_demo(folder):
        refuse_beyond(host, settings)
    if host not in LOOPBACK and not settings.url.startswith("https://"):
        raise UsageError(
            f"`--host {host}` is not this machine alone, and `office.toml` names no address",
            hint="put a proxy with TLS in front, and write its `https://` address as `url` in a"
            " table `[http]`",
        )
    if workers > 1 and not settings.store_url:
        raise UsageError(
            f"{workers} workers need PostgreSQL: a file has one writer",
            hint="docs/postgresql.md says how to have one; or leave `workers` at 1",
        )


def _show_how_to_ask(folder: Path, url: str) -> None:
    """Of an office that the demo made, say how anybody at this machine asks it."""
    if not is_demo(folder):
        return
    program = shutil.which("concordat") and "concordat"
    output.say("  It is the demo's, and for this machine alone. To ask it, in another terminal:")
    output.say()
    for line in how_to_ask(folder, url, program or str(Path(sys.argv[0]).absolute())):
        output.say(f"    {line}")
    output.say()


def _looked_at(folder: Path, kept: ExitStack) -> "tuple[Beforehand | None, ConcordatError | None]":
    """The office, opened; or why it will not open, told before it listens."""
    from api.beforehand import Beforehand

    try:
        opened = Beforehand.of(folder)
        kept.enter_context(opened.office).clients.all()
    except ConcordatError as fault:
        return None, fault
    return opened, None
