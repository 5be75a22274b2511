"""When the disk fails, nothing is answered; and nothing that was answered is lost."""

import os
import resource
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import event

from engine import bootstrap
from engine.adapters import disk, sql_file
from engine.adapters.key_files import KeyFiles
from engine.adapters.register_files import FileTree
from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_tables import FORM
from engine.errors import ConcordatError, NotFoundError, StorageError
from engine.keys import PrivateKey
from engine.service import Office
from tests.service.conftest import AGREEMENT, asked

FAILING_FLUSH = """
#include <errno.h>
#include <stdlib.h>
static int flush(void) {
    if (!getenv("FAIL_FLUSH")) return 0;
    errno = EIO;
    return -1;
}
int fsync(int file) { (void)file; return flush(); }
int fdatasync(int file) { (void)file; return flush(); }
"""

UNTIL_IT_FAILS = """
import os, resource, signal, sys
from pathlib import Path
from engine import bootstrap
from engine.errors import StorageError
folder, question = Path(sys.argv[1]), sys.argv[2].encode()
office = bootstrap.open_office(folder)
print("acknowledged", office.desk.ask(question).jti)
{harm}
for _ in range(200):
    try:
        print("acknowledged", office.desk.ask(question).jti)
    except StorageError as fault:
        print("refused", fault)
        break
{mend}
try:
    print("acknowledged", office.desk.ask(question).jti)
except StorageError as fault:
    print("after", fault)
"""


def run(folder: Path, harm: str, mend: str, **environment: str) -> list[str]:
    script = UNTIL_IT_FAILS.format(harm=harm, mend=mend)
    ran = subprocess.run(
        [sys.executable, "-c", script, str(folder), asked().decode()],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={"PYTHONPATH": str(Path(__file__).parents[2]), **environment},
    )
    assert ran.returncode == 0, ran.stderr
    return ran.stdout.splitlines()


def acknowledged(lines: list[str]) -> list[str]:
    return [line.split()[1] for line in lines if line.startswith("acknowledged")]


def decisions(office: Office) -> list[str]:
    return [row.jti for row in reversed(office.evidence.records(10_000, "decision"))]


def ask_often(office: Office) -> None:
    for _ in range(50):
        office.desk.ask(asked())


@contextmanager
def on_connect(office: Office, statement: str) -> Iterator[None]:
    """Have every new connection of the records begin with a statement."""
    connections = office.premises.records._connections  # type: ignore[attr-defined]

    def run_it(connection: sqlite3.Connection, _: object) -> None:
        connection.execute(statement)

    event.listen(connections.engine, "connect", run_it)
    connections.forget()
    yield
    event.remove(connections.engine, "connect", run_it)
    connections.forget()


