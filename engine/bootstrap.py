"""Where the windows are opened: makes an office, finds one, opens it.

The only module that knows both what an office needs and what provides it.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from importlib.metadata import version
from pathlib import Path

from agreements.vocabulary import current
from concordat import __version__
from engine import trust
from engine.adapters import disk
from engine.adapters.git_register import GitRegister, author_of
from engine.adapters.git_sync import GitSync
from engine.adapters.key_files import KeyFiles
from engine.adapters.register_files import FileTree
from engine.adapters.sandbox import Sandbox
from engine.adapters.seed import build_sha256, seed
from engine.adapters.sql_store import TIMEOUT_S, SqlStore
from engine.adapters.world import SteadyClock, SystemChance, SystemClock
from engine.consent import PSEUDONYM_KEY_BYTES
from engine.guard_posts import post_guards
from engine.ports import Chance, Clock, RecordStore
from engine.service import settings
from engine.service.author import Author
from engine.service.cases import Cases
from engine.service.clients import Clients
from engine.service.consent_book import ConsentBook
from engine.service.consents import Consents
from engine.service.desk import Desk
from engine.service.doctor import Checked, checked
from engine.service.doctor import examine as examine_all
from engine.service.emergencies import Emergencies
from engine.service.evidence import Evidence
from engine.service.extracts import Extracts
from engine.service.intake import complete
from engine.service.keyring import Keyring
from engine.service.lifecycle import Lifecycle
from engine.service.log_files import LogFiles
from engine.service.new_keys import first_files, first_root
from engine.service.office import Office
from engine.service.premises import TRUST, Premises
from engine.service.release import law_decided_by
from engine.service.running import examine_running
from engine.service.search import Search
from engine.service.sequels import Sequels
from engine.service.settings import Settings
from engine.service.settling import Settling
from engine.service.shelf import POLICIES, Shelf
from engine.service.sync import Sync
from engine.service.whatif import WhatIf
from engine.statute_book import CEDAR, SCHEMA, STATUTE, VOCABULARY, read_statute_book
from engine.whereabouts import (
    KEYS,
    RECORDS,
    REGISTER,
    SETTINGS,
    find_office,
    no_office,
    records_of,
    settings_of,
    stated_of,
    upgrade,
)

__all__ = [
    "KEYS", "RECORDS", "REGISTER", "SETTINGS", "SteadyClock", "create_office", "examine",
    "find_office", "law_files", "open_office", "shared_register", "upgrade",
]  # fmt: skip


def create_office(
    folder: Path,
    *,
    agency: str,
    name: str,
    now: datetime,
    demo_parties: Sequence[tuple[str, str]] = (),
    store_url: str = "",
    clock: Clock | None = None,
    chance: Chance | None = None,
) -> Office:
    """Make an office, whole or not at all.

    Its keys speak for two years from `now`, unless they are replaced before. It
    holds all root keys itself until they are given to their holders.

    Args:
        folder: Where; it must be empty or not be there.
        agency: The agency that runs it, by id.
        name: What that agency is called.
        now: This instant.
        demo_parties: Other agencies that get a key here, as id and name: for
            trying things out only, since a party's key belongs with the party.
        store_url: The PostgreSQL database that holds its records; else a file in the folder does.
        clock: The time, once it is open; the machine's if none is given.
        chance: Where chance comes from; the machine's if none is given.

    Raises:
        StorageError: There is something in the folder, or it cannot be written.
    """
    folder = folder.absolute()
    who = replace(settings.of_agency(agency, name, now.year), store_url=store_url)
    with disk.whole_folder(folder) as made:
        parties = {agency: name, **dict(demo_parties)}
        _furnish(made, who, parties, chance or SystemChance(), now)
    return open_office(folder, clock=clock, chance=chance)


def _furnish(
    folder: Path, who: Settings, parties: dict[str, str], chance: Chance, now: datetime
) -> None:
    """Put everything an office needs into an empty folder."""
    root, keys = first_root(who, parties, chance, now)
    files = FileTree(folder)
    files.create(SETTINGS, settings.write(who))
    files.create(TRUST, trust.write(root))
    key_files = KeyFiles(folder / KEYS)
    for name, key in keys.items():
        key_files.create(name, key)
    key_files.pseudonym_key(chance.draw(PSEUDONYM_KEY_BYTES))
    law = law_files()
    read_statute_book(law)
    register = GitRegister.make(folder / REGISTER, author_of(who.agency, who.name))
    register.path("agreements").mkdir()
    begun = {f"{POLICIES}/{name}": data for name, data in law.items()}
    register.commit(begun | first_files(root, keys), "begin the register", now)
    SqlStore.create(records_of(folder, who), chain=who.log).close()
    clock = _Fixed(now)
    premises = _premises(folder, who, clock=clock, chance=chance, timeout_s=TIMEOUT_S)
    premises.sign_head()
    premises.records.close()


def law_files() -> dict[str, bytes]:
    """The law that comes with this version, as a register keeps it."""
    law = {SCHEMA: seed().schema, VOCABULARY: current().source}
    return law | {f"{STATUTE}{name}{CEDAR}": text for name, text in seed().statute.items()}


class _Fixed:
    """The instant at which an office is made."""

    def __init__(self, now: datetime) -> None:
        self._now = now

    def now(self) -> datetime:
        return self._now


def open_office(
    folder: Path,
    *,
    clock: Clock | None = None,
    chance: Chance | None = None,
    timeout_s: float = TIMEOUT_S,
) -> Office:
    """Open an office, its published agreements read and held to its log.

    Args:
        folder: Where it is.
        clock: The time; the machine's if none is given.
        chance: Where chance comes from; the machine's if none is given.
        timeout_s: How long to wait for another program that is appending.

    Raises:
        NotFoundError: There is no office.
        StorageError: A part of it cannot be used.
        BundleError: A published file is not the one that was published.
        CheckpointError: Records are missing, or the log was rewritten.
    """
    who = settings_of(folder)
    premises = _premises(
        folder, who, clock=clock or SystemClock(), chance=chance or SystemChance(),
        timeout_s=timeout_s,
    )  # fmt: skip
    shelf, book = Shelf(premises), ConsentBook(premises)
    try:
        guards = post_guards(folder, who.guards)
        premises.refuse_older_root()
        premises.refuse_fork(premises.records.head())
        shelf.current()
        complete(premises, shelf)
    except BaseException:
        premises.records.close()
        raise
    sequels = Sequels(premises.records)
    return Office(
        folder=folder,
        premises=premises,
        shelf=shelf,
        author=(author := Author(premises, shelf)),
        lifecycle=Lifecycle(premises, shelf, author.read),
        desk=Desk(premises, shelf, book, guards),
        consents=Consents(premises, shelf, book),
        cases=Cases(premises, shelf, sequels),
        emergencies=Emergencies(premises, shelf, sequels),
        sequels=sequels,
        extracts=Extracts(premises),
        log_files=LogFiles(premises),
        evidence=Evidence(premises, shelf),
        keys=Keyring(premises, shelf),
        sync=Sync(premises, shelf, shared_register(folder, who)),
        clients=Clients(premises.files),
        what_if=WhatIf(premises, shelf, author),
        search=Search(shelf, Settling(premises, book)),
        guards=guards,
        examine=lambda: examine(folder, clock=clock, timeout_s=timeout_s),
    )


def examine(
    folder: Path, *, clock: Clock | None = None, timeout_s: float = TIMEOUT_S
) -> list[Checked]:
    """Look at everything that usually goes wrong, even in an office that will not open.

    Raises:
        NotFoundError: There is no office.
    """
    opened: list[RecordStore] = []

    def premises() -> Premises:
        found = _premises(
            folder,
            settings_of(folder),
            clock=clock or SystemClock(),
            chance=SystemChance(),
            timeout_s=timeout_s,
        )
        opened.append(found.records)
        return found

    if not (folder / SETTINGS).exists():
        raise no_office(folder)
    try:
        found = examine_all(folder, KeyFiles(folder / KEYS), lambda: premises().records, premises)
        shipped = read_statute_book(law_files())
        found.append(checked("law", lambda: law_decided_by(premises(), shipped)))
        return found + examine_running(
            folder,
            lambda: stated_of(folder),
            premises,
            lambda: shared_register(folder, settings_of(folder)).address(),
            lambda: post_guards(folder, settings_of(folder).guards),
        )
    finally:
        for records in opened:
            records.close()


def shared_register(folder: Path, who: Settings) -> GitSync:
    """The register of an office, which others may share."""
    return GitSync(folder / REGISTER, author_of(who.agency, who.name))


def _premises(
    folder: Path, who: Settings, *, clock: Clock, chance: Chance, timeout_s: float
) -> Premises:
    store = SqlStore(records_of(folder, who), chain=who.log, timeout_s=timeout_s)
    return Premises(
        settings=who,
        files=FileTree(folder),
        register=shared_register(folder, who),
        records=store,
        answers=store,
        keys=KeyFiles(folder / KEYS),
        compiler=Sandbox(),
        clock=clock,
        chance=chance,
        engine={
            "name": "concordat",
            "version": __version__,
            "cedar": version("cedarpy"),
            "build_sha256": build_sha256(),
        },
    )
