"""Records kept together: the same log as one by one, and one flush to disk for all."""

import hashlib
import os
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engine import bootstrap, merkle
from engine.adapters.sql_store import SqlStore
from engine.chronicle import Change, Effect
from engine.errors import ConcordatError, RecordError, RequestError, StorageError
from engine.ports import Kept
from engine.record import GENESIS, Link, Sealed
from engine.service import Office
from engine.service.desk import Answered
from engine.tiles import LEAST_LEVEL
from tests.service.conftest import asked
from tests.service.test_crash import assert_all_are_there
from tests.service.test_disk import decisions, on_connect

ROOT = Path(__file__).parents[2]
Seal = Callable[[Link], Kept]


def sealing(name: str, *, iat_s: int = 1_800_000_000, jti: str = "") -> Seal:
    """A seal whose record states its link, and hides two claims."""

    def seal(link: Link) -> Kept:
        jws = f"{name}.{link.n}.{link.prev}"
        return Kept(Sealed(jws, (f"{name}-a", f"{name}-b"), jti or name), "decision", "deny", iat_s)

    return seal


def refusing(fault: Exception) -> Seal:
    def seal(_: Link) -> Kept:
        raise fault

    return seal


def contents(store: SqlStore) -> tuple[list[Any], ...]:
    """All that is kept but the heads, of which those kept together have one; and every root."""
    entries = list(store.entries())
    return (
        entries,
        list(store.nodes()),
        [store.root_at(size) for size in range(len(entries) + 1)],
        list(store.all_disclosures()),
    )


# ---- the same log


@pytest.mark.parametrize("together", [1, 3, 40])
def test_every_root_and_proof_of_what_is_kept_is_that_of_the_leaves(
    tmp_path: Path, together: int
) -> None:
    """Of the smallest subtrees nothing is kept but the entries themselves."""
    size = 40
    with closing(SqlStore.create(tmp_path / "log.sqlite", chain="c")) as store:
        for start in range(0, size, together):
            store.append_many([sealing(f"r{n}") for n in range(start, min(start + together, size))])
        leaves = [merkle.leaf_hash(each.jws.encode()) for each in store.entries()]

        assert all(node.level >= LEAST_LEVEL for node in store.nodes())
        for n in range(1, size + 1):
            assert store.root_at(n) == merkle.root(leaves[:n])
            for index in range(n):
                assert store.inclusion(index, n) == merkle.inclusion_proof(leaves[:n], index)
        assert [head.size for head in store.heads()][-1] == size
        assert len(list(store.heads())) == -(-size // together)


@settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(batches=st.lists(st.lists(st.booleans(), max_size=9), min_size=1, max_size=6))
def test_a_batch_makes_the_log_that_as_many_appends_make(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[bool]]
) -> None:
    folder = tmp_path_factory.mktemp("logs")
    together = SqlStore.create(folder / "together.sqlite", chain="c")
    singly = SqlStore.create(folder / "singly.sqlite", chain="c")

    for number, batch in enumerate(batches):
        names = [(f"r{number}-{place}", good) for place, good in enumerate(batch)]
        seals = [
            sealing(name) if good else refusing(RequestError("malformed")) for name, good in names
        ]
        outcomes = together.append_many(seals)
        one_by_one = [singly.append(sealing(name)) for name, good in names if good]
        assert [each for each in outcomes if not isinstance(each, ConcordatError)] == one_by_one
        assert [isinstance(each, ConcordatError) for each in outcomes] == [
            not good for good in batch
        ]

    assert contents(together) == contents(singly)
    entries = list(together.entries())
    assert [entry.index for entry in entries] == list(range(len(entries)))
    assert len({entry.jti for entry in entries}) == len(entries)
    before = GENESIS
    for entry in entries:
        assert entry.jws.split(".")[1:] == [str(entry.index), before]
        before = hashlib.sha256(entry.jws.encode()).hexdigest()
    leaves = [merkle.leaf_hash(entry.jws.encode()) for entry in entries]
    assert together.head().root == merkle.root(leaves)
    for index in range(len(leaves)):
        proof = together.inclusion(index, len(leaves))
        assert proof == merkle.inclusion_proof(leaves, index)
    together.close()
    singly.close()


def test_no_records_are_no_batch(store: SqlStore) -> None:
    assert store.append_many([]) == []
    assert store.head().size == 0


# ---- one that fails, and the others


def test_a_seal_that_refuses_takes_no_place_and_nothing_from_the_others(store: SqlStore) -> None:
    fault = RecordError("record would be too long")

    first, refused, second = store.append_many([sealing("a"), refusing(fault), sealing("b")])

    assert refused is fault
    assert [first, second] == [(0, first[1]), (1, second[1])]  # type: ignore[index]
    assert [entry.jti for entry in store.entries()] == ["a", "b"]


def test_a_seal_that_is_broken_ends_its_batch_and_keeps_nothing_of_it(store: SqlStore) -> None:
    store.append(sealing("before"))

    with pytest.raises(ZeroDivisionError):
        store.append_many([sealing("a"), refusing(ZeroDivisionError()), sealing("b")])

    assert store.append(sealing("after"))[0] == 1
    assert [entry.jti for entry in store.entries()] == ["before", "after"]


def test_a_record_dated_back_is_refused_in_its_place(store: SqlStore) -> None:
    now = 1_800_000_000
    back, near = sealing("back", iat_s=now - 3), sealing("near", iat_s=now - 2)

    first, refused, last = store.append_many([sealing("a", iat_s=now), back, near])

    assert isinstance(refused, StorageError)
    assert "3 seconds before the newest record" in str(refused)
    assert [first[0], last[0]] == [0, 1]  # type: ignore[index]


