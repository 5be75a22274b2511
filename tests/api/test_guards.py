"""Guards over HTTP: what they close, and that nobody waits for another's."""

import asyncio
from pathlib import Path
from typing import Any

from anyio.from_thread import BlockingPortal

from api.app import create_app
from api.evaluation import several
from engine.service import Office
from tests.api.application import TRUST, URL, evaluation
from tests.api.conftest import application, opened
from tests.api.test_together import on_case, request, told
from tests.guards.servers import answering, as_json, misbehaving
from tests.guards.test_desk import with_guard

BOTH_WAYS = True


def outcomes(answers: list[dict[str, Any]]) -> list[tuple[bool, str]]:
    return [(each["decision"], each["context"]["code"]) for each in answers]


def several_of(semantic: str, *stated: str) -> Any:
    """Questions that differ in what else was stated, asked together."""
    usual = evaluation()["context"]
    items = [
        {"context": usual | ({"public_task_statement": said} if said else {})} for said in stated
    ]
    return request(several, evaluations=items, options={"evaluations_semantic": semantic})


def test_a_veto_is_a_denial_that_says_whose_it_is(
    folder: Path, portal: BlockingPortal, hot: bool
) -> None:
    refusing = {"result": ["the ward is sealed"]}
    with answering(lambda _: as_json(refusing)) as served:
        with_guard(folder, served.url)
        with opened(create_app(folder, url=URL, hot=hot), portal) as client:
            council = application("council-app", portal, client)
            answer = council.post("/access/v1/evaluation", evaluation()).json()
            ready = portal.call(client.get, "/ready").json()

    assert outcomes([answer]) == [(False, "forbidden_by_guard")]
    said = answer["context"]
    assert said["guards"] == [
        {"agency": TRUST, "kind": "opa", "answer": "veto", "reason": "the ward is sealed"}
    ]
    assert TRUST in said["next_step"]
    assert said["obligations"] == []
    assert ready["guards"] == [
        {"agency": TRUST, "kind": "opa", "circuit": "closed", "failures": 0, "last_failure": ""}
    ]
    assert len(served.requests) == 1


def test_one_who_waits_for_a_guard_holds_up_nobody_else(folder: Path) -> None:
    # The guard answers nothing at all until all others have been served.
    async def story(counter: Any) -> tuple[list[Any], Any]:
        waiting = asyncio.create_task(counter.decide(on_case(1)))
        for _ in range(3):
            await asyncio.sleep(0)
        denied = evaluation()["resource"]
        denied["properties"] |= {"categories": ["intelligence"]}
        others = [await counter.decide(request(resource=denied)) for _ in range(5)]
        assert not waiting.done()
        over.set()
        return others, await waiting

    with misbehaving(lambda *_: None) as gone:
        over = asyncio.Event()
        with_guard(folder, gone.url, "timeout_ms = 5000")
        others, waited = told(folder, with_slow_guard(over, story))

    assert all(code != "forbidden_by_guard" for _, code in outcomes(others))
    assert outcomes([waited]) == [(True, "permitted")]


def with_slow_guard(over: asyncio.Event, story: Any) -> Any:
    """The same, with a guard that answers once an event is set."""

    async def slowed(counter: Any) -> Any:
        office: Office = await counter.ask(lambda office: office)
        (post,) = office.guards._posts
        loop = asyncio.get_running_loop()

        class Slow:
            async def ask(self, _: object) -> Any:
                from engine.guard import Answer, GuardAnswer, GuardKind

                await asyncio.wrap_future(asyncio.run_coroutine_threadsafe(over.wait(), loop))
                return GuardAnswer(TRUST, GuardKind.OPA, Answer.STOOD_ASIDE)

            async def close(self) -> None:
                pass

        post.guard = Slow()
        return await story(counter)

    return slowed


def test_of_many_at_once_each_is_answered_once(folder: Path) -> None:
    async def story(counter: Any) -> tuple[list[Any], int]:
        answers = await asyncio.gather(*(counter.decide(on_case(n)) for n in range(20)))
        return answers, await counter.ask(lambda office: office.premises.records.head().size)

    with answering(lambda _: as_json({"result": []})) as served:
        with_guard(folder, served.url)
        answers, size = told(folder, story)

    assert outcomes(answers) == [(True, "permitted")] * 20
    indexes = sorted(each["context"]["index"] for each in answers)
    assert indexes == list(range(size - 20, size))


def test_a_batch_that_stops_goes_by_what_guards_left(folder: Path) -> None:
    def answer(said: dict[str, Any]) -> Any:
        return as_json(
            {"result": [] if "public_task_statement" in said["input"]["given"] else ["no"]}
        )

    async def story(counter: Any) -> list[Any]:
        less, more = "", "So says the Act."
        return [
            await counter.decide(several_of("permit_on_first_permit", less, more, more)),
            await counter.decide(several_of("deny_on_first_deny", more, less, more)),
            await counter.decide(several_of("execute_all", less, more, less)),
        ]

    with answering(answer) as served:
        with_guard(folder, served.url)
        first, second, third = told(folder, story)

    no, yes = (False, "forbidden_by_guard"), (True, "permitted")
    assert outcomes(first["evaluations"]) == [no, yes]
    assert outcomes(second["evaluations"]) == [yes, no]
    assert outcomes(third["evaluations"]) == [no, yes, no]
