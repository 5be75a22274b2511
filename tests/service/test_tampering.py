"""Whatever was altered behind the office's back is found, and named."""

import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from engine import bootstrap
from engine.errors import BundleError, CheckpointError, ConcordatError, StorageError, TrustError
from engine.merkle import leaf_hash
from engine.service import Office
from tests.service.conftest import AGREEMENT, asked, sign_all

PUBLISHED = f"register/policies/published/{AGREEMENT}/1.0"


def flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


@pytest.mark.parametrize("name", ["agreement.json", "policies.json", "manifest.json"])
@pytest.mark.parametrize("harm", [flip, Path.unlink], ids=["altered", "gone"])
def test_a_published_file_that_differs_is_refused_by_name(
    folder: Path, name: str, harm: Callable[[Path], None]
) -> None:
    harm(folder / PUBLISHED / name)

    with pytest.raises(BundleError, match=f"`policies/published/{AGREEMENT}/1.0/") as refused:
        bootstrap.open_office(folder)
    assert "checkout HEAD" in refused.value.hint
    assert name in str(refused.value) or name == "manifest.json"


def test_files_altered_all_together_are_not_those_that_were_activated(
    folder: Path, tmp_path: Path, draft_template: Path
) -> None:
    shutil.copytree(draft_template, tmp_path / "other")
    with bootstrap.open_office(tmp_path / "other") as other:
        path = other.premises.register.path(f"agreements/{AGREEMENT}.yaml")
        path.write_text(path.read_text("utf-8").replace("[social-worker]", "[midwife]"), "utf-8")
        sign_all(other)
        other.author.publish(AGREEMENT)
    for name in ("agreement.json", "policies.json", "manifest.json"):
        shutil.copy(tmp_path / "other" / PUBLISHED / name, folder / PUBLISHED / name)

    with pytest.raises(BundleError, match=r"manifest\.json` is not the one that was activated"):
        bootstrap.open_office(folder)


def test_a_changed_statute_is_another_law(folder: Path) -> None:
    statute = folder / "register/policies/statute/consent.cedar"
    statute.write_text(statute.read_text("utf-8") + "\n// softer\n", "utf-8")

    with pytest.raises(BundleError, match=r"not the one `northshire-s47` 1\.0 was published"):
        bootstrap.open_office(folder)


@pytest.mark.parametrize("name", ["concordat.cedarschema", "vocabulary.json"])
def test_a_law_that_is_not_whole_is_refused(folder: Path, name: str) -> None:
    (folder / "register/policies" / name).unlink()

    with pytest.raises(BundleError, match="law is not whole"):
        bootstrap.open_office(folder)


def test_another_vocabulary_is_refused(folder: Path) -> None:
    (folder / "register/policies/vocabulary.json").write_bytes(b"{}")

    with pytest.raises(BundleError, match="vocabulary of the law"):
        bootstrap.open_office(folder)


# ---- the log

COLUMNS = [
    ("entry", '"index" = 77', '"index" = 2', "entry 77"),
    ("entry", "jti = '01a20aab-76ac-7e30-a2bc-ae10a2986a52'", '"index" = 2', "entry 2"),
    ("entry", "kind = 'agreement-activation'", '"index" = 2', "entry 2"),
    ("entry", "outcome = 'permit'", '"index" = 2', "entry 2"),
    ("entry", "jws = replace(jws, 'A', 'B')", '"index" = 2', "entry 2"),
    ("entry", 'jws = (SELECT jws FROM entry WHERE "index" = 1)', '"index" = 2', "entry 2"),
    ("disclosure", '"index" = 1, place = 9', "{d}", "/9"),
    ("disclosure", "place = 8", "{d}", "/8"),
    ("disclosure", "encoded = encoded || 'AAAA'", "{d}", "/0"),
    ("node", "level = 9", "TRUE", "node 9/0"),
    ("node", '"index" = 9', "TRUE", "node 3/9"),
    ("node", "hash = zeroblob(32)", "TRUE", "node 3/0"),
    ("head", "size = 99", "size = 2", "head 99"),
    ("head", "root = zeroblob(32)", "size = 2", "head 2"),
    ("head", "at = at + 1", "size = 2", "head 2"),
    ("standing", "agreement = 'other'", "TRUE", "standing other 1.0"),
    ("standing", "version = '9'", "TRUE", f"standing {AGREEMENT} 9"),
    ("standing", "event = 'ended'", "TRUE", f"standing {AGREEMENT} 1.0 ended"),
    ("standing", "event = 'blessed'", "TRUE", "standing unreadable"),
    ("standing", "party = 'hmrc'", "TRUE", f"standing {AGREEMENT} 1.0 activated by hmrc"),
    ("standing", "at_s = at_s - 1", "TRUE", f"standing {AGREEMENT} 1.0 activated"),
    ("standing", "known_s = 0", "TRUE", f"standing {AGREEMENT} 1.0 activated"),
    ("standing", '"index" = 1', "TRUE", f"standing {AGREEMENT} 1.0 activated"),
]  # fmt: skip


