"""The place where a register is shared: fetching from it and pushing to it.

Knows a folder, `file://`, `https://` and ssh, and asks nobody for a password:
whoever may not enter is told so in one line. What arrives is bounded in size and
time before it is unpacked. Runs no hook and reads no settings but the register's.
"""

import os
import re
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, Final
from urllib.parse import urlsplit

from dulwich.client import (
    GitClient,
    HTTPUnauthorized,
    SSHGitClient,
    default_urllib3_manager,
    get_transport_and_path,
)
from dulwich.errors import NotGitRepository
from dulwich.file import FileLocked
from dulwich.objects import ObjectID
from dulwich.protocol import Protocol
from dulwich.refs import Ref
from dulwich.repo import Repo

from engine.adapters import git_history, git_pack
from engine.canonical import escaped
from engine.errors import StorageError

BRANCH: Final = Ref(b"refs/heads/main")
WAIT_S: Final = 20
LONGEST_S: Final = 600

_SSH: Final = (
    f"ssh -o BatchMode=yes -o ConnectTimeout={WAIT_S} -o ServerAliveInterval={WAIT_S}"
    " -o ServerAliveCountMax=2"
)
_SECRET: Final = re.compile(r"(//[^/@:\s]*):[^/@\s]*@")
_BY_SSH: Final = re.compile(r"(?:[\w.-]+@)?[A-Za-z0-9][\w.-]*:(?!//).+")
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")


def shown(address: str) -> str:
    """An address for people: without a password."""
    masked = _SECRET.sub(r"\1@", address)
    return masked if masked.isprintable() else escaped(masked)


def whole_address(address: str, here: Path) -> str:
    """Write an address in full, so that it means the same from every folder.

    Args:
        here: Where a folder without a beginning slash is looked for.

    Raises:
        StorageError: It is no address that a register can be shared at.
    """
    scheme = urlsplit(address).scheme if "://" in address else ""
    odd = address.startswith("-") or "::" in address.partition("[")[0]
    if odd or not address.isprintable() or not address.strip():
        raise StorageError(f"`{shown(address)}` cannot be the address of a register", hint=_HINT)
    if scheme in ("https", "ssh"):
        return address
    if scheme == "http" and urlsplit(address).hostname in _LOOPBACK:
        return address
    if scheme == "file":
        return str(Path(urlsplit(address).path))
    if scheme:
        raise StorageError(
            f"a register is not shared over `{scheme}`: `{shown(address)}`", hint=_HINT
        )
    if _BY_SSH.fullmatch(address):
        return address
    return str((here / address).resolve())


_HINT: Final = "a folder, file:///…, https://… or ssh://… (also name@host:path)"


def fetch_pack(repository: Repo, address: str) -> str | None:
    """Bring everything that leads to the newest shared commit; say which that is."""
    newest: list[ObjectID] = []
    heads = list(repository.refs.as_dict().values())

    def wanted(refs: Mapping[Ref, ObjectID], *_: object) -> list[ObjectID]:
        newest[:] = [refs[BRANCH]] if BRANCH in refs else []
        return [each for each in newest if each not in repository.object_store]

    with _told(address), tempfile.TemporaryFile() as kept, _client(repository, address) as reached:
        client, path = reached
        # Any: dulwich's own walker is not the kind it asks for, by its types.
        walker: Any = repository.get_graph_walker(heads)
        client.fetch_pack(path, wanted, walker, _Bounded(kept).write)  # type: ignore[arg-type]
        if kept.tell():
            git_pack.refuse_excess(kept)
            kept.seek(0)
            repository.object_store.add_thin_pack(kept.read, None)
    return newest[0].decode("ascii") if newest else None


def push(repository: Repo, address: str, ours: ObjectID) -> str:
    """Offer our newest commit; empty if taken, else why not."""

    def offered(refs: dict[Ref, ObjectID]) -> dict[Ref, ObjectID]:
        there = refs.get(BRANCH)
        if there is not None and not _leads_to(repository, there, ours):
            raise _MovedOnError
        return {BRANCH: ours}

    with _told(address), _client(repository, address) as (client, path):
        try:
            answered = client.send_pack(
                path,  # type: ignore[arg-type]  # Text is taken as well as bytes.
                offered,
                repository.generate_pack_data,  # type: ignore[arg-type]  # Their types differ.
            )
        except _MovedOnError:
            return "somebody else was first"
        except FileLocked as fault:
            return f"somebody else is writing there (`{_name(fault.lockfilename)}`)"
        said = (answered.ref_status or {}).get(BRANCH)
    return escaped(said) if said else ""


