"""A `concordat` that is loaded already: each command a process of its own, without the start.

Most of what a short command takes is Python finding its libraries, and the tests run some
hundreds of them. So one process loads everything once, and forks for each command, which then
has the arguments, the folder, the environment, and the very files of input and output that the
shell gave it. How a command starts by itself is for `test_start`; what a shell says of a whole
process (`ulimit`) is for a `concordat` that is `shimmed`.
"""

import atexit
import importlib
import json
import os
import pkgutil
import selectors
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.cli.terminal import ROOT, put

CALLER = f"""#!{sys.executable} -SE
import json, os, socket, sys
with socket.socket(socket.AF_UNIX) as there:
    there.connect({{place!r}})
    said = json.dumps([sys.argv[1:], os.getcwd(), dict(os.environ)]).encode()
    socket.send_fds(there, [len(said).to_bytes(4)], [0, 1, 2])
    there.sendall(said)
    ended = there.recv(1)
sys.exit(ended[0] if ended else 1)
"""
"""Asks for a command and waits for its end."""


@contextmanager
def loaded(folder: Path) -> Iterator[Path]:
    """Put a `concordat` that is loaded into a folder, to be found there by a shell."""
    place = folder / "socket"
    command = [sys.executable, "-m", "tests.cli.ready", str(place)]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        assert server.stdout.readline() == b"ready\n"
        yield put(folder / "bin", CALLER.format(place=str(place)))
        server.stdin.close()


def _serve(place: str) -> None:
    """Fork for each command until whoever started this has gone; returns once in each fork.

    No command outlives whoever called it, or this.
    """
    running: dict[int, tuple[int, socket.socket, int]] = {}
    with socket.socket(socket.AF_UNIX) as door, selectors.DefaultSelector() as events:
        door.bind(place)
        door.listen()
        events.register(door, selectors.EVENT_READ)
        events.register(sys.stdin, selectors.EVENT_READ)
        print("ready", flush=True)
        while True:
            for key, _ in events.select():
                if key.fileobj is sys.stdin:
                    for ended in running:
                        signal.pidfd_send_signal(ended, signal.SIGKILL)
                    sys.exit(0)
                elif key.fileobj is door:
                    caller, _ = door.accept()
                    gone = os.pidfd_open(_process_of(caller))
                    pid = os.fork()
                    if not pid:
                        return _become(caller)
                    ended = os.pidfd_open(pid)
                    running[ended] = pid, caller, gone
                    events.register(ended, selectors.EVENT_READ)
                    events.register(gone, selectors.EVENT_READ, ended)
                elif key.fd in running:
                    pid, caller, gone = running.pop(key.fd)
                    _tell_end(pid, caller)
                    for each in {key.fd, gone} & {*events.get_map()}:
                        events.unregister(each)
                    os.close(key.fd)
                    os.close(gone)
                elif key.data in running:
                    events.unregister(key.fd)
                    signal.pidfd_send_signal(key.data, signal.SIGKILL)


def _tell_end(pid: int, caller: socket.socket) -> None:
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with caller, suppress(BrokenPipeError):
        caller.sendall(bytes([code if code >= 0 else 128 - code]))


def _process_of(caller: socket.socket) -> int:
    """Whoever is at the other end."""
    said = caller.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, 12)
    return int.from_bytes(said[:4], sys.byteorder)


def _become(caller: socket.socket) -> None:
    """Take the arguments, folder, environment and files of whoever called."""
    size, files, *_ = socket.recv_fds(caller, 4, 3)
    said = b""
    while len(said) < int.from_bytes(size):
        said += caller.recv(65536)
    caller.close()
    arguments, folder, environment = json.loads(said)
    for number, file in enumerate(files):
        os.dup2(file, number)
        os.close(file)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv[1:] = arguments


if __name__ == "__main__":
    from agreements.vocabulary import current
    from concordat.__main__ import main
    from engine.adapters.seed import build_sha256
    from engine.bootstrap import law_files
    from engine.collecting import collect_no_more
    from engine.statute_book import read_statute_book

    # Words and law come with the program, as its modules do, and so does the name of its source.
    current()
    read_statute_book(law_files())
    build_sha256()
    for package in ("cli", "api", "api.routes", "engine", "engine.service", "engine.adapters"):
        for each in pkgutil.iter_modules([str(ROOT / package.replace(".", "/"))], f"{package}."):
            importlib.import_module(each.name)
    collect_no_more()  # A fork that looked at all this would have to copy all of it.
    _serve(sys.argv[1])
    ended = main()
    atexit._run_exitfuncs()
    sys.stderr.flush()
    os._exit(ended)  # To take everything down that was loaded costs more than most commands.
