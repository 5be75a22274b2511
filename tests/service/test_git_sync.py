"""A register's history, fetched, read, joined and pushed; plain git reads and continues it."""

import http.server
import subprocess
import threading
import zlib
from collections.abc import Iterator
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path

import pytest

from engine.adapters import git_pack
from engine.adapters.git_register import author_of
from engine.adapters.git_remote import shown
from engine.adapters.git_sync import GitSync
from engine.errors import NotFoundError, StorageError

NOW = datetime(2026, 4, 2, 9, tzinfo=UTC)


def pushed(register: GitSync) -> str:
    return register.push(register.newest() or "")


def git(folder: Path, *said: str) -> str:
    settings = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.org"]
    ran = subprocess.run(
        ["git", "-C", str(folder), *settings, *said], capture_output=True, text=True, check=False
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout


@pytest.fixture
def place(tmp_path: Path) -> Path:
    git(tmp_path, "init", "-q", "--bare", "-b", "main", "place.git")
    return tmp_path / "place.git"


def register(folder: Path, place: Path, name: str = "Northshire Council") -> GitSync:
    made = GitSync.make(folder, author_of(folder.name, name))
    made.share(str(place))
    return made


@pytest.fixture
def ours(tmp_path: Path, place: Path) -> GitSync:
    made = register(tmp_path / "ours", place)
    made.commit({"agreements/a.yaml": b"a: 1\n", "policies/x": b"x\n"}, "begin", NOW)
    assert pushed(made) == ""
    return made


@pytest.fixture
def theirs(tmp_path: Path, place: Path, ours: GitSync) -> GitSync:
    made = register(tmp_path / "theirs", place, "Northshire NHS Trust")
    made.forward(made.fetch() or "")
    return made


def test_fetching_moves_nothing_until_it_is_asked_to(ours: GitSync, theirs: GitSync) -> None:
    ours.commit({"agreements/a.yaml": b"a: 2\n"}, "edit", NOW)
    pushed(ours)

    fetched = theirs.fetch()

    assert fetched == ours.newest() == theirs.seen() != theirs.newest()
    assert theirs.read("agreements/a.yaml") == b"a: 1\n"
    assert theirs.read_at(fetched or "", "agreements/a.yaml") == b"a: 2\n"
    theirs.forward(fetched or "")
    assert theirs.read("agreements/a.yaml") == b"a: 2\n"
    assert theirs.changed() == []


def test_a_push_over_what_somebody_else_pushed_is_refused(ours: GitSync, theirs: GitSync) -> None:
    for each, name in ((ours, "b"), (theirs, "c")):
        each.commit({f"agreements/{name}.yaml": b"x: 1\n"}, "new", NOW)
    assert pushed(ours) == ""

    assert pushed(theirs) == "somebody else was first"


def test_a_push_while_somebody_else_is_writing_there_says_so_and_is_taken_afterwards(
    ours: GitSync, place: Path
) -> None:
    ours.commit({"agreements/b.yaml": b"x: 1\n"}, "new", NOW)
    lock = place / "refs/heads/main.lock"
    lock.touch()

    assert pushed(ours) == "somebody else is writing there (`main.lock`)"

    lock.unlink()
    assert pushed(ours) == ""


def test_two_histories_are_joined_file_by_file(ours: GitSync, theirs: GitSync, place: Path) -> None:
    ours.commit({"agreements/b.yaml": b"b: 1\n"}, "new", NOW)
    theirs.commit({"agreements/a.yaml": b"a: 3\n", "deep/er/c": b"c\n"}, "edit", NOW)
    pushed(theirs)
    fetched = ours.fetch() or ""
    base = ours.meeting(ours.newest() or "", fetched)
    changes = {each.name: each.after for each in ours.alterations(base, fetched)}

    made = ours.join([ours.newest() or "", fetched], changes, "join", NOW)

    assert pushed(ours) == ""
    assert ours.changed() == []
    assert git(place, "show", "main:deep/er/c") == "c\n"
    assert git(place, "show", "main:agreements/b.yaml") == "b: 1\n"
    assert git(place, "log", "-1", "--format=%P %an %ae").split(" ", 2)[2] == (
        "Northshire Council ours@concordat.invalid\n"
    )
    assert ours.newest() == made.commit
    assert ours.descends(made.commit, fetched)


def test_plain_git_clones_continues_and_pushes_it(
    ours: GitSync, place: Path, tmp_path: Path
) -> None:
    git(tmp_path, "clone", "-q", str(place), "plain")
    plain = tmp_path / "plain"
    (plain / "agreements/a.yaml").write_text("a: 9\n", "utf-8")
    (plain / "policies/x").unlink()
    git(plain, "commit", "-qam", "edit")
    git(plain, "push", "-q")

    ours.forward(ours.fetch() or "")

    assert ours.read("agreements/a.yaml") == b"a: 9\n"
    assert not ours.holds("policies/x")
    assert ours.told(ours.newest() or "").author == "Somebody"
    for folder in (place, plain, ours.root):
        assert git(folder, "fsck", "--strict", "--full") == ""
    assert git(ours.root, "status", "--porcelain") == ""


def test_the_agency_is_the_author_whatever_it_is_called(tmp_path: Path, place: Path) -> None:
    made = register(tmp_path / "odd", place, "A <b>\nauthor x")
    made.commit({"a": b""}, "a", NOW)

    assert git(made.root, "log", "-1", "--format=%an|%ae") == "A bauthor x|odd@concordat.invalid\n"


def test_a_move_that_was_cut_short_is_finished_and_no_edit_is_lost(
    ours: GitSync, theirs: GitSync
) -> None:
    ours.commit({"agreements/a.yaml": b"a: 2\n", "agreements/z.yaml": b"z\n"}, "edit", NOW)
    pushed(ours)
    old, fetched = theirs.newest(), theirs.fetch()
    journal = theirs.root / ".git" / "concordat.moving"
    journal.write_text(f"{old} {fetched}\n", "utf-8")
    theirs.write("agreements/z.yaml", b"z\n")

    theirs.finish()

    assert theirs.newest() == fetched
    assert theirs.changed() == []
    assert theirs.read("agreements/a.yaml") == b"a: 2\n"
    assert not journal.exists()


def test_a_commit_after_a_move_that_was_cut_short_is_made_on_top_of_it(
    ours: GitSync, theirs: GitSync
) -> None:
    ours.commit({"agreements/z.yaml": b"z\n"}, "new", NOW)
    pushed(ours)
    old, fetched = theirs.newest(), theirs.fetch()
    (theirs.root / ".git" / "concordat.moving").write_text(f"{old} {fetched}\n", "utf-8")

    theirs.commit({"agreements/y.yaml": b"y\n"}, "new", NOW)

    assert theirs.changed() == []
    assert theirs.descends(theirs.newest() or "", fetched or "")
    assert theirs.names("agreements") == ["a.yaml", "y.yaml", "z.yaml"]


def test_what_somebody_writes_while_the_register_moves_is_kept_beside(
    ours: GitSync, theirs: GitSync
) -> None:
    ours.commit({"agreements/a.yaml": b"a: 2\n"}, "edit", NOW)
    pushed(ours)
    fetched = theirs.fetch() or ""
    theirs.write("agreements/a.yaml", b"a: mine\n")

    theirs.forward(fetched)

    assert theirs.read("agreements/a.yaml") == b"a: 2\n"
    assert theirs.read("agreements/a.mine.yaml") == b"a: mine\n"
    assert theirs.changed() == []


def test_what_is_kept_beside_is_in_no_commit_and_no_list_of_changes(ours: GitSync) -> None:
    kept = [ours.keep_beside("agreements/a.yaml", words) for words in (b"one", b"two", b"one")]

    assert kept == [f"agreements/a.{name}.yaml" for name in ("mine", "mine-2", "mine")]
    assert ours.changed() == []
    assert git(ours.root, "status", "--porcelain") == ""
    assert ours.read("agreements/a.mine-2.yaml") == b"two"


def test_a_file_that_a_commit_lacks_is_not_found(ours: GitSync) -> None:
    for name in ("nothing", "agreements", "agreements/a.yaml/b"):
        with pytest.raises(NotFoundError):
            ours.read_at(ours.newest() or "", name)


# ---- the place


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("/nowhere/at/all", "there is no such folder"),
        ("git://example.org/x", "not shared over `git`"),
        ("http://example.org/x", "not shared over `http`"),
        ("ext::sh -c touch%20x", "cannot be the address"),
        ("-oProxyCommand=touch", "cannot be the address"),
        ("a\nb", "cannot be the address"),
        ("", "cannot be the address"),
        ("https://127.0.0.1:9/x.git", "cannot be reached: connection refused"),
        ("https://me:secret@127.0.0.1:9/x.git", "`https://me@127.0.0.1:9/x.git` cannot"),
    ],
)
def test_a_place_that_is_none_or_away_is_told_in_one_line(
    ours: GitSync, address: str, said: str
) -> None:
    def reach() -> None:
        ours.share(address)
        ours.fetch()

    with pytest.raises(StorageError, match=said) as refused:
        reach()

    assert "\n" not in str(refused.value)
    assert "secret" not in str(refused.value)
    assert refused.value.hint


