"""Sharing a register with other offices: taking in what they did, offering what we did.

Promises that nothing of ours moves before what arrived was found sound; that a
refusal is remembered, while the office goes on deciding by what it had; that
what would be refused on arrival elsewhere does not leave here; and that nobody's
words are lost when two edit at once.
"""

import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from engine.errors import ArrivalError, ConcordatError, StorageError
from engine.ports_sync import Entry, SharedRegister
from engine.service import succession, sync_state
from engine.service.agencies import AGENCIES, hold_agencies, is_waiting
from engine.service.arrivals import Arrival, check
from engine.service.intake import held_back, take_in
from engine.service.library import PUBLISHED
from engine.service.premises import Premises
from engine.service.reconcile import Reconciled, reconcile
from engine.service.shelf import Shelf
from engine.service.sync_outcome import Beside, Pulled, Pushed, SyncReport

TRIES: Final = 5
"""How often a push is tried again because somebody else was first."""

PAUSE_S: Final = 0.05
"""How long the first of them waits for whoever is writing there; each further one twice as long."""

_ENDING: Final = ".yaml"
_BESIDE: Final = re.compile(r"\.mine(-\d+)?\.yaml$")


class Sync:
    """Pulls from the shared register and pushes to it."""

    def __init__(self, premises: Premises, shelf: Shelf, shared: SharedRegister) -> None:
        self._premises: Final = premises
        self._shelf: Final = shelf
        self._shared: Final = shared

    def share(self, address: str) -> None:
        """Say where the register is shared.

        Raises:
            StorageError: It is no address that a register can be shared at.
        """
        self._shared.share(address)

    def address(self) -> str:
        """Where the register is shared; empty if nowhere."""
        return self._shared.address()

    def report(self) -> SyncReport:
        """How the register stands to the shared one; asks nobody."""
        shared = self._shared
        address = shared.address()
        state = sync_state.read(self._premises.files)
        ours, seen = shared.newest(), shared.seen()
        ahead = len(shared.commits(seen, ours)) if address and ours else 0
        behind = len(shared.commits(ours, seen)) if address and seen else 0
        kept = tuple(self._kept_beside())
        return SyncReport(address, state.pulled_s, ahead, behind, kept, state.refused)

    def _kept_beside(self) -> Iterator[str]:
        register = self._premises.register
        stem = AGENCIES.removesuffix(_ENDING)
        yield from (name for name in (f"{stem}.mine{_ENDING}",) if register.holds(name))
        for name in register.names("agreements"):
            if _BESIDE.search(name):
                yield f"agreements/{name}"

    def pull(self) -> Pulled:
        """Take in what others shared.

        Raises:
            StorageError: The place cannot be reached, holds nothing, or a file that
                nobody changes by hand was changed here.
            ArrivalError: What arrived is not to be relied on; nothing moved.
        """
        self._require_address()
        edited = self._commit_edits()
        commit = self._shared.fetch()
        try:
            if commit is None:
                raise self._nothing_there()
            return self._take_over(commit, edited)
        except ConcordatError as fault:
            sync_state.remember_refused(self._premises.files, self._premises.now_s(), commit, fault)
            raise

    def push(self) -> Pushed:
        """Offer what was done here to the others; pulls first where they were first.

        Raises:
            StorageError: The place cannot be reached, or takes nothing.
            ArrivalError: What they have, or what would leave here, is not to be relied on.
        """
        self._require_address()
        self._commit_edits()
        shared, pulled, refused = self._shared, list[Pulled](), ""
        for before in range(TRIES):
            ours = self._newest()
            self._refuse_unfit(ours)
            count = len(shared.commits(shared.accepted(), ours))
            gone = self._taken_away()
            refused = shared.push(ours)
            if not refused:
                return Pushed(shared.address(), ours, count, tuple(pulled), gone)
            time.sleep(PAUSE_S * 2**before)
            pulled.append(self.pull())
        raise StorageError(
            f"shared register `{shared.address()}` did not take what we have: {refused}",
            hint="try again; if it stays so, ask whoever keeps the place who may write there",
        )

    def _taken_away(self) -> int:
        """How many commits that were there are gone, as far as was seen."""
        shared = self._shared
        seen, accepted = shared.seen(), shared.accepted()
        if not seen or not accepted or not shared.descends(accepted, seen):
            return 0
        return len(shared.commits(seen, accepted))

    def _nothing_there(self) -> ConcordatError:
        address, hint = self._shared.address(), "`concordat push` puts what we have there"
        if self._shared.accepted() is None:
            return StorageError(f"shared register `{address}` is empty", hint=hint)
        return ArrivalError(f"shared register `{address}` lost all that was shared", hint=hint)

    # ---- pulling

    def _take_over(self, commit: str, edited: tuple[str, ...]) -> Pulled:
        arrival = self._check(commit)
        # Once more: fetching and checking take time, in which somebody may have edited.
        edited = tuple(dict.fromkeys([*edited, *self._commit_edits()]))
        # INVARIANT: nobody outside may say of what kind a body is; a person here accepts it.
        if self._shared.newest() is not None and self._changes_agencies(commit):
            hold_agencies(self._premises.files, self._premises.register, self._premises.now_s())
        move = self._move(arrival)
        self._shared.accept(commit)
        self._shelf.forget()
        succession.take_up(self._premises, self._shelf)
        waiting = self._premises.unlisted()
        taken = () if waiting else tuple(take_in(self._premises, self._shelf))
        self._shelf.forget()
        sync_state.remember_pulled(self._premises.files, self._premises.now_s())
        return Pulled(
            commit=self._newest(),
            commits=len(arrival.commits),
            by=tuple(dict.fromkeys(told.author for told in arrival.commits)),
            edited=edited,
            merged=move.merged,
            beside=move.beside,
            dropped=move.dropped,
            aside=move.aside,
            trust_version=arrival.trust.version,
            taken=taken,
            waiting=waiting,
            held_back=held_back(self._premises, self._shelf.current()),
            agencies_waiting=is_waiting(self._premises.files, self._premises.register),
        )

    def _changes_agencies(self, commit: str) -> bool:
        register = self._premises.register
        ours = register.read(AGENCIES) if register.holds(AGENCIES) else None
        theirs = AGENCIES in self._shared.files_at(commit)
        return ours != (self._shared.read_at(commit, AGENCIES) if theirs else None)

    def _check(self, commit: str) -> Arrival:
        shelved = self._shelf.current()
        return check(
            self._shared,
            commit,
            since=self._shared.accepted(),
            ours=self._shared.newest(),
            law=shelved.bundle.law,
            trust=self._premises.trust(),
            now_s=self._premises.now_s(),
            known=frozenset(f"{PUBLISHED}/{key[0]}/{key[1]}" for key in shelved.activations),
        )

    def _move(self, arrival: Arrival) -> "_Move":
        """Bring the register to what arrived, and ours with it."""
        shared, commit = self._shared, arrival.commit
        ours = shared.newest()
        if ours is None or shared.descends(commit, ours):
            if ours != commit:
                shared.forward(commit)
            return _Move()
        if shared.descends(ours, commit):
            return _Move()
        base = shared.meeting(ours, commit)
        if base is None:
            raise ArrivalError("shared register has no history in common with ours")
        found = reconcile(shared, base, ours, commit)
        self._refuse_activated(found)
        beside = tuple(
            Beside(
                each.name,
                "" if each.ours is None else shared.keep_beside(each.name, each.ours),
                each.theirs,
            )
            for each in found.overtaken
        )
        aside = shared.set_aside(ours) if found.dropped else ""
        # What was shared first under one name stays: history that has ours too would
        # be refused everywhere, so it is left behind, where git still finds it.
        parents = [commit] if found.dropped else [ours, commit]
        shared.join(parents, found.outcome, _message(found), self._premises.clock.now())
        return _Move(found.merged, beside, found.dropped, aside)

    def _refuse_activated(self, found: Reconciled) -> None:
        """Refuse to leave behind what this office's own log already rests on."""
        activated = self._shelf.current().activations
        for name in found.dropped:
            parts = name.removeprefix(f"{PUBLISHED}/").split("/")
            key = (parts[0], parts[1]) if name.startswith(PUBLISHED) else tuple(parts[1:3])
            if key in activated:
                raise ArrivalError(
                    f"`{name}` was shared by somebody else first, and differs from the one"
                    " that is in force here",
                    hint="the parties signed two texts of one version: ask them which one holds",
                )

    # ---- what was edited here

    def _commit_edits(self) -> tuple[str, ...]:
        """Commit texts that somebody edited as files, each under its own name."""
        shared, register = self._shared, self._premises.register
        shared.finish()
        changed = register.changed()
        other = [name for name in changed if not _is_text(name)]
        if other:
            raise StorageError(
                f"`{other[0]}` was changed in `{register.path('agreements').parent}`"
                " and is in no commit",
                hint="nobody changes that by hand: restore or remove it, or finish the command"
                " that wrote it",
            )
        for name in changed:
            edited: dict[str, bytes | Entry | None] = {name: None}
            if register.holds(name):
                edited = {name: register.read(name)}
            said = name.removeprefix("agreements/").removesuffix(_ENDING)
            shared.join(
                [self._newest()],
                edited,
                f"{self._premises.settings.agency} edited {said}",
                self._premises.clock.now(),
            )
        return tuple(changed)

    def _refuse_unfit(self, ours: str) -> None:
        """Refuse to share what every other office would refuse."""
        accepted = self._shared.accepted()
        if ours == accepted:
            return
        if accepted is not None and not self._shared.descends(ours, accepted):
            raise ArrivalError(
                f"nothing was pushed: the register here does not go on from `{accepted[:12]}`,"
                " which was shared",
                hint="somebody put the register here back: `concordat pull` brings it forward",
            )
        try:
            self._check(ours)
        except ArrivalError as fault:
            raise ArrivalError(f"nothing was pushed: {fault}", hint=fault.hint) from fault

    def _newest(self) -> str:
        return self._premises.register.head().commit

    def _require_address(self) -> None:
        if not self._shared.address():
            raise StorageError(
                "this register is shared nowhere",
                hint="`concordat push --to ADDRESS` shares it at an empty git repository",
            )


@dataclass(frozen=True, slots=True)
class _Move:
    merged: tuple[str, ...] = ()
    beside: tuple[Beside, ...] = ()
    dropped: tuple[str, ...] = ()
    aside: str = ""


def _is_text(name: str) -> bool:
    return name == AGENCIES or (name.startswith("agreements/") and name.endswith(_ENDING))


def _message(found: Reconciled) -> str:
    said = [f"{name}: the edits of both" for name in found.merged]
    said += [f"{each.name}: as it was shared first" for each in found.overtaken]
    return "\n\n".join(filter(None, ["join what others shared", "\n".join(said)]))