def test_records_locked_by_another_give_no_answer_and_then_go_on(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "log.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(StorageError, match="locked by another program") as refused:
            office.desk.ask(asked())
        other.execute("ROLLBACK")

    assert "fuser" in refused.value.hint
    assert office.desk.ask(asked()).index == 1


def test_a_full_disk_gives_no_answer_and_keeps_nothing_by_halves(office: Office) -> None:
    first = office.desk.ask(asked())
    with on_connect(office, "PRAGMA max_page_count = 1"):
        with pytest.raises(StorageError, match="no room left"):
            ask_often(office)
        held = decisions(office)

    after = office.desk.ask(asked())

    assert held[0] == first.jti
    assert decisions(office) == [*held, after.jti]
    assert office.evidence.check_log().sound


def test_a_read_only_database_gives_no_answer(office: Office) -> None:
    with (
        on_connect(office, "PRAGMA query_only = 1"),
        pytest.raises(StorageError, match="read-only"),
    ):
        office.desk.ask(asked())


def test_a_write_that_fails_ends_the_appending_of_this_process(folder: Path) -> None:
    limit = (
        "size = os.path.getsize(folder / 'log.sqlite-wal') + 30_000\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))"
    )
    mend = "resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY,) * 2)"

    lines = run(folder, limit, mend)

    assert [line.split()[0] for line in lines[-2:]] == ["refused", "after"]
    assert "disk failed" in lines[-2]
    assert "nothing more is kept" in lines[-1]
    with bootstrap.open_office(folder) as office:
        assert decisions(office) == acknowledged(lines)
        assert office.evidence.check_log().sound
        assert office.desk.ask(asked()).index == len(acknowledged(lines)) + 1


@pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")
def test_a_flush_that_fails_ends_the_appending_of_this_process(
    folder: Path, tmp_path: Path
) -> None:
    source, library = tmp_path / "failing.c", tmp_path / "failing.so"
    source.write_text(FAILING_FLUSH, "utf-8")
    subprocess.run(["cc", "-shared", "-fPIC", "-o", library, source], check=True)

    lines = run(
        folder,
        "os.environ['FAIL_FLUSH'] = '1'",
        "del os.environ['FAIL_FLUSH']",
        LD_PRELOAD=str(library),
    )

    assert [line.split()[0] for line in lines] == ["acknowledged", "refused", "after"]
    assert "nothing more is kept" in lines[-1]
    with bootstrap.open_office(folder) as office:
        # What a failed flush left is unknown until now; either way the log is whole.
        assert decisions(office)[:1] == acknowledged(lines)
        assert office.evidence.check_log().sound


def test_the_settings_that_make_records_durable_are_checked(office: Office) -> None:
    with office.premises.records._reading() as connection:  # type: ignore[attr-defined]
        found = {
            name: connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "recursive_triggers")
        }

    assert found == {
        "journal_mode": "wal",
        "synchronous": 2,
        "foreign_keys": 1,
        "recursive_triggers": 1,
    }


def test_a_database_that_cannot_write_ahead_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = SqlStore.create(tmp_path / "log.sqlite", chain="c")
    monkeypatch.setitem(sql_file._PRAGMAS, "journal_mode", "safer")

    with pytest.raises(StorageError, match="cannot be kept safely: `journal_mode` is wal"):
        store.head()


# ---- files that are not what they should be

ODD = [
    ("empty", lambda path: path.write_bytes(b""), "does not hold the records"),
    ("words", lambda path: path.write_bytes(b"not a database " * 999), "not a database"),
    ("folder", lambda path: path.mkdir(), "it is a folder"),
    ("nothing", lambda _: None, "no records at"),
]


@pytest.mark.parametrize(("make", "said"), [row[1:] for row in ODD], ids=[row[0] for row in ODD])
def test_records_that_are_none_are_told_apart(folder: Path, make: object, said: str) -> None:
    path = folder / "log.sqlite"
    path.unlink()
    make(path)  # type: ignore[operator]

    with pytest.raises(StorageError, match=said):
        bootstrap.open_office(folder)


def test_another_programs_database_is_neither_taken_nor_touched(folder: Path) -> None:
    path = folder / "log.sqlite"
    path.unlink()
    with closing(sqlite3.connect(path)) as other:
        other.execute("CREATE TABLE mine (x)")
    before = path.read_bytes()

    with pytest.raises(StorageError, match="does not hold the records of an office"):
        bootstrap.open_office(folder)
    assert path.read_bytes() == before


def test_records_of_a_newer_version_are_left_alone(folder: Path) -> None:
    with closing(sqlite3.connect(folder / "log.sqlite")) as newer:
        newer.execute(f"PRAGMA user_version = {FORM + 1}")

    with pytest.raises(StorageError, match=f"form {FORM + 1}; this version reads form {FORM}"):
        bootstrap.open_office(folder)


def test_a_damaged_database_says_so(office: Office) -> None:
    for _ in range(20):
        office.desk.ask(asked())
    office.close()
    path = office.folder / "log.sqlite"
    data = bytearray(path.read_bytes())
    data[4096 * 4 : 4096 * 12] = b"\x5a" * (4096 * 8)
    path.write_bytes(data)

    with pytest.raises(ConcordatError), bootstrap.open_office(office.folder) as damaged:
        ask_often(damaged)
    assert not all(each.ok for each in bootstrap.examine(office.folder))


