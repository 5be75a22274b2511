"""What arrives from the shared register, checked before anything of ours moves.

Promises that history which leads here was only ever added to: no proposed text,
signature, act, trust root or published version changed or dropped on the way;
that its files are plain, its law the one this office knows, its trust root signed
on from ours, its list of agencies fit; and that each signature, act and published
version is borne out. The first fault ends it, and says what, where, by whom.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Final

from agreements import agencies
from engine import canonical, jose
from engine.errors import ArrivalError, ConcordatError
from engine.law import Law
from engine.ports_sync import PLAIN_FILE, Alteration, Entry, SharedRegister, Told
from engine.service.agencies import AGENCIES
from engine.service.history import ADD_ONLY, refuse_changed, refuse_turned_back, shown, written_by
from engine.service.intake import refuse_unborne
from engine.service.library import PUBLISHED
from engine.service.new_roots import new_roots
from engine.service.shelf import POLICIES
from engine.statute_book import SCHEMA
from engine.trust import TrustRoot
from engine.verify_materials import CLOCK_SKEW_S

MAX_FILES: Final = 200_000
MAX_FILE_BYTES: Final = 1 << 24
MAX_TEXT_BYTES: Final = 1 << 20

_PART: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")
_KINDS: Final = {
    0o120000: "is a symbolic link",
    0o160000: "is another git repository, a submodule",
    0o100755: "is marked as a program",
}
_ASK: Final = "nothing was taken over; who put it there is in the history: docs/register.md"
_VERSION: Final = r"[a-z0-9][^/]*/[0-9][^/]*/"
_PLACES: Final = {
    "proposals/": re.compile(_VERSION + r"(agreement\.json|text\.yaml)"),
    "signatures/": re.compile(_VERSION + r"[^/]+\.jws"),
    "acts/": re.compile(_VERSION + r"[^/]+\.jws"),
    f"{PUBLISHED}/": re.compile(_VERSION + r"[a-z]+\.(json|cedar)"),
    "trust/": re.compile(r"[1-9][0-9]{0,5}(\.signatures)?\.json"),
    "requests/": re.compile(r"(root/)?[^/]+\.json"),
}
"""What may stand in each folder that programs write."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A commit of the shared register, found sound.

    Attributes:
        commits: What is new, parents before children.
        roots: The versions of the trust root that are new, in order.
        trust: The newest trust root.
    """

    commit: str
    commits: tuple[Told, ...]
    roots: tuple[TrustRoot, ...]
    trust: TrustRoot


def check(
    shared: SharedRegister,
    commit: str,
    *,
    since: str | None,
    ours: str | None,
    law: Law,
    trust: TrustRoot,
    now_s: int,
    known: frozenset[str] = frozenset(),
) -> Arrival:
    """Check a commit and everything that leads to it.

    Args:
        since: The last commit found sound; None to check from the very beginning.
        ours: Our newest commit; None if we have none.
        law: The law this office knows.
        trust: The trust root this office believes.
        now_s: Now, in seconds since 1970-01-01T00:00:00Z.
        known: Published folders that the office's own log bears out already.

    Raises:
        ArrivalError: It is not one to rely on; the message says what and where.
    """
    refuse_turned_back(shared, commit, since=since, ours=ours)
    with _told_as_arrival():
        shared.refuse_malformed(since, commit)
    commits = tuple(shared.commits(since, commit))
    by = refuse_changed(shared, since, commit)
    files = shared.files_at(commit)
    altered = shared.alterations(since, commit)
    _refuse_odd(shared, files, altered, by)
    _refuse_other_law(shared, files, law, by)
    roots = new_roots(shared, files, altered, trust, by)
    newest = roots[-1] if roots else trust
    _refuse_agencies(shared, files, law, by)
    _refuse_misplaced(altered, by)
    _refuse_to_come(shared, altered, now_s, by)
    with _told_as_arrival():
        names = _lister(files, None if since is None else _touched(altered))
        refuse_unborne(partial(shared.read_at, commit), names, newest, law, known=known)
    return Arrival(commit, commits, roots, newest)


# ---- files


def _refuse_odd(
    shared: SharedRegister,
    files: Mapping[str, Entry],
    altered: Iterable[Alteration],
    by: Mapping[str, Told],
) -> None:
    """Refuse anything but plain files of plain names and bounded length."""
    if len(files) > MAX_FILES:
        raise ArrivalError(f"shared register has {len(files):,} files; at most {MAX_FILES:,} are")
    for each in altered:
        if each.after is None:
            continue
        said = by.get(each.name)
        if not all(_PART.fullmatch(part) for part in each.name.split("/")):
            raise _odd(each.name, "cannot be the name of a file here", said)
        if each.after.mode != PLAIN_FILE:
            kind = _KINDS.get(each.after.mode, f"has the mode {each.after.mode:06o}")
            raise _odd(each.name, f"{kind}, not a plain file", said)
        limit = MAX_TEXT_BYTES if each.name.endswith(".yaml") else MAX_FILE_BYTES
        size = len(shared.read_entry(each.after))
        if size > limit:
            raise _odd(each.name, f"is {size:,} bytes long; at most {limit:,} are read", said)


def _odd(name: str, said: str, told: Told | None) -> ArrivalError:
    return ArrivalError(
        f"`{shown(name)}` {said}{written_by(told)}",
        hint="a register holds plain files only; have whoever added it take it out again",
    )


def _refuse_misplaced(altered: Iterable[Alteration], by: Mapping[str, Told]) -> None:
    """Refuse a file that has no place in a folder whose files can never be taken out again."""
    for each in altered:
        folder = next((top for top in _PLACES if each.name.startswith(top)), None)
        if folder is not None and each.after is not None:
            rest = each.name.removeprefix(folder)
            if not _PLACES[folder].fullmatch(rest):
                said = f"has no place in `{folder.rstrip('/')}`"
                raise _odd(each.name, said, by.get(each.name))


def _refuse_to_come(
    shared: SharedRegister, altered: Iterable[Alteration], now_s: int, by: Mapping[str, Told]
) -> None:
    """Refuse what says it was signed after now; clocks may differ a little."""
    for each in altered:
        if each.after is None or not each.name.startswith(("signatures/", "acts/")):
            continue
        ahead_s = _dated_s(shared.read_entry(each.after)) - now_s
        if ahead_s > CLOCK_SKEW_S:
            raise ArrivalError(
                f"`{each.name}` is dated {ahead_s} seconds ahead of this office's clock"
                f"{written_by(by.get(each.name))}",
                hint="check the clock here first, then ask whoever signed",
            )


def _dated_s(jws: bytes) -> int:
    """When something says it was signed; 0 if it does not say, which is found out later."""
    try:
        # Any: what is no date is none.
        said: Any = canonical.parse_canonical(jose.split(jws.decode("latin-1")).payload)
    except ConcordatError:
        return 0
    found = said.get("iat") if isinstance(said, dict) else None
    return found if isinstance(found, int) else 0


def _refuse_other_law(
    shared: SharedRegister, files: Mapping[str, Entry], law: Law, by: Mapping[str, Told]
) -> None:
    """Refuse a law other than the one this office judges by."""
    if f"{POLICIES}/{SCHEMA}" not in files:
        raise ArrivalError(
            "what is shared there is no register: it holds no law",
            hint="look at the address: `concordat status` shows it",
        )
    known = {f"{POLICIES}/{name}": data for name, data in law.files.items()}
    found = {
        name: entry
        for name, entry in files.items()
        if name.startswith(f"{POLICIES}/") and not name.startswith(f"{PUBLISHED}/")
    }
    for name in sorted(known.keys() | found.keys()):
        if name not in found:
            said = "is missing from the law"
        elif name not in known:
            said = "is added to the law"
        elif shared.read_entry(found[name]) != known[name]:
            said = "is not the law this office knows"
        else:
            continue
        raise ArrivalError(
            f"`{shown(name)}` {said}{written_by(by.get(name))}",
            hint="a register keeps the law it was begun with: compare `concordat doctor` here and"
            " there; to join one of another release, name its law: `concordat clone --law`",
        )


def _refuse_agencies(
    shared: SharedRegister, files: Mapping[str, Entry], law: Law, by: Mapping[str, Told]
) -> None:
    """Refuse a list of agencies that could not be relied on."""
    if AGENCIES not in files:
        return
    try:
        agencies.accept(shared.read_entry(files[AGENCIES]), law.vocabulary)
    except ConcordatError as fault:
        raise ArrivalError(
            f"`{AGENCIES}` cannot be relied on: {fault}{written_by(by.get(AGENCIES))}",
            hint=fault.hint,
        ) from fault


def _touched(altered: Iterable[Alteration]) -> frozenset[str]:
    """Versions of agreements of which any file is new, as ``<id>/<version>``."""
    found = set()
    for each in altered:
        top = next((top for top in ADD_ONLY if each.name.startswith(top)), None)
        if top is not None:
            found.add("/".join(each.name.removeprefix(top).split("/")[:2]))
    return frozenset(found)


def _lister(
    files: Mapping[str, Entry], touched: frozenset[str] | None
) -> Callable[[str], list[str]]:
    """What stands directly in each folder; of versions, those touched, unless all are meant.

    The others were found sound before, and their files cannot have changed since.
    """
    folders: dict[str, dict[str, None]] = {}
    for name in sorted(files):
        top = next((top for top in ADD_ONLY if name.startswith(top)), None)
        version = "/".join(name.removeprefix(top).split("/")[:2]) if top else ""
        if touched is not None and top is not None and version not in touched:
            continue
        parts = name.split("/")
        for place, part in enumerate(parts):
            folders.setdefault("/".join(parts[:place]), {})[part] = None
    return lambda folder: list(folders.get(folder, ()))


# ---- words


@contextmanager
def _told_as_arrival() -> Iterator[None]:
    """Whatever is wrong with what arrived is one kind of error, in the words of who found it."""
    try:
        yield
    except ArrivalError:
        raise
    except ConcordatError as fault:
        raise ArrivalError(str(fault), hint=fault.hint or _ASK) from fault
