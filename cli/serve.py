"""Opening the counter: applications ask over HTTP."""

import sys
from typing import Annotated

import typer

from cli import output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, found, opened

Host = Annotated[
    str,
    typer.Option("--host", metavar="ADDRESS", help="Where to listen; else on this machine alone."),
]
Port = Annotated[
    int, typer.Option("--port", metavar="NUMBER", min=1, max=65_535, help="On which port.")
]

_LOOPBACK = ("127.0.0.1", "::1", "localhost")


def serve(
    *,
    host: Host = "127.0.0.1",
    port: Port = 8700,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Answer applications over HTTP until stopped; what was begun is finished first.

    `office.toml` says under which address applications reach it, and whether a token alone is
    enough (docs/http.md).
    """
    from api.server import listen, listening

    with opened(office) as here:  # Told here, before anything listens, if it will not open.
        settings, clients = here.settings, len(here.clients.all())
    shown = f"[{host}]" if ":" in host else host
    if host not in _LOOPBACK and not settings.url.startswith("https://"):
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
        began = listen(found(office), place, url=url)
    return Exit.DONE if began else Exit.UNAVAILABLE
