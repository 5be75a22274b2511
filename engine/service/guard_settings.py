"""Which guards an office knows: the tables `[[guards]]` of `office.toml`, read strictly.

Whoever runs the office writes addresses here and nowhere else: no request, token or
answer names one. https, or plain http to this machine alone; no redirect is followed.
"""

import json
import re
from dataclasses import dataclass, fields
from ipaddress import ip_address
from typing import Any, Final
from urllib.parse import urlsplit

from engine.errors import StorageError
from engine.guard import MAX_GUARDS, GuardKind

TIMEOUT_MS: Final = 300
MAX_URL: Final = 512
MIN_TIMEOUT_MS, MAX_TIMEOUT_MS = 10, 5_000

_AGENCY: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,62}")
_HOST: Final = r"([A-Za-z0-9]([A-Za-z0-9-]*[A-Za-z0-9])?\.)*[A-Za-z]([A-Za-z0-9-]*[A-Za-z0-9])?"
_NUMBERED: Final = r"(\d{1,3}\.){3}\d{1,3}|\[[0-9a-fA-F:]{2,39}\]"
_PLACE: Final = r"(:[0-9]{1,5})?(/[A-Za-z0-9_-][A-Za-z0-9._-]*)*"
_URL: Final = re.compile(rf"https://({_HOST}|{_NUMBERED}){_PLACE}")
_LOOPBACK: Final = re.compile(rf"http://(localhost|127(\.\d{{1,3}}){{3}}|\[::1\]){_PLACE}")
_PATH: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*(/[A-Za-z0-9_][A-Za-z0-9_-]*)*")
_FILE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,1024}")
_AUTHZEN_PATH: Final = "access/v1/evaluation"


@dataclass(frozen=True, slots=True)
class GuardSettings:
    """One guard.

    Attributes:
        agency: Whose it is; it is asked of permits to or from that agency.
        kind: `opa` or `authzen`.
        url: Where its service is, without a slash at the end.
        path: Of OPA the rule, such as `sharing/deny`; of AuthZEN the endpoint.
        ca: The file of the one certificate authority believed; the machine's if none is named.
        timeout_ms: How long it has for its whole answer, connection included.
        token_file: The file of a token shown to it; none if none is named.
        every: Whether it is asked of every permit of this office.

    Raises:
        StorageError: One of them is not written as it must be.
    """

    agency: str
    kind: GuardKind
    url: str
    path: str = ""
    ca: str = ""
    timeout_ms: int = TIMEOUT_MS
    token_file: str = ""
    every: bool = False

    def __post_init__(self) -> None:
        where = f"the guard of `{self.agency[:63]}`"
        if not _AGENCY.fullmatch(self.agency):
            raise StorageError(f"`{self.agency[:63]}` cannot be the id of an agency, in `guards`")
        if not _may_be_asked(self.url):
            raise StorageError(
                f"`url` of {where} is not one that may be asked: `{self.url[:200]}`",
                hint="https, such as `https://opa.trust.example:8181`, or http to 127.0.0.1 alone;"
                " no user, query, fragment or slash at the end",
            )
        if self.url.startswith("http:") and self.ca:
            raise StorageError(f"{where} has a `ca` and an `url` without https")
        if self.path and not _PATH.fullmatch(self.path):
            raise StorageError(
                f"`path` of {where} is not one: `{self.path[:200]}`",
                hint="such as `sharing/deny` for the rule `deny` of `package sharing`",
            )
        if self.kind is GuardKind.OPA and not self.path:
            raise StorageError(
                f"{where} names no `path`", hint="which rule lists refusals: `sharing/deny`"
            )
        for name in ("ca", "token_file"):
            said = getattr(self, name)
            if said and not _FILE.fullmatch(said):
                raise StorageError(f"`{name}` of {where} is not the name of a file")
        if not MIN_TIMEOUT_MS <= self.timeout_ms <= MAX_TIMEOUT_MS:
            raise StorageError(
                f"`timeout_ms` of {where} is not between {MIN_TIMEOUT_MS} and {MAX_TIMEOUT_MS}"
            )

    @property
    def asked_at(self) -> str:
        """The address that is asked."""
        if self.kind is GuardKind.OPA:
            return f"{self.url}/v1/data/{self.path}?provenance=true"
        return f"{self.url}/{self.path or _AUTHZEN_PATH}"


def _may_be_asked(url: str) -> bool:
    """Whether an address is https to a host, or http to this machine; others reach too far."""
    if len(url) > MAX_URL or not (_URL.fullmatch(url) or _LOOPBACK.fullmatch(url)):
        return False
    try:
        parts = urlsplit(url)
        sound = parts.port is None or parts.port > 0
        host = parts.hostname or ""
        if not re.fullmatch(r"[0-9.]+|.*:.*", host):
            return sound
        number = ip_address(host)
    except ValueError:
        return False
    mapped = getattr(number, "ipv4_mapped", None)
    return sound and not (
        mapped or number.is_link_local or number.is_multicast or number.is_unspecified
    )


_FIELDS: Final = {each.name for each in fields(GuardSettings)}
_NEEDED: Final = {"agency", "kind", "url"}


def read_guards(tables: object) -> tuple[GuardSettings, ...]:
    """Read the tables `[[guards]]`, in the order of their agencies.

    Raises:
        StorageError: They are no such tables, or name an agency twice.
    """
    if not isinstance(tables, list) or len(tables) > MAX_GUARDS:
        raise StorageError(
            f"`guards` in `office.toml` is not a list of at most {MAX_GUARDS} tables",
            hint="each begins with the line `[[guards]]`: docs/guards.md",
        )
    found = sorted((_read(each) for each in tables), key=lambda each: each.agency)
    agencies = [each.agency for each in found]
    for agency in agencies:
        if agencies.count(agency) > 1:
            raise StorageError(
                f"`{agency}` has two guards in `office.toml`",
                hint="put its rules together behind one",
            )
    return tuple(found)


def _read(table: object) -> GuardSettings:
    # Any: each member is checked in the next lines.
    said: dict[str, Any] = dict(table) if isinstance(table, dict) else {}
    for name in said:
        if name not in _FIELDS:
            known = ", ".join(f"`{each.name}`" for each in fields(GuardSettings))
            raise StorageError(f"`{name[:63]}` is not a setting of a guard", hint=f"one of {known}")
    for name in sorted(_NEEDED - said.keys()):
        raise StorageError(f"a guard in `office.toml` has no `{name}`", hint="docs/guards.md")
    for name, value in said.items():
        wanted = {"timeout_ms": int, "every": bool}.get(name, str)
        if type(value) is not wanted:
            raise StorageError(f"`{name}` of a guard in `office.toml` is of another kind")
    if said["kind"] not in set(GuardKind):
        raise StorageError(
            f"`{said['kind'][:63]}` is not a kind of guard", hint="`opa` or `authzen`"
        )
    return GuardSettings(**said | {"kind": GuardKind(said["kind"])})


def write_guards(guards: tuple[GuardSettings, ...]) -> list[str]:
    """Write the tables, a line each."""
    lines: list[str] = []
    for guard in guards:
        said = [(each.name, getattr(guard, each.name), each.default) for each in fields(guard)]
        kept = [f"{name} = {json.dumps(value)}" for name, value, usual in said if value != usual]
        lines += ["", "[[guards]]", *kept]
    return lines
