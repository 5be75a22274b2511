"""Looks whether the register moved, and sees that what decides is what stands there.

Promises that nobody who asks waits for it: what moved is read beside and put in place at
once, and a whole register is looked at in a process of its own. What is found unsound
changes nothing: the last sound bundle goes on deciding, and `/health` says so; after
`register.max_age_s` without a sound look it decides no more.
"""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Final

import engine
from api import journal
from api.counter import Counter
from api.metrics import Metrics
from api.problems import ProblemError
from engine.errors import ConcordatError, StorageError
from engine.marks import marks_of
from engine.service import Office, sync_state
from engine.service.shelf import Shelved

AGAIN_S: Final = 30.0
"""How often what was found unsound is looked at again though nothing moved."""
APART_S: Final = 1.0
"""The least time between two looks, however often somebody rings."""
CHILD_S: Final = 300.0
SHARE_OF_TIME: Final = 50
"""Marks are taken for at most one part in so many of the time."""

_FLOORS: Final = Path(engine.__file__).resolve().parents[1]


@dataclass(frozen=True, slots=True)
class Unsound:
    """What was found wrong, and since when.

    Attributes:
        of: `register`, or `shared` for what others shared and was not taken over.
        since_s: In seconds since 1970-01-01T00:00:00Z.
    """

    of: str
    code: str
    said: str
    since_s: int


