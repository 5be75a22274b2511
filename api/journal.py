"""The service's journal: one line of JSON for each request and each notable event.

Promises that no line holds personal data: a line has only fields that are named
here, each in a form that no name or sentence fits, and what does not fit is left
out. Writing never holds up an answer: lines go by a thread of their own, and if
nobody takes them the newest are dropped and counted.
"""

import hashlib
import logging
import os
import re
import time
import traceback
from collections import Counter, deque
from collections.abc import Callable, Mapping
from functools import lru_cache
from threading import Event, Thread
from typing import Any, Final, NamedTuple

import orjson
import structlog

from engine.errors import ConcordatError

MAX_WAITING: Final = 20_000
"""How many lines wait for whoever reads them."""

TICK_S: Final = 0.05
"""How often waiting lines are written."""

_WORD: Final = re.compile(r"[a-z0-9][a-z0-9_.-]{0,62}")
_FORMS: Final[Mapping[str, re.Pattern[str]]] = {
    "event": _WORD,
    "level": _WORD,
    "at": re.compile(r"[0-9T:.Z-]{10,40}"),
    "request": re.compile(r"[0-9a-f-]{32,36}|sha256:[0-9a-f]{16}"),
    "trace": re.compile(r"[0-9a-f]{32}"),
    "client": _WORD,
    "agency": _WORD,
    "method": re.compile(r"[A-Z]{3,7}"),
    "route": re.compile(r"/[a-z0-9_{}./-]{0,120}"),
    "outcome": _WORD,
    "code": _WORD,
    "agreement": re.compile(r"[a-z0-9][a-z0-9.-]{0,62}|\((none|several)\)"),
    "bundle": re.compile(r"[0-9a-f]{64}"),
    "guard": _WORD,
    "version": re.compile(r"[0-9][0-9a-z.]{0,30}"),
    "fault": re.compile(r"[A-Za-z_]{1,64}"),
    "place": re.compile(r"[A-Za-z0-9_.-]{1,64}:[0-9]{1,6}"),
    "logger": re.compile(r"[A-Za-z0-9_.]{1,64}"),
    "said": re.compile(r"[^\x00-\x1f\x7f]{1,400}"),
}
_NUMBERS: Final = frozenset({"status", "ms", "answers", "agreements", "clients", "size", "lost"})
_QUOTED: Final = re.compile(r"`([^`]*)`")
_NAMELIKE: Final = re.compile(r"[a-z0-9_./@:{}-]{1,200}")
# Longer than any number by which a person is known.
_OWN_ID: Final = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}")
_LEVELS: Final = {
    "debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING,
    "error": logging.ERROR,
}  # fmt: skip

# structlog's own shape of a line that is being made.
_Line = structlog.typing.EventDict


class Asked(NamedTuple):
    """One request that was answered, as far as it may be told."""

    at_s: float
    request: str
    trace: str
    client: str
    agency: str
    method: str
    route: str
    status: int
    ms: float
    refused: str
    answers: list[tuple[str, str, str]]


class Journal:
    """A journal, open.

    Args:
        level: From which level on it writes.
        write: Takes whole lines; called by one thread alone.
    """

    def __init__(self, level: str, write: Callable[[bytes], object]) -> None:
        self._write: Final = write
        self._lines: Final[deque[bytes]] = deque()
        self._over: Final = Event()
        self.lost = 0
        self._tells_requests: Final = _LEVELS[level] <= logging.INFO
        self._log: Final = structlog.wrap_logger(
            self,
            processors=[
                structlog.processors.add_log_level,
                structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
                fitting,
                structlog.processors.JSONRenderer(serializer=orjson.dumps),
            ],
            wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        ).bind()
        self._thread: Final = Thread(target=self._work, name="journal", daemon=True)
        self._thread.start()

    def note(self, level: str, event: str, **facts: object) -> None:
        """Write one line.

        Args:
            level: `debug`, `info`, `warning` or `error`.
            event: What happened, in a word: `start`, `reload` …
            facts: What else may be told; a fact without a place here is left out.
        """
        self._log.log(_LEVELS[level], event, **facts)

    def asked(self, asked: Asked) -> None:
        """Write one line for a request."""
        if not self._tells_requests:
            return
        # Made at once, while all of it is at hand: a thread that comes back to it later takes
        # several times as long, and holds everybody up meanwhile.
        try:
            self.msg(_line(asked))
        except Exception:  # noqa: BLE001 -- One line that cannot be told keeps back no answer.
            self.lost += 1

    def msg(self, line: bytes) -> None:
        """Take a line; for structlog."""
        if len(self._lines) >= MAX_WAITING:
            self.lost += 1
        else:
            self._lines.append(line)

    debug = info = warning = error = critical = log = msg

    def close(self) -> None:
        """Write what waits, as far as somebody takes it."""
        if self.lost:
            self.note("warning", "journal", lost=self.lost)
        self._over.set()
        self._thread.join(1)

    def _work(self) -> None:
        while not self._over.wait(TICK_S):
            self._write_out()
        self._write_out()

    def _write_out(self) -> None:
        while self._lines:
            lines = [self._lines.popleft() for _ in range(min(len(self._lines), 256))]
            try:
                self._write(b"\n".join([*lines, b""]))
            except OSError:
                self.lost += len(lines)


