"""A register shared over https and ssh, as far as one machine can show it: git's own servers."""

import http.server
import os
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from engine.adapters.git_sync import GitSync
from engine.errors import StorageError
from tests.service.sharing import git

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)


def pushed(register: GitSync) -> str:
    return register.push(register.newest() or "")


SSH = """#!/bin/sh
# Stands for ssh: drops the options, looks at the host, runs the command here.
while :; do
  case "$1" in
    -o|-p|-i) shift 2 ;;
    -*) shift ;;
    *) break ;;
  esac
done
[ "$1" = nobody@example.org ] && { echo "nobody@example.org: Permission denied (publickey)." >&2; exit 255; }
[ "$1" = away.example.org ] && { echo "ssh: connect to host away.example.org port 22: No route to host" >&2; exit 255; }
shift
exec sh -c "$*"
"""  # noqa: E501


class _Backend(http.server.BaseHTTPRequestHandler):
    """Hands each request to git's own program for serving over http."""

    place: Path

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        length = self.headers.get("Content-Length")
        chunked = self.headers.get("Transfer-Encoding") == "chunked"
        body = self._chunks() if chunked else self.rfile.read(int(length or 0))
        said = {
            "PATH": os.environ["PATH"],
            "GIT_PROJECT_ROOT": str(self.place),
            "GIT_HTTP_EXPORT_ALL": "1",
            "REMOTE_USER": "office",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        ran = subprocess.run(
            ["git", "http-backend"], input=body, env=said, capture_output=True, check=True
        )
        head, _, content = ran.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().split("\r\n"))
        self.send_response(int(headers.pop("Status", "200 OK").split()[0]))
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _chunks(self) -> bytes:
        found = b""
        while size := int(self.rfile.readline(), 16):
            found += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return found

    do_GET = do_POST = _serve  # noqa: N815 — So the library names them.

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def place(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "place.git")
    return tmp_path / "place.git"


@pytest.fixture
def over_http(place: Path) -> Iterator[str]:
    handler = type("Backend", (_Backend,), {"place": place.parent})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/place.git"
    server.shutdown()
    server.server_close()


@pytest.fixture
def over_ssh(place: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh").write_text(SSH, "utf-8")
    (tmp_path / "bin/ssh").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return f"ssh://git@example.org{place}"


@pytest.mark.parametrize("way", ["over_http", "over_ssh"])
def test_two_registers_meet(way: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    address: str = request.getfixturevalue(way)
    ours, theirs = (GitSync.make(tmp_path / name) for name in ("ours", "theirs"))
    for each in (ours, theirs):
        each.share(address)
    assert ours.fetch() is None
    ours.commit({"agreements/a.yaml": b"a: 1\n"}, "begin", NOW)
    assert pushed(ours) == ""
    theirs.forward(theirs.fetch() or "")
    theirs.commit({"agreements/a.yaml": b"a: 2\n"}, "edit", NOW)
    ours.commit({"agreements/b.yaml": b"b: 1\n"}, "new", NOW)

    assert pushed(theirs) == ""
    assert pushed(ours) == "somebody else was first"
    fetched = ours.fetch() or ""

    assert fetched == theirs.newest()
    changes = {each.name: each.after for each in ours.alterations(ours.meeting(
        ours.newest() or "", fetched), fetched)}  # fmt: skip
    ours.join([ours.newest() or "", fetched], changes, "join", NOW)
    assert pushed(ours) == ""
    assert git(tmp_path / "place.git", "fsck", "--strict", "--full") == ""


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("ssh://nobody@example.org/place.git", "does not let us in: .*permission denied"),
        ("ssh://away.example.org/place.git", "cannot be reached: .*no route to host"),
        ("git@example.org:/nowhere.git", "shared register `git@example.org:/nowhere.git`"),
    ],
)
def test_a_server_that_does_not_answer_is_told_in_one_line(
    over_ssh: str, tmp_path: Path, address: str, said: str
) -> None:
    ours = GitSync.make(tmp_path / "ours")
    ours.share(address)

    with pytest.raises(StorageError, match=said) as refused:
        ours.fetch()

    assert "\n" not in str(refused.value)


def test_a_repository_that_is_not_there_is_told(over_http: str, tmp_path: Path) -> None:
    ours = GitSync.make(tmp_path / "ours")
    ours.share(over_http.replace("place", "nowhere"))

    with pytest.raises(StorageError, match="is no git repository"):
        ours.fetch()
