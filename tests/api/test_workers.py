"""Several workers of one office on PostgreSQL: real processes, one address, one log."""

import asyncio
import os
import random
import signal
import subprocess
import sys
import threading
from collections import Counter
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from api.app import create_app
from engine import bootstrap
from tests.api.application import COUNCIL, TRUST, URL, Application, evaluation, fresh
from tests.api.conftest import KEYS, registered
from tests.api.conftest import application as local
from tests.api.test_server import (
    ROOT,
    bearing,
    free_port,
    load,
    more_than,
    served,
    token,
    wait_until,
)
from tests.postgres import Cluster
from tests.service.conftest import AGREEMENT, server, sign_all, text, write_text
from tests.service.test_crash import assert_all_are_there

__all__ = ["server"]

TIMES = 1_000
UNHURRIED = "per_client = 0\nper_peer = 0\n"


@pytest.fixture
def many(server: Cluster, tmp_path: Path) -> Path:
    """An office on PostgreSQL whose agreement is in force, and an application."""
    folder = tmp_path / "office"
    made = bootstrap.create_office(
        folder,
        agency=COUNCIL,
        name="Northshire Council",
        now=datetime.now(UTC),
        demo_parties=[(TRUST, "Northshire NHS Trust")],
        store_url=server.new_database(),
    )
    with made as office:
        write_text(office, text())
        sign_all(office)
        office.author.publish(AGREEMENT)
        office.clients.add(registered("council-app"))
    return folder


def unhurried(folder: Path, *lines: str) -> None:
    path = folder / "office.toml"
    path.write_text("\n".join([path.read_text(), "[http]", UNHURRIED, *lines, ""]))


def application() -> Any:
    now_s = int(datetime.now(UTC).timestamp())
    return Application(None, None, "council-app", KEYS["council-app"], now_s)  # type: ignore[arg-type]


async def at_once(url: str, request: dict[str, Any], times: int) -> Counter[int]:
    """Send one request many times, over many connections."""
    limits = httpx2.Limits(max_connections=40, max_keepalive_connections=40)
    async with httpx2.AsyncClient(base_url=url, limits=limits, timeout=60) as http:
        answered = await asyncio.gather(*(http.request(**request) for _ in range(times)))
    return Counter(each.status_code for each in answered)


def test_several_workers_need_a_database_for_several(folder: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "concordat", "serve", "--workers", "2", "--office", str(folder)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )

    assert ran.returncode == 2
    assert "2 workers need PostgreSQL: a file has one writer" in ran.stderr
    assert "docs/postgresql.md" in ran.stderr


def test_what_proves_a_caller_is_good_once_at_all_workers_together(many: Path) -> None:
    unhurried(many)
    with served(many, "--workers", "2") as (_, url):
        app = application()
        form = {
            "grant_type": "client_credentials",
            "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            "client_assertion": app.assertion(aud=url),
        }
        asking: dict[str, Any] = {"method": "POST", "url": "/oauth/token", "data": form}
        proof = partial(app.proof, "/oauth/token", htu=f"{url}/oauth/token")
        tokens = asyncio.run(
            at_once(url, asking | {"headers": {"DPoP": proof(jti=fresh())}}, TIMES)
        )
        bound = httpx2.post(
            f"{url}/oauth/token",
            data=form | {"client_assertion": app.assertion(aud=url)},
            headers={"DPoP": proof(jti=fresh())},
        ).json()["access_token"]
        path = "/access/v1/evaluation"
        headers = {
            "Authorization": f"DPoP {bound}",
            "DPoP": app.proof(path, bound, htu=url + path),
        }
        question = {"method": "POST", "url": path, "json": evaluation(), "headers": headers}
        answers = asyncio.run(at_once(url, question, TIMES))

    assert tokens == {200: 1, 401: TIMES - 1}
    assert answers == {200: 1, 401: TIMES - 1}
    with bootstrap.open_office(many) as office:
        assert office.premises.records.outcomes() == {"permit": 1}


def test_a_token_of_one_worker_is_good_at_every_other(many: Path) -> None:
    port = free_port()
    unhurried(many, "plain_bearer = true", "[metrics]", f"port = {port}")
    asked = 'concordat_requests_total{method="POST",route="/access/v1/evaluation",status="200"}'

    def asked_at(worker: int) -> bool:
        return asked in httpx2.get(f"http://127.0.0.1:{port + worker}/metrics").text

    with served(many, "--workers", "2") as (_, url):
        wait_until(lambda: all(is_up(port + worker) for worker in (0, 1)))
        headers = {"Authorization": f"Bearer {token(url)}"}
        ask = partial(httpx2.post, f"{url}/access/v1/evaluation", headers=headers)
        # Each over a connection of its own.
        statuses = [ask(json=evaluation()).status_code for _ in range(40)]
        both = asked_at(0), asked_at(1)

    assert statuses == [200] * 40
    assert both == (True, True)


def is_up(port: int) -> bool:
    try:
        return httpx2.get(f"http://127.0.0.1:{port}/metrics", verify=False).status_code == 200
    except httpx2.HTTPError:
        return False


def test_a_token_outlives_a_restart_and_a_new_key_of_records(
    folder: Path, portal: BlockingPortal
) -> None:
    statuses, bound = [], ""
    for renewed in (False, True):
        app = create_app(folder, url=URL)
        with portal.wrap_async_context_manager(app.router.lifespan_context(app)):
            transport = httpx2.ASGITransport(app=app)
            http = httpx2.AsyncClient(transport=transport, base_url=URL)
            with portal.wrap_async_context_manager(http):
                council = local("council-app", portal, http)
                bound = bound or council.token()
                if renewed:
                    app.state.site.renew_key(KEYS["other-app"])
                path = "/access/v1/evaluation"
                statuses += [council.post(path, evaluation(), token=bound).status_code]
                statuses += [council.ask().status_code]

    assert statuses == [200] * 4


def test_workers_that_are_killed_are_started_again_and_lose_no_answer(many: Path) -> None:
    bearing(many)
    given: list[tuple[int, str]] = []
    chance = random.Random(5)
    with served(many, "--workers", "2") as (parent, url):
        bearer = token(url)
        for kills in (1, 1, 0):
            askers = [threading.Thread(target=load, args=(url, given, bearer)) for _ in range(4)]
            for asker in askers:
                asker.start()
            wait_until(partial(more_than, given, len(given) + 30))
            for _ in range(kills):
                # Whoever was connected to it goes; the others go on asking.
                killed = chance.choice(children_of(parent.pid))
                os.kill(killed, signal.SIGKILL)
                wait_until(partial(started_again, parent.pid, killed))
        parent.send_signal(signal.SIGTERM)
        parent.communicate(timeout=60)

    assert parent.returncode == 0
    assert len(set(given)) == len(given) > 80
    with bootstrap.open_office(many) as office:
        assert_all_are_there(office, given)


def started_again(parent: int, killed: int) -> bool:
    children = children_of(parent)
    return killed not in children and len(children) == 2


def children_of(pid: int) -> list[int]:
    said = Path(f"/proc/{pid}/task/{pid}/children").read_text()
    return [each for each in map(int, said.split()) if "api.worker" in command_of(each)]


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().decode()
    except FileNotFoundError:
        return ""


def test_workers_end_with_whoever_looks_after_them(many: Path) -> None:
    with served(many, "--workers", "2") as (parent, _):
        children = children_of(parent.pid)
        parent.kill()
        parent.wait()

        assert len(children) == 2
        wait_until(lambda: not any("api.worker" in command_of(each) for each in children))
