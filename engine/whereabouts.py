"""Where an office is, and where it keeps what.

Finds it, reads who it is, and says where its records are. Opens none of the rest.
"""

import os
from pathlib import Path
from typing import Final

from engine.adapters.register_files import FileTree
from engine.adapters.sql_store import SqlStore
from engine.errors import NotFoundError
from engine.service import settings
from engine.service.setting_fields import Stated
from engine.service.settings import Settings

SETTINGS: Final = "office.toml"
RECORDS: Final = "log.sqlite"
REGISTER: Final = "register"
KEYS: Final = "keys"


def find_office(start: Path, chosen: str | None = None) -> Path:
    """Find the office that is meant.

    Args:
        start: Where to look from: here, or in a folder above.
        chosen: The folder somebody named; then nothing else is looked at.

    Raises:
        NotFoundError: There is none.
    """
    if chosen is not None:
        folder = Path(chosen)
        if not (folder / SETTINGS).is_file():
            raise no_office(folder)
        return folder
    for folder in (start.absolute(), *start.absolute().parents):
        if (folder / SETTINGS).is_file():
            return folder
    raise NotFoundError(
        "there is no office here or in a folder above",
        hint="name one with `--office DIR`, or make one: `concordat init DIR`",
    )


def no_office(folder: Path) -> NotFoundError:
    """What to say of a folder that is no office."""
    return NotFoundError(
        f"there is no office in `{folder}`: it has no `{SETTINGS}`",
        hint="`concordat init DIR` makes one",
    )


def stated_of(folder: Path) -> list[Stated]:
    """Every setting of an office, and who said it."""
    return settings.read_stated(FileTree(folder).read(SETTINGS), os.environ)


def settings_of(folder: Path) -> Settings:
    """Who an office is.

    Raises:
        NotFoundError: There is none.
        StorageError: A setting is none of ours or not as it must be.
    """
    if not (folder / SETTINGS).exists():
        raise no_office(folder)
    return settings.read(FileTree(folder).read(SETTINGS), os.environ)


def records_of(folder: Path, who: Settings) -> Path | str:
    """Where an office keeps its records: a file, or the address of a database."""
    return who.store_url or folder / RECORDS


def upgrade(folder: Path) -> tuple[int, int]:
    """Bring the records of an office to the form that this version reads.

    Returns:
        The form before and after.

    Raises:
        NotFoundError: There is no office.
        StorageError: They cannot be used, or are of a newer form.
    """
    who = settings_of(folder)
    return SqlStore.upgrade(records_of(folder, who), chain=who.log)
