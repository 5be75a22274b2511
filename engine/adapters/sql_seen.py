"""Names that may be used once, however many programs are asked at the same time.

Promises that a name is first for one caller alone until it lapses. Many names are taken
in one statement and in one order, so that two programs never wait for each other in a
circle. Begins and ends no transaction itself.
"""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import Connection, delete
from sqlalchemy.dialects import postgresql, sqlite

from engine.adapters.sql_tables import SEEN

_FORGET: Final = delete(SEEN)
_KEEP_SQLITE: Final = sqlite.insert(SEEN).on_conflict_do_nothing().returning(SEEN.c.name)
_KEEP_POSTGRESQL: Final = postgresql.insert(SEEN).on_conflict_do_nothing().returning(SEEN.c.name)


def take(connection: Connection, names: Mapping[str, int]) -> frozenset[str]:
    """Take names, each until its instant; those that nobody had taken before."""
    rows = [{"name": name, "until_s": names[name]} for name in sorted(names)]
    keep = _KEEP_SQLITE if connection.dialect.name == "sqlite" else _KEEP_POSTGRESQL
    return frozenset(connection.execute(keep, rows).scalars())


def forget(connection: Connection, before_s: int) -> None:
    """Forget names that lapsed before an instant."""
    connection.execute(_FORGET.where(SEEN.c.until_s < before_s))
