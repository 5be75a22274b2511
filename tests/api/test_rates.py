"""Whoever comes too often is told when to come again, and nobody else notices."""

from collections.abc import Iterator
from pathlib import Path

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from api.app import create_app
from api.rates import Rates
from tests.api.application import URL, Application, evaluation
from tests.api.conftest import application, opened

BOTH_WAYS = True


def test_a_bucket_lets_its_rate_through_and_no_more() -> None:
    rates = Rates(10)

    assert [rates.wait_s("a", now_s=0) for _ in range(21)] == [0] * 20 + [1]
    assert rates.wait_s("b", now_s=0) == 0, "another's bucket is full"
    assert [rates.wait_s("a", now_s=0.5) for _ in range(6)] == [0] * 5 + [1]
    assert [rates.wait_s("a", now_s=1_000) for _ in range(21)] == [0] * 20 + [1]
    assert rates.wait_s("a", now_s=0) == 1, "a clock that goes back fills nothing"


def test_nobody_is_held_back_where_no_rate_is_set() -> None:
    assert not any(Rates(0).wait_s("a", now_s=0) for _ in range(1_000))


def test_only_so_many_are_remembered() -> None:
    rates = Rates(1, most=3)

    for name in "abcdef":
        rates.wait_s(name, now_s=0)

    assert len(rates._left) == 3


@pytest.fixture
def slow(folder: Path, portal: BlockingPortal, hot: bool) -> Iterator[httpx2.AsyncClient]:
    """The counter, which answers one request a second of each."""
    with (folder / "office.toml").open("a") as settings:
        settings.write("\n[http]\nper_client = 1\nper_peer = 2\n")
    app = create_app(folder, url=URL, hot=hot)
    with opened(app, portal) as client:
        object.__setattr__(app.state.site, "steady_s", lambda: 0.0)
        yield client


def test_a_client_that_hurries_is_told_to_wait_and_another_is_not(
    slow: httpx2.AsyncClient, portal: BlockingPortal
) -> None:
    council, trust = (application(name, portal, slow) for name in ("council-app", "trust-app"))
    token, other = council.token(), trust.token()
    path = "/access/v1/evaluation"

    told = [council.post(path, evaluation(), token=token) for _ in range(3)]

    assert [each.status_code for each in told] == [200, 200, 429]
    assert told[2].headers["retry-after"] == "1"
    assert told[2].json()["code"] == "hurried"
    assert trust.post(path, evaluation(), token=other).status_code == 200


def test_who_guesses_at_tokens_is_held_back(
    slow: httpx2.AsyncClient, portal: BlockingPortal
) -> None:
    council = application("council-app", portal, slow)

    guesses = [
        council.send("GET", "/v1/records/x", headers={"Authorization": "DPoP guess"}).status_code
        for _ in range(6)
    ]

    assert guesses == [401] * 4 + [429] * 2
    assert council.ask_token().status_code == 429, "nor is it given one"


def test_what_needs_no_token_has_its_rate_too(
    council: Application, slow: httpx2.AsyncClient, portal: BlockingPortal
) -> None:
    plain = application("council-app", portal, slow)

    asked = [plain.send("GET", "/v1/checkpoint").status_code for _ in range(5)]

    assert asked == [200] * 4 + [429]
    assert council.send("GET", "/v1/checkpoint").status_code == 200
