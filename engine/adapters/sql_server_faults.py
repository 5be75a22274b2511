"""What PostgreSQL complains of, told in the words of an operator.

Nothing here opens a database, and nothing here says a password.
"""

import re
from typing import Final

from engine.adapters.sql_faults import UNKNOWN, in_one_line, original
from engine.errors import StorageError

_SAID: Final = {
    "08": (
        "connection to the records in `{}` was lost",
        "ask again: whether anything was kept is not known, and an Idempotency-Key settles it",
    ),
    "23": (
        "records in `{}` refuse a change to what is already kept",
        "run `concordat doctor`; somebody may have altered the database",
    ),
    "25006": (
        "records in `{}` cannot be written: the database is read-only",
        "name the primary server: a standby keeps no new records",
    ),
    "28": (
        "records in `{}` are closed to this program: its role or password is not accepted",
        "name the role in `[store] url`, and the password in `PGPASSFILE` or `PGPASSWORD`",
    ),
    "3D": (
        "records in `{}` cannot be found: there is no such database",
        "make it with `createdb`, or mend `[store] url`",
    ),
    "42501": (
        "records in `{}` may not be used by this role",
        "grant it what docs/postgresql.md lists",
    ),
    "42P01": (
        "`{}` does not hold the records of an office",
        "`concordat init --store` makes them; or mend `[store] url`",
    ),
    "53": (
        "no room left to keep a record in `{}`",
        "free disk, memory or connections of the server, then ask again; no record is half written",
    ),
    "55P03": (
        "records in `{}` are locked by another program",
        "wait for it to finish, or find it in `pg_stat_activity`",
    ),
    "57014": (
        "records in `{}` took too long to answer",
        "look at the server's load and at `pg_stat_activity`, then ask again",
    ),
    "57P": (
        "records in `{}` cannot be used now: the server is stopping or starting",
        "ask again in a moment; what was not answered may or may not have been kept",
    ),
    "58": (
        "disk failed while records in `{}` were read or written",
        "look into the server's own log, then run `concordat doctor`",
    ),
    "XX": (
        "records in `{}` are damaged",
        "look into the server's own log; restore the newest backup beside it",
    ),
}
_LOST: Final = _SAID["08"]
_UNREACHABLE: Final = (
    "records in `{}` cannot be reached",
    "see that the server runs and that `[store] url` names it",
)
_SECRET: Final = re.compile(r"(?i)\b(password|passfile)=\S+")


def state_of(fault: BaseException) -> str:
    """The SQLSTATE behind an exception; empty if the server said none."""
    return str(getattr(original(fault), "sqlstate", None) or "")


def is_lost(fault: BaseException) -> bool:
    """Whether the connection is gone, rather than that the server refused something."""
    state = state_of(fault)
    if state:
        return state.startswith(("08", "57P"))
    # A driver that hears no more from its server has no code for it.
    return type(original(fault)).__name__ == "OperationalError"


def told(place: str, fault: BaseException, *, connected: bool = True) -> StorageError:
    """Say what went wrong.

    Args:
        place: The database, without a secret.
        fault: What was raised.
        connected: Whether there was a connection before.
    """
    state = state_of(fault)
    known = next((said for key, said in _SAID.items() if state.startswith(key)), None)
    if known is None and is_lost(fault):
        known = _LOST if connected else _UNREACHABLE
    if known is None:
        return StorageError(UNKNOWN.format(place, _SECRET.sub("", in_one_line(fault))))
    message, hint = known
    return StorageError(message.format(place), hint=hint)
