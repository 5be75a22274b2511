"""The bundle an office decides by, taken from its published files and held to its log.

Promises that each published file is the very one whose digest the activation in
the log names. Refuses the whole shelf for one altered file: leaving it out could
drop an exclusion. Read again when the log says that something changed.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final, TypeAlias

from agreements.agencies import Agency
from agreements.bodies import Status, statuses
from engine import jose
from engine.bundle import Bundle, SliceKey, assemble
from engine.chronicle import Change, StandingEvent, effects_of, standings, suspended_by
from engine.collecting import uncollected
from engine.errors import BundleError, NotFoundError, RequestError, StaleError
from engine.law import Law
from engine.ports import Entry, Register
from engine.record import Kind, Record, Stamp, read
from engine.service.agencies import read_agencies
from engine.service.counting import counts, root_known
from engine.service.library import Library, restore
from engine.service.premises import Premises
from engine.service.settled_lately import SettledLately
from engine.standing import Standing
from engine.statute_book import CEDAR, SCHEMA, STATUTE, VOCABULARY, read_statute_book
from engine.trust import Role, TrustRoot

POLICIES: Final = "policies"


Established: TypeAlias = dict[tuple[str, str], Record]
"""Records by the trust root they were checked against and the exact bytes they came in."""


@dataclass(frozen=True, slots=True, eq=False)
class Shelved:
    """Everything an office decides by, as of one record of its log.

    Attributes:
        standing: What the log says of each version.
        activations: The activation record of each version, checked, and its index.
        statuses: What kind of body each agency is.
        last_change: The newest record that changed a standing; -1 if none did.
        known_s: What was recorded by then is all that counts; everything if none is given.
        suspended_by: Agencies whose suspension of a version nobody resumed, and from when.
        settled: Settles questions by all this, and remembers.
    """

    bundle: Bundle
    standing: Mapping[SliceKey, Standing]
    activations: Mapping[SliceKey, tuple[Record, int]]
    agencies: tuple[Agency, ...]
    statuses: Mapping[str, Status]
    trust: TrustRoot
    last_change: int
    settled: SettledLately
    known_s: int | None = None
    suspended_by: Mapping[SliceKey, Mapping[str, int]] = field(default_factory=dict)


class Shelf:
    """Keeps the bundle at hand, and notices when it is no longer the newest.

    Attributes:
        good_until_s: Until when the bundle may decide without being looked at again, in
            seconds since 1970-01-01T00:00:00Z; None where nobody looks beside.
    """

    def __init__(self, premises: Premises) -> None:
        self._premises: Final = premises
        self._library: Final = Library(premises.register)
        self._established: Final[Established] = {}
        self._shelved: Shelved | None = None
        self._stamp: Stamp | None = None
        self.good_until_s: int | None = None

    def current(self) -> Shelved:
        """What is decided by now.

        Raises:
            BundleError: A published file is not the one that was published.
        """
        last_change = self._premises.records.last_change()
        if (
            self._shelved is None
            or self._shelved.last_change != last_change
            or self._shelved.trust.sha256 != self._premises.trust().sha256
        ):
            self._stamp = None
            self._shelved = self._load(last_change)
        return self._shelved

    def prepare(self) -> Shelved:
        """Read everything anew, beside what decides meanwhile; `take_up` lets it decide.

        Raises:
            BundleError: A published file is not the one that was published.
        """
        return self._load(self._premises.records.last_change())

    def take_up(self, prepared: Shelved) -> None:
        """Decide by what was prepared, unless something newer decides already."""
        if self._shelved is None or prepared.last_change >= self._shelved.last_change:
            self._stamp = None
            self._shelved = prepared

    def _load(self, last_change: int) -> Shelved:
        known = None if self._shelved is None else self._shelved.bundle.law
        return load(self._premises, self._library, self._established, last_change, known=known)

    def held(self) -> Shelved:
        """What was decided by when it was last read; whoever relies on it sees whether it still is.

        Raises:
            StaleError: Nobody could look at it for too long.
            BundleError: It has to be read now, and a published file is not the one it was.
        """
        if self.good_until_s is not None and self._premises.now_s() > self.good_until_s:
            raise StaleError(
                "register could not be found sound for longer than `register.max_age_s`",
                hint="`/health` says what is wrong with it",
            )
        if self._shelved is None or self._shelved.trust.sha256 != self._premises.trust().sha256:
            return self.current()
        return self._shelved

    def at(self, known_at: datetime | None) -> Shelved:
        """What was decided by as known at an instant; as known now if none is given.

        Versions, what became of them, the keys they rest on and the agency register are those
        that were known by then. The law is one for as long as anything is published under it.

        Raises:
            RequestError: The instant has no time zone, or is still to come.
            BundleError: A published file is not the one that was published.
        """
        known_s = known_to(self._premises, known_at)
        if known_s is None:
            return self.current()
        last_change = self._premises.records.last_change()
        return load(
            self._premises,
            self._library,
            self._established,
            last_change,
            known_s=known_s,
        )

    def stamp(self) -> Stamp:
        """What the office adds to each record."""
        if self._stamp is None:
            self._stamp = self._premises.stamp(self.current().trust)
        return self._stamp

    def forget(self) -> None:
        """Have everything read anew; for whoever changed the files."""
        self._shelved = self._stamp = None


def known_to(premises: Premises, known_at: datetime | None) -> int | None:
    """An instant at which something was known, in seconds since 1970-01-01T00:00:00Z.

    Raises:
        RequestError: It has no time zone, or is still to come.
    """
    if known_at is None:
        return None
    if known_at.tzinfo is None:
        raise RequestError("the instant has no time zone", hint="write it in UTC, with a `Z`")
    if known_at > premises.clock.now():
        raise RequestError(
            "nobody knows yet what will be known then",
            hint="leave it out, and it is asked by what is known now",
        )
    return int(known_at.timestamp())


@uncollected()
def load(
    premises: Premises,
    library: Library,
    established: Established,
    last_change: int,
    *,
    known_s: int | None = None,
    known: Law | None = None,
) -> Shelved:
    """Take the published files and hold each to the log.

    Args:
        library: Where published versions are kept.
        established: Records whose signatures were checked before; added to.
        last_change: The newest record that changed a standing.
        known_s: Leave out what was recorded later than that.
        known: The law as it was read before; it need not be parsed again if it is the same.

    Raises:
        BundleError: A file is missing or altered; the message names it.
        TrustError: An activation is not signed by a key of this office.
        DocumentError: The agency register cannot be relied on.
    """
    register = premises.register
    root, then = premises.trust(), root_known(premises, known_s)
    law = read_law_of(register, known)
    agencies = read_agencies(premises.files, register, law.vocabulary, known_s=known_s)
    events = {
        event: record
        for event, record in _borne_out(premises, root, established).items()
        if (known_s is None or event.known_s <= known_s) and counts(record, then)
    }
    activations: dict[SliceKey, tuple[Record, int]] = {}
    for event, record in events.items():
        if event.effect.change is Change.ACTIVATED:
            activations.setdefault(event.effect.key, (record, event.index))
    # A version that was never activated is left out: its files bind nobody, and
    # until its activation they may still be replaced.
    bundle = assemble(
        law,
        (
            library.take(law, key, record.payload["agreement"]["manifest_sha256"])
            for key, (record, _) in activations.items()
        ),
    )
    standing = standings(events, {key: each.bound for key, each in bundle.slices.items()})
    claims = (claim for each in bundle.slices.values() for claim in each.claims)
    bodies = statuses(claims, law.vocabulary, agencies)
    return Shelved(
        bundle=bundle,
        standing=standing,
        activations=activations,
        agencies=agencies,
        statuses=bodies,
        trust=root,
        last_change=last_change,
        settled=SettledLately(bundle, standing, bodies),
        known_s=known_s,
        suspended_by=suspended_by(events),
    )


def read_law_of(register: Register, known: Law | None = None) -> Law:
    """Read the law a register holds.

    Args:
        known: Taken if it is made of the very same files.

    Raises:
        BundleError: A file of it is missing or does not parse.
    """
    names = [SCHEMA, VOCABULARY]
    found = register.names(f"{POLICIES}/{STATUTE.rstrip('/')}")
    names += [f"{STATUTE}{name}" for name in found if name.endswith(CEDAR)]
    try:
        files = {name: register.read(f"{POLICIES}/{name}") for name in names}
        return known if known and known.files == files else read_statute_book(files)
    except NotFoundError as fault:
        raise BundleError(f"law is not whole: {fault}", hint=restore(register, POLICIES)) from fault


def _borne_out(
    premises: Premises, root: TrustRoot, established: Established
) -> dict[StandingEvent, Record]:
    """Whatever the log says was done to versions, each with its record, in order.

    The rows beside the log are held to it both ways: one more could open an agreement,
    and one fewer lift a suspension.
    """
    records, size = premises.records, premises.records.head().size
    stated: dict[StandingEvent, Record] = {}
    for kind in (Kind.ACTIVATION, Kind.AGREEMENT_ACT):
        for entry in reversed(records.newest(size, kind.value)):
            name = root.sha256, entry.jws
            if name not in established:
                established[name] = _established(entry, root)
            record = established[name]
            for effect in effects_of(record):
                stated[StandingEvent(effect, record.iat, entry.index)] = record
    differing = stated.keys() ^ set(records.standing_events())
    if differing:
        of = min(differing, key=lambda event: event.index).effect
        raise BundleError(
            f"records do not bear out that `{of.key[0]}` {of.key[1]} was {of.change}",
            hint="run `concordat doctor`; somebody may have altered `log.sqlite`",
        )
    return stated


def _established(entry: Entry, root: TrustRoot) -> Record:
    """What a record states, its signature checked; a row alone opens nothing."""
    parsed = jose.split(entry.jws)
    jose.verify(parsed, root.key(parsed.kid, Role.DECISION).key)
    return read(parsed)