def alter(path: Path, statement: str) -> None:
    """Change a row as somebody with the file in hand would: without the safeguards."""
    with closing(sqlite3.connect(path)) as connection:
        for (name,) in connection.execute(
            "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        ).fetchall():
            connection.execute(f"DROP TRIGGER {name}")
        assert connection.execute(statement).rowcount == 1
        connection.commit()


@pytest.mark.parametrize(("table", "change", "where", "named"), COLUMNS)
def test_an_edited_row_is_named(
    office: Office, table: str, change: str, where: str, named: str
) -> None:
    for role in ("social-worker", "midwife", "social-worker", *["midwife"] * 4):
        office.desk.ask(asked(role=role))
    hidden = 'place = 0 AND "index" = 2'
    assert office.evidence.check_log().sound

    alter(
        office.folder / "log.sqlite",
        f"UPDATE {table} SET {change} WHERE {where.format(d=hidden)}",  # noqa: S608
    )

    report = office.evidence.check_log()
    assert named in " | ".join(str(fault) for fault in report.faults)
    assert not next(each.ok for each in office.doctor() if each.name == "log")


@pytest.mark.parametrize("table", ["entry", "node", "head", "standing"])
def test_a_deleted_row_is_missed(office: Office, table: str) -> None:
    """Of heads the newest: any other follows from the records."""
    office.desk.ask_many([asked()] * 8)
    row = "(SELECT max(rowid) FROM head)" if table == "head" else "1"

    alter(office.folder / "log.sqlite", f"DELETE FROM {table} WHERE rowid = {row}")  # noqa: S608

    assert not office.evidence.check_log().sound


def test_a_small_subtree_that_an_older_version_kept_is_held_to_its_records(office: Office) -> None:
    office.desk.ask(asked())
    jws = next(iter(office.premises.records.entries())).jws
    path, insert = office.folder / "log.sqlite", "INSERT INTO node VALUES (0, {}, {})"

    alter(path, insert.format(0, f"x'{leaf_hash(jws.encode()).hex()}'"))
    right = office.evidence.check_log()
    alter(path, insert.format(1, "zeroblob(32)"))
    wrong = office.evidence.check_log()

    assert right.sound
    assert "node 0/1" in " | ".join(map(str, wrong.faults))


def test_an_erased_hidden_claim_breaks_nothing(office: Office) -> None:
    answered = office.desk.ask(asked())
    with closing(sqlite3.connect(office.folder / "log.sqlite")) as connection:
        connection.execute("DELETE FROM disclosure WHERE place = 1")
        connection.commit()

    assert office.evidence.check_log().sound
    assert len(office.premises.records.disclosures(answered.jti)) == 4
    assert office.evidence.proof(answered.jti)


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE entry SET kind = 'x'",
        "DELETE FROM entry",
        "INSERT OR REPLACE INTO head VALUES (1, zeroblob(32), 0)",
        "UPDATE disclosure SET encoded = 'x'",
        "INSERT INTO entry VALUES (9, 'x', 'x', NULL, 'x')",
    ],
)
def test_the_database_itself_refuses_to_change_what_is_kept(office: Office, statement: str) -> None:
    office.desk.ask(asked())
    with closing(sqlite3.connect(office.folder / "log.sqlite")) as connection:
        connection.execute("PRAGMA recursive_triggers = 1")
        with pytest.raises(sqlite3.IntegrityError):
            connection.execute(statement)


def test_a_safeguard_that_was_dropped_is_missed(office: Office) -> None:
    with closing(sqlite3.connect(office.folder / "log.sqlite")) as connection:
        connection.execute("DROP TRIGGER entry_never_update")
        connection.commit()

    (database,) = [each for each in office.doctor() if each.name == "database"]
    assert "`entry_never_update` is gone" in database.said


def test_an_old_copy_of_the_records_is_refused(office: Office, tmp_path: Path) -> None:
    office.desk.ask(asked())
    office.close()
    shutil.copy(office.folder / "log.sqlite", tmp_path / "old.sqlite")
    with bootstrap.open_office(office.folder) as later:
        later.desk.ask(asked())
        later.evidence.checkpoint()
    shutil.copy(tmp_path / "old.sqlite", office.folder / "log.sqlite")

    with pytest.raises(CheckpointError, match="its head was signed at 3"):
        bootstrap.open_office(office.folder)


def test_an_activation_that_the_records_do_not_bear_out_opens_nothing(folder: Path) -> None:
    alter(folder / "log.sqlite", "UPDATE standing SET at_s = 0")

    with pytest.raises(BundleError, match="do not bear out"):
        bootstrap.open_office(folder)


def test_a_head_that_is_not_of_its_records_ends_appending(office: Office) -> None:
    office.desk.ask(asked())
    alter(office.folder / "log.sqlite", "UPDATE head SET root = zeroblob(32) WHERE size = 2")

    with pytest.raises(StorageError, match="head of the log"):
        office.desk.ask(asked())


def test_a_strange_trust_root_is_refused(folder: Path) -> None:
    (folder / "trust.json").write_bytes(b"{}")

    with pytest.raises(TrustError):
        bootstrap.open_office(folder)


@pytest.mark.parametrize(
    "name", ["trust.json", "log.sqlite", "register/.git", "keys", "office.toml"]
)
def test_an_office_with_a_part_gone_says_so_in_its_own_words(folder: Path, name: str) -> None:
    path = folder / name
    shutil.rmtree(path) if path.is_dir() else path.unlink()

    with pytest.raises(ConcordatError), bootstrap.open_office(folder) as office:
        office.desk.ask(asked())
    if name != "office.toml":
        assert not all(each.ok for each in bootstrap.examine(folder))
