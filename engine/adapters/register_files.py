"""A folder of named files, none of which can lie outside it.

Promises that a name leads to a file within the folder and nowhere else, whoever
chose the name. Refuses a name that climbs, a symbolic link on the way, and any
file longer than its limit.
"""

import os
import re
from pathlib import Path, PurePosixPath
from typing import Final

from engine.adapters import disk
from engine.canonical import escaped
from engine.errors import StorageError

MAX_AGREEMENT_BYTES: Final = 1 << 20
MAX_FILE_BYTES: Final = 1 << 24
MAX_KEPT_BYTES: Final = 1 << 20
"""The longest file whose content is kept at hand, of those that lie in the folder itself."""

_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")


class FileTree:
    """Files below one folder, by names such as ``agreements/x.yaml``."""

    def __init__(self, root: Path) -> None:
        self.root: Final = root
        # By name: where it lies, how it was marked before it was read, and what it says.
        self._kept: Final[dict[str, tuple[str, disk.Mark, bytes]]] = {}

    def path(self, name: str) -> Path:
        parts = name.split("/")
        if not all(_PART.fullmatch(part) for part in parts):
            raise StorageError(
                f"`{escaped(name)}` cannot be the name of a file here",
                hint="letters, digits, dots and hyphens; no folder above",
            )
        path = str(self.root)
        for part in parts:
            path = f"{path}{os.sep}{part}"
            if disk.is_link(path):
                raise StorageError(
                    f"`{path}` is a symbolic link, which is not followed",
                    hint="put the file or folder itself there",
                )
        return Path(path)

    def holds(self, name: str) -> bool:
        return self.path(name).is_file()

    def read(self, name: str) -> bytes:
        kept = self._kept.get(name)
        if kept is not None and disk.mark_of(kept[0]) == kept[1]:
            return kept[2]
        path = self.path(name)
        mark = disk.mark_of(str(path))
        data = disk.read_file(path, max_bytes=_limit(name))
        self._kept.pop(name, None)
        if mark is not None and "/" not in name and len(data) <= MAX_KEPT_BYTES:
            self._kept[name] = str(path), mark, data
        return data

    def read_foreign(self, path: Path) -> bytes:
        # Whoever names a path of their own may name a link, so it is followed first.
        return disk.read_file(path.resolve(), max_bytes=MAX_AGREEMENT_BYTES)

    def names(self, folder: str) -> list[str]:
        path = self.path(folder)
        if not path.is_dir():
            return []
        return sorted(filter(_PART.fullmatch, os.listdir(path)))  # noqa: PTH208 -- as quick again.

    def write(self, name: str, data: bytes) -> None:
        self._refuse_excess(name, data)
        disk.write_file(self.path(name), data)

    def create(self, name: str, data: bytes) -> None:
        self._refuse_excess(name, data)
        disk.create_file(self.path(name), data)

    def _refuse_excess(self, name: str, data: bytes) -> None:
        # What could not be read again is not written.
        if len(data) > _limit(name):
            raise StorageError(f"`{name}` would be {len(data):,} bytes long, which is too long")


def _limit(name: str) -> int:
    return MAX_AGREEMENT_BYTES if PurePosixPath(name).suffix == ".yaml" else MAX_FILE_BYTES
