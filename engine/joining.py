"""Joining a register that other offices share: an office of one's own, around a copy of it.

Promises that the office is made whole or not at all; that its copy was checked
from the very first commit, by a trust root that came another way; and that its
keys are its own. It decides nothing by the register until its keys are listed.
"""

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from engine import trust
from engine.adapters import disk
from engine.adapters.git_register import author_of
from engine.adapters.git_sync import GitSync
from engine.adapters.key_files import KeyFiles
from engine.adapters.register_files import FileTree
from engine.adapters.sql_store import SqlStore
from engine.adapters.world import SystemChance
from engine.bootstrap import law_files, open_office
from engine.consent import PSEUDONYM_KEY_BYTES
from engine.errors import ArrivalError, ConcordatError, StorageError
from engine.keys import KEY_BYTES, PrivateKey
from engine.law import Law
from engine.ports import Chance, Clock
from engine.service import arrivals, enrolment, settings
from engine.service.library import PUBLISHED
from engine.service.office import Office
from engine.service.premises import DECISION_KEY, LOG_KEY, PARTY_KEY, TRUST
from engine.service.settings import Settings
from engine.service.shelf import POLICIES
from engine.statute_book import read_statute_book
from engine.trust import TrustRoot
from engine.whereabouts import KEYS, REGISTER, SETTINGS, records_of


@dataclass(frozen=True, slots=True)
class Joined:
    """An office that joined a register.

    Attributes:
        request: The file of the register that asks for its keys to be listed.
        unpushed: Why that request could not be pushed; empty if it was.
    """

    office: Office
    commits: int
    trust_version: int
    request: str
    unpushed: str


def join_register(
    folder: Path,
    address: str,
    *,
    agency: str,
    name: str,
    trust_root: bytes,
    now: datetime,
    law_sha256: str | None = None,
    clock: Clock | None = None,
    chance: Chance | None = None,
) -> Joined:
    """Make an office around a copy of a shared register, and ask for its keys to be listed.

    Args:
        folder: Where; it must be empty or not be there.
        address: Where the register is shared.
        agency: The agency that runs the office, by id.
        name: What that agency is called.
        trust_root: A version of the trust root, obtained apart from the register.
        now: This instant.
        law_sha256: Digest of the law it decides by, obtained apart from the register; that of this
            release if none is given.
        clock: The time, once it is open; the machine's if none is given.
        chance: Where chance comes from; the machine's if none is given.

    Raises:
        StorageError: The folder cannot be made, or the place cannot be reached.
        TrustError: The trust root cannot be read.
        ArrivalError: The register is not one to rely on.
    """
    folder = folder.absolute()
    who = settings.of_agency(agency, name, now.year)
    believed = trust.read(trust_root)
    with disk.whole_folder(folder) as made:
        now_s = int(now.timestamp())
        arrival = _take_copy(made / REGISTER, address, who, believed, law_sha256, now_s)
        _furnish(made, who, arrival.trust, chance or SystemChance())
    office = open_office(folder, clock=clock, chance=chance)
    request = enrolment.request(office.premises)
    unpushed = ""
    try:
        office.sync.push()
    except ConcordatError as fault:
        unpushed = str(fault)
    return Joined(office, len(arrival.commits), arrival.trust.version, request, unpushed)


def _take_copy(
    folder: Path,
    address: str,
    who: Settings,
    believed: TrustRoot,
    law_sha256: str | None,
    now_s: int,
) -> arrivals.Arrival:
    """Copy the register, and check all of it before a file of it is written."""
    register = GitSync.make(folder, author_of(who.agency, who.name))
    register.share(address)
    commit = register.fetch()
    if commit is None:
        raise StorageError(
            f"shared register `{register.address()}` is empty",
            hint="whoever begins it says `concordat init DIR --remote ADDRESS`",
        )
    law = read_statute_book(law_files())
    if law_sha256 not in (None, law.sha256):
        law = _law_named(register, commit, str(law_sha256))
    arrival = arrivals.check(
        register, commit, since=None, ours=None, law=law, trust=believed, now_s=now_s
    )
    register.forward(commit)
    register.accept(commit)
    register.path("agreements").mkdir(exist_ok=True)
    return arrival


def _law_named(register: GitSync, commit: str, sha256: str) -> Law:
    """The law that a shared register holds, which must be the one that was named."""
    top = f"{POLICIES}/"
    law = read_statute_book(
        {
            name.removeprefix(top): register.read_entry(entry)
            for name, entry in register.files_at(commit).items()
            if name.startswith(top) and not name.startswith(f"{PUBLISHED}/")
        }
    )
    if law.sha256 != sha256:
        raise ArrivalError(
            f"shared register decides by the law `{law.sha256}`, not by `{sha256}`",
            hint="ask an office there for the digest: `concordat doctor` tells it",
        )
    return law


def _furnish(folder: Path, who: Settings, believed: TrustRoot, chance: Chance) -> None:
    """Put everything else that an office needs beside its copy."""
    files = FileTree(folder)
    files.create(SETTINGS, settings.write(who))
    files.create(TRUST, trust.write(believed))
    keys = KeyFiles(folder / KEYS)
    for name in (DECISION_KEY, LOG_KEY, f"{PARTY_KEY}{who.agency}"):
        keys.create(name, PrivateKey.generate(chance.draw(KEY_BYTES)))
    keys.pseudonym_key(chance.draw(PSEUDONYM_KEY_BYTES))
    SqlStore.create(records_of(folder, who), chain=who.log).close()
