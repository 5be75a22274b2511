"""What a PostgreSQL server must promise, seen on a connection to it.

Changes nothing, and opens no connection itself.
"""

from typing import TYPE_CHECKING, Any, Final

from engine.adapters.sql_tables import LOG_TABLES

if TYPE_CHECKING:
    import psycopg

OLDEST_SERVER: Final = 140_000

_SETTINGS: Final = {
    "fsync": {"on"},
    "full_page_writes": {"on"},
    # `on` waits for the standbys too, if the server names any.
    "synchronous_commit": {"on", "remote_apply"},
}
_SAFEGUARDS: Final = {
    *(f"{table}_never_update" for table in LOG_TABLES),
    *(f"{table}_never_truncate" for table in LOG_TABLES),
    *(f"{table}_never_delete" for table in LOG_TABLES if table != "disclosure"),
    *("entry_in_order", "head_grows"),
}


def looseness(connection: "psycopg.Connection[Any]") -> list[str]:
    """By what the server would lose what it was given to keep; empty if by nothing."""

    def shown(name: str) -> str:
        found = connection.execute("SELECT current_setting(%s)", (name,)).fetchone()
        return str(found[0]) if found else ""

    found = [
        f"`{name}` is {shown(name)}"
        for name, wanted in _SETTINGS.items()
        if shown(name) not in wanted
    ]
    if int(shown("server_version_num")) < OLDEST_SERVER:
        found.append(f"server is of version {shown('server_version')}; 14 is the oldest")
    if shown("server_encoding") != "UTF8":
        found.append(f"database is in {shown('server_encoding')}, not UTF8")
    return found


def complaints(connection: "psycopg.Connection[Any]") -> list[str]:
    """What is wrong with the server and the tables; empty if nothing."""
    named = "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D'"
    there = {name for (name,) in connection.execute(named)}
    found = [f"safeguard `{name}` is gone" for name in sorted(_SAFEGUARDS - there)]
    return found + looseness(connection)
