"""Records of older forms: brought to this one whole or not at all; newer ones are not touched."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from engine import bootstrap
from engine.adapters import sql_upgrade
from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_tables import FORM, METADATA, TABLES
from engine.errors import StorageError
from engine.ports import Entry
from tests.service import older
from tests.service.conftest import asked
from tests.service.test_batches import sealing

ROOT = Path(__file__).parents[2]

UPGRADED_UNTIL_KILLED = """
import os, signal, sys
from pathlib import Path
from sqlalchemy import event
from sqlalchemy.engine import Engine
from engine.adapters.sql_store import SqlStore
left = int(sys.argv[3])

@event.listens_for(Engine, "before_cursor_execute")
def count(*_):
    global left
    left -= 1
    if left < 0:
        os.kill(os.getpid(), signal.SIGKILL)

SqlStore.upgrade(Path(sys.argv[1]), chain=sys.argv[2])
"""


def form_of(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def tables(path: Path) -> dict[str, str]:
    with closing(sqlite3.connect(path)) as connection:
        return dict(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql <> ''"))


def said(store: Any) -> tuple[list[Entry], list[Any], list[Any], list[Any]]:
    return (
        list(store.entries()),
        sorted(store.nodes(), key=lambda node: (node.level, node.index)),
        list(store.heads()),
        list(store.all_disclosures()),
    )


@pytest.fixture
def asked_often(folder: Path) -> Path:
    """An office with some records, closed."""
    with bootstrap.open_office(folder) as office:
        office.desk.ask_many([asked()] * 5 + [asked(role="midwife")])
    return folder


# ---- the steps and the models


def test_the_newest_step_leads_to_the_form_this_version_reads() -> None:
    assert sql_upgrade.newest() == FORM


@pytest.mark.parametrize("form", [None, *older.ALL_FORMS], ids=lambda form: f"from {form}")
def test_the_steps_make_exactly_what_the_models_say(tmp_path: Path, form: int | None) -> None:
    path = tmp_path / "log.sqlite"
    SqlStore.create(path, chain="c").close()
    made = tables(path)
    if form is not None:
        older.put_back(path, form)
        assert SqlStore.upgrade(path, chain="c") == (form, FORM)
        assert form_of(path) == FORM

    with create_engine(f"sqlite:///{path}").connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == f"{FORM:04}"
    assert tables(path).keys() == made.keys()
    assert {table.name for table in TABLES} < tables(path).keys()


# ---- what was kept before


@pytest.mark.parametrize("form", older.WITH_STANDING)
def test_an_office_of_an_older_form_goes_on_as_it_was(asked_often: Path, form: int) -> None:
    path = asked_often / "log.sqlite"
    with bootstrap.open_office(asked_often) as office:
        before = said(office.premises.records)
    older.put_back(path, form)

    with bootstrap.open_office(asked_often) as office:
        assert said(office.premises.records) == before
        assert office.evidence.check_log().sound
        assert office.premises.records.complaints() == []
        assert office.desk.ask(asked()).index == len(before[0])
        assert office.evidence.proof(before[0][-1].jti)
    assert form_of(path) == FORM


@pytest.mark.parametrize("form", older.ALL_FORMS)
def test_every_entry_and_hidden_claim_of_an_older_form_is_kept(tmp_path: Path, form: int) -> None:
    path = tmp_path / "log.sqlite"
    with closing(SqlStore.create(path, chain="c")) as store:
        store.append_many([sealing(f"r{number}") for number in range(20)])
        before = said(store)
    older.put_back(path, form)

    with closing(SqlStore(path, chain="c")) as store:
        assert said(store) == before
        assert store.append(sealing("next"))[0] == 20


def test_what_was_erased_stays_erased(asked_often: Path) -> None:
    path = asked_often / "log.sqlite"
    older.put_back(path, 4)
    with closing(sqlite3.connect(path)) as connection:
        erased = connection.execute("SELECT encoded FROM disclosure WHERE place = 1").fetchall()
        connection.execute("DELETE FROM disclosure WHERE place = 1")
        connection.commit()

    with bootstrap.open_office(asked_often) as office:
        left = {encoded for _, _, encoded in office.premises.records.all_disclosures()}
    assert left
    assert not left & {encoded for (encoded,) in erased}


def test_what_was_moved_leaves_no_second_copy_behind(asked_often: Path) -> None:
    path = asked_often / "log.sqlite"
    older.put_back(path, 4)
    with closing(SqlStore(path, chain=_log(asked_often))) as store:
        jti, _, hidden = next(iter(store.all_disclosures()))
        assert jti
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA secure_delete = 1")
        connection.execute("DELETE FROM disclosure WHERE encoded = ?", (hidden,))
        connection.commit()
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    assert hidden.encode() not in path.read_bytes()


def _log(folder: Path) -> str:
    with bootstrap.open_office(folder) as office:
        return office.settings.log


# ---- old or new, never between


def statements_of_an_upgrade(path: Path) -> int:
    """At how many points it can be killed."""
    for number in range(200):
        trial = path.with_name("trial.sqlite")
        shutil.copy(path, trial)
        if upgraded_until(trial, number).returncode == 0:
            return number
    raise AssertionError("an upgrade of two hundred statements")


def upgraded_until(path: Path, statement: int) -> "subprocess.CompletedProcess[bytes]":
    return subprocess.run(
        [sys.executable, "-c", UPGRADED_UNTIL_KILLED, str(path), "c", str(statement)],
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def kill_at_each(path: Path, points: Iterator[int] | range) -> None:
    with closing(SqlStore(path, chain="c")) as store:
        before = said(store)
    older.put_back(path, 3)
    old = tables(path)
    for point in points:
        trial = path.with_name("trial.sqlite")
        for leftover in path.parent.glob("trial.sqlite*"):
            leftover.unlink()
        shutil.copy(path, trial)
        ran = upgraded_until(trial, point)

        assert ran.returncode in (0, -signal.SIGKILL)
        if ran.returncode != 0:
            assert form_of(trial) == 3
            assert tables(trial) == old
        with closing(SqlStore(trial, chain="c")) as store:
            assert said(store) == before
            assert store.complaints() == []


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "log.sqlite"
    with closing(SqlStore.create(path, chain="c")) as store:
        store.append_many([sealing(f"r{number}") for number in range(9)])
    return path


def test_an_upgrade_killed_at_some_points_leaves_the_old_form(written: Path) -> None:
    kill_at_each(written, range(2, 30, 9))


@pytest.mark.long
def test_an_upgrade_killed_at_every_statement_leaves_the_old_form(written: Path) -> None:
    copy = written.with_name("copy.sqlite")
    shutil.copy(written, copy)
    older.put_back(copy, 3)
    points = statements_of_an_upgrade(copy)

    assert points > 15
    kill_at_each(written, range(points + 1))


def test_two_programs_that_upgrade_at_once_do_it_once(written: Path) -> None:
    older.put_back(written, 3)
    command = [sys.executable, "-c", UPGRADED_UNTIL_KILLED, str(written), "c", "1000"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}

    both = [subprocess.Popen(command, env=environment) for _ in range(2)]

    assert [each.wait(timeout=60) for each in both] == [0, 0]
    assert len(list(SqlStore(written, chain="c").entries())) == 9


# ---- others'


def test_the_records_of_another_log_are_refused(folder: Path) -> None:
    text = (folder / "office.toml").read_text("utf-8")
    (folder / "office.toml").write_text(text.replace("/decisions/", "/others/"), "utf-8")

    with pytest.raises(StorageError, match=r"holds the log `.*/decisions/"):
        bootstrap.open_office(folder)


def test_a_newer_form_is_refused_in_one_line_and_left_alone(folder: Path) -> None:
    path = folder / "log.sqlite"
    with closing(sqlite3.connect(path)) as newer:
        newer.execute(f"PRAGMA user_version = {FORM + 1}")
    before = path.read_bytes()

    for refused in (
        lambda: bootstrap.open_office(folder),
        lambda: SqlStore.upgrade(path, chain="c"),
    ):
        with pytest.raises(StorageError, match=f"form {FORM + 1}; this version reads form {FORM}"):
            refused()
    assert path.read_bytes() == before
