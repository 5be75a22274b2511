"""The settings of an office: who it is, and what its log is called."""

import json
import re
import tomllib
from dataclasses import dataclass
from typing import Final

from engine.errors import StorageError

MAX_BYTES: Final = 16_384

_AGENCY: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_LINE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,256}")
_NAMES: Final = ("agency", "name", "issuer", "log")
_URL: Final = re.compile(r"https?://[A-Za-z0-9.\[\]:-]{1,253}(/[A-Za-z0-9._~/-]{0,200})?(?<!/)")


@dataclass(frozen=True, slots=True)
class Settings:
    """Who an office is.

    Attributes:
        agency: The agency that runs it, by id.
        name: What the office is called.
        issuer: The URI under which it issues records.
        log: The origin of its log.
        url: Where applications reach it over HTTP; empty if nothing was said of it.
        plain_bearer: Whether a token alone is enough, without proof that its bearer holds a key.

    Raises:
        StorageError: One of them is not written as it must be.
    """

    agency: str
    name: str
    issuer: str
    log: str
    url: str = ""
    plain_bearer: bool = False

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
        if self.url and not _URL.fullmatch(self.url):
            raise StorageError(
                f"`url` in `[http]` is not one: `{self.url[:200]}`",
                hint="such as `https://office.northshire.example`, without a slash at its end",
            )


def of_agency(agency: str, name: str, year: int) -> Settings:
    """The settings a new office begins with."""
    return Settings(
        agency=agency,
        name=name,
        issuer=f"https://office.{agency}.example",
        log=f"log.{agency}.example/decisions/{year}",
    )


def read(document: bytes) -> Settings:
    """Read `office.toml`.

    Raises:
        StorageError: It is no TOML, or has other fields than it must.
    """
    try:
        table = tomllib.loads(document.decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as fault:
        raise StorageError(f"`office.toml` cannot be read: {fault}") from fault
    office, http = table.get("office"), table.get("http", {})
    if (
        not table.keys() <= {"office", "http"}
        or not isinstance(office, dict)
        or office.keys() != set(_NAMES)
    ):
        raise StorageError(
            "`office.toml` is not a table `[office]` with agency, name, issuer and log",
            hint="restore it from a backup, or write the missing line",
        )
    if not all(isinstance(said, str) for said in office.values()):
        raise StorageError("`office.toml` holds something other than text")
    if (
        not isinstance(http, dict)
        or not http.keys() <= {"url", "plain_bearer"}
        or not isinstance(http.get("url", ""), str)
        or not isinstance(http.get("plain_bearer", False), bool)
    ):
        raise StorageError(
            "`[http]` in `office.toml` is not `url`, a text, and `plain_bearer`, true or false",
            hint="leave the table out to have neither",
        )
    return Settings(**office, **http)


def write(settings: Settings) -> bytes:
    """Write `office.toml`."""
    # Every JSON string is also a TOML basic string, escapes included.
    lines = [f"{name} = {json.dumps(getattr(settings, name))}" for name in _NAMES]
    if settings.url or settings.plain_bearer:
        plain = json.dumps(settings.plain_bearer)
        lines += ["", "[http]", f"url = {json.dumps(settings.url)}", f"plain_bearer = {plain}"]
    return "\n".join(["[office]", *lines, ""]).encode()
