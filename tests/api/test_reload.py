"""A service whose register moves under it: real processes, a real register, a bare repository."""

import hashlib
import hmac
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import pytest
from anyio.from_thread import BlockingPortal

from agreements.lifecycle import Act
from api.routes.hooks import MAX_BYTES
from tests.api.application import Application, evaluation
from tests.api.conftest import registered
from tests.api.test_server import ROOT, bearing, free_port, served, token, wait_until
from tests.service.conftest import AGREEMENT
from tests.service.sharing import Shared, begin, copied, git

SECRET = "0123456789abcdef0123456789abcdef"
CLAUSES = f"policies/published/{AGREEMENT}/1.0/policies.json"


def settings(folder: Path, *lines: str) -> None:
    path = folder / "office.toml"
    path.write_text("\n".join([path.read_text(), "[register]", *lines, ""]))


def ask(url: str, bearer: str) -> dict[str, Any]:
    headers = {"Authorization": f"Bearer {bearer}"}
    answered = httpx2.post(f"{url}/access/v1/evaluation", json=evaluation(), headers=headers)
    return {"status": answered.status_code, **answered.json()}


def code(url: str, bearer: str) -> str:
    return str(ask(url, bearer)["context"]["code"])


def health(url: str) -> dict[str, Any]:
    found: dict[str, Any] = httpx2.get(f"{url}/health", verify=False).raise_for_status().json()
    return found


def is_(url: str, status: str) -> bool:
    return bool(health(url)["status"] == status)