def test_a_folder_that_is_no_repository_is_told(ours: GitSync, tmp_path: Path) -> None:
    ours.share(str(tmp_path))

    with pytest.raises(StorageError, match="is no git repository"):
        ours.fetch()


def test_an_empty_place_has_no_newest_commit(tmp_path: Path, place: Path) -> None:
    assert register(tmp_path / "first", place).fetch() is None


class _Guarded(http.server.BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        self.send_response(401)
        self.send_header("WWW-Authenticate", "Basic")
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def guarded() -> Iterator[str]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Guarded)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}/r.git"
    server.shutdown()
    server.server_close()


def test_a_place_behind_a_password_says_so_and_asks_nobody(ours: GitSync, guarded: str) -> None:
    ours.share(guarded)

    with pytest.raises(StorageError, match="asks for a password"):
        ours.fetch()


def test_a_password_in_an_address_is_never_shown() -> None:
    assert shown("https://me:secret@example.org/r.git") == "https://me@example.org/r.git"


def test_no_hook_is_run(ours: GitSync, theirs: GitSync, tmp_path: Path, place: Path) -> None:
    for folder in (ours.root / ".git", theirs.root / ".git", place):
        for name in ("post-merge", "post-checkout", "pre-push", "post-commit", "post-receive"):
            hook = folder / "hooks" / name
            hook.parent.mkdir(exist_ok=True)
            hook.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n", "utf-8")
            hook.chmod(0o755)
    ours.commit({"agreements/a.yaml": b"a: 2\n"}, "edit", NOW)
    pushed(ours)
    theirs.forward(theirs.fetch() or "")

    assert not (tmp_path / "ran").exists()


