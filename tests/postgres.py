"""A PostgreSQL of a test's own: made anew in a folder, reached by a socket in it, ended with it.

The server never runs as root, because it refuses to: where the tests do, it runs as the
user that its package made. Only a process that was started here is ever ended here.
"""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import psycopg

SERVER_USERS = ("postgres", "nobody")
ROLE = "tests"
LOOSE = ("fsync", "full_page_writes", "synchronous_commit")


def programs() -> Path | None:
    """Where PostgreSQL's programs are, the newest if there are several."""
    packaged = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda each: int(each.parts[-3])
    )
    if packaged:
        return packaged[-1].parent
    found = shutil.which("initdb")
    return Path(found).parent if found else None


class Cluster:
    """A server with its files."""

    def __init__(self, folder: Path, bin_: Path) -> None:
        self.folder = folder
        self._bin = bin_
        self._databases = 0
        self._settings: Sequence[str] = ()

    def make(self) -> None:
        user = _server_user()
        if user is not None:
            os.chown(self.folder, user.pw_uid, user.pw_gid)
        options = ["-D", str(self.folder / "data"), "-U", ROLE, "--auth=trust", "-E", "UTF8"]
        self._run("initdb", *options, "--locale=C", "--no-sync")

    def start(self, *settings: str) -> None:
        """Start it with these settings, such as ``fsync=off``; or as it was started before."""
        self._settings = settings or self._settings
        asked = ["unix_socket_directories=" + str(self.folder), "listen_addresses=", "port=5432"]
        asked += ["max_connections=60", "shared_buffers=32MB", *self._settings]
        options = " ".join(f"-c {each}" for each in asked)
        log = str(self.folder / "log")
        self._run(
            "pg_ctl", "-D", str(self.folder / "data"), "-l", log, "-w", "-o", options, "start"
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), "-m", "immediate", "-w", "stop")

    def kill(self) -> None:
        """End the postmaster as a power cut would, and wait until all it had are gone."""
        pid = int((self.folder / "data/postmaster.pid").read_text().split()[0])
        os.kill(pid, signal.SIGKILL)
        while Path(f"/proc/{pid}").exists() and _is_alive(pid):
            time.sleep(0.01)

    def restart_after_kill(self) -> None:
        """Start it again; that is refused as long as one of its orphans still works."""
        until = time.monotonic() + 60
        while True:
            try:
                self.start()
            except subprocess.CalledProcessError:
                if time.monotonic() > until:
                    raise
                time.sleep(0.1)
            else:
                return

    def url(self, database: str, user: str = ROLE) -> str:
        return f"postgresql+psycopg://{user}@/{database}?host={self.folder}&port=5432"

    def connect(self, database: str = "postgres") -> "psycopg.Connection[tuple[object, ...]]":
        return psycopg.connect(
            host=str(self.folder), port=5432, user=ROLE, dbname=database, autocommit=True
        )

    def new_database(self) -> str:
        """The address of a new, empty database."""
        self._databases += 1
        name = f"office_{os.getpid()}_{self._databases}"
        with self.connect() as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, program: str, *arguments: str) -> None:
        user = _server_user()
        as_user = {} if user is None else {"user": user.pw_uid, "group": user.pw_gid}
        with (self.folder / f"{program}.out").open("ab") as out:
            subprocess.run(
                [self._bin / program, *arguments],
                check=True,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                cwd="/",
                timeout=120,
                **as_user,  # type: ignore[call-overload]
            )


def _server_user() -> pwd.struct_passwd | None:
    """As whom the server runs; None if as we do."""
    if os.geteuid() != 0:
        return None
    known = {each.pw_name: each for each in pwd.getpwall()}
    return next(known[name] for name in SERVER_USERS if name in known)


def _is_alive(pid: int) -> bool:
    try:
        return ") Z" not in Path(f"/proc/{pid}/stat").read_text("utf-8")
    except OSError:
        return False


@contextmanager
def cluster(*settings: str) -> Iterator[Cluster]:
    """A server, started; ended and its files removed when left.

    Raises:
        LookupError: PostgreSQL is not installed here.
    """
    bin_ = programs()
    if bin_ is None:
        raise LookupError("PostgreSQL is not installed")
    folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
    made = Cluster(folder, bin_)
    try:
        made.make()
        made.start(*settings)
        try:
            yield made
        finally:
            made.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)