def concordat(folder: Path, *said: str) -> None:
    subprocess.run(
        [sys.executable, "-m", "concordat", *said, "--office", str(folder)],
        check=True,
        capture_output=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


# ---- the register of this machine


def test_what_another_program_does_to_the_register_is_in_the_next_answer(folder: Path) -> None:
    bearing(folder)
    settings(folder, "poll_s = 1")
    port = free_port()
    (folder / "office.toml").write_text(
        f"{(folder / 'office.toml').read_text()}[metrics]\nport = {port}\n"
    )

    with served(folder) as (_, url):
        bearer = token(url)
        before = ask(url, bearer)
        concordat(folder, "suspend", AGREEMENT, "--reason", "a breach")
        suspended = code(url, bearer)
        concordat(folder, "resume", AGREEMENT)
        resumed = code(url, bearer)
        taken = 'concordat_reloads_total{result="taken"}'
        wait_until(
            lambda: taken in httpx2.get(f"http://127.0.0.1:{port}/metrics", verify=False).text
        )

    assert before["decision"] is True
    assert suspended == "suspended"
    assert resumed == "permitted"


def test_an_altered_register_changes_nothing_and_is_told_until_it_is_mended(folder: Path) -> None:
    bearing(folder)
    settings(folder, "poll_s = 1")
    clauses = folder / "register" / CLAUSES
    sound = clauses.read_bytes()

    with served(folder) as (_, url):
        bearer = token(url)
        clauses.write_bytes(sound.replace(b"permit", b"forbid", 1))
        # Its clauses were not asked yet, so they are not in memory; they are read as committed.
        first = ask(url, bearer)
        wait_until(partial(is_, url, "degraded"))
        told, then = health(url)["unsound"], ask(url, bearer)
        ready = httpx2.get(f"{url}/ready")
        clauses.write_bytes(sound)
        wait_until(partial(is_, url, "ok"))

    assert first["decision"] is then["decision"] is True
    assert [(each["of"], each["code"]) for each in told] == [("register", "bundle")]
    assert CLAUSES in told[0]["said"]
    assert told[0]["since"] < told[0]["decides_until"]
    assert ready.status_code == 200
    assert ready.json()["unsound"]


def test_a_service_started_on_an_altered_register_decides_nothing_until_it_is_mended(
    folder: Path,
) -> None:
    bearing(folder)
    clauses = folder / "register" / CLAUSES
    sound = clauses.read_bytes()
    clauses.write_bytes(sound.replace(b"permit", b"forbid", 1))

    with started(folder) as url:
        wait_until(partial(answers, url))
        ready, told = httpx2.get(f"{url}/ready"), health(url)
        asked = httpx2.post(f"{url}/access/v1/evaluation", json=evaluation())
        clauses.write_bytes(sound)
        wait_until(lambda: httpx2.get(f"{url}/ready", verify=False).status_code == 200)
        after = ask(url, token(url))

    assert ready.status_code == asked.status_code == 503
    assert told["status"] == "shut"
    assert told["unsound"][0]["code"] == "bundle"
    assert after["decision"] is True


@contextmanager
def started(folder: Path) -> Iterator[str]:
    """The command, running; it need not become ready."""
    url = f"http://127.0.0.1:{(port := free_port())}"
    command = [sys.executable, "-m", "concordat", "serve", "--port", str(port)]
    with subprocess.Popen(
        [*command, "--office", str(folder)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    ) as server:
        try:
            yield url
        finally:
            server.kill()


def answers(url: str) -> bool:
    try:
        return bool(health(url))
    except httpx2.HTTPError:
        return False


def test_nothing_is_decided_once_nobody_could_look_for_too_long(
    council: Application, http: httpx2.AsyncClient
) -> None:
    lookout = state(http).lookout
    assert council.ask().status_code == 200

    state(http).counter.office.shelf.good_until_s = 1
    closed, ready = council.ask(), council.send("GET", "/ready")
    lookout._extend()

    assert closed.status_code == ready.status_code == 503
    assert closed.headers["Retry-After"]
    assert council.ask().status_code == 200


def state(http: httpx2.AsyncClient) -> Any:
    transport: Any = http._transport
    return transport.app.state


def test_that_too_many_wait_is_not_held_against_the_register(
    council: Application, http: httpx2.AsyncClient, portal: BlockingPortal, folder: Path
) -> None:
    lookout, counter = state(http).lookout, state(http).counter
    most, counter._max_waiting = counter._max_waiting, 0
    portal.call(lookout._take_over, "marks")
    counter._max_waiting = most

    assert lookout.unsound() == []
    assert lookout._seen == ""
    assert council.ask().status_code == 200


# ---- what others shared


@pytest.fixture(scope="session")
def shared_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shared")
    begin(folder)
    return folder


@pytest.fixture
def shared(shared_template: Path, tmp_path: Path) -> Iterator[Shared]:
    """Two offices on one bare repository; the council's has an application."""
    made = copied(shared_template, tmp_path)
    made.council.clients.add(registered("council-app"))
    bearing(made.council.folder)
    yield made
    made.close()


def suspend(shared: Shared) -> None:
    shared.trust.lifecycle.act(Act.SUSPEND, AGREEMENT, said="a breach")
    shared.trust.sync.push()


def signed(url: str, body: bytes, secret: str = SECRET) -> httpx2.Response:
    digest = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    headers = {"X-Hub-Signature-256": f"sha256={digest}"}
    return httpx2.post(f"{url}/hooks/register", content=body, headers=headers)


def test_a_forge_that_says_so_has_it_pulled_at_once(shared: Shared) -> None:
    settings(
        shared.council.folder, f'hook_secret = "{SECRET}"', "poll_s = 3600", "max_age_s = 9000"
    )

    with served(shared.council.folder) as (_, url):
        bearer = token(url)
        before = code(url, bearer)
        suspend(shared)
        forged = signed(url, b'{"ref": "refs/heads/main"}', "another secret of that length, 32")
        called = [signed(url, b'{"ref": "refs/heads/main"}') for _ in range(3)]
        wait_until(lambda: code(url, bearer) == "suspended")
        told = health(url)

    assert before == "permitted"
    assert forged.status_code == 401
    assert [each.status_code for each in called] == [202, 202, 202]
    assert told == {"status": "ok"}


def test_what_others_shared_is_pulled_at_its_times(shared: Shared) -> None:
    settings(shared.council.folder, "pull_s = 1", "poll_s = 1")

    with served(shared.council.folder) as (_, url):
        bearer = token(url)
        suspend(shared)
        wait_until(lambda: code(url, bearer) == "suspended")


def test_what_is_refused_of_others_is_told_and_changes_nothing(
    shared: Shared, tmp_path: Path
) -> None:
    settings(shared.council.folder, "pull_s = 1", "poll_s = 1")
    git(tmp_path, "clone", "-q", str(shared.place), "clone")
    clauses = tmp_path / "clone" / CLAUSES
    clauses.write_bytes(clauses.read_bytes().replace(b"permit", b"forbid", 1))
    git(tmp_path / "clone", "commit", "-qam", "nothing to see")
    git(tmp_path / "clone", "push", "-q", "origin", "HEAD:main")

    with served(shared.council.folder) as (_, url):
        bearer = token(url)
        wait_until(partial(is_, url, "degraded"))
        told = health(url)["unsound"]
        decided = code(url, bearer)

    assert [(each["of"], each["code"]) for each in told] == [("shared", "arrival")]
    assert decided == "permitted"


# ---- the hook


@pytest.fixture
def hooked(folder: Path) -> Path:
    settings(folder, f'hook_secret = "{SECRET}"')
    return folder


BODY = b'{"ref":"refs/heads/main"}'
DIGEST = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        pytest.param({"X-Hub-Signature-256": f"sha256={DIGEST}"}, 202, id="github"),
        pytest.param({"X-Gitea-Signature": DIGEST}, 202, id="gitea"),
        pytest.param({"X-Forgejo-Signature": DIGEST, "X-Gitea-Signature": DIGEST}, 202, id="both"),
        pytest.param({"X-Gitlab-Token": SECRET}, 202, id="gitlab"),
        pytest.param({}, 401, id="unsigned"),
        pytest.param({"X-Hub-Signature-256": DIGEST}, 401, id="without-its-prefix"),
        pytest.param({"X-Gitea-Signature": DIGEST[:-1] + "x"}, 401, id="one-letter-off"),
        pytest.param({"X-Gitea-Signature": DIGEST, "X-Gitlab-Token": "no"}, 401, id="one-bad"),
        pytest.param({"X-Gitlab-Token": ""}, 401, id="empty"),
        pytest.param({"X-Gitlab-Token": "sécret"}, 401, id="not-ascii"),
    ],
)
def test_a_call_counts_only_if_it_is_signed_as_forges_sign(
    hooked: Path, council: Application, headers: dict[str, str], status: int
) -> None:
    sent = {name: said.encode() for name, said in headers.items()}

    answered = council.send("POST", "/hooks/register", content=BODY, headers=sent)

    assert answered.status_code == status
    assert SECRET not in answered.text


def test_a_call_that_is_too_long_is_refused(hooked: Path, council: Application) -> None:
    body = b" " * (MAX_BYTES + 1)

    assert council.send("POST", "/hooks/register", content=body).status_code == 413


def test_without_a_secret_there_is_no_hook(council: Application) -> None:
    headers = {"X-Gitlab-Token": ""}

    answered = council.send("POST", "/hooks/register", content=b"", headers=headers)

    assert answered.status_code == 404


def test_many_calls_are_one_look(
    hooked: Path, council: Application, http: httpx2.AsyncClient, portal: BlockingPortal
) -> None:
    looks: list[float] = []
    lookout = state(http).lookout

    async def look() -> None:
        looks.append(time.monotonic())

    lookout._look = look
    for _ in range(20):
        council.send("POST", "/hooks/register", content=BODY, headers={"X-Gitlab-Token": SECRET})
    wait_until(lambda: bool(looks))

    assert len(looks) <= 2
