"""Which applications may ask this office, and as whom."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli import files, issuers, output
from cli.exits import Exit, UsageError
from cli.options import AsJson, OfficeFolder, opened, usable_id
from engine.errors import RecordError, TrustError
from engine.service.clients import Scope

if TYPE_CHECKING:
    from engine.keys import PrivateKey
    from engine.service.clients import Client

clients = typer.Typer(
    add_completion=False,
    no_args_is_help=True,
    rich_markup_mode="markdown",
    context_settings={"help_option_names": ["-h", "--help"]},
    help="Say which applications may ask over HTTP, and as which agency.",
)

Name = Annotated[str, typer.Argument(metavar="CLIENT", help="The application, by id.")]
Agency = Annotated[
    str, typer.Option("--agency", metavar="ID", help="Whose it is; it asks as nobody else.")
]
Key = Annotated[
    str | None,
    typer.Option("--key", metavar="FILE", help="Its public key, as JWK.", show_default=False),
]
NewKey = Annotated[
    Path | None,
    typer.Option(
        "--new-key",
        metavar="FILE",
        help="Make its key, and write the private half there: for trying things out.",
        show_default=False,
    ),
]
Purposes = Annotated[
    list[str] | None,
    typer.Option("--purpose", metavar="CODE", help="May assert it; repeat.", show_default=False),
]
Roles = Annotated[
    list[str] | None,
    typer.Option("--role", metavar="CODE", help="May assert it; repeat.", show_default=False),
]
Scopes = Annotated[
    list[Scope] | None,
    typer.Option("--scope", help="What it may do; repeat. `decide` unless given."),
]
PrivateKeyFile = Annotated[
    str, typer.Option("--key", metavar="FILE", help="Its private key, as JWK.")
]
Audience = Annotated[
    str, typer.Option("--audience", metavar="URL", help="The address the service shows.")
]
Url = Annotated[
    str, typer.Option("--url", metavar="URL", help="Where the service answers, on this machine.")
]
Issued = Annotated[
    str | None,
    typer.Option(
        "--issuer",
        metavar="URL",
        help="Whose tokens name it, in the place of a key.",
        show_default=False,
    ),
]
ClientId = Annotated[
    str | None,
    typer.Option(
        "--client-id", metavar="TEXT", help="How that issuer calls it.", show_default=False
    ),
]

clients.command("add-issuer")(issuers.add_issuer)
clients.command("remove-issuer")(issuers.remove_issuer)


@clients.command("add")
def add(
    name: Name,
    *,
    agency: Agency,
    key: Key = None,
    new_key: NewKey = None,
    issuer: Issued = None,
    client_id: ClientId = None,
    purpose: Purposes = None,
    role: Roles = None,
    scope: Scopes = None,
    office: OfficeFolder = None,
    as_json: AsJson = False,
) -> int:
    """Let an application ask, as one agency and for these purposes and roles alone."""
    from agreements.vocabulary import Kind, current
    from engine.service.clients import Client

    usable_id(name, "CLIENT")
    if [key, new_key, issuer].count(None) != 2:
        raise UsageError("give one of `--key`, `--new-key` and `--issuer`")
    if (issuer is None) is not (client_id is None):
        raise UsageError("`--issuer` and `--client-id` go together")
    here = opened(office)
    _refuse_unknown_agency(usable_id(agency, "--agency"), {row.id for row in here.agencies()})
    for kind, codes, option in ((Kind.PURPOSE, purpose, "purpose"), (Kind.ROLE, role, "role")):
        for code in codes or ():
            if not current().has(kind, code):
                near = current().suggest(kind, code)
                hint = f"did you mean `{near[0]}`?" if near else ""
                raise UsageError(f"`--{option}`: `{code}` is not a {option}", hint=hint)
    client = Client(
        id=name,
        agency=agency,
        keys=() if issuer else (_public(key, new_key),),
        issuer=issuer or "",
        client_id=client_id or "",
        purposes=tuple(dict.fromkeys(purpose or ())),
        roles=tuple(dict.fromkeys(role or ())),
        scopes=tuple(dict.fromkeys(scope or (Scope.DECIDE,))),
    )
    here.clients.add(client)
    if as_json:
        output.document_json(client.model_dump(mode="json"))
        return Exit.DONE
    output.say(f"{output.paint('good', '✓')} {name} may ask as {agency}")
    if not client.purposes or not client.roles:
        output.note("it may assert no purpose or no role yet, so nothing will be answered")
    return Exit.DONE


@clients.command("list")
def listing(*, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """List every application that may ask."""
    known = opened(office).clients.all()
    if as_json:
        output.document_json([each.model_dump(mode="json") for each in known])
        return Exit.DONE
    for each in known:
        _show(each)
    if not known:
        output.note("no application may ask yet: `concordat clients add`")
    return Exit.DONE


@clients.command("remove")
def remove(name: Name, *, office: OfficeFolder = None, as_json: AsJson = False) -> int:
    """Let an application ask no longer, from its next request on."""
    opened(office).clients.remove(name)
    if as_json:
        output.document_json({"removed": name})
    else:
        output.say(f"{output.paint('good', '✓')} {name} may ask no longer")
    return Exit.DONE


@clients.command("assertion")
def assertion(
    name: Name, *, key: PrivateKeyFile, audience: Audience, as_json: AsJson = False
) -> int:
    """Sign what an application asks for a token with: good once, for a minute. For trying out."""
    signed = _assertion(name, key, audience)
    if as_json:
        output.document_json({"client_assertion": signed})
    else:
        output.say(signed)
    return Exit.DONE


def _assertion(name: str, key: str, audience: str) -> str:
    from engine import canonical, jose
    from engine.adapters.world import SystemChance, SystemClock

    now_s = int(SystemClock().now().timestamp())
    claims: dict[str, canonical.Json] = {
        "iss": name,
        "sub": name,
        "aud": audience,
        "iat": now_s,
        "exp": now_s + 60,
        "jti": canonical.b64url_encode(SystemChance().draw(16)),
    }
    return jose.sign_compact(canonical.encode(claims), typ="JWT", key=_private(key))


@clients.command("token")
def token(
    name: Name,
    *,
    key: PrivateKeyFile,
    url: Url = "http://127.0.0.1:8700",
    as_json: AsJson = False,
) -> int:
    """Get a token from a service on this machine: good for five minutes. For trying out."""
    from cli import tokens

    tokens.show(tokens.fetched(url, _assertion(name, key, url)), as_json=as_json)
    return Exit.DONE


def _refuse_unknown_agency(agency: str, known: set[str]) -> None:
    if agency not in known:
        raise UsageError(
            f"`--agency`: no agreement or register here knows `{agency}`",
            hint="`concordat agencies` lists those it knows",
        )


def _public(key: str | None, new_key: Path | None) -> dict[str, str]:
    from engine import caller_key, jose

    if new_key is not None:
        made = _made(new_key)
        return made.public.to_jwk()
    jwk = _jwk(str(key), "a public key")
    try:
        if jwk.get("kty") == "EC":
            return caller_key.read(jwk).to_jwk()
        return jose.enrol(jwk).to_jwk()
    except (TrustError, RecordError) as fault:
        raise UsageError(f"`{key}` is not taken in: {fault}", hint=fault.hint) from fault


def _made(path: Path) -> "PrivateKey":
    import json

    from engine.adapters import disk
    from engine.adapters.world import SystemChance
    from engine.keys import KEY_BYTES, PrivateKey

    made = PrivateKey.generate(SystemChance().draw(KEY_BYTES))
    disk.create_file(path, json.dumps(made.to_jwk()).encode(), mode=disk.PRIVATE)
    return made


def _private(key: str) -> "PrivateKey":
    from engine.keys import PrivateKey

    try:
        return PrivateKey.from_jwk(_jwk(key, "a private key"))
    except (TrustError, RecordError) as fault:
        raise UsageError(f"`{key}` is not a private Ed25519 key", hint=fault.hint) from fault


def _jwk(file: str, what: str) -> dict[str, str]:
    from engine import canonical

    try:
        said = canonical.parse(files.read(file, what=what))
    except RecordError as fault:
        raise UsageError(f"`{file}` is not a JWK: {fault}") from fault
    if not isinstance(said, dict) or not all(isinstance(each, str) for each in said.values()):
        raise UsageError(f"`{file}` is not a JWK of an Ed25519 key")
    return {name: str(value) for name, value in said.items()}


def _show(client: "Client") -> None:
    scopes = ", ".join(client.scopes)
    title = f"{output.paint('name', client.id)}  for {output.paint('strong', client.agency)}"
    output.say(f"{title}  {output.paint('quiet', scopes)}")
    for label, codes in (("purposes", client.purposes), ("roles", client.roles)):
        said = ", ".join(codes) or "none"
        output.tell(said, indent=4, first="  " + output.paint("quiet", f"{label}: "))
    if client.issuer:
        said = f"{client.client_id} of {client.issuer}"
        output.tell(said, indent=4, first="  " + output.paint("quiet", "is: "))
    for key in client.public_keys():
        output.tell(key.kid, indent=4, first="  " + output.paint("quiet", "key: "))
    output.say()