# ---- what is sent


def packed(*objects: tuple[int, int, bytes]) -> BytesIO:
    """A pack of objects: kind, declared size, content."""
    found = b"PACK" + (2).to_bytes(4, "big") + len(objects).to_bytes(4, "big")
    for kind, size, content in objects:
        byte, rest = (kind << 4) | (size & 15), size >> 4
        while rest:
            found += bytes([byte | 0x80])
            byte, rest = rest & 0x7F, rest >> 7
        found += bytes([byte]) + zlib.compress(content)
    return BytesIO(found + bytes(20))


def test_a_pack_of_files_within_bounds_is_passed_over() -> None:
    git_pack.refuse_excess(packed((3, 5, b"hello"), (3, 0, b""), (3, 300, b"x" * 300)))


@pytest.mark.parametrize(
    ("pack", "said"),
    [
        (packed((3, 1 << 30, b"")), "1,073,741,824 bytes was sent"),
        (packed((3, 4, b"hello")), "larger than it declares"),
        (packed((3, 6, b"hello")), "smaller than it declares"),
        (packed((5, 5, b"hello")), "unknown kind 5"),
        (packed((6, 3, b"\x05\xff\xff\xff\xff\x07")), "damaged"),
        (BytesIO(b"PACK" + bytes(4) + b"\xff\xff\xff\xff"), "4,294,967,295 objects"),
        (BytesIO(b"JUNKJUNKJUNK"), "not a git pack"),
        (BytesIO(packed((3, 5, b"hello")).getvalue()[:14]), "cut short"),
    ],
    ids=["giant", "more", "less", "kind", "delta", "many", "junk", "cut"],
)
def test_what_would_unfold_too_far_is_refused(pack: BytesIO, said: str) -> None:
    with pytest.raises(StorageError, match=said):
        git_pack.refuse_excess(pack)


def test_a_few_bytes_that_unfold_to_many_are_refused_before_they_are_kept(
    ours: GitSync, theirs: GitSync, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours.commit({"big.bin": bytes(1 << 20)}, "grow", NOW)
    pushed(ours)
    monkeypatch.setattr(git_pack, "MAX_OBJECT_BYTES", 1 << 19)

    with pytest.raises(StorageError, match="1,048,576 bytes was sent; at most 524,288"):
        theirs.fetch()
    assert theirs.seen() == theirs.newest()
