"""How the tables of an office come to the form that this version reads.

Promises to run, in the transaction it is handed, each step that a database has not
had, in order; whoever ends that transaction has all of them or none.
"""

import threading
from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection

STEPS: Final = Path(__file__).parent / "sql_migrations"
VERSION_TABLE: Final = "alembic_version"

_ONE_AT_A_TIME: Final = threading.Lock()  # The library keeps what it works on in one place.


def run(connection: Connection, *, log: str) -> None:
    """Run every step that this database has not had yet.

    Args:
        connection: In a transaction that nobody else can be in.
        log: Which log the database holds.
    """
    config = _config()
    config.attributes["connection"] = connection
    config.attributes["log"] = log
    with _ONE_AT_A_TIME:
        command.upgrade(config, "head")


def newest() -> int:
    """The number of the newest step."""
    head = ScriptDirectory.from_config(_config()).get_current_head()
    return int(head or 0)


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(STEPS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config
