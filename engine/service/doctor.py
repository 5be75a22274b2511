"""What is wrong with an office: each usual cause looked for, none stopping the next.

Changes nothing. A check that fails says what to do.
"""

import shutil
import stat
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Final

from engine.errors import ConcordatError, StorageError, TrustError
from engine.ports import KeyFolder, RecordStore
from engine.service import sync_state
from engine.service.agencies import AGENCIES, is_waiting, read_agencies, require_kept
from engine.service.audit import REVOKED, check_log
from engine.service.intake import pending
from engine.service.library import Library
from engine.service.premises import (
    DECISION_KEY,
    LOG_KEY,
    NEXT,
    PARTY_KEY,
    ROOT_KEY,
    Premises,
)
from engine.service.rotation import root_keys_held
from engine.service.shelf import POLICIES, Shelf, load, read_law_of
from engine.trust import Role, TrustRoot

LOW_DISK_BYTES: Final = 100 * 1024 * 1024
LIBRARIES: Final = ("cedarpy", "cryptography", "dulwich", "pydantic", "sqlmodel")
_SIGNS: Final = {DECISION_KEY: "records", LOG_KEY: "checkpoints"}


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing that was looked at.

    Attributes:
        ok: Whether it is as it should be, or is and yet should not stay so.
        said: What was found.
        hint: What to do; empty if nothing.
    """

    name: str
    ok: bool
    said: str
    hint: str = ""


@dataclass(frozen=True, slots=True)
class Warned:
    """Nothing is wrong yet, and something should be done."""

    said: str
    hint: str


def examine(
    folder: Path, keys: KeyFolder, records: Callable[[], RecordStore], open_: Callable[[], Premises]
) -> list[Checked]:
    """Look at everything that usually goes wrong.

    Args:
        folder: The office.
        keys: Its private keys.
        records: Opens its records.
        open_: Opens all of it, as far as that can be done.
    """
    checks: list[tuple[str, Callable[[], str | Warned]]] = [
        ("folder", lambda: _folder(folder)),
        ("keys", lambda: _keys(keys)),
        ("disk", lambda: _disk(folder)),
        ("libraries", _libraries),
        ("database", lambda: _database(records())),
        ("trust root", lambda: _trust(open_())),
        ("root keys", lambda: _root_keys(open_())),
        ("register", lambda: _register(open_())),
        ("shared register", lambda: _shared(open_())),
        ("agency register", lambda: _agencies(open_())),
        ("published agreements", lambda: _published(open_())),
        ("intake", lambda: _intake(open_())),
        ("clock", lambda: _clock(open_())),
        ("log", lambda: _log(open_())),
    ]
    return [checked(name, look) for name, look in checks]


def checked(name: str, look: Callable[[], str | Warned]) -> Checked:
    """Look at one thing, and say what was found."""
    try:
        found = look()
    except ConcordatError as fault:
        return Checked(name, ok=False, said=str(fault), hint=fault.hint)
    said, hint = (found, "") if isinstance(found, str) else (found.said, found.hint)
    return Checked(name, ok=True, said=said, hint=hint)


def _folder(folder: Path) -> str:
    mode = stat.S_IMODE(folder.stat().st_mode)
    if mode & 0o022:
        raise StorageError(
            f"`{folder}` can be changed by others: its mode is {mode:04o}",
            hint=f"`chmod go-w {folder}`",
        )
    return f"`{folder}`, mode {mode:04o}"


def _keys(keys: KeyFolder) -> str:
    found = keys.complaints()
    if found:
        raise StorageError("; ".join(found), hint="keys are for the office's own user: mode 0600")
    return f"{len(keys.names())} private keys, none open to others"


def _disk(folder: Path) -> str:
    free = shutil.disk_usage(folder).free
    if free < LOW_DISK_BYTES:
        raise StorageError(
            f"{free // 1024**2} MiB are free", hint="free some space; a full disk ends all answers"
        )
    return f"{free // 1024**2:,} MiB are free"


def _libraries() -> str:
    try:
        return ", ".join(f"{name} {version(name)}" for name in LIBRARIES)
    except PackageNotFoundError as fault:
        raise StorageError(
            f"library `{fault.name}` is missing", hint="install concordat anew"
        ) from (fault)


def _database(records: RecordStore) -> str:
    found = records.complaints()
    if found:
        raise StorageError(
            "; ".join(found[:3]), hint="keep the file as it is, and compare it with a backup"
        )
    return "sound; written ahead, flushed fully"


def _trust(premises: Premises) -> str:
    premises.refuse_older_root()
    root = premises.trust()
    now_s = premises.now_s()
    held = premises.keys.names()
    for own, signs in _SIGNS.items():
        if own not in held:
            raise TrustError(
                f"key `{own}` is missing: without it this office signs no {signs}",
                hint=f"restore `keys/{own}.jwk` from your backup of keys: docs/trust.md",
            )
    for name in held:
        kid = premises.keys.read(name).public.kid
        if name == DECISION_KEY:
            root.key(kid, Role.DECISION).require_at(now_s, "next record")
        elif name == LOG_KEY:
            root.key(kid, Role.LOG).require_at(now_s, "next checkpoint")
        elif name.endswith(NEXT):
            _refuse_half_way(root, name, kid)
        elif name.startswith(PARTY_KEY):
            root.party_key(kid, name.removeprefix(PARTY_KEY), now_s)
        elif not name.startswith(ROOT_KEY):
            raise TrustError(f"key `{name}` is for no use this office knows")
    return f"version {root.version}, {len(root.keys)} keys; each key held here is listed"


def _refuse_half_way(root: TrustRoot, name: str, kid: str) -> None:
    if root.lists(kid):
        raise TrustError(
            f"key `{name}` is listed and has not taken its place yet",
            hint="`concordat keys root sign` completes what was begun",
        )


def _root_keys(premises: Premises) -> str | Warned:
    root, held = premises.trust(), root_keys_held(premises)
    said = f"{root.threshold} of {len(root.root_keys)} sign; {len(held)} kept here"
    if len(held) >= root.threshold > 1:
        return Warned(
            f"{said}: whoever takes this folder can list any key",
            "give each to its own holder and delete it here: docs/trust.md, `Moving root keys`",
        )
    return said


def _register(premises: Premises) -> str:
    kept = (f"{POLICIES}/", "proposals/", "signatures/", "acts/")
    changed = [name for name in premises.register.changed() if name.startswith(kept)]
    if changed:
        raise StorageError(
            f"{len(changed)} files differ from the newest commit, first `{changed[0]}`",
            hint="nobody changes these by hand: compare with `git diff`, then restore them",
        )
    return f"commit {premises.register.head().commit[:12]}"


def _shared(premises: Premises) -> str:
    state = sync_state.read(premises.files)
    if state.refused is not None:
        raise StorageError(state.refused.message, hint=state.refused.hint)
    if state.pulled_s is None:
        return "nothing was pulled yet"
    pulled = datetime.fromtimestamp(state.pulled_s, UTC)
    return f"what was pulled at {pulled:%Y-%m-%dT%H:%M:%SZ} was sound"


def _agencies(premises: Premises) -> str:
    register = premises.register
    count = len(read_agencies(premises.files, register, read_law_of(register).vocabulary))
    if is_waiting(premises.files, register):
        raise StorageError(
            f"others changed `{AGENCIES}`, and this office decides by the one it accepted",
            hint="look at it, then `concordat agencies accept`",
        )
    require_kept(register)
    if not count:
        return "none is kept: agreements and kinds of body decide"
    return "1 agency, fit to rely on" if count == 1 else f"{count} agencies, fit to rely on"


def _published(premises: Premises) -> str:
    shelved = load(premises, Library(premises.register), {}, premises.records.last_change())
    count = len(shelved.bundle.slices)
    return (
        "one version, as it was activated" if count == 1 else f"{count} versions, each as activated"
    )


def _intake(premises: Premises) -> str | Warned:
    found = pending(premises, Shelf(premises))
    waiting = [f"{key[0]} {key[1]}" for key in found.published]
    waiting += [f"{key[0]} {key[1]}/{name}" for key, name in found.acts]
    if waiting:
        raise StorageError(
            f"{len(waiting)} things of the register are not in the log, first `{waiting[0]}`",
            hint="`concordat pull` takes them in, or says what is wrong with them",
        )
    if found.held_back:
        said = "; ".join(f"{key[0]} {key[1]}: {why}" for key, why in found.held_back.items())
        return Warned(
            f"not taken in: {said}",
            "it decides nothing here: have its text signed again, as a new version",
        )
    return "all that is published or done stands in the log"


def _clock(premises: Premises) -> str:
    now_s, last_s = premises.now_s(), premises.records.head().at_s
    if now_s < last_s:
        raise StorageError(
            f"clock stands {last_s - now_s} seconds before the newest record",
            hint="set the clock right",
        )
    return f"{premises.now():%Y-%m-%dT%H:%M:%SZ}, after the newest record"


def _log(premises: Premises) -> str | Warned:
    report = check_log(premises)
    wrong = [fault for fault in report.faults if fault.table != REVOKED]
    if wrong:
        raise StorageError(
            f"{len(wrong)} rows are wrong, first {wrong[0]}",
            hint="keep `log.sqlite` as it is: it is evidence; tell the parties",
        )
    if report.faults:
        return Warned(
            f"{report.size} records, each recomputed; {len(report.faults)} of them no longer count,"
            " being dated after their key was revoked",
            "`concordat log --check` lists them; ask again what still matters: docs/trust.md",
        )
    return f"{report.size} records, each recomputed; root {report.root.hex()[:16]}…"
