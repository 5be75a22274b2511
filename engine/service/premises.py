"""What every actor of an office works with: its windows on the world, and its seal.

Each actor is handed the same premises and takes from them what it needs.
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from engine import checkpoint, jose, trust
from engine.checkpoint import Checkpoint
from engine.errors import CheckpointError, NotFoundError, TrustError, UnknownKeyError
from engine.keys import PrivateKey
from engine.ports import (
    Chance,
    Clock,
    Compiler,
    Head,
    KeyFolder,
    OfficeFiles,
    RecordStore,
    Register,
)
from engine.ports_answers import AnswerBook
from engine.record import UUID7_RANDOM_BYTES, Stamp, read, uuid7
from engine.service.settings import Settings
from engine.trust import Role, TrustRoot

TRUST: Final = "trust.json"
CHECKPOINT: Final = "checkpoint"
DECISION_KEY: Final = "decision"
LOG_KEY: Final = "log"
PARTY_KEY: Final = "party-"
ROOT_KEY: Final = "root-"
NEXT: Final = ".next"
"""Behind the name of a key that waits for the trust root to list it."""


@dataclass(frozen=True, slots=True, eq=False)
class Premises:
    """The windows of one office, and who it is.

    Attributes:
        answers: What applications were told, for a while; kept where the records are.
        engine: What decides, as records name it.
    """

    settings: Settings
    files: OfficeFiles
    register: Register
    records: RecordStore
    answers: AnswerBook
    keys: KeyFolder
    compiler: Compiler
    clock: Clock
    chance: Chance
    engine: dict[str, str] = field(default_factory=dict)
    _believed: dict[bytes, TrustRoot] = field(default_factory=dict, init=False, repr=False)

    def now(self) -> datetime:
        """This instant, in whole seconds, as records speak of it."""
        return self.clock.now().replace(microsecond=0)

    def now_s(self) -> int:
        """This instant, in seconds since 1970-01-01T00:00:00Z."""
        return int(self.clock.now().timestamp())

    def made_now(self) -> tuple[str, int]:
        """A fresh name for a record, and when it is made, in seconds since 1970-01-01T00:00:00Z."""
        now_s = self.clock.now().timestamp()
        return uuid7(int(now_s * 1000), self.chance.draw(UUID7_RANDOM_BYTES)), int(now_s)

    def trust(self) -> TrustRoot:
        """The keys this office believes and shows, of the newest version.

        Raises:
            TrustError: The file is missing or malformed.
        """
        try:
            document = self.files.read(TRUST)
        except NotFoundError as fault:
            raise TrustError(
                f"office has no `{TRUST}`", hint="restore it from a backup, or from any party"
            ) from fault
        root = self._believed.get(document)
        if root is None:
            root = trust.read(document)
            self._believed.clear()
            self._believed[document] = root
        return root

    def refuse_older_root(self) -> None:
        """Refuse a trust root older than one under which this office made a record.

        Raises:
            TrustError: The file was put back from an old copy.
        """
        root = self.trust()
        for newest in self.records.newest(1, None):
            made_under = read(jose.split(newest.jws)).payload["trust_root"]["version"]
            if made_under > root.version:
                raise TrustError(
                    f"`{TRUST}` is version {root.version}; the newest record was made under"
                    f" version {made_under}",
                    hint=f"an old copy was put back: `register/trust/{made_under}.json` is the one"
                    " this office believed",
                )

    def own_key(self, name: str, root: TrustRoot) -> PrivateKey:
        """The office's own key for a use: the one that replaces it, once that is listed."""
        following = f"{name}{NEXT}"
        if following in self.keys.names():
            key = self.keys.read(following)
            if root.lists(key.public.kid):
                return key
        return self.keys.read(name)

    def stamp(self, root: TrustRoot) -> Stamp:
        """What the office adds to each record, its key included.

        Raises:
            TrustError: The key is not one the trust root lists for this office.
        """
        key = self.own_key(DECISION_KEY, root)
        if root.key(key.public.kid, Role.DECISION).iss != self.settings.issuer:
            raise TrustError(
                f"decision key is listed for another issuer than `{self.settings.issuer}`",
                hint=f"compare `office.toml` and `{TRUST}`",
            )
        place = self.register.head()
        return Stamp(
            iss=self.settings.issuer,
            log=self.settings.log,
            engine=self.engine,
            trust_root={"version": root.version, "sha256": root.sha256},
            git={"format": "sha1", "commit": place.commit, "tree": place.tree},
            key=key,
        )

    def unlisted(self) -> str:
        """Why this office cannot write into its own log yet; empty if it can."""
        try:
            self.stamp(self.trust())
        except UnknownKeyError:
            return "the keys of this office are not in the trust root yet"
        return ""

    def sign_head(self) -> tuple[str, Head]:
        """Sign the newest head of the log, and remember that it was signed.

        The head was committed before it is signed here; once signed it may be
        in anybody's hands, so a log that later falls behind it is refused.
        """
        head = self.records.head()
        self.refuse_fork(head)
        note = checkpoint.sign(Checkpoint(self.settings.log, head.size, head.root), self._log_key())
        remembered = self.remembered()
        if remembered is None or remembered.size < head.size:
            self.files.write(CHECKPOINT, note.encode())
        return note, head

    def _log_key(self) -> PrivateKey:
        root = self.trust()
        key = self.own_key(LOG_KEY, root)
        listed = next(
            (each for each in root.logs(self.settings.log) if each.kid == key.public.kid), None
        )
        if listed is None:
            raise TrustError(
                f"log key is not the one `{TRUST}` lists for `{self.settings.log}`",
                hint="restore `keys/log.jwk` from your backup of keys",
            )
        listed.require_at(self.now_s(), "checkpoint")
        return key

    def remembered(self) -> Checkpoint | None:
        """The largest head this office remembers having signed.

        Raises:
            CheckpointError: The file does not hold a head signed by the log's key.
        """
        if not self.files.holds(CHECKPOINT):
            return None
        return self.trust().open_head(self.files.read(CHECKPOINT), self.settings.log)[0]

    def refuse_fork(self, head: Head) -> None:
        """Refuse a log that does not begin with the one whose head was signed last.

        Raises:
            CheckpointError: The log was put back from an old copy, or rewritten.
        """
        signed = self.remembered()
        if signed is None:
            return
        if head.size < signed.size:
            raise CheckpointError(
                f"log has {head.size} records, but its head was signed at {signed.size}",
                hint="records are missing, perhaps since an old copy was put back: restore the"
                " newest `log.sqlite`",
            )
        if self.records.root_at(signed.size) != signed.root:
            raise CheckpointError(
                f"log does not begin with the {signed.size} records whose head was signed",
                hint="keep `log.sqlite` and `checkpoint`: together they show that it was rewritten",
            )
