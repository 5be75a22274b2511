"""Whose tokens an office takes beside its own: the authorisation servers of agencies."""

from typing import Annotated, Any

import typer

from cli import files, output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, opened, usable_id
from engine.errors import RecordError

Url = Annotated[
    str, typer.Argument(metavar="URL", help="What its tokens name as `iss`: `https://…`.")
]
Audience = Annotated[
    str, typer.Option("--audience", metavar="TEXT", help="What its tokens must name as `aud`.")
]
Of = Annotated[
    str | None,
    typer.Option(
        "--agency",
        metavar="ID",
        help="Whose people it may vouch for; else it speaks for applications alone.",
        show_default=False,
    ),
]
Jwks = Annotated[
    str | None,
    typer.Option("--jwks", metavar="FILE", help="Its public keys, as JWKS.", show_default=False),
]
JwksUrl = Annotated[
    str | None,
    typer.Option(
        "--jwks-url", metavar="URL", help="Where its keys are fetched.", show_default=False
    ),
]


def add_issuer(
    url: Url,
    *,
    audience: Audience,
    agency: Of = None,
    jwks: Jwks = None,
    jwks_url: JwksUrl = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Take the tokens of an agency's own authorisation server."""
    from pydantic import ValidationError

    from engine.service.issuers import Issuer

    if (jwks is None) is (jwks_url is None):
        raise UsageError("give either `--jwks` or `--jwks-url`")
    if agency is not None:
        usable_id(agency, "--agency")
    try:
        issuer = Issuer(
            url=url,
            audience=audience,
            agency=agency,
            jwks=_keys(jwks) if jwks else (),
            jwks_url=jwks_url or "",
        )
    except ValidationError as fault:
        said = fault.errors(include_url=False, include_input=False)[0]["msg"]
        raise UsageError(f"`{url}` is not taken in: {said.removeprefix('Value error, ')}") from None
    opened(office).clients.add_issuer(issuer)
    if as_json:
        output.document_json(issuer.model_dump(mode="json"))
    else:
        output.say(f"{output.paint('good', '✓')} tokens of {url} are taken")
        output.note(f"say of each client how it knows it: `concordat clients add … --issuer {url}`")
    return Exit.DONE


def remove_issuer(url: Url, *, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Take the tokens of an authorisation server no longer; its clients go first."""
    opened(office).clients.remove_issuer(url)
    if as_json:
        output.document_json({"removed": url})
    else:
        output.say(f"{output.paint('good', '✓')} tokens of {url} are taken no longer")
    return Exit.DONE


def _keys(file: str) -> tuple[dict[str, Any], ...]:  # Any: JSON of another's; the model reads it.
    from engine import canonical

    try:
        said = canonical.parse(files.read(file, what="a set of keys"))
    except RecordError as fault:
        raise UsageError(f"`{file}` is not a set of keys: {fault}") from fault
    listed = said.get("keys") if isinstance(said, dict) else None
    if not isinstance(listed, list) or not all(isinstance(each, dict) for each in listed):
        raise UsageError(f"`{file}` is not a set of keys", hint="a JSON object with a list `keys`")
    return tuple(dict(each) for each in listed if isinstance(each, dict))
