"""When the office cannot keep a record, or is too busy, there is no answer."""

import asyncio
import sqlite3
import threading
from pathlib import Path

import pytest
from anyio.from_thread import BlockingPortal

from api.app import create_app
from api.beforehand import Beforehand
from api.counter import Counter
from api.evaluation import answer_together
from api.problems import ProblemError
from engine.marks import marks_of
from engine.service import Office
from tests.api.application import URL, evaluation
from tests.api.conftest import application, opened
from tests.api.written import Written

BOTH_WAYS = True


def test_what_cannot_be_kept_is_not_answered_and_the_rest_goes_on(
    folder: Path, portal: BlockingPortal, hot: bool
) -> None:
    with opened(create_app(folder, url=URL, timeout_s=0.3, hot=hot), portal) as http:
        council = application("council-app", portal, http)
        token = council.token()
        with sqlite3.connect(folder / "log.sqlite", isolation_level=None) as other:
            other.execute("BEGIN IMMEDIATE")
            refused = council.post("/access/v1/evaluation", evaluation(), token=token)
            several = council.post(
                "/access/v1/evaluations", evaluation(evaluations=[{}, {}]), token=token
            )
            other.execute("ROLLBACK")
        other.close()
        answered = council.post("/access/v1/evaluation", evaluation(), token=token)

    for each in (refused, several):
        assert each.status_code == 503
        assert int(each.headers["retry-after"]) > 0
        assert each.json()["code"] == "storage"
        assert "sqlite" not in each.text, "what is inside stays inside"
    assert answered.json()["decision"] is True


def test_a_queue_that_is_full_is_said_at_once_and_the_loop_is_never_held_up(folder: Path) -> None:
    held = threading.Event()

    async def story() -> tuple[str, int]:
        counter = Counter(folder, answer_together, max_waiting=1)
        await counter.open()

        def hold(_: Office) -> int:
            held.wait(10)
            return 7

        first = asyncio.create_task(counter.ask(hold))
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as refused:
            await counter.ask(hold)
        held.set()
        answer = await first
        await counter.close()
        return str(refused.value), answer

    message, answer = asyncio.run(story())

    assert "too many" in message
    assert answer == 7


def test_what_was_begun_is_finished_though_whoever_asked_has_gone(folder: Path) -> None:
    done = threading.Event()

    async def story() -> None:
        counter = Counter(folder, answer_together)
        await counter.open()
        task = asyncio.create_task(counter.ask(lambda _: done.set()))
        await asyncio.sleep(0)
        task.cancel()
        await counter.close()

    asyncio.run(story())

    assert done.is_set()


def test_an_office_that_is_open_already_answers_with_the_marks_from_before_it_was_read(
    folder: Path,
) -> None:
    before = Beforehand.of(folder)
    (folder / "register" / "policies" / "later").write_bytes(b"")

    async def story() -> tuple[str, Office]:
        counter = Counter(folder, answer_together, beforehand=before)
        found = await counter.open(), counter.office
        await counter.close()
        return found

    assert asyncio.run(story()) == before
    assert before.marks != marks_of(folder), "what came meanwhile is still to be noticed"


def test_a_fault_nobody_foresaw_permits_nothing_and_shows_nothing(
    folder: Path,
    portal: BlockingPortal,
    monkeypatch: pytest.MonkeyPatch,
    written: Written,
    hot: bool,
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("child 4711")

    monkeypatch.setattr("api.evaluation.authzen.answer", broken)
    with opened(create_app(folder, url=URL, hot=hot), portal) as http:
        answered = application("council-app", portal, http).ask()

    assert answered.status_code == 500
    assert (
        next(line for line in written.lines if line["event"] == "fault")["fault"] == "RuntimeError"
    )
    assert "child 4711" not in answered.text + written.data.decode()
    assert "decision" not in answered.json()
    assert answered.headers["x-request-id"]
