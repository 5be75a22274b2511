"""Answers kept under a name: with the records they speak of, or neither."""

import threading
from contextlib import suppress
from pathlib import Path

import pytest

from engine import bootstrap
from engine.adapters.sql_store import SqlStore
from engine.errors import StorageError
from engine.ports_answers import GivenAnswer
from engine.service import Office
from tests.service.conftest import asked

GIVEN = GivenAnswer("ab" * 32, 200, {"ETag": '"x"'}, b'{"decision":true}', 1_000)


def size(office: Office) -> int:
    return office.premises.records.head().size


def test_an_answer_is_kept_with_its_record_and_found_by_another_program(
    office: Office, folder: Path
) -> None:
    before, answers = size(office), office.premises.answers

    with answers.together():
        office.desk.ask(asked())
        answers.remember("app key-1", GIVEN, since_s=0)

    with bootstrap.open_office(folder) as other:
        assert other.premises.answers.remembered("app key-1") == GIVEN
        assert size(other) == before + 1


def test_what_fails_within_leaves_neither_record_nor_answer(office: Office) -> None:
    before, answers = size(office), office.premises.answers

    def fail() -> None:
        with answers.together():
            office.desk.ask(asked())
            answers.remember("app key-1", GIVEN, since_s=0)
            raise KeyError

    with pytest.raises(KeyError):
        fail()

    assert size(office) == before
    assert answers.remembered("app key-1") is None
    office.desk.ask(asked())
    assert size(office) == before + 1
    assert office.evidence.check_log().sound


def test_whoever_catches_a_failed_append_cannot_keep_the_rest(office: Office) -> None:
    before, answers = size(office), office.premises.answers

    def spoilt(_: object) -> None:
        raise KeyError

    def hide() -> None:
        with answers.together():
            office.desk.ask(asked())
            with suppress(KeyError):
                office.premises.records.append_many([spoilt])  # type: ignore[list-item]

    with pytest.raises(KeyError):
        hide()

    assert size(office) == before


def test_a_name_answers_once(office: Office) -> None:
    answers = office.premises.answers
    with answers.together():
        answers.remember("app key-1", GIVEN, since_s=0)

    before = size(office)

    def again() -> None:
        with answers.together():
            office.desk.ask(asked())
            answers.remember("app key-1", GIVEN, since_s=0)

    with pytest.raises(StorageError):
        again()

    assert size(office) == before


def test_an_answer_is_forgotten_after_its_time(office: Office) -> None:
    answers = office.premises.answers
    with answers.together():
        answers.remember("app key-1", GIVEN, since_s=0)

    with answers.together():
        answers.remember("app key-2", GIVEN, since_s=GIVEN.at_s + 1)

    assert answers.remembered("app key-1") is None
    assert answers.remembered("app key-2") == GIVEN


def test_records_kept_together_are_read_before_they_are_durable_by_nobody_else(
    office: Office, folder: Path
) -> None:
    before = size(office)

    with bootstrap.open_office(folder) as other, office.premises.answers.together():
        office.desk.ask(asked())
        office.desk.ask(asked())

        assert size(office) == before + 2
        assert size(other) == before
    assert office.evidence.check_log().sound


def test_the_newest_can_be_had_before_a_place(office: Office) -> None:
    for _ in range(3):
        office.desk.ask(asked())
    last = size(office) - 1

    found = office.premises.records.newest(2, None, before=last)

    assert [each.index for each in found] == [last - 1, last - 2]


# ---- what may be used once


def test_a_name_is_first_once_until_it_lapses(store: SqlStore) -> None:
    assert store.take({"b": 100, "a": 60}, now_s=0) == {"a", "b"}
    assert store.take({"a": 100, "c": 100}, now_s=60) == {"c"}
    assert store.take({"a": 200, "c": 200}, now_s=61) == {"a"}


def test_of_many_programs_that_take_a_name_one_is_first(place: Path | str, store: SqlStore) -> None:
    others = [SqlStore(place, chain="c", timeout_s=30) for _ in range(4)]
    names = [f"name-{number}" for number in range(40)]
    taken: list[str] = []

    def take(other: SqlStore, backwards: bool) -> None:
        for start in range(0, 40, 8):
            lot = names[start : start + 8]
            asked = dict.fromkeys(reversed(lot) if backwards else lot, 100)
            taken.extend(other.take(asked, now_s=0))

    askers = [
        threading.Thread(target=take, args=(other, bool(number % 2)))
        for number, other in enumerate(others)
    ]
    for asker in askers:
        asker.start()
    for asker in askers:
        asker.join()
    for other in others:
        other.close()

    assert sorted(taken) == sorted(names)
