"""The settings of an office: who it is, what its log is called, how its service runs."""

import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final, cast

from engine.errors import StorageError
from engine.service.guard_settings import GuardSettings, read_guards, write_guards
from engine.service.setting_fields import FIELDS, Stated, stated

MAX_BYTES: Final = 16_384
HOOK_SECRET_LENGTH: Final = 32

_AGENCY: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_NAMES: Final = ("agency", "name", "issuer", "log")
_HEADER: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9-]{0,63}")
_GUARDS: Final = "guards"
# Before an `@`, or as a parameter, as libpq takes them.
_PASSWORD: Final = re.compile(r"//[^/@]*:[^/]*@|[?&](?:password|sslpassword)=", re.IGNORECASE)
_URL: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,253}(/[A-Za-z0-9._~/-]{0,200})?(?<!/)")


@dataclass(frozen=True, slots=True)
class Settings:
    """Who an office is.

    Attributes:
        agency: The agency that runs it, by id.
        name: What the office is called.
        issuer: The URI under which it issues records.
        log: The origin of its log.
        store_url: The PostgreSQL database that holds its records; the file `log.sqlite` if empty.
        url: Where applications reach it over HTTP; empty if nothing was said of it.
        plain_bearer: Whether a token alone is enough, without proof that its bearer holds a key.
        per_client: How many requests a second one client may send; 0 for any number.
        per_peer: How many without a token one address may send; likewise.
        certificate_header: In which a proxy says with which certificate it was met; empty for none.
        proxies: From which addresses that is believed, with commas between.
        host, port: Where the service listens.
        workers: How many processes answer; several need PostgreSQL.
        poll_s: How often the service looks whether the register moved.
        pull_s: How often it pulls from the shared register; 0 for never.
        max_age_s: How long it decides by a bundle that could not be checked again.
        hook_secret: With which a git forge signs that the register changed; empty for none.
        journal_level: From which level on the service writes its journal.
        metrics_port: Where, on this machine alone, metrics are shown; 0 for nowhere.
        traces_endpoint: Where traces are sent (OTLP over HTTP); empty for nowhere.
        guards: The services by which agencies apply rules of their own to permits.

    Raises:
        StorageError: One of them is not written as it must be.
    """

    agency: str
    name: str
    issuer: str
    log: str
    store_url: str = ""
    url: str = ""
    plain_bearer: bool = False
    per_client: int = 300
    per_peer: int = 100
    certificate_header: str = ""
    proxies: str = ""
    host: str = "127.0.0.1"
    port: int = 8700
    workers: int = 1
    poll_s: int = 5
    pull_s: int = 0
    max_age_s: int = 86_400
    hook_secret: str = field(default="", repr=False)
    journal_level: str = "info"
    metrics_port: int = 0
    traces_endpoint: str = ""
    guards: tuple[GuardSettings, ...] = ()

    def __post_init__(self) -> None:
        if not _AGENCY.fullmatch(self.agency):
            raise StorageError(
                f"`{self.agency[:63]}` cannot be the id of an agency",
                hint="lower-case letters, digits, dots and hyphens, such as `northshire-council`",
            )
        for name in _NAMES:
            if not _LINE.fullmatch(getattr(self, name)):
                raise StorageError(f"`{name}` of the office is empty, too long, or not one line")
        if any(letter.isspace() or letter == "+" for letter in self.log):
            raise StorageError("`log` of the office holds a space or a plus sign")
        for name, url in (("[http] url", self.url), ("[traces] endpoint", self.traces_endpoint)):
            if url and not _URL.fullmatch(url):
                raise StorageError(
                    f"`{name}` is no address: `{url[:200]}`",
                    hint="such as `https://office.northshire.example`, without a slash at its end",
                )
        _refuse_unsound_proxies(self)
        if self.store_url and _PASSWORD.search(self.store_url):
            raise StorageError(
                "`[store] url` holds a password",
                hint="take it out; say it in the file that `PGPASSFILE` names, or as `PGPASSWORD`",
            )
        if not _LINE.fullmatch(self.host) or self.host != self.host.strip():
            raise StorageError("`[http] host` is empty, too long, or not one line")
        _refuse_unsound_register(self)


def _refuse_unsound_register(settings: Settings) -> None:
    if settings.max_age_s <= 2 * settings.poll_s:
        raise StorageError(
            "`[register] max_age_s` is not more than twice `poll_s`",
            hint="else nothing is decided between two looks at the register",
        )
    if 0 < len(settings.hook_secret) < HOOK_SECRET_LENGTH:
        raise StorageError(
            f"`[register] hook_secret` is shorter than {HOOK_SECRET_LENGTH} characters",
            hint="`openssl rand -hex 32` makes one",
        )


def _refuse_unsound_proxies(settings: Settings) -> None:
    header, proxies = settings.certificate_header, settings.proxies
    if header and not _HEADER.fullmatch(header):
        raise StorageError(f"`[http] certificate_header` is no name of a header: `{header[:64]}`")
    for each in filter(None, (each.strip() for each in proxies.split(","))):
        try:
            ip_address(each)
        except ValueError as fault:
            raise StorageError(
                f"`[http] proxies` holds `{each[:64]}`, which is no address",
                hint='such as `"127.0.0.1, ::1"`',
            ) from fault


def of_agency(agency: str, name: str, year: int) -> Settings:
    """The settings a new office begins with."""
    return Settings(
        agency=agency,
        name=name,
        issuer=f"https://office.{agency}.example",
        log=f"log.{agency}.example/decisions/{year}",
    )


def read(document: bytes, environment: Mapping[str, str] | None = None) -> Settings:
    """Read `office.toml`, and what the environment says instead.

    Raises:
        StorageError: It is no TOML, or a setting is none of ours or not as it must be.
    """
    found = {each.field.key: each.value for each in read_stated(document, environment)}
    guards = read_guards(_table(document).get(_GUARDS, []))
    # Any: each value was held to the kind of its field.
    return Settings(**cast("dict[str, Any]", found), guards=guards)


def read_stated(document: bytes, environment: Mapping[str, str] | None = None) -> list[Stated]:
    """Read every setting, and where each was said.

    Raises:
        StorageError: It is no TOML, or a setting is none of ours or not as it must be.
    """
    table = _table(document)
    table.pop(_GUARDS, None)  # Tables of their own, of which there may be several.
    return stated(table, environment or {})


def _table(document: bytes) -> dict[str, Any]:  # Any: TOML, held to its fields by whoever asks.
    try:
        return tomllib.loads(document.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise StorageError(f"`office.toml` cannot be read: {fault}") from fault


def write(settings: Settings) -> bytes:
    """Write `office.toml`, without what is as it is by default."""
    lines: list[str] = []
    table = ""
    for each in FIELDS:
        value = getattr(settings, each.key)
        if value == each.default:
            continue
        if each.table != table:
            table = each.table
            lines += ["", f"[{table}]"] if lines else [f"[{table}]"]
        # Every JSON string is also a TOML basic string, escapes included.
        lines.append(f"{each.name} = {json.dumps(value)}")
    return "\n".join([*lines, *write_guards(settings.guards), ""]).encode()
