"""A request sent twice: one effect, one answer, whatever breaks in between."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from api.auth.caller import Bearer, Caller
from api.problems import ProblemError
from api.repeats import KEPT_S, Answer, answered, named, once
from api.sighting import Sighting
from api.site import Site
from engine import bootstrap
from engine.keys import PrivateKey
from engine.service import Office
from tests.api.conftest import registered
from tests.api.requests import request
from tests.service.conftest import asked

SITE = Site("", plain_bearer=True, key=PrivateKey(bytes(32)), opened_s=0, now_s=int, draw=bytes)


def caller(name: str = "council-app") -> Caller:
    return Caller(registered(name), frozenset(), Bearer(name, frozenset(), Sighting("")), SITE)


def put(key: str | None = "key-1", body: bytes = b"{}", query: str = "") -> Any:
    headers: dict[str, Any] = {} if key is None else {"idempotency_key": key}
    return named(request(query=query, method="POST", **headers), body)


class Desk:
    """Asks, and counts how often it did."""

    def __init__(self, office: Office) -> None:
        self.office, self.times = office, 0

    def __call__(self) -> Answer:
        self.times += 1
        told = self.office.desk.ask(asked())
        return answered({"jti": told.jti}, 201, Location=f"/v1/records/{told.jti}")


@pytest.fixture
def desk(office: Office) -> Iterator[Desk]:
    before = office.premises.records.head().size
    desk = Desk(office)
    yield desk
    assert office.premises.records.head().size == before + desk.times


def test_the_same_request_gets_the_very_same_answer_after_a_restart_too(
    office: Office, folder: Path, desk: Desk
) -> None:
    first = once(office, caller(), put(), desk)
    second = once(office, caller(), put(), desk)
    with bootstrap.open_office(folder) as other:
        third = once(other, caller(), put(), desk)

    assert first == second == third
    assert desk.times == 1
    assert first.sent().headers["location"].endswith(first.body.decode()[8:-2])


@pytest.mark.parametrize(
    "other", [put(body=b'{"a":1}'), put(query="a=1")], ids=["another body", "another query"]
)
def test_a_name_that_named_another_request_is_refused(
    office: Office, desk: Desk, other: Any
) -> None:
    once(office, caller(), put(), desk)

    with pytest.raises(ProblemError, match="named another request") as refused:
        once(office, caller(), other, desk)

    assert refused.value.status == 409


def test_each_client_has_its_own_names_and_no_name_is_no_repetition(
    office: Office, desk: Desk
) -> None:
    for who in ("council-app", "trust-app"):
        once(office, caller(who), put(), desk)
    for _ in range(2):
        once(office, caller(), put(None), desk)

    assert desk.times == 4


def test_a_refusal_is_not_kept(office: Office, desk: Desk) -> None:
    def refuse() -> Answer:
        raise ProblemError(409, "transition", "not now")

    with pytest.raises(ProblemError, match="not now"):
        once(office, caller(), put(), refuse)

    assert once(office, caller(), put(), desk).status == 201


def test_what_fails_after_the_record_leaves_neither(office: Office, desk: Desk) -> None:
    def fail() -> Answer:
        desk()
        raise KeyError

    with pytest.raises(KeyError):
        once(office, caller(), put(), fail)

    desk.times = 0
    assert once(office, caller(), put(), desk).status == 201


def test_an_answer_is_kept_for_a_day(
    office: Office, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    once(office, caller(), put(), desk)
    clock, now = office.premises.clock, office.premises.now()

    class Later:
        seconds = KEPT_S

        def now(self) -> Any:
            return now + timedelta(seconds=self.seconds)

    object.__setattr__(office.premises, "clock", Later())
    once(office, caller(), put(), desk)
    assert desk.times == 1
    Later.seconds += 2
    once(office, caller(), put(), desk)
    object.__setattr__(office.premises, "clock", clock)

    assert desk.times == 2


def test_what_was_carried_out_before_it_broke_is_not_done_again(office: Office, desk: Desk) -> None:
    """The step reaches beyond the log, and breaks before its answer is kept."""
    register: list[str] = []

    def step() -> Answer:
        register.append("done")
        if len(register) == 1:
            raise KeyError
        return answered({})

    looked: list[int] = []

    def done(begun_s: int) -> Answer | None:
        looked.append(begun_s)
        return answered({"done": True}) if register else None

    with pytest.raises(KeyError):
        once(office, caller(), put(), step, done=done)
    assert not looked
    told = [once(office, caller(), put(), step, done=done) for _ in range(2)]

    assert told == [answered({"done": True})] * 2
    assert register == ["done"]
    assert len(looked) == 1


def test_what_was_begun_and_not_carried_out_is_done_now(office: Office) -> None:
    def breaks() -> Answer:
        raise KeyError

    with pytest.raises(KeyError):
        once(office, caller(), put(), breaks, done=lambda _: None)

    assert once(office, caller(), put(), lambda: answered(1), done=lambda _: None) == answered(1)
    with pytest.raises(ProblemError, match="named another request"):
        once(office, caller(), put(body=b"[]"), breaks, done=lambda _: None)


@pytest.mark.parametrize("key", ["", "a b", "x" * 129, "\u00e9"])
def test_a_name_is_visible_and_not_long(key: str) -> None:
    with pytest.raises(ProblemError, match="up to 128 visible characters"):
        put(key)


def test_a_request_has_one_name() -> None:
    came = request(method="POST", idempotency_key="a")
    came.scope["headers"].append((b"idempotency-key", b"b"))

    with pytest.raises(ProblemError, match="not one name"):
        named(came, b"")
