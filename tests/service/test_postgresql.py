"""Records in PostgreSQL: the same log as in a file, and no commit that is guessed at."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine
from sqlalchemy.pool import NullPool

from engine.adapters.sql_store import SqlStore
from engine.adapters.sql_tables import FORM, LOG_TABLES, METADATA
from engine.errors import StorageError
from engine.service import settings
from tests import postgres
from tests.postgres import Cluster
from tests.service.databases import ENVIRONMENT
from tests.service.test_batches import contents, sealing


@pytest.fixture
def url(server: Cluster) -> str:
    return server.new_database()


@pytest.fixture
def kept(url: str) -> Iterator[SqlStore]:
    with closing(SqlStore.create(url, chain="c", timeout_s=1)) as made:
        yield made


def name_of(url: str) -> str:
    return url.split("@/")[1].split("?", maxsplit=1)[0]


def sessions(server: Cluster, url: str) -> "psycopg.Connection[Any]":
    return server.connect(name_of(url))


def cut_all(server: Cluster, url: str) -> None:
    """End every connection to a database but our own."""
    with sessions(server, url) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )


# ---- one log, whichever keeps it


def test_both_databases_make_the_same_log(tmp_path: Path, kept: SqlStore) -> None:
    file = SqlStore.create(tmp_path / "log.sqlite", chain="c")

    for number in range(12):
        seals = [sealing(f"r{number}-{each}") for each in range(number)]
        assert kept.append_many(seals) == file.append_many(seals)

    assert sorted_nodes(kept) == sorted_nodes(file)
    assert [kept.inclusion(9, size) for size in range(10, 66)] == [
        file.inclusion(9, size) for size in range(10, 66)
    ]
    assert kept.outcomes() == file.outcomes() == {"deny": 66}
    assert kept.newest(3, None, before=60) == file.newest(3, None, before=60)
    file.close()


def sorted_nodes(store: SqlStore) -> tuple[Any, ...]:
    entries, nodes, heads, hidden = contents(store)
    return entries, sorted(nodes, key=lambda node: (node.level, node.index)), heads, hidden


def test_the_steps_make_exactly_what_the_models_say(kept: SqlStore, url: str) -> None:
    with create_engine(url, poolclass=NullPool).connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, METADATA) == []
        assert context.get_current_revision() == f"{FORM:04}"


# ---- what is written stays


@pytest.mark.parametrize("table", LOG_TABLES)
@pytest.mark.parametrize("harm", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {} CASCADE"])
def test_the_database_itself_refuses_to_change_what_is_kept(
    server: Cluster, kept: SqlStore, url: str, table: str, harm: str
) -> None:
    kept.append(sealing("a"))
    column = METADATA.tables[table].columns.keys()[-1]
    statement = harm.format(table, column, column)
    if (table, harm[:6]) == ("disclosure", "DELETE"):
        return  # A hidden claim may be erased.

    with sessions(server, url) as other, pytest.raises(psycopg.errors.IntegrityError):
        other.execute(statement)


@pytest.mark.parametrize("index", [0, 2, 7])
def test_an_entry_out_of_order_is_refused_by_the_database(
    server: Cluster, kept: SqlStore, url: str, index: int
) -> None:
    kept.append(sealing("a"))

    with sessions(server, url) as other, pytest.raises(psycopg.errors.IntegrityError):
        other.execute("INSERT INTO entry VALUES (%s, 'x', 'x', NULL, 'x')", (index,))


@pytest.mark.parametrize("size", [0, 1])
def test_a_head_that_does_not_grow_is_refused_by_the_database(
    server: Cluster, kept: SqlStore, url: str, size: int
) -> None:
    kept.append(sealing("a"))

    with sessions(server, url) as other, pytest.raises(psycopg.errors.IntegrityError):
        other.execute("INSERT INTO head VALUES (%s, 'x', 1)", (size,))


def test_a_safeguard_that_was_dropped_or_put_to_sleep_is_missed(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    assert kept.complaints() == []
    with sessions(server, url) as other:
        other.execute("DROP TRIGGER entry_never_update ON entry")
        other.execute("ALTER TABLE head DISABLE TRIGGER head_grows")

    assert kept.complaints() == [
        "safeguard `entry_never_update` is gone",
        "safeguard `head_grows` is gone",
    ]


def test_a_role_with_the_rights_of_the_page_appends_and_can_change_nothing(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    page = (Path(__file__).parents[2] / "docs/postgresql.md").read_text("utf-8")
    grants = page.split("```sql\n")[1].split("```")[0]
    with server.connect() as admin, suppress(psycopg.errors.DuplicateObject):
        admin.execute("CREATE ROLE office LOGIN")
    with sessions(server, url) as owner:
        for line in grants.replace("concordat", name_of(url)).split(";"):
            if line.strip() and "CREATE ROLE" not in line:
                owner.execute(line)

    limited = server.url(name_of(url), "office")
    with closing(SqlStore(limited, chain="c")) as store:
        store.append(sealing("a"))
        assert store.complaints() == []
    with psycopg.connect(limited.replace("+psycopg", ""), autocommit=True) as role:
        for table in LOG_TABLES:
            column = METADATA.tables[table].columns.keys()[-1]
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(f"UPDATE {table} SET {column} = {column}")  # noqa: S608 -- ours.
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                role.execute(f"TRUNCATE {table}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute("DELETE FROM entry")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            role.execute("DROP TRIGGER entry_never_update ON entry")


# ---- a server that keeps more loosely


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes"])
def test_a_server_that_would_lose_what_was_answered_is_refused(setting: str) -> None:
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as own:
        url = own.new_database()
        SqlStore.create(url, chain="c").close()
        own.stop()
        own.start(f"{setting}=off")
        with (
            closing(SqlStore(url, chain="c")) as store,
            pytest.raises(StorageError, match=f"cannot be kept safely: `{setting}` is off"),
        ):
            store.append(sealing("a"))


def test_a_role_that_is_set_to_commit_loosely_commits_firmly(server: Cluster, url: str) -> None:
    with sessions(server, url) as admin:
        admin.execute(f"ALTER DATABASE {name_of(url)} SET synchronous_commit = off")
        admin.execute(f"ALTER DATABASE {name_of(url)} SET default_transaction_read_only = on")

    with closing(SqlStore.create(url, chain="c")) as store, store._reading() as connection:
        found = connection.exec_driver_sql("SHOW synchronous_commit").scalar_one()
    assert found == "on"


def test_the_wait_for_another_that_appends_has_an_end(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    with sessions(server, url) as other:
        other.execute("SELECT pg_advisory_lock(%s)", (0x436E6344,))
        with pytest.raises(StorageError, match="locked by another program") as refused:
            kept.append(sealing("a"))
        other.execute("SELECT pg_advisory_unlock_all()")

    assert "pg_stat_activity" in refused.value.hint
    assert kept.append(sealing("a"))[0] == 0


# ---- connections that are cut


def test_a_connection_cut_between_two_answers_is_made_anew(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    kept.append(sealing("a"))

    for number in range(3):
        cut_all(server, url)
        assert kept.append(sealing(f"b{number}"))[0] == number + 1
        cut_all(server, url)
        assert kept.head().size == number + 2


def test_a_connection_cut_while_a_record_is_sealed_answers_nothing_and_keeps_nothing(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    kept.append(sealing("a"))

    def cut(link: Any) -> Any:
        cut_all(server, url)
        return sealing("b")(link)

    with pytest.raises(StorageError) as refused:
        kept.append_many([cut, sealing("c")])

    assert refused.value.hint
    assert [each.jti for each in kept.entries()] == ["a"]
    assert kept.append(sealing("d"))[0] == 1


def test_a_commit_whose_outcome_is_unknown_is_no_answer_and_the_log_goes_on(
    kept: SqlStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit = psycopg.Connection.commit

    def lost(connection: "psycopg.Connection[Any]") -> None:
        commit(connection)
        connection.pgconn.finish()
        raise psycopg.OperationalError("server closed the connection unexpectedly")

    with monkeypatch.context() as patch:
        patch.setattr(psycopg.Connection, "commit", lost)
        with pytest.raises(StorageError, match="was lost") as refused:
            kept.append(sealing("a"))

    assert "Idempotency-Key" in refused.value.hint
    assert kept.append(sealing("b"))[0] == 1
    assert [each.jti for each in kept.entries()] == ["a", "b"]


# ---- others'


def test_a_database_is_not_taken_for_that_of_another_office(kept: SqlStore, url: str) -> None:
    kept.append(sealing("a"))

    with pytest.raises(StorageError, match="there are records"):
        SqlStore.create(url, chain="other")
    with (
        closing(SqlStore(url, chain="other")) as store,
        pytest.raises(StorageError, match="holds the log `c`, not `other`"),
    ):
        store.append(sealing("b"))
    with pytest.raises(StorageError, match="there are records"):
        SqlStore.create(url, chain="c")


def test_a_database_without_records_says_how_to_make_them(url: str) -> None:
    with (
        closing(SqlStore(url, chain="c")) as store,
        pytest.raises(StorageError, match="does not hold the records") as refused,
    ):
        store.head()
    assert "concordat init --store" in refused.value.hint


def test_a_newer_or_older_form_is_refused_in_one_line_and_left_alone(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    for form, said in ((FORM + 1, "install the version"), (FORM - 1, "`concordat upgrade`")):
        kept.close()
        with sessions(server, url) as other:
            other.execute("UPDATE alembic_version SET version_num = %s", (f"{form:04}",))
        with pytest.raises(StorageError, match=f"in form {form}; this version reads") as refused:
            kept.head()
        assert said in refused.value.hint
    with sessions(server, url) as other:
        other.execute("UPDATE alembic_version SET version_num = %s", (f"{FORM + 1:04}",))
    with pytest.raises(StorageError, match=f"form {FORM + 1}; this version reads form {FORM}"):
        SqlStore.upgrade(url, chain="c")


def test_a_record_stays_in_its_row_in_a_database_of_an_older_form_too(
    server: Cluster, kept: SqlStore, url: str
) -> None:
    kept.append(sealing("before"))
    kept.close()
    with sessions(server, url) as other:
        other.execute("UPDATE alembic_version SET version_num = '0005'")
        for table, column in (("entry", "jws"), ("disclosure", "encoded")):
            other.execute(f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTENDED")
            other.execute(f"ALTER TABLE {table} RESET (toast_tuple_target)")

    assert SqlStore.upgrade(url, chain="c") == (5, FORM)

    with closing(SqlStore(url, chain="c")) as store, sessions(server, url) as other:
        store.append(sealing(secrets.token_urlsafe(3_000), jti="long"))
        beside = """SELECT pg_relation_size(reltoastrelid) FROM pg_class
            WHERE relname IN ('entry', 'disclosure')"""
        assert other.execute(beside).fetchall() == [(0,), (0,)]
        assert [each.jti for each in store.entries()] == ["before", "long"]


ADDRESSES = [
    ("mysql://office@db/concordat", "not the address of a PostgreSQL"),
    ("postgresql+psycopg://office@db", "not the address of a PostgreSQL"),
    ("nonsense", "not the address of a PostgreSQL"),
    ("postgresql+psycopg://office@127.0.0.1:1/concordat", "cannot be reached"),
]


@pytest.mark.parametrize(("address", "said"), ADDRESSES, ids=[row[0] for row in ADDRESSES])
def test_an_address_that_leads_nowhere_says_so(address: str, said: str) -> None:
    with pytest.raises(StorageError, match=said) as refused:
        SqlStore(address, chain="c").head()
    assert refused.value.hint


def test_a_password_is_neither_kept_in_the_settings_nor_said() -> None:
    for url in (
        "postgresql+psycopg://office:canary@db/concordat",
        "postgresql+psycopg://office@db/concordat?sslmode=require&password=canary",
    ):
        with pytest.raises(StorageError, match="holds a password") as refused:
            settings.Settings("a", "A", "https://a.example", "log.a", store_url=url)
        assert "canary" not in str(refused.value) + refused.value.hint


def test_the_programs_of_one_office_make_one_upgrade(server: Cluster, url: str) -> None:
    script = (
        "import sys; from engine.adapters.sql_store import SqlStore;"
        "SqlStore.create(sys.argv[1], chain='c')"
    )
    both = [
        subprocess.Popen([sys.executable, "-c", script, url], env=ENVIRONMENT) for _ in range(2)
    ]
    assert [each.wait(timeout=60) for each in both] == [0, 0]
    with closing(SqlStore(url, chain="c")) as store:
        assert store.append(sealing("a"))[0] == 0
