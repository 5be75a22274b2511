"""Private keys as files that only their owner can open.

Promises that a key is written once, for its owner alone, and read only if that
still holds. Refuses a key file that others may open, a symbolic link, a folder,
and anything that is not one Ed25519 key. No message shows a part of a key.
"""

import re
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from engine import canonical
from engine.adapters import disk
from engine.consent import PSEUDONYM_KEY_BYTES
from engine.errors import NotFoundError, RecordError, StorageError, TrustError
from engine.keys import PrivateKey

MAX_KEY_BYTES: Final = 16_384

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")
_ENDING: Final = ".jwk"
_PSEUDONYM: Final = "pseudonym.key"


class KeyFiles:
    """The folder of an office that holds its private keys, one JWK a file."""

    def __init__(self, folder: Path) -> None:
        self._folder: Final = folder

    def read(self, name: str) -> PrivateKey:
        path = self._path(name)
        try:
            data = disk.read_file(path, max_bytes=MAX_KEY_BYTES, private=True)
        except NotFoundError as fault:
            raise NotFoundError(
                f"office has no key `{name}`",
                hint=f"it would stand in `{path}`; `concordat keys list` shows those there are",
            ) from fault
        try:
            jwk = canonical.parse(data)
            if not isinstance(jwk, Mapping):
                raise TrustError("it is not an object")
            return PrivateKey.from_jwk(jwk)
        except (RecordError, TrustError) as fault:
            # The cause is named, never the content.
            raise StorageError(
                f"`{path}` is not a private Ed25519 key",
                hint="restore it from your backup of keys; it is a JWK of kind OKP",
            ) from fault

    def names(self) -> list[str]:
        if not self._folder.is_dir():
            return []
        found = (path for path in self._folder.iterdir() if path.suffix == _ENDING)
        return sorted(path.name.removesuffix(_ENDING) for path in found)

    def create(self, name: str, key: PrivateKey) -> None:
        path = self._path(name)
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        jwk: dict[str, canonical.Json] = {**key.to_jwk()}
        disk.create_file(path, canonical.encode(jwk) + b"\n", mode=disk.PRIVATE)

    def replace(self, name: str, by: str) -> None:
        self.read(by)  # What cannot be read takes no place.
        disk.move_file(self._path(by), self._path(name))

    def pseudonym_key(self, new: bytes = b"") -> bytes:
        path = self._folder / _PSEUDONYM
        if new and not path.exists():
            disk.create_file(path, new, mode=disk.PRIVATE)
        found = disk.read_file(path, max_bytes=MAX_KEY_BYTES, private=True)
        if len(found) != PSEUDONYM_KEY_BYTES:
            raise StorageError(
                f"`{path}` is not {PSEUDONYM_KEY_BYTES} bytes long",
                hint="restore it from your backup of keys; no other key finds what is recorded",
            )
        return found

    def complaints(self) -> list[str]:
        if not self._folder.is_dir():
            return [f"there is no folder `{self._folder}`"]
        found = []
        mode = stat.S_IMODE(self._folder.stat().st_mode)
        if mode & 0o077:
            found.append(f"`{self._folder}` can be opened by others: its mode is {mode:04o}")
        for name in self.names():
            try:
                self.read(name)
            except (NotFoundError, StorageError) as fault:
                found.append(str(fault))
        try:
            self.pseudonym_key()
        except NotFoundError:
            pass  # An older office, or one that never recorded a consent, has none.
        except StorageError as fault:
            found.append(str(fault))
        return found

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise StorageError(f"`{canonical.escaped(name)}` cannot be the name of a key")
        return self._folder / f"{name}{_ENDING}"
