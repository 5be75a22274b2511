"""Decisions that wait together are made together: one flush, each its own answer, in order."""

import asyncio
import sqlite3
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from api import evaluation
from api.auth.caller import Bearer, Caller
from api.counter import MAX_TOGETHER, Counter
from api.evaluation import Asked, answer_together
from api.problems import ProblemError
from api.sighting import Sighting
from api.site import Site
from engine import bootstrap
from engine.keys import PrivateKey
from engine.service import Office
from engine.service.clients import Scope
from engine.service.settled_lately import SettledLately
from tests.api import application as asking
from tests.api.conftest import registered

COUNCIL = registered("council-app")
DECIDES = frozenset({Scope.DECIDE})
SITE = Site(
    url=asking.URL,
    plain_bearer=True,
    key=PrivateKey(bytes(32)),
    opened_s=0,
    now_s=lambda: 0,
    draw=bytes,
)


def request(prepare: evaluation.Prepare = evaluation.one, **changes: Any) -> Asked:
    """What the agreement permits, asked by the council, but for these changes."""
    caller = Caller(
        COUNCIL, DECIDES, Bearer(COUNCIL.id, DECIDES, Sighting(""), needs=DECIDES), SITE
    )
    return Asked(lambda _: caller, prepare, asking.evaluation(**changes))


def on_case(number: int) -> Asked:
    """The same about one case."""
    resource = asking.evaluation()["resource"] | {"id": f"case-{number}"}
    return request(resource=resource)


def told(folder: Path, story: Callable[[Counter], Awaitable[Any]], **settings: Any) -> Any:
    """Run a story at a counter that is open."""

    async def opened() -> Any:
        counter = Counter(folder, answer_together, **settings)
        await counter.open()
        try:
            return await story(counter)
        finally:
            await counter.close()

    return asyncio.run(opened())


async def flushes(counter: Counter) -> list[None]:
    """A list that grows with each commit."""
    office = await counter.ask(lambda office: office)
    seen: list[None] = []
    store: Any = office.premises.records
    event.listen(store._connections.engine, "commit", lambda _: seen.append(None))
    return seen


async def both(counter: Counter, *requests: Asked) -> list[Any]:
    """Ask at the same time; each its answer or its error."""
    return await asyncio.gather(*map(counter.decide, requests), return_exceptions=True)


def test_what_arrives_in_one_tick_is_kept_by_one_flush_and_answered_in_order(folder: Path) -> None:
    async def story(counter: Counter) -> tuple[list[Any], int]:
        commits = await flushes(counter)
        return await both(counter, *map(on_case, range(20))), len(commits)

    answers, commits = told(folder, story)

    indices = [answer["context"]["index"] for answer in answers]
    assert commits == 1
    assert indices == list(range(indices[0], indices[0] + 20))
    with bootstrap.open_office(folder) as office:
        kept = {each.index: each.jti for each in office.premises.records.entries()}
    assert all(kept[a["context"]["index"]] == a["context"]["evaluation_id"] for a in answers)


def test_more_than_fits_one_tick_waits_for_the_next(folder: Path) -> None:
    async def story(counter: Counter) -> tuple[list[Any], int]:
        commits = await flushes(counter)
        return await both(counter, *map(on_case, range(MAX_TOGETHER + 1))), len(commits)

    answers, commits = told(folder, story)

    assert commits == 2
    assert all(answer["decision"] for answer in answers)


def test_an_error_is_told_to_its_own_asker_alone(folder: Path) -> None:
    async def story(counter: Counter) -> list[Any]:
        return await both(counter, on_case(1), request(subject={}), on_case(2))

    first, wrong, second = told(folder, story)

    assert first["decision"]
    assert second["decision"]
    assert isinstance(wrong, ProblemError)
    assert wrong.status == 400