def big(path: Path) -> None:
    with path.open("wb") as file:
        file.truncate(100 * 1024 * 1024)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(lambda path: path.mkdir(), "is a folder", id="a folder"),
        pytest.param(big, "104,857,600 bytes long; at most", id="100 MB"),
        pytest.param(lambda path: path.write_bytes(b""), r"empty|nothing|no fields", id="empty"),
        pytest.param(lambda path: path.write_bytes(b"\x00\xff" * 99), "not UTF-8", id="binary"),
        pytest.param(lambda path: path.symlink_to("/dev/zero"), "symbolic link", id="a link"),
    ],
)
def test_an_agreement_that_is_none_is_refused_without_being_swallowed(
    office: Office, harm: object, said: str
) -> None:
    path = office.premises.register.path("agreements/odd.yaml")
    harm(path)  # type: ignore[operator]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss

    with pytest.raises(ConcordatError, match=said):
        office.author.read("odd")

    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000
    assert any(row.id == "odd" and row.fault for row in office.author.drafts())


NAMES = ["../x", "/etc/passwd", "a/../../b", "", ".hidden", "a\x00b", "-x"]


@pytest.mark.parametrize("name", NAMES)
def test_no_name_leads_out_of_the_register(office: Office, name: str) -> None:
    with pytest.raises(ConcordatError):
        office.author.read(name)
    with pytest.raises(StorageError):
        office.premises.register.path(name)


def test_a_folder_that_is_a_link_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside/x.yaml").write_text("secret", "utf-8")
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree/agreements").symlink_to(tmp_path / "outside")

    with pytest.raises(StorageError, match="symbolic link"):
        FileTree(tmp_path / "tree").read("agreements/x.yaml")


# ---- what is kept at hand


def test_a_file_changed_just_now_is_read_anew_however_like_it_was(tmp_path: Path) -> None:
    tree, path = FileTree(tmp_path), tmp_path / "clients.json"
    path.write_bytes(b"0000")

    for number in range(2_000):
        with path.open("r+b") as file:  # In place, of one length, within one tick of many clocks.
            file.write(b"%04d" % number)
        assert tree.read("clients.json") == b"%04d" % number


def settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FileTree, Path]:
    """A file that is read from memory as long as it stays as it is."""
    monkeypatch.setattr(disk, "SETTLED_NS", 0)
    tree, path = FileTree(tmp_path), tmp_path / "clients.json"
    path.write_bytes(b"first")
    tree.read("clients.json")
    with monkeypatch.context() as gone:
        gone.setattr(disk, "read_file", None)
        assert tree.read("clients.json") == b"first"
    return tree, path


def test_a_file_that_was_dated_back_is_read_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, path = settled(tmp_path, monkeypatch)
    before = path.stat()

    while path.stat().st_ctime_ns == before.st_ctime_ns:
        path.write_bytes(b"later")
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))

    assert tree.read("clients.json") == b"later"


def test_a_file_that_was_replaced_or_is_gone_is_not_told_from_memory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, path = settled(tmp_path, monkeypatch)

    disk.write_file(path, b"other")
    assert tree.read("clients.json") == b"other"

    link(path)
    with pytest.raises(StorageError, match="symbolic link"):
        tree.read("clients.json")

    path.unlink()
    with pytest.raises(NotFoundError):
        tree.read("clients.json")


# ---- keys

LOOSE = [0o640, 0o604, 0o660, 0o644, 0o601]


@pytest.mark.parametrize("mode", LOOSE, ids=[f"{mode:04o}" for mode in LOOSE])
def test_a_key_that_others_may_open_is_not_used(office: Office, mode: int) -> None:
    (office.folder / "keys/decision.jwk").chmod(mode)

    with pytest.raises(StorageError, match="can be opened by others") as refused:
        office.desk.ask(asked())
    assert "chmod 600" in refused.value.hint
    assert [each.name for each in office.doctor() if not each.ok] == ["keys", "trust root"]


def link(path: Path) -> None:
    path.rename(path.with_suffix(".real"))
    path.symlink_to(path.with_suffix(".real"))


def replaced(data: bytes) -> object:
    return lambda path: path.write_bytes(data)