class Lookout:
    """Looks at the register of one office, for as long as its counter is open.

    Args:
        folder: The office's.
        marks: Those of the register before the office was opened, and so found sound.
        renew: Called in the office once another bundle decides.
        pulls: Whether it pulls from the shared register at its own times; of several
            workers one does.
    """

    def __init__(
        self,
        folder: Path,
        counter: Counter,
        metrics: Metrics,
        *,
        marks: str,
        pulls: bool,
        renew: Callable[[Office], None] = lambda _: None,
    ) -> None:
        self._folder: Final = folder
        self._counter: Final = counter
        self._metrics: Final = metrics
        self._pulls: Final = pulls
        self._renew: Final = renew
        self._rung: Final = asyncio.Event()
        self._sound, self._seen = marks, marks
        self._sound_s = self._since_s = counter.office.premises.now_s()
        self._unsound: dict[str, Unsound] = {}
        self._tried_s = {"register": 0.0, "shared": time.monotonic()}
        self._walk_s, self._walked_s = 0.0, 0.0
        self._extend()

    # ---- what anybody may ask

    def ring(self) -> None:
        """Have it look, and pull, at once."""
        self._rung.set()

    def unsound(self) -> list[dict[str, str]]:
        """What is wrong with the register, as it is shown; empty if nothing."""
        until_s = self._counter.office.shelf.good_until_s or 0
        return [
            {
                "of": each.of,
                "code": each.code,
                "said": journal.plain(each.said),
                "since": _instant(each.since_s),
                "decides_until": _instant(until_s),
            }
            for each in self._unsound.values()
        ]

    # ---- looking

    async def keep(self) -> None:
        """Look, until told to stop."""
        poll_s = self._counter.settings.poll_s
        while True:
            with suppress(TimeoutError):
                await asyncio.wait_for(self._rung.wait(), poll_s)
            rung = self._rung.is_set()
            self._rung.clear()
            try:
                if rung or self._pull_is_due():
                    await self._pull()
                await self._look()
                self._extend()
            except Exception as fault:  # noqa: BLE001 -- Without a sound look it soon decides no more.
                journal.note("error", "fault", **journal.of_fault(fault))
            await asyncio.sleep(APART_S if rung else 0)

    def _pull_is_due(self) -> bool:
        pull_s = self._counter.settings.pull_s
        if "shared" in self._unsound and self._again("shared"):
            return True
        return self._pulls and bool(pull_s) and time.monotonic() - self._tried_s["shared"] >= pull_s

    async def _pull(self) -> None:
        self._tried_s["shared"] = time.monotonic()
        with suppress(ConcordatError):
            if not await asyncio.to_thread(self._counter.office.sync.address):
                return
        fault = await self._child("pull")
        if fault is None or fault.of == "shared":
            self._note("shared", fault)

    async def _look(self) -> None:
        if time.monotonic() - self._walked_s < self._walk_s * SHARE_OF_TIME and not self._unsound:
            self._sound_s = self._counter.office.premises.now_s()
            return
        began_s = time.monotonic()
        try:
            marks = await asyncio.to_thread(marks_of, self._folder)
        except ConcordatError as fault:
            self._note("register", self._told("register", fault.code, str(fault)))
            return
        self._walked_s = time.monotonic()
        self._walk_s = self._walked_s - began_s
        if marks == self._sound and "register" not in self._unsound:
            self._sound_s = self._counter.office.premises.now_s()
        elif marks != self._seen or self._again("register"):
            self._seen = marks
            await self._take_over(marks)

    async def _take_over(self, marks: str) -> None:
        """Decide by what stands there now, if it is sound."""
        self._tried_s["register"] = time.monotonic()
        office = self._counter.office
        fault: Unsound | None = None
        try:
            prepared = await asyncio.to_thread(office.shelf.prepare)
            await self._counter.ask(partial(self._put_in_place, prepared))
        except ProblemError:
            self._seen = ""  # Too many wait; that says nothing of the register: look again.
            return
        except ConcordatError as said:
            fault = self._told("register", said.code, str(said))
        else:
            # What was read before was not read again; a process of its own reads it all.
            fault = await self._child()
        self._note("register", fault)
        self._metrics.reloaded("refused" if fault else "taken")
        if fault is None:
            self._sound, self._sound_s = marks, office.premises.now_s()
            bundle = office.shelf.held().bundle
            journal.note("info", "reload", bundle=bundle.sha256, agreements=len(bundle.slices))

    def _put_in_place(self, prepared: Shelved, office: Office) -> None:
        office.shelf.take_up(prepared)
        self._renew(office)

    def _note(self, of: str, fault: Unsound | None) -> None:
        before = self._unsound.pop(of, None)
        if fault is not None:
            since_s = before.since_s if before else fault.since_s
            self._unsound[of] = Unsound(of, fault.code, fault.said, since_s)
        if fault is not None and (before is None or before.said != fault.said):
            journal.note("error", "register", code=fault.code, said=journal.plain(fault.said))
        elif fault is None and before is not None:
            journal.note("info", "register", said="what was wrong with it is mended")

    def _again(self, of: str) -> bool:
        return time.monotonic() - self._tried_s[of] >= AGAIN_S

    def _extend(self) -> None:
        """Say until when the bundle may decide: from the last look, or pull, that was sound."""
        office, settings = self._counter.office, self._counter.settings
        sound_s = self._sound_s
        if settings.pull_s:
            with suppress(ConcordatError):
                pulled_s = sync_state.read(office.premises.files).pulled_s or 0
                self._since_s = max(self._since_s, pulled_s)
            sound_s = min(sound_s, self._since_s)
        office.shelf.good_until_s = sound_s + settings.max_age_s

    # ---- a process of its own

    async def _child(self, *options: str) -> Unsound | None:
        """Have the whole register looked at; what is wrong, or nothing."""
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-s", "-m", "engine.looking", str(self._folder), *options),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": str(_FLOORS)},
        )
        of = "shared" if options else "register"
        try:
            said, _ = await asyncio.wait_for(child.communicate(), CHILD_S)
        except TimeoutError:
            return self._told(of, StorageError.code, f"looking took longer than {CHILD_S:g} s")
        finally:
            if child.returncode is None:
                child.kill()
        if child.returncode:
            return self._told(of, StorageError.code, f"looking ended with {child.returncode}")
        told: dict[str, Any] = json.loads(said)
        return self._told(told["of"], told["code"], told["message"]) if told else None

    def _told(self, of: str, code: str, said: str) -> Unsound:
        return Unsound(of, code, said, self._counter.office.premises.now_s())


def _instant(at_s: int) -> str:
    return datetime.fromtimestamp(at_s, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