def test_a_fault_nobody_foresaw_fails_one_question_and_none_beside_it(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settle = SettledLately.settle

    def broken(settled: SettledLately, asked: Any, *rest: Any) -> Any:
        if asked.case_reference == "case-13":
            raise RuntimeError("nobody foresaw this")
        return settle(settled, asked, *rest)

    monkeypatch.setattr(SettledLately, "settle", broken)

    async def story(counter: Counter) -> list[Any]:
        return await both(counter, on_case(1), on_case(13), on_case(2))

    first, wrong, second = told(folder, story)

    assert isinstance(wrong, RuntimeError)
    assert [first["context"]["index"] + 1, True] == [second["context"]["index"], second["decision"]]


def test_a_lock_held_by_another_program_never_stops_the_loop(folder: Path) -> None:
    other = sqlite3.connect(folder / "log.sqlite", isolation_level=None)

    async def story(counter: Counter) -> list[Any]:
        await flushes(counter)
        other.execute("BEGIN IMMEDIATE")
        waiting = [asyncio.create_task(counter.decide(on_case(n))) for n in range(2)]
        for _ in range(20):
            await asyncio.sleep(0.001)
        assert not any(each.done() for each in waiting)
        other.execute("ROLLBACK")
        return await asyncio.gather(*waiting)

    answers = told(folder, story, timeout_s=30)

    other.close()
    assert all(answer["decision"] for answer in answers)


def test_a_decision_does_not_overtake_what_came_before_it(folder: Path) -> None:
    done: list[str] = []

    async def story(counter: Counter) -> None:
        def slow(_: Office) -> None:
            import time

            time.sleep(0.05)
            done.append("asked")

        async def decided() -> None:
            await counter.decide(on_case(1))
            done.append("decided")

        await asyncio.gather(counter.ask(slow), decided())

    told(folder, story)

    assert done == ["asked", "decided"]


def test_a_slow_disk_is_waited_for_in_a_thread(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import threading
    import time

    where: list[str] = []

    def slow(office: Office, requests: Any) -> Any:
        where.append(threading.current_thread().name)
        time.sleep(0.03)
        return answer_together(office, requests)

    async def story(counter: Counter) -> list[Any]:
        monkeypatch.setattr(counter, "_together", slow)
        return [await counter.decide(on_case(n)) for n in range(5)]

    answers = told(folder, story)

    assert all(answer["decision"] for answer in answers)
    assert not any(name.startswith("office") for name in where[:3])
    assert all(name.startswith("office") for name in where[3:])


def test_whoever_leaves_does_not_undo_what_was_begun(folder: Path) -> None:
    async def story(counter: Counter) -> None:
        left = asyncio.create_task(counter.decide(on_case(77)))
        await asyncio.sleep(0)
        left.cancel()
        assert (await counter.decide(on_case(78)))["decision"]

    with bootstrap.open_office(folder) as office:
        before = office.premises.records.head().size

    told(folder, story)

    with bootstrap.open_office(folder) as office:
        assert office.premises.records.head().size == before + 2


def test_what_waits_when_it_closes_is_still_answered_and_what_comes_then_is_not(
    folder: Path,
) -> None:
    async def story(counter: Counter) -> tuple[Any, Any]:
        waiting = asyncio.create_task(counter.decide(on_case(1)))
        await asyncio.sleep(0)
        closing = asyncio.create_task(counter.close())
        await asyncio.sleep(0)
        with pytest.raises(ProblemError) as refused:
            await counter.decide(on_case(2))
        await closing
        return await waiting, refused.value

    async def opened() -> Any:
        counter = Counter(folder, answer_together)
        await counter.open()
        return await story(counter)

    answer, refused = asyncio.run(opened())

    assert answer["decision"]
    assert refused.status == 503


def test_no_more_wait_than_may(folder: Path) -> None:
    async def story(counter: Counter) -> list[Any]:
        return await both(counter, *map(on_case, range(3)))

    first, second, refused = told(folder, story, max_waiting=2)

    assert first["decision"]
    assert second["decision"]
    assert isinstance(refused, ProblemError)
    assert refused.headers["Retry-After"]


@pytest.mark.parametrize(
    ("semantic", "expected"),
    [("deny_on_first_deny", [True, False]), ("permit_on_first_permit", [True])],
)
def test_a_series_that_stops_is_kept_by_one_flush_and_no_further(
    folder: Path, semantic: str, expected: list[bool]
) -> None:
    denied = asking.within("context", purpose="nobody-knows-this")
    items = [{}, denied, {}]

    async def story(counter: Counter) -> tuple[Any, int, int]:
        commits = await flushes(counter)
        asked = request(
            evaluation.several, evaluations=items, options={"evaluations_semantic": semantic}
        )
        answer = await counter.decide(asked)
        size = await counter.ask(lambda office: office.premises.records.head().size)
        return answer, len(commits), size

    with bootstrap.open_office(folder) as office:
        before = office.premises.records.head().size

    answer, commits, size = told(folder, story)

    assert [each["decision"] for each in answer["evaluations"]] == expected
    assert commits == 1
    assert size == before + len(expected)