def test_two_records_of_one_name_are_not_kept_nor_what_came_with_them(store: SqlStore) -> None:
    with pytest.raises(StorageError, match="refuse a change"):
        store.append_many([sealing("a"), sealing("b", jti="a"), sealing("c")])

    assert store.head().size == 0
    assert store.append(sealing("a"))[0] == 0


# ---- what is read while a record is sealed


def test_a_seal_reads_the_records_before_it_in_its_own_batch(store: SqlStore) -> None:
    seen: list[list[str]] = []

    def looking(name: str) -> Seal:
        def seal(link: Link) -> Kept:
            seen.append([entry.jti for entry in store.entries()])
            return sealing(name)(link)

        return seal

    store.append_many([looking("a"), looking("b"), looking("c")])

    assert seen == [[], ["a"], ["a", "b"]]
    assert store.head().size == 3


def test_a_write_that_fails_under_a_look_up_is_not_lost_with_its_error(store: SqlStore) -> None:
    twice = Effect(("agreement", "1.0"), Change.SUSPENDED, "council", 1_800_000_000)

    def doubled(link: Link) -> Kept:
        return sealing("a")(link)._replace(changes=(twice, twice))

    def swallowing(link: Link) -> Kept:
        with pytest.raises(StorageError):
            store.entry("a")
        return sealing("b")(link)

    with pytest.raises(StorageError, match="refuse a change"):
        store.append_many([doubled, swallowing])

    assert store.head().size == 0
    assert list(store.entries()) == []


def test_a_transaction_undone_by_the_database_itself_keeps_nothing(store: SqlStore) -> None:
    def undoing(link: Link) -> Kept:
        # What SQLite does by itself when a read fails for want of a disk.
        with store._reading() as connection:
            connection.exec_driver_sql("ROLLBACK")
        return sealing("b")(link)

    with pytest.raises(StorageError, match="their transaction was undone"):
        store.append_many([sealing("a"), undoing, sealing("c")])

    assert store.head().size == 0
    assert store.append(sealing("d"))[0] == 0


def test_outside_a_batch_nothing_is_read_that_is_not_kept(store: SqlStore) -> None:
    with pytest.raises(ZeroDivisionError):
        store.append_many([sealing("a"), refusing(ZeroDivisionError())])

    assert store.entry("a") is None


# ---- the desk


def test_a_malformed_question_fails_alone(office: Office) -> None:
    answers = office.desk.ask_many([asked(), b"{", asked(purpose=""), asked(to="elsewhere")])

    assert [isinstance(each, Answered) for each in answers] == [True, False, False, True]
    assert [isinstance(each, RequestError) for each in answers[1:3]] == [True, True]
    kept = [each for each in answers if isinstance(each, Answered)]
    assert [each.index for each in kept] == [1, 2]
    assert [each.decision.outcome.value for each in kept] == ["permit", "deny"]
    assert decisions(office) == [each.jti for each in kept]
    assert office.evidence.check_log().sound


def test_only_malformed_questions_leave_the_log_as_it_was(office: Office) -> None:
    before = office.premises.records.head()

    assert all(isinstance(each, RequestError) for each in office.desk.ask_many([b"{", b"[]"]))
    assert office.desk.ask_many([]) == []
    assert office.premises.records.head() == before


def test_a_batch_is_decided_by_one_bundle(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    shelf, taken = office.desk._shelf, list[Any]()
    held = shelf.held

    def counted() -> Any:
        taken.append(held())
        return taken[-1]

    monkeypatch.setattr(shelf, "held", counted)
    answers = office.desk.ask_many([asked()] * 5)

    assert len(taken) == 1
    assert len({each.bundle_sha256 for each in answers if isinstance(each, Answered)}) == 1


def test_each_answer_of_a_batch_can_be_proved_and_decided_again(office: Office) -> None:
    answers = office.desk.ask_many([asked(), asked(purpose="marac"), asked()])

    for each in answers:
        assert isinstance(each, Answered)
        assert office.evidence.replay(each.jti).same


def test_a_disk_that_fills_within_a_batch_keeps_none_of_it(office: Office) -> None:
    first = office.desk.ask(asked())
    with on_connect(office, "PRAGMA max_page_count = 1"):
        with pytest.raises(StorageError, match="no room left"):
            office.desk.ask_many([asked()] * 200)
        held = decisions(office)

    after = office.desk.ask_many([asked()] * 3)

    assert held == [first.jti]
    assert [each.index for each in after if isinstance(each, Answered)] == [2, 3, 4]
    assert office.evidence.check_log().sound


# ---- many at once

ASKER = """
import sys
from pathlib import Path
from engine import bootstrap
folder, question, count = Path(sys.argv[1]), sys.argv[2].encode(), int(sys.argv[3])
office = bootstrap.open_office(folder, timeout_s=30)
for number in range(count):
    for answered in office.desk.ask_many([question] * (1 + number % 7)):
        print(answered.index, answered.jti, flush=True)
"""


def test_two_processes_appending_batches_lose_double_and_reorder_nothing(folder: Path) -> None:
    command = [sys.executable, "-c", ASKER, str(folder), asked().decode(), "35"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    askers = [
        subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment)
        for _ in range(2)
    ]

    given_to = []
    for asker in askers:
        said, _ = asker.communicate(timeout=60)
        assert asker.returncode == 0
        given_to.append([(int(line.split()[0]), line.split()[1]) for line in said.splitlines()])

    for answers in given_to:
        assert [index for index, _ in answers] == sorted(index for index, _ in answers)
    every = [answer for answers in given_to for answer in answers]
    assert sorted(index for index, _ in every) == list(range(1, 281))
    with bootstrap.open_office(folder) as office:
        assert_all_are_there(office, every)
