"""Opening the counter: applications ask over HTTP."""

import sys
from typing import Annotated

import typer

from cli import output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, found, opened

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


def serve(
    *,
    host: Host = None,
    port: Port = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Answer applications over HTTP until stopped; what was begun is finished first.

    `office.toml` and the environment say how: docs/running.md lists every setting.
    """
    from api.server import listen, listening
    from engine.service.running import LOOPBACK

    with opened(office) as here:  # Told here, before anything listens, if it will not open.
        settings, clients = here.settings, len(here.clients.all())
    host, port = host or settings.host, port or settings.port
    shown = f"[{host}]" if ":" in host else host
    if host not in LOOPBACK and not settings.url.startswith("https://"):
        raise UsageError(
            f"`--host {host}` is not this machine alone, and `office.toml` names no address",
            hint="put a proxy with TLS in front, and write its `https://` address as `url` in a"
            " table `[http]`",
        )
    url = settings.url or f"http://{shown}:{port}"
    with listening(host, port) as place:
        if as_json:
            said = {"url": url, "clients": clients, "plain_bearer": settings.plain_bearer}
            output.document_json(said)
        else:
            output.say(f"{output.paint('good', '✓')} {settings.name} answers at {url}")
        if settings.plain_bearer:
            output.note("`plain_bearer` is on: whoever gets hold of a token can use it")
        if not clients:
            output.note("no application may ask yet: `concordat clients add`")
        sys.stdout.flush()  # Whoever started it reads this while it runs.
        began = listen(found(office), place, url=url, level=settings.journal_level)
    return Exit.DONE if began else Exit.UNAVAILABLE
