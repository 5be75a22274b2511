"""Services on one PostgreSQL whose connections are cut, and which is killed, as they answer."""

import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from datetime import UTC, datetime
from pathlib import Path

import psycopg
import pytest

from engine import bootstrap
from tests import postgres
from tests.api import history
from tests.api.conftest import KEYS, registered
from tests.api.history import History, assert_told_is_kept
from tests.api.test_crashes import started, wait_until_ready
from tests.api.test_server import bearing, token
from tests.postgres import Cluster
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, sign_all, text, write_text

CUT_ONE = (
    "SELECT pg_terminate_backend(pid) FROM (SELECT pid FROM pg_stat_activity"
    " WHERE usename IS NOT NULL AND pid <> pg_backend_pid() ORDER BY random() LIMIT 1) AS one"
)
SERVICES = 2


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL of this test's own, which may be killed."""
    if postgres.programs() is None:
        pytest.skip("PostgreSQL is not installed")
    with postgres.cluster() as made:
        yield made


@pytest.fixture
def folder(cluster: Cluster, tmp_path: Path) -> Path:
    """An office whose records are in that PostgreSQL."""
    folder = tmp_path / "office"
    with bootstrap.create_office(
        folder,
        agency=COUNCIL,
        name="Northshire Council",
        now=datetime.now(UTC),
        demo_parties=[(TRUST, "Northshire NHS Trust")],
        store_url=cluster.new_database(),
    ) as office:
        write_text(office, text())
        sign_all(office)
        office.author.publish(AGREEMENT)
        for name in KEYS:
            office.clients.add(registered(name))
    bearing(folder)
    return folder


def cut_and_kill(cluster: Cluster, cuts: int, kills: int, chance: random.Random) -> None:
    """Cut one connection after another; and now and then kill the server, and start it again."""
    for number in range(cuts):
        time.sleep(chance.uniform(0.03, 0.1))
        with suppress(psycopg.Error), cluster.connect() as admin:
            admin.execute(CUT_ONE)
        if kills and number % (cuts // kills) == cuts // kills - 1:
            cluster.kill()
            time.sleep(chance.uniform(0, 0.3))
            cluster.restart_after_kill()


def keep_asking(
    url: str,
    bearer: str,
    written: History,
    statuses: "Counter[tuple[int, bool]]",
    over: threading.Event,
) -> None:
    for status, answers, response in history.asking(url, bearer):
        written.note(answers)
        statuses[status, "retry-after" in response.headers] += 1
        if over.is_set():
            break


def chaos(
    cluster: Cluster, folder: Path, told: Path, cuts: int, kills: int, chance: random.Random
) -> "Counter[tuple[int, bool]]":
    """Have two services asked meanwhile: how often each status was answered, with `Retry-After`."""
    told.mkdir()
    statuses: Counter[tuple[int, bool]] = Counter()
    over = threading.Event()
    with ExitStack() as running:
        services = [running.enter_context(started(folder)) for _ in range(SERVICES)]
        for server, url in services:
            wait_until_ready(url, server)
        askers = [
            threading.Thread(
                target=keep_asking,
                args=(url, token(url), History(told / f"{place}-{asker}"), statuses, over),
            )
            for place, (_, url) in enumerate(services)
            for asker in range(2)
        ]
        for asker in askers:
            asker.start()
        cut_and_kill(cluster, cuts, kills, chance)
        over.set()
        for asker in askers:
            asker.join()
        for server, url in services:
            wait_until_ready(url, server)
    return statuses


def assert_nothing_is_lost(folder: Path, told: Path, statuses: "Counter[tuple[int, bool]]") -> None:
    # A commit whose outcome nobody knows is no answer: 503, and when to ask again.
    assert statuses.keys() <= {(200, False), (503, True)}
    answers = history.read(told)
    with bootstrap.open_office(folder) as office:
        assert_told_is_kept(office, answers)


def test_no_answer_is_lost_or_guessed_while_connections_are_cut(
    cluster: Cluster, folder: Path, tmp_path: Path
) -> None:
    statuses = chaos(cluster, folder, tmp_path / "told", 20, 1, random.Random(1))

    assert statuses[200, False]
    assert_nothing_is_lost(folder, tmp_path / "told", statuses)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(4))
def test_no_answer_is_lost_in_two_thousand_cuts_and_forty_kills(
    cluster: Cluster, folder: Path, tmp_path: Path, seed: int
) -> None:
    statuses = chaos(cluster, folder, tmp_path / "told", 500, 10, random.Random(100 + seed))

    assert statuses[200, False] > 100
    assert statuses[503, True]
    assert_nothing_is_lost(folder, tmp_path / "told", statuses)