class _MovedOnError(Exception):
    """The place holds a commit that ours was not made from."""


class _Bounded:
    """Takes bytes into a file, up to a bound in size and time."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._size = file, 0
        self._ends = time.monotonic() + LONGEST_S

    def write(self, data: bytes) -> int:
        self._size += len(data)
        if self._size > git_pack.MAX_PACK_BYTES:
            raise StorageError(f"more than {git_pack.MAX_PACK_BYTES:,} bytes were sent")
        if time.monotonic() > self._ends:
            raise StorageError(f"it was still sending after {LONGEST_S} seconds")
        return self._file.write(data)


def _leads_to(repository: Repo, there: ObjectID, ours: ObjectID) -> bool:
    if there not in repository.object_store:
        return False
    return git_history.descends(repository, ours, there)


class _Ssh(SSHGitClient):
    """Reaches a place over ssh, and leaves no ssh behind, however it ended."""

    def __init__(self, plain: SSHGitClient) -> None:
        super().__init__(
            plain.host,
            port=plain.port,
            username=plain.username,
            ssh_command=_SSH,
            thin_packs=False,
            quiet=True,
        )
        self._opened: list[Protocol] = []

    def _connect(
        self, cmd: bytes, path: str | bytes, protocol_version: int | None = None
    ) -> tuple[Protocol, Callable[[], bool], IO[bytes] | None]:
        reached = super()._connect(cmd, path, protocol_version)
        self._opened.append(reached[0])
        return reached

    def close(self) -> None:
        for each in self._opened:
            each.close()


@contextmanager
def _client(repository: Repo, address: str) -> Iterator[tuple[GitClient, str]]:
    settings = repository.get_config()
    pool = None
    if address.startswith("http"):
        pool = default_urllib3_manager(settings, base_url=address, timeout=WAIT_S)
    elif address.startswith("/") and not Path(address).is_dir():
        raise StorageError("there is no such folder")
    client, path = get_transport_and_path(
        address,
        thin_packs=False,
        quiet=True,
        ssh_command=_SSH,
        pool_manager=pool,  # type: ignore[arg-type]  # A wrapper of a pool serves as one.
    )
    if isinstance(client, SSHGitClient):
        client = _Ssh(client)
    try:
        yield client, path
    finally:
        client.close()


@contextmanager
def _told(address: str) -> Iterator[None]:
    """Turn whatever a transport raises into one clear line."""
    place = f"shared register `{shown(address)}`"
    try:
        yield
    except StorageError as fault:
        raise StorageError(f"{place}: {fault}", hint=fault.hint or _LOOK) from fault
    except NotGitRepository as fault:
        raise StorageError(f"{place} is no git repository", hint=_LOOK) from fault
    except HTTPUnauthorized as fault:
        raise StorageError(f"{place} asks for a password", hint=_ENTER) from fault
    # A transport raises errors of many kinds: its own, the socket's, and ssh's words.
    except Exception as fault:
        said = _said(fault)
        if re.search(r"(?i)permission denied|publickey|\b40[13]\b", said):
            raise StorageError(f"{place} does not let us in: {said}", hint=_ENTER) from fault
        raise StorageError(f"{place} cannot be reached: {said}", hint=_AWAY) from fault


def _said(fault: Exception) -> str:
    words = " ".join(_SECRET.sub(r"\1@", str(fault)).split())
    system = re.search(r"\[Errno -?\d+\] ([^'\")>\]]+)", words)
    said = "".join(each for each in (system[1] if system else words) if each.isprintable())
    return said[:160].lower() or type(fault).__name__


def _name(path: str | bytes) -> str:
    return escaped(Path(os.fsdecode(path)).name)


_LOOK: Final = "look at the address: `concordat status` shows it"
_ENTER: Final = "nobody is asked for a password: use ssh with a key that the server knows"
_AWAY: Final = "the office goes on deciding by what it has; try again later"
