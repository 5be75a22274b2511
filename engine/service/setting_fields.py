"""Every setting of an office, in the order in which its file lists them.

Each stands in `office.toml` under its table, or in the environment as
`CONCORDAT_<TABLE>_<NAME>`, which wins. Promises that a setting is read in one
spelling: a misspelt name or value is refused, never passed over. Reads nothing itself.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final, TypeAlias

from engine.errors import StorageError

Value: TypeAlias = str | bool | int

PREFIX: Final = "CONCORDAT_"
MASKED: Final = "(set)"

_WHOLE: Final = re.compile(r"0|[1-9][0-9]{0,9}")
_FLAGS: Final = {"true": True, "false": False}


@dataclass(frozen=True, slots=True)
class Field:
    """One setting.

    Attributes:
        key: What `Settings` calls it.
        default: What holds if nobody says anything; None if somebody must. Also says of
            what kind it is: a text, a flag or a whole number.
        least, most: Bounds of a number.
        one_of: What a text may be; anything if empty.
        secret: Whether it is never shown.
    """

    table: str
    name: str
    key: str
    default: Value | None
    least: int = 0
    most: int = 0
    one_of: tuple[str, ...] = ()
    secret: bool = False

    @property
    def variable(self) -> str:
        """Its name in the environment."""
        return f"{PREFIX}{self.table}_{self.name}".upper()

    @property
    def place(self) -> str:
        """Its name as messages say it."""
        return f"{self.table}.{self.name}"

    def checked(self, said: object) -> Value:
        """A value, if it is one for this setting.

        Raises:
            StorageError: It is of another kind, or out of bounds.
        """
        kind = bool if isinstance(self.default, bool) else type(self.default or "")
        if isinstance(self.default, int) and not isinstance(self.default, bool):
            sound = type(said) is int and self.least <= said <= self.most
            wanted = f"a whole number from {self.least} to {self.most}"
        elif kind is bool:
            sound, wanted = type(said) is bool, "`true` or `false`"
        else:
            sound = type(said) is str and (not self.one_of or said in self.one_of)
            wanted = f"one of {', '.join(self.one_of)}" if self.one_of else "a text"
        if not sound or not isinstance(said, str | bool | int):
            raise StorageError(f"setting `{self.place}` is not {wanted}")
        return said

    def of_text(self, text: str) -> Value:
        """A value as the environment spells it.

        Raises:
            StorageError: It is none for this setting.
        """
        said: object = text
        if isinstance(self.default, bool):
            said = _FLAGS.get(text)
        elif isinstance(self.default, int):
            said = int(text) if _WHOLE.fullmatch(text) else None
        try:
            return self.checked(said)
        except StorageError as fault:
            raise StorageError(f"{fault}: it comes from `{self.variable}`") from fault


FIELDS: Final = (
    Field("office", "agency", "agency", None),
    Field("office", "name", "name", None),
    Field("office", "issuer", "issuer", None),
    Field("office", "log", "log", None),
    Field("store", "url", "store_url", ""),
    Field("http", "url", "url", ""),
    Field("http", "plain_bearer", "plain_bearer", default=False),
    Field("http", "per_client", "per_client", 300, most=1_000_000),
    Field("http", "per_peer", "per_peer", 100, most=1_000_000),
    Field("http", "certificate_header", "certificate_header", ""),
    Field("http", "proxies", "proxies", ""),
    Field("http", "host", "host", "127.0.0.1"),
    Field("http", "port", "port", 8700, least=1, most=65_535),
    Field("http", "workers", "workers", 1, least=1, most=64),
    Field("register", "poll_s", "poll_s", 5, least=1, most=3_600),
    Field("register", "pull_s", "pull_s", 0, most=86_400),
    Field("register", "max_age_s", "max_age_s", 86_400, least=60, most=31_536_000),
    Field("register", "hook_secret", "hook_secret", "", secret=True),
    Field(
        "journal", "level", "journal_level", "info", one_of=("debug", "info", "warning", "error")
    ),
    Field("metrics", "port", "metrics_port", 0, most=65_535),
    Field("traces", "endpoint", "traces_endpoint", ""),
)


@dataclass(frozen=True, slots=True)
class Stated:
    """What one setting is, and who said so.

    Attributes:
        source: `office.toml`, the name of a variable, or `default`.
    """

    field: Field
    value: Value
    source: str

    @property
    def shown(self) -> str:
        """The value for a person to see."""
        if self.field.secret:
            return MASKED if self.value else ""
        return str(self.value).lower() if isinstance(self.value, bool) else str(self.value)


def stated(file: Mapping[str, object], environment: Mapping[str, str]) -> list[Stated]:
    """Take each setting from the environment, else from the file, else as it is by default.

    Raises:
        StorageError: A name or a value is none of ours, or one that must be said is missing.
    """
    tables = _tables(file)
    _refuse_unknown(environment)
    found = []
    for field in FIELDS:
        if field.variable in environment:
            value = field.of_text(environment[field.variable])
            found.append(Stated(field, value, field.variable))
        elif (said := tables[field.table].get(field.name)) is not None:
            found.append(Stated(field, field.checked(said), "office.toml"))
        elif field.default is None:
            raise StorageError(
                f"`office.toml` says no `{field.name}` in its table `[{field.table}]`",
                hint="restore it from a backup, or write the missing line",
            )
        else:
            found.append(Stated(field, field.default, "default"))
    return found


def _tables(file: Mapping[str, object]) -> dict[str, Mapping[str, object]]:
    names = {table: [f.name for f in FIELDS if f.table == table] for table in _TABLES}
    found: dict[str, Mapping[str, object]] = {table: {} for table in names}
    for table, said in file.items():
        if table not in names or not isinstance(said, dict):
            raise _unknown(f"`[{table}]`", table, names)
        for name in said:
            if name not in names[table]:
                raise _unknown(f"`{name}` in `[{table}]`", name, names[table])
        found[table] = said
    return found


def _refuse_unknown(environment: Mapping[str, str]) -> None:
    known = [field.variable for field in FIELDS]
    ours = tuple(f"{PREFIX}{table}_".upper() for table in _TABLES)
    for name in environment:
        if name.startswith(ours) and name not in known:
            raise StorageError(f"`{name}` is no setting", hint=_nearest(name, known))


def _unknown(said: str, name: str, known: Mapping[str, object] | list[str]) -> StorageError:
    return StorageError(f"{said} of `office.toml` is no setting", hint=_nearest(name, list(known)))


def _nearest(name: str, known: list[str]) -> str:
    near = get_close_matches(name, known, 1)
    return f"did you mean `{near[0]}`?" if near else "docs/running.md lists every setting"


_TABLES: Final = tuple(dict.fromkeys(field.table for field in FIELDS))
