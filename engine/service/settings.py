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


@dataclass(frozen=True, slots=True)
class Settings:
    """Who an office is.

    Attributes:
        agency: The agency that runs it, by id.
        name: What the office is called.
        issuer: The URI under which it issues records.
        log: The origin of its log.

    Raises:
        StorageError: One of them is not written as it must be.
    """

    agency: str
    name: str
    issuer: str
    log: str

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
    office = table.get("office")
    if table.keys() != {"office"} or not isinstance(office, dict) or office.keys() != set(_NAMES):
        raise StorageError(
            "`office.toml` is not one table `[office]` with agency, name, issuer and log",
            hint="restore it from a backup, or write the missing line",
        )
    if not all(isinstance(said, str) for said in office.values()):
        raise StorageError("`office.toml` holds something other than text")
    return Settings(**office)


def write(settings: Settings) -> bytes:
    """Write `office.toml`."""
    # Every JSON string is also a TOML basic string, escapes included.
    lines = [f"{name} = {json.dumps(getattr(settings, name))}" for name in _NAMES]
    return "\n".join(["[office]", *lines, ""]).encode()
