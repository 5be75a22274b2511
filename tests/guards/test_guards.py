"""Asking several guards at once, deadlines, the fuse, and who is concerned."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

import pytest

from engine.errors import StorageError
from engine.guard import Answer, Failure, GuardAnswer, GuardKind
from engine.guard_question import GuardQuestion
from engine.ports_guard import UnusableError
from engine.service import settings
from engine.service.guard_settings import MAX_TIMEOUT_MS, GuardSettings
from engine.service.guards import MAX_IN_FLIGHT, OPENS_AFTER, PROBES_EVERY_S, Guards
from tests.guards.conftest import COUNCIL, TRUST, question
from tests.guards.servers import answering, as_json

HOUR_MS = MAX_TIMEOUT_MS


@dataclass
class Told:
    """A guard that answers as it is told, and remembers what it was asked."""

    agency: str = TRUST
    fails: Failure | None = None
    waits: asyncio.Event | None = None
    asked: list[GuardQuestion] = field(default_factory=list)

    async def ask(self, asked: GuardQuestion) -> GuardAnswer:
        self.asked.append(asked)
        await asyncio.sleep(0)  # As over a network: whoever asks gives way.
        if self.waits is not None:
            await self.waits.wait()
        if self.fails is not None:
            raise UnusableError(self.fails)
        return GuardAnswer(self.agency, GuardKind.OPA, Answer.STOOD_ASIDE)

    async def close(self) -> None:
        pass


@dataclass
class Hands:
    """A clock moved by hand."""

    now: float = 1_000.0

    def __call__(self) -> float:
        return self.now


Post = Callable[..., Guards]


@pytest.fixture
def post() -> Iterator[Post]:
    with ExitStack() as made:

        def posting(
            *guards: Told, clock: Callable[[], float] = time.monotonic, **said: Any
        ) -> Guards:
            posts = [
                (GuardSettings(each.agency, GuardKind.OPA, "https://x", "a/b", **said), each)
                for each in guards
            ]
            guarding = Guards(posts, clock=clock)
            made.callback(guarding.close)
            return guarding

        yield posting


def one(guards: Guards, asked: GuardQuestion | None = None) -> tuple[Answer, str | None]:
    asked = asked or question()
    (answer,) = guards.hear([asked])[asked]
    return answer.answer, answer.reason


STOOD_ASIDE = (Answer.STOOD_ASIDE, None)


def gone(failure: Failure) -> tuple[Answer, str]:
    return Answer.UNAVAILABLE, failure.value


# --- who is concerned


@pytest.mark.parametrize(
    ("ends", "concerned"),
    [
        ((TRUST, COUNCIL), [COUNCIL, TRUST]),
        ((COUNCIL, TRUST), [COUNCIL, TRUST]),
        ((TRUST, "police"), [TRUST]),
        (("police", COUNCIL), [COUNCIL]),
        (("police", "probation"), []),
    ],
    ids=["both", "both, turned", "who gives", "who receives", "neither"],
)
def test_the_guards_of_the_two_ends_are_asked(
    post: Post, ends: tuple[str, str], concerned: list[str]
) -> None:
    guards = post(Told(COUNCIL), Told(TRUST))
    asked = question(holder=ends[0], recipient=ends[1])

    answers = guards.hear([asked])[asked]

    assert [each.agency for each in answers] == concerned
    assert guards.concerns(*ends) is bool(concerned)
    assert [each.agency for each in guards.not_asked(*ends)] == concerned
    assert [each.agency for each in guards.overtaken(asked)] == concerned


def test_a_guard_for_everything_is_asked_of_everything(post: Post) -> None:
    guards = post(Told(COUNCIL), every=True)

    assert one(guards, question(holder="police", recipient="probation")) == STOOD_ASIDE


def test_where_there_are_none_nothing_is_started() -> None:
    guards = Guards()

    assert not guards
    assert not guards.concerns(TRUST, COUNCIL)
    assert guards.health() == []
    assert "guards" not in {each.name for each in threading.enumerate()}


# --- at once, and within the deadline


def test_a_slow_guard_holds_up_no_other(post: Post) -> None:
    slow, quick = Told(TRUST, waits=asyncio.Event()), Told(COUNCIL)
    guards = post(quick, slow, timeout_ms=200)

    both = question()
    answers = guards.hear([both, question(holder="police")])

    assert [each.answer for each in answers[both]] == [Answer.STOOD_ASIDE, Answer.UNAVAILABLE]
    assert [each.answer for each in answers[question(holder="police")]] == [Answer.STOOD_ASIDE]


def test_a_batch_is_asked_at_the_same_time(post: Post) -> None:
    # None of them answers before all were asked: one after another, this would not end.
    everybody = asyncio.Event()

    class Meeting(Told):
        async def ask(self, asked: GuardQuestion) -> GuardAnswer:
            if len(self.asked) == 49:
                everybody.set()
            return await super().ask(asked)

    guard = Meeting(waits=everybody)
    guards = post(guard, timeout_ms=HOUR_MS)
    asked = [question(clauses=(f"a/{number}",)) for number in range(50)]

    answers = guards.hear(asked)

    assert {each.answer for answer in answers.values() for each in answer} == {Answer.STOOD_ASIDE}


def test_questions_that_differ_in_the_instant_alone_are_asked_once(post: Post) -> None:
    guard = Told()
    later = question(at=question().at.replace(hour=10))

    answers = post(guard).hear([question(), later])

    assert len(guard.asked) == 1
    assert answers[later] == answers[question()]


def test_more_than_a_guard_is_given_at_once_is_closed(post: Post) -> None:
    never = asyncio.Event()
    guards = post(Told(waits=never), timeout_ms=300)
    asked = [question(clauses=(f"a/{number}",)) for number in range(MAX_IN_FLIGHT + 3)]

    answers = [answer for (answer,) in guards.hear(asked).values()]

    reasons = [each.reason for each in answers]
    assert {each.answer for each in answers} == {Answer.UNAVAILABLE}
    assert reasons.count(Failure.BUSY.value) == 3


def test_letting_go_ends_what_still_waits(post: Post) -> None:
    guards = post(Told(waits=asyncio.Event()), timeout_ms=HOUR_MS)
    waiting = guards.hear_soon([question()])

    guards.close()

    assert waiting.cancelled() or waiting.exception() is not None


# --- the fuse


def failing(post: Post, times: int) -> tuple[Guards, Told, Hands]:
    clock, guard = Hands(), Told(fails=Failure.STATUS)
    guards = post(guard, clock=clock)
    for _ in range(times):
        assert one(guards) == gone(Failure.STATUS)
    return guards, guard, clock


def test_the_fuse_holds_below_so_many_failures_in_a_row(post: Post) -> None:
    guards, guard, _ = failing(post, OPENS_AFTER - 1)
    guard.fails = None
    assert one(guards) == STOOD_ASIDE
    guard.fails = Failure.TIMEOUT

    for _ in range(OPENS_AFTER - 1):
        assert one(guards) == gone(Failure.TIMEOUT)

    assert guards.health()[0]["circuit"] == "closed"


def test_the_fuse_blows_and_nothing_is_asked_and_nothing_opens(post: Post) -> None:
    guards, guard, clock = failing(post, OPENS_AFTER)
    guard.fails, asked = None, len(guard.asked)

    clock.now += PROBES_EVERY_S - 0.01
    assert one(guards) == gone(Failure.CIRCUIT_OPEN)

    assert len(guard.asked) == asked
    assert guards.health() == [
        {
            "agency": TRUST,
            "kind": "opa",
            "circuit": "open",
            "failures": OPENS_AFTER,
            "last_failure": "status",
        }
    ]


def test_one_question_probes_and_closes_the_circuit(post: Post) -> None:
    guards, guard, clock = failing(post, OPENS_AFTER)
    guard.fails = None
    clock.now += PROBES_EVERY_S

    asked = [question(clauses=(f"a/{number}",)) for number in range(3)]
    answers = [answer for (answer,) in guards.hear(asked).values()]

    assert [each.answer for each in answers].count(Answer.STOOD_ASIDE) == 1
    assert [each.reason for each in answers].count(Failure.CIRCUIT_OPEN.value) == 2
    assert one(guards) == STOOD_ASIDE
    assert guards.health()[0]["circuit"] == "closed"


def test_a_probe_that_fails_opens_it_again_for_as_long(post: Post) -> None:
    guards, guard, clock = failing(post, OPENS_AFTER)
    clock.now += PROBES_EVERY_S
    assert one(guards) == gone(Failure.STATUS)
    asked = len(guard.asked)

    clock.now += PROBES_EVERY_S - 0.01
    assert one(guards) == gone(Failure.CIRCUIT_OPEN)

    assert len(guard.asked) == asked


def test_one_guard_s_fuse_is_not_another_s(post: Post) -> None:
    guards = post(Told(COUNCIL), Told(TRUST, fails=Failure.UNREACHABLE), clock=Hands())
    asked = question()

    for _ in range(OPENS_AFTER):
        guards.hear([asked])
    ours, theirs = guards.hear([asked])[asked]

    assert (ours.answer, theirs.reason) == (Answer.STOOD_ASIDE, Failure.CIRCUIT_OPEN.value)


# --- settings


OFFICE = """[office]
agency = "northshire-council"
name = "Northshire Council"
issuer = "https://office.northshire-council.example"
log = "log.northshire-council.example/decisions/2026"
"""


def read(*lines: str) -> settings.Settings:
    return settings.read(f"{OFFICE}\n[[guards]]\n{chr(10).join(lines)}\n".encode())


LINES = (
    'agency = "northshire-nhs-trust"', 'kind = "opa"',
    'url = "https://opa.trust.example:8181"', 'path = "sharing/deny"',
)  # fmt: skip


def test_a_guard_of_the_settings_is_written_as_it_was_read() -> None:
    said = read(*LINES, 'ca = "ca.pem"', "timeout_ms = 150", "every = true")

    (guard,) = said.guards
    assert guard.asked_at == ("https://opa.trust.example:8181/v1/data/sharing/deny?provenance=true")
    assert (guard.timeout_ms, guard.every) == (150, True)
    assert settings.read(settings.write(said)) == said


def test_guards_stand_in_the_order_of_their_agencies() -> None:
    said = read(
        *LINES, "[[guards]]", 'agency = "a"', 'kind = "authzen"', 'url = "https://a.example"'
    )

    assert [each.agency for each in said.guards] == ["a", "northshire-nhs-trust"]
    assert said.guards[0].asked_at == "https://a.example/access/v1/evaluation"


def changed(name: str, value: str) -> tuple[str, ...]:
    kept = [line for line in LINES if not line.startswith(f"{name} ")]
    return (*kept, *([f"{name} = {value}"] if value else []))


BAD = {
    "no agency": (changed("agency", ""), "has no `agency`"),
    "no kind": (changed("kind", ""), "has no `kind`"),
    "no url": (changed("url", ""), "has no `url`"),
    "no path": (changed("path", ""), "names no `path`"),
    "a kind nobody knows": (changed("kind", '"cedar"'), "not a kind of guard"),
    "no id": (changed("agency", '"The Trust"'), "cannot be the id of an agency"),
    "a misspelling": ((*LINES, "timeout = 1"), "`timeout` is not a setting of a guard"),
    "a text for a number": ((*LINES, 'timeout_ms = "1"'), "`timeout_ms` of a guard"),
    "true for a number": ((*LINES, "timeout_ms = true"), "`timeout_ms` of a guard"),
    "too short": ((*LINES, "timeout_ms = 9"), "not between 10 and 5000"),
    "too long": ((*LINES, "timeout_ms = 5001"), "not between 10 and 5000"),
    "a path upwards": (changed("path", '"../config"'), "`path` of the guard"),
    "a path with a query": (changed("path", '"a/b?x=y"'), "`path` of the guard"),
    "a file of two lines": ((*LINES, 'ca = "a\\nb"'), "not the name of a file"),
    "an authority without TLS": (
        (*changed("url", '"http://127.0.0.1:8181"'), 'ca = "ca.pem"'), "without https",
    ),
    "two of one agency": ((*LINES, "[[guards]]", *LINES), "has two guards"),
}  # fmt: skip


@pytest.mark.parametrize(("lines", "says"), BAD.values(), ids=BAD)
def test_a_setting_that_is_not_one_refuses_the_file(lines: tuple[str, ...], says: str) -> None:
    with pytest.raises(StorageError, match=says):
        read(*lines)


@pytest.mark.parametrize("said", ['guards = "x"', "guards = [1]", "[guards]\nagency = 'a'"])
def test_guards_that_are_no_tables_are_refused(said: str) -> None:
    front, rest = (said, "") if said.startswith("guards") else ("", said)
    with pytest.raises(StorageError, match="guard"):
        settings.read(f"{front}\n{OFFICE}\n{rest}\n".encode())


GOOD_URLS = [
    "https://opa.trust.example",
    "https://opa.trust.example:8181",
    "https://opa.trust.example/behind/a-proxy",
    "https://opa",
    "https://10.1.2.3:8181",
    "https://[fd00::1]:8181",
    "http://127.0.0.1:8181",
    "http://127.0.0.53",
    "http://localhost:8181",
    "http://[::1]:8181",
]
BAD_URLS = [
    "http://opa.trust.example",
    "http://10.1.2.3",
    "http://169.254.169.254",
    "https://169.254.169.254",
    "https://[fe80::1]",
    "https://[::ffff:169.254.169.254]",
    "https://[::ffff:127.0.0.1]",
    "https://0.0.0.0",
    "https://[::]",
    "https://224.0.0.1",
    "http://2130706433",
    "https://2130706433",
    "https://0x7f000001",
    "https://0177.0.0.1",
    "https://127.1",
    "https://1.2.3",
    "https://999.1.1.1",
    "http://127.0.0.1.example",
    "http://127.0.0.1@evil.example",
    "https://user:secret@opa.trust.example",
    "https://user@opa.trust.example",
    "http://localhost.example",
    "https://opa.trust.example/",
    "https://opa.trust.example/a?b=c",
    "https://opa.trust.example/a#b",
    "https://opa.trust.example/../x",
    "https://opa.trust.example:",
    "https://opa.trust.example:0",
    "https://opa.trust.example:65536",
    "https://opa.trust.example:8181x",
    "https://",
    "https:///v1",
    "https://-opa.example",
    "https://op\u0430.example",
    "https://opa.example\\\\.evil.example",
    "file:///etc/passwd",
    "ftp://opa.trust.example",
    "HTTPS://opa.trust.example",
    "unix:///var/run/opa.sock",
    " https://opa.trust.example",
    "",
]


@pytest.mark.parametrize("url", GOOD_URLS)
def test_an_address_that_may_be_asked(url: str) -> None:
    (guard,) = read(*changed("url", f'"{url}"')).guards

    assert guard.url == url


@pytest.mark.parametrize("url", BAD_URLS)
def test_an_address_that_reaches_elsewhere_is_refused(url: str) -> None:
    with pytest.raises(StorageError, match="not one that may be asked"):
        read(*changed("url", f'"{url}"'))


def test_a_redirect_to_a_place_inside_reaches_nothing(posted: Callable[..., Guards]) -> None:
    with answering(lambda _: as_json({"result": []})) as inside:
        elsewhere = {"Location": f"{inside.url}/v1/data/sharing/deny"}
        with answering(lambda _: (307, elsewhere, b"")) as outside:
            guards = posted(GuardSettings(TRUST, GuardKind.OPA, outside.url, "sharing/deny"))
            assert one(guards) == gone(Failure.STATUS)

    assert inside.requests == []


def test_an_authority_that_cannot_be_read_is_told_when_the_office_is_opened(
    posted: Callable[..., Guards],
) -> None:
    guard = GuardSettings(TRUST, GuardKind.OPA, "https://opa.example", "a/b", ca="missing.pem")

    with pytest.raises(StorageError, match="certificate authority"):
        posted(guard)
