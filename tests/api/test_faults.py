"""A real server whose disk is full, whose flush fails, whose clock is moved: no answer is wrong."""

import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import httpx2
import pytest

from cli.exits import Exit
from engine import bootstrap
from tests.api.application import evaluation
from tests.api.history import History, assert_told_is_kept, read
from tests.api.test_crashes import wait_until_ready
from tests.api.test_server import ROOT, bearing, free_port, token

SHIM = r"""
#define _GNU_SOURCE
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

/* What a file `name` in the folder $FAULTS says: its number; 0 if there is none. */
static long told(const char *name) {
    const char *folder = getenv("FAULTS");
    char path[4096], said[32] = "";
    if (!folder) return 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    int file = syscall(SYS_openat, -100, path, 0);
    if (file < 0) return 0;
    syscall(SYS_read, file, said, sizeof said - 1);
    syscall(SYS_close, file);
    return atol(said);
}

static int is_log(int file) {
    char link[64], path[4096] = "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    return readlink(link, path, sizeof path - 1) > 0 && strstr(path, "log.sqlite") != NULL;
}

static int flushed(int file, long call) {
    if (is_log(file) && told("flush")) { errno = EIO; return -1; }
    return syscall(call, file);
}
int fsync(int file) { return flushed(file, SYS_fsync); }
int fdatasync(int file) { return flushed(file, SYS_fdatasync); }

ssize_t pwrite64(int file, const void *data, size_t size, off64_t place) {
    if (is_log(file) && told("full")) { errno = ENOSPC; return -1; }
    return syscall(SYS_pwrite64, file, data, size, place);
}
ssize_t pwrite(int file, const void *data, size_t size, off_t place) {
    return pwrite64(file, data, size, place);
}

int clock_gettime(clockid_t clock, struct timespec *now) {
    int failed = syscall(SYS_clock_gettime, clock, now);
    if (!failed && (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE))
        now->tv_sec += told("clock");
    return failed;
}
int gettimeofday(struct timeval *now, void *zone) {
    struct timespec precise;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &precise);
    now->tv_sec = precise.tv_sec;
    now->tv_usec = precise.tv_nsec / 1000;
    return 0;
}
time_t time(time_t *out) {
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    if (out) *out = now.tv_sec;
    return now.tv_sec;
}
"""

pytestmark = pytest.mark.skipif(shutil.which("cc") is None, reason="needs a C compiler")


@pytest.fixture(scope="session")
def shim(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("shim")
    (folder / "shim.c").write_text(SHIM, "utf-8")
    made = str(folder / "shim.so")
    command = ["cc", "-shared", "-fPIC", "-O1", "-o", made, str(folder / "shim.c")]
    subprocess.run(command, check=True)
    return folder / "shim.so"


@dataclass
class Service:
    """A service, what is wrong with its machine, and what it told."""

    url: str
    process: "subprocess.Popen[bytes]"
    faults: Path
    bearer: str
    written: History

    def suffers(self, fault: str, number: int = 1) -> None:
        (self.faults / fault).write_text(str(number))

    def recovers(self, fault: str) -> None:
        (self.faults / fault).unlink()

    def ask(self) -> httpx2.Response:
        """Ask one question, and write down the answer if there is one."""
        headers = {"Authorization": f"Bearer {self.bearer}"}
        url = f"{self.url}/access/v1/evaluation"
        answered = httpx2.post(url, json=evaluation(), headers=headers, timeout=30)
        if answered.status_code == 200:
            self.written.note([answered.json()])
        return answered

    def get(self, path: str) -> httpx2.Response:
        headers = {"Authorization": f"Bearer {self.bearer}"}
        return httpx2.get(f"{self.url}{path}", headers=headers, timeout=30)


Serve = Callable[[], AbstractContextManager[Service]]


@pytest.fixture
def serve(folder: Path, shim: Path, tmp_path: Path) -> Iterator[Serve]:
    """Starts the service of one office, as often as wanted."""
    bearing(folder)
    faults, told = tmp_path / "faults", tmp_path / "told"
    faults.mkdir()
    told.mkdir()

    @contextmanager
    def started() -> Iterator[Service]:
        port = free_port()
        command = [sys.executable, "-m", "concordat", "serve", "--port", str(port)]
        with subprocess.Popen(
            [*command, "--office", str(folder)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(ROOT), "LD_PRELOAD": str(shim)}
            | {"FAULTS": str(faults)},
        ) as process:
            url = f"http://127.0.0.1:{port}"
            try:
                wait_until_ready(url, process)
                yield Service(url, process, faults, token(url), History(told / str(port)))
            finally:
                process.kill()

    yield started
    with bootstrap.open_office(folder) as office:
        assert_told_is_kept(office, read(told))


def assert_no_answer(answered: httpx2.Response) -> None:
    assert answered.status_code == 503, answered.text
    assert answered.json()["code"] == "storage"
    assert int(answered.headers["retry-after"]) > 0


def test_a_full_disk_gives_no_answer_until_there_is_room_and_reading_goes_on(serve: Serve) -> None:
    with serve() as service:
        first = service.ask().json()["context"]

        service.suffers("full")
        refused = [service.ask() for _ in range(3)]
        read_meanwhile = service.get(f"/v1/records/{first['evaluation_id']}")
        service.recovers("full")
        after = service.ask().json()["context"]

    for each in refused:
        assert_no_answer(each)
    assert read_meanwhile.status_code == 200
    assert after["index"] == first["index"] + 1


def test_after_a_flush_that_failed_this_process_answers_nothing_more_and_ends(
    serve: Serve,
) -> None:
    with serve() as service:
        first = service.ask().json()["context"]

        service.suffers("flush")
        refused = service.ask()
        service.recovers("flush")
        with suppress(httpx2.HTTPError):
            assert_no_answer(service.ask())
        with suppress(httpx2.HTTPError):
            assert service.get("/ready").status_code == 503
        ended = service.process.wait(30)

    with serve() as service:
        after = service.ask().json()["context"]

    assert_no_answer(refused)
    assert ended == Exit.UNAVAILABLE
    # What the failed flush left is unknown until the log is opened anew; it is there or not.
    assert after["index"] in (first["index"] + 1, first["index"] + 2)


ANSWERED_AT = {-3_600: False, -5: False, 1: True, 360: False, 365 * 86_400: False}
"""By how many seconds the clock is put forward or back, and whether it is still answered."""


def test_while_the_clock_stands_wrong_nothing_is_answered_and_then_it_goes_on(
    serve: Serve,
) -> None:
    found, indices = {}, []
    with serve() as service:
        for step_s in ANSWERED_AT:
            indices.append(service.ask().json()["context"]["index"])
            service.suffers("clock", step_s)
            answered = service.ask()
            service.recovers("clock")
            found[step_s] = answered.status_code == 200
            if found[step_s]:
                indices.append(answered.json()["context"]["index"])
            else:
                # An hour ago the very token was not yet made.
                assert answered.status_code in (401, 503)
        indices.append(service.ask().json()["context"]["index"])

    assert found == ANSWERED_AT
    assert indices == list(range(indices[0], indices[0] + len(indices)))