@pytest.mark.parametrize(
    ("harm", "said"),
    [
        pytest.param(link, "symbolic link", id="a link"),
        pytest.param(lambda path: (path.unlink(), path.mkdir()), "a folder", id="a folder"),
        pytest.param(replaced(b""), "is not a private Ed25519 key", id="empty"),
        pytest.param(replaced(b"{}"), "is not a private Ed25519 key", id="no key"),
        pytest.param(replaced(b" " * 16_385), "at most 16,384", id="too long"),
        pytest.param(Path.unlink, "no key `decision`", id="gone"),
    ],
)
def test_a_key_file_that_is_none_is_refused(office: Office, harm: object, said: str) -> None:
    harm(office.folder / "keys/decision.jwk")  # type: ignore[operator]

    with pytest.raises((StorageError, NotFoundError), match=said):
        office.desk.ask(asked())
    assert decisions(office) == []


def test_no_message_shows_a_part_of_a_key(office: Office) -> None:
    path = office.folder / "keys/decision.jwk"
    secret = path.read_text("utf-8")
    path.write_text(secret.replace('"kty":"OKP"', '"kty":"OKQ"'), "utf-8")

    with pytest.raises(StorageError) as refused:
        office.desk.ask(asked())

    d = secret.split('"d":"')[1][:12]
    assert d not in repr(refused.value) + str(refused.value.__cause__)


def test_a_key_is_never_replaced(tmp_path: Path) -> None:
    keys = KeyFiles(tmp_path / "keys")
    first = PrivateKey.generate(bytes(32))
    keys.create("decision", first)

    with pytest.raises(StorageError, match="already"):
        keys.create("decision", PrivateKey.generate(bytes([1] * 32)))
    assert keys.read("decision").public == first.public


# ---- files written whole


def test_a_file_is_replaced_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "trust.json"
    disk.write_file(path, b"old")

    def fails(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    with pytest.raises(StorageError, match="no space left"):
        disk.write_file(path, b"new and longer")

    assert path.read_bytes() == b"old"
    assert [each.name for each in tmp_path.iterdir()] == ["trust.json"]


def test_a_new_office_and_its_log_can_be_found_after_a_power_cut(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    flushed = []

    def flush(folder: Path) -> None:
        flushed.append((folder, sorted(each.name for each in folder.iterdir())))

    monkeypatch.setattr(disk, "sync_folder", flush)
    monkeypatch.setattr(sql_file, "sync_folder", flush)
    with disk.whole_folder(tmp_path / "office") as made:
        SqlStore.create(made / "log.sqlite", chain="c")

    assert flushed == [
        (made, ["log.sqlite"]),
        (made, ["log.sqlite"]),
        (tmp_path, ["office"]),
    ]


def test_a_damaged_register_is_told_in_our_own_words(office: Office) -> None:
    (office.folder / "register/.git/HEAD").write_text("nonsense", "utf-8")

    with pytest.raises(StorageError, match="register"):
        office.premises.register.head()


def test_a_lock_left_by_a_killed_program_does_not_stop_the_register(office: Office) -> None:
    (office.folder / "register/.git/index.lock").touch()
    office.author.new("second", "Second")

    words = office.premises.register.read("agreements/second.yaml")
    place = office.premises.register.commit(
        {"agreements/second.yaml": words}, "second", office.premises.clock.now()
    )

    assert place == office.premises.register.head()


def test_a_register_changed_by_hand_is_noticed(office: Office) -> None:
    (office.folder / f"register/policies/published/{AGREEMENT}/1.0/policy.cedar").write_text(
        "permit(principal, action, resource);", "utf-8"
    )

    (register,) = [each for each in office.doctor() if each.name == "register"]
    assert not register.ok
    assert "policy.cedar" in register.said


def test_a_clock_put_back_ends_all_answers(office: Office) -> None:
    class Slow:
        def now(self) -> datetime:
            return datetime.now(UTC) - timedelta(seconds=3600)

    office.desk.ask(asked())
    with bootstrap.open_office(office.folder, clock=Slow()) as slow:
        with pytest.raises(ConcordatError, match=r"before the newest record|spoke for"):
            slow.desk.ask(asked())
        (clock,) = [each for each in slow.doctor() if each.name == "clock"]
    assert not clock.ok