def _line(line: Asked) -> bytes:
    level = "error" if line.status >= 500 else "info"
    at = f"{_second(int(line.at_s))}.{int(line.at_s % 1 * 1000):03}Z"
    trace = f'"trace":"{line.trace}",' if line.trace and _fits("trace", line.trace) else ""
    facts = _facts if len(line.answers) <= 1 else _facts.__wrapped__
    rest = facts(
        line.method, line.status, line.client, line.agency, line.route, line.refused,
        tuple(line.answers),
    )  # fmt: skip
    # Nothing that stands here has to be escaped; what might is in the rest.
    return (
        f'{{"event":"request","level":"{level}","at":"{at}","request":"{told_id(line.request)}",'
        f'{trace}"ms":{round(line.ms, 3)},{rest}'
    ).encode()


@lru_cache(maxsize=4_096)
def _facts(
    method: str,
    status: int,
    client: str,
    agency: str,
    route: str,
    refused: str,
    answers: tuple[tuple[str, str, str], ...],
) -> str:
    """What a line tells that it has in common with many others; made once for all of them."""
    told: dict[str, str | float] = {"method": method, "status": status}
    words = (("client", client), ("agency", agency), ("route", route), ("code", refused))
    told |= {name: said for name, said in words if said and _fits(name, said)}
    if len(answers) == 1:
        told["outcome"], told["code"], told["agreement"] = answers[0]
    elif answers:
        told["answers"] = len(answers)
        told |= Counter(outcome for outcome, _, _ in answers)
    return orjson.dumps(told).decode()[1:]


@lru_cache(maxsize=4_096)
def _fits(name: str, said: str) -> bool:
    return _FORMS[name].fullmatch(said) is not None


@lru_cache(maxsize=4)
def _second(at_s: int) -> str:
    return time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(at_s))


def fitting(_: object, __: str, line: _Line) -> _Line:
    """Keep what has a place in a line and fits it."""
    kept: _Line = {}
    for name, value in line.items():
        if name in _NUMBERS:
            if isinstance(value, int | float):
                kept[name] = value
        elif name in _FORMS and isinstance(value, str) and _fits(name, value):
            kept[name] = value
    return kept


def told_id(given: str) -> str:
    """A request's id as it may be told.

    The caller may have chosen it, and written anything into it: what is not plainly a
    number is told by its digest, by which whoever holds the id still finds the line.
    """
    if _OWN_ID.fullmatch(given):
        return given
    return f"sha256:{hashlib.sha256(given.encode()).hexdigest()[:16]}"


def plain(message: str) -> str:
    """A message of ours, without what it quotes unless that is a path or an id."""
    line = " ".join(message.split())
    return _QUOTED.sub(lambda q: q[0] if _NAMELIKE.fullmatch(q[1]) else "`…`", line)[:400]


def of_fault(fault: BaseException) -> dict[str, str]:
    """What may be told of a fault: its kind, where it arose, and our own message."""
    frames = traceback.extract_tb(fault.__traceback__)
    told = {"fault": type(fault).__name__}
    if frames:
        told["place"] = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}"  # noqa: PTH119 -- no file is opened.
    if isinstance(fault, ConcordatError):
        told |= {"code": fault.code, "said": plain(str(fault))}
    return told


# ---- the one journal of a process

_open: list[Journal] = []


def note(level: str, event: str, **facts: object) -> None:
    """Write one line, if a journal is open."""
    for journal in _open:
        journal.note(level, event, **facts)


def asked(told: Asked) -> None:
    """Write one line for a request, if a journal is open."""
    for journal in _open:
        journal.asked(told)


def lost() -> int:
    """How many lines nobody took."""
    return sum(journal.lost for journal in _open)


def begin(level: str, write: Callable[[bytes], object]) -> Journal:
    """Open the journal of this process; whatever libraries log goes there too."""
    journal = Journal(level, write)
    _open.append(journal)
    logging.basicConfig(handlers=[_Libraries()], level=_LEVELS["warning"], force=True)
    return journal


def end(journal: Journal) -> None:
    """Close it."""
    _open.remove(journal)
    logging.basicConfig(handlers=[logging.NullHandler()], force=True)
    journal.close()


class _Libraries(logging.Handler):
    """Brings what libraries log into the journal: never their words, which may quote a request."""

    def emit(self, record: logging.LogRecord) -> None:
        told: dict[str, Any] = {"logger": record.name}
        if record.exc_info and record.exc_info[1] is not None:
            told |= of_fault(record.exc_info[1])
        told.setdefault("place", f"{record.filename}:{record.lineno}")
        level = "error" if record.levelno >= logging.ERROR else "warning"
        note(level, "library", **told)
