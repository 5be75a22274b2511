"""Two offices on one bare repository, with one agreement that both signed, in force in both."""

import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from engine import bootstrap
from engine.joining import join_register
from engine.service import Office
from tests.service.conftest import AGREEMENT, COUNCIL, TRUST, text, write_text

SETTINGS = ("-c", "user.name=Somebody", "-c", "user.email=somebody@example.org")


def git(folder: Path, *said: str, stdin: bytes = b"") -> str:
    """Run plain git, which must succeed."""
    ran = subprocess.run(
        ["git", "-C", str(folder), *SETTINGS, *said], input=stdin, capture_output=True, check=False
    )
    assert ran.returncode == 0, ran.stderr.decode()
    return ran.stdout.decode()


@dataclass
class Shared:
    """The place, and the offices that share a register there."""

    place: Path
    council: Office
    trust: Office

    def close(self) -> None:
        for office in (self.council, self.trust):
            office.close()

    def settle(self, *offices: Office) -> None:
        """Have everybody pull and push until nobody has anything new."""
        here = offices or (self.council, self.trust)
        for _ in range(2 * len(here)):
            for office in here:
                office.sync.push()
        for office in here:
            office.sync.pull()


def begin(folder: Path) -> None:
    """Make the place and both offices, and bring the agreement into force in both."""
    git(folder, "init", "-q", "--bare", "-b", "main", "place.git")
    now = datetime.now(UTC)
    council = bootstrap.create_office(
        folder / "council", agency=COUNCIL, name="Northshire Council", now=now
    )
    council.sync.share(str(folder / "place.git"))
    council.sync.push()
    trust = join(folder, "trust", TRUST, "Northshire NHS Trust")
    council.sync.pull()
    council.keys.enrol(folder / f"council/register/requests/{TRUST}.json")
    write_text(council, text())
    council.author.propose(AGREEMENT)
    council.sync.push()
    trust.sync.pull()
    trust.author.sign(AGREEMENT, TRUST)
    trust.sync.push()
    council.sync.pull()
    council.author.sign(AGREEMENT, COUNCIL)
    council.author.publish(AGREEMENT)
    council.sync.push()
    trust.sync.pull()
    council.close()
    trust.close()


def join(folder: Path, name: str, agency: str, called: str) -> Office:
    """Have another agency join, by the trust root of the council."""
    joined = join_register(
        folder / name,
        str(folder / "place.git"),
        agency=agency,
        name=called,
        trust_root=(folder / "council/trust.json").read_bytes(),
        now=datetime.now(UTC),
    )
    assert joined.unpushed == ""
    return joined.office


def copied(template: Path, folder: Path) -> Shared:
    """A copy of what `begin` made, whose offices share the copied place."""
    shutil.copytree(template, folder, dirs_exist_ok=True)
    place = folder / "place.git"
    offices = [bootstrap.open_office(folder / name, timeout_s=0.2) for name in ("council", "trust")]
    for office in offices:
        office.sync.share(str(place))
    return Shared(place, *offices)
