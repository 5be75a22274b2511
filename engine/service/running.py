"""What the service needs before it can answer over HTTP, looked at one by one.

Changes nothing, and listens for no longer than it takes to see that it could.
"""

import os
import socket
import stat
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from engine.errors import StorageError
from engine.service.clients import CLIENTS, Clients, Scope
from engine.service.doctor import Checked, Warned, checked
from engine.service.guards import Guards
from engine.service.premises import Premises
from engine.service.setting_fields import Stated

LOOPBACK = ("127.0.0.1", "::1", "localhost")


def is_loopback(address: str) -> bool:
    """Whether a host, or the host of a URL, is this machine alone."""
    host = urlsplit(address).hostname if "://" in address else address
    return host in LOOPBACK


def examine_running(
    folder: Path,
    stated: Callable[[], list[Stated]],
    open_: Callable[[], Premises],
    shared: Callable[[], str],
    guards: Callable[[], Guards],
) -> list[Checked]:
    """Look at everything the service needs.

    Args:
        folder: The office.
        stated: Reads its settings, and who said each.
        open_: Opens the office, as far as that can be done.
        shared: Says where its register is shared; empty if nowhere.
        guards: Makes ready to ask its guards.
    """
    checks: list[tuple[str, Callable[[], str | Warned]]] = [
        ("settings", lambda: _settings(stated())),
        ("secrets", lambda: _secrets(folder, stated())),
        ("address", lambda: _address(open_())),
        ("port", lambda: _port(open_())),
        ("clients", lambda: _clients(open_())),
        ("owner", lambda: _owner(folder)),
        ("workers", lambda: _workers(open_())),
        ("register's moves", lambda: _moves(open_(), shared())),
        ("guards", lambda: _guards(guards())),
        ("traces", lambda: _traces(open_())),
    ]
    return [checked(name, look) for name, look in checks]


def _settings(found: list[Stated]) -> str:
    said = [f"{each.field.place} = {each.shown} ({each.source})" for each in found]
    default = [each.field.place for each in found if each.source == "default"]
    told = [line for line, each in zip(said, found, strict=True) if each.source != "default"]
    return "; ".join(told) + (f"; by default: {', '.join(default)}" if default else "")


def _secrets(folder: Path, found: list[Stated]) -> str:
    kept = [each for each in found if each.field.secret and each.source == "office.toml"]
    mode = stat.S_IMODE((folder / "office.toml").stat().st_mode)
    if kept and mode & 0o077:
        raise StorageError(
            f"`office.toml` holds `{kept[0].field.place}` and others can read it:"
            f" its mode is {mode:04o}",
            hint=f"`chmod 600 {folder / 'office.toml'}`, or say it as `{kept[0].field.variable}`",
        )
    return "none stands where others can read it"


def _address(premises: Premises) -> str | Warned:
    settings = premises.settings
    if settings.host not in LOOPBACK and not settings.url.startswith("https://"):
        raise StorageError(
            f"`http.host` is `{settings.host}`, not this machine alone, and `http.url` is no"
            " `https://` address",
            hint="put a proxy with TLS in front, and write its address as `http.url`",
        )
    if not settings.url:
        return "this machine alone"
    if urlsplit(settings.url).scheme == "http" and urlsplit(settings.url).hostname not in LOOPBACK:
        return Warned(
            f"{settings.url}: tokens and answers travel where others can read them",
            "put a proxy with TLS in front: docs/running.md",
        )
    return settings.url


def _port(premises: Premises) -> str | Warned:
    host, port = premises.settings.host, premises.settings.port
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as place:
        place.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            place.bind((host, port))
        except OSError as fault:
            reason = (fault.strerror or "it is refused").lower()
            return Warned(
                f"nothing more can listen at `{host}`, port {port}: {reason}",
                "the service may be running already; else `http.port` takes another",
            )
    return f"`{host}`, port {port}, is free"


def _clients(premises: Premises) -> str | Warned:
    known = Clients(premises.files).all()
    asking = [client for client in known if Scope.DECIDE in client.scopes]
    if not asking:
        return Warned(
            f"no application in `{CLIENTS}` may ask",
            "`concordat clients add` registers one",
        )
    return f"{len(known)}, of which {len(asking)} may ask"


def _owner(folder: Path) -> str:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o002:
        raise StorageError(
            f"others can write into `{folder}`: its mode is {mode:04o}",
            hint=f"`chmod 700 {folder}`; whoever writes there decides",
        )
    if not os.access(folder, os.W_OK):
        raise StorageError(
            f"`{folder}` cannot be written to by who runs this",
            hint="run it as the user whom the folder belongs to",
        )
    return f"`{folder}` is written to by its owner alone"


def _workers(premises: Premises) -> str:
    settings = premises.settings
    if settings.workers > 1 and not settings.store_url:
        raise StorageError(
            f"`http.workers` is {settings.workers}, and a file has one writer",
            hint="docs/postgresql.md says how to have several; or leave it at 1",
        )
    return f"{settings.workers}; records in {'PostgreSQL' if settings.store_url else 'a file'}"


def _moves(premises: Premises, shared: str) -> str | Warned:
    settings = premises.settings
    if (settings.pull_s or settings.hook_secret) and not shared:
        return Warned(
            "it is to be pulled, and is shared nowhere",
            "`concordat push --to ADDRESS` shares it; or take `pull_s` and `hook_secret` away",
        )
    found = [f"looked for every {settings.poll_s} s"]
    found += [f"pulled every {settings.pull_s} s"] if settings.pull_s else []
    found += ["told by a forge"] if settings.hook_secret else []
    found += ["pulled by hand alone"] if shared and len(found) == 1 else []
    return ", ".join(found)


def _guards(guards: Guards) -> str:
    try:
        named = [str(each["agency"]) for each in guards.health()]
    finally:
        guards.close()
    return f"{len(named)}: {', '.join(named)}" if named else "none"


def _traces(premises: Premises) -> str | Warned:
    endpoint = premises.settings.traces_endpoint
    if not endpoint:
        return "sent nowhere"
    if find_spec("opentelemetry") is None or find_spec("opentelemetry.exporter") is None:
        raise StorageError(
            "`traces.endpoint` is set, and what sends traces is not installed",
            hint="`pip install 'concordat-sharing[traces]'`",
        )
    if endpoint.startswith("http://") and not is_loopback(endpoint):
        return Warned(
            f"{endpoint}: who asked what about which agreement travels where others can read it",
            "give the collector an `https://` address",
        )
    return endpoint
