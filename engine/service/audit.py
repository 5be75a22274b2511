"""The whole log recomputed: every record, every hash, every head, every row beside them.

Promises to name each row that does not bear out, and to go on after it. Takes
nothing from one table on the word of another: all of it is held to the records,
and the records to the keys of the trust root. Changes nothing.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from engine import jose
from engine.canonical import b64url_decode, b64url_encode, digest_hex, parse
from engine.chronicle import Effect, StandingEvent, effects_of
from engine.errors import CheckpointError, ConcordatError, RecordError
from engine.hidden import hidden_in
from engine.merkle import Digest, Frontier, leaf_hash
from engine.ports import Entry, Head
from engine.record import GENESIS, Kind, Record, read
from engine.service.premises import Premises
from engine.tiles import LEAST_LEVEL
from engine.trust import Role, TrustedKey, TrustRoot

REVOKED: Final = "revoked"


@dataclass(frozen=True, slots=True)
class LogFault:
    """One row that does not bear out.

    Attributes:
        table: `entry`, `disclosure`, `node`, `head`, `standing`, `consent` or
            `checkpoint`; `revoked` for a record that is as it was made, and no longer counts.
        row: Which row: the index of an entry, the size of a head, and so on.
        said: What is wrong with it.
    """

    table: str
    row: str
    said: str

    def __str__(self) -> str:
        return f"{self.table} {self.row}: {self.said}"


@dataclass(frozen=True, slots=True)
class LogReport:
    """What recomputing the log found.

    Attributes:
        size: How many records there are.
        root: The head that was recomputed, 32 bytes.
        faults: Every row that is wrong; none if the log is sound.
    """

    size: int
    root: Digest
    faults: tuple[LogFault, ...]

    @property
    def sound(self) -> bool:
        """Whether nothing was found wrong."""
        return not self.faults


@dataclass(slots=True)
class _Recomputed:
    """What the records alone make of the log."""

    frontier: Frontier = field(default_factory=Frontier)
    nodes: dict[tuple[int, int], Digest] = field(default_factory=dict)
    heads: dict[int, Head] = field(default_factory=dict)
    digests: dict[str, frozenset[str]] = field(default_factory=dict)
    hides: dict[str, tuple[str, ...]] = field(default_factory=dict)
    standing: set[StandingEvent] = field(default_factory=set)
    consents: dict[int, str] = field(default_factory=dict)


def check_log(premises: Premises) -> LogReport:
    """Recompute the log of an office."""
    root = premises.trust()
    made = _Recomputed()
    faults = list(_guarded("entry", _entries(premises, root, made)))
    faults += _guarded("node", _nodes(premises, made))
    faults += _guarded("head", _heads(premises, made))
    faults += _guarded("disclosure", _disclosures(premises, made))
    faults += _guarded("standing", _standing(premises, made))
    faults += _guarded("consent", _consents(premises, made))
    faults += _guarded("checkpoint", _signed(premises))
    return LogReport(made.frontier.size, made.frontier.root(), tuple(faults))


def _guarded(table: str, found: Iterator[LogFault]) -> Iterator[LogFault]:
    """Let a table that cannot even be read be a fault like any other."""
    try:
        yield from found
    except ConcordatError as fault:
        yield LogFault(table, "unreadable", str(fault))


def _entries(premises: Premises, root: TrustRoot, made: _Recomputed) -> Iterator[LogFault]:
    previous, last_iat = GENESIS, 0
    for place, entry in enumerate(premises.records.entries()):
        if entry.index != place:
            yield LogFault("entry", str(entry.index), f"stands where entry {place} must be")
        made.frontier, nodes = made.frontier.append(leaf_hash(entry.jws.encode()))
        made.nodes |= {(node.level, node.index): node.hash for node in nodes}
        try:
            record, key = _established(premises, root, entry, place, previous)
            last_iat = record.iat
            _remember(made, entry, record)
            if key.revoked_from is not None and record.iat >= key.revoked_from:
                yield LogFault(REVOKED, str(entry.index), _since_revoked(key))
            else:
                key.require_at(record.iat, "record")
        except ConcordatError as fault:
            yield LogFault("entry", str(entry.index), str(fault))
        made.heads[place + 1] = Head(place + 1, made.frontier.root(), last_iat)
        previous = digest_hex(entry.jws.encode())


def _established(
    premises: Premises, root: TrustRoot, entry: Entry, place: int, previous: str
) -> tuple[Record, TrustedKey]:
    """Read one record and find its key, its signature and its place in the chain checked."""
    parsed = jose.split(entry.jws)
    key = root.key(parsed.kid, Role.DECISION)
    jose.verify(parsed, key.key)
    record = read(parsed)
    said = record.payload
    for name, row, stated in (
        ("jti", entry.jti, record.jti),
        ("kind", entry.kind, record.kind.value),
        ("outcome", entry.outcome, said.get("decision")),
        ("log", premises.settings.log, said["log"]),
        ("issuer", premises.settings.issuer, said["iss"]),
        ("issuer", key.iss, said["iss"]),
        ("place in the chain", place, said["chain"]["n"]),
        ("record before it", previous, said["chain"]["prev"]),
    ):
        if row != stated:
            raise RecordError(f"{name} is `{row}` here, and `{stated}` in the record")
    return record, key


def _since_revoked(key: TrustedKey) -> str:
    return f"is dated after its key `{key.kid}` was revoked: {key.reason or 'no reason is given'}"


def _remember(made: _Recomputed, entry: Entry, record: Record) -> None:
    made.digests[record.jti] = frozenset(record.payload.get("_sd", ()))
    made.hides[record.jti] = hidden_in(record.kind)
    if record.kind in (Kind.CONSENT, Kind.CONSENT_WITHDRAWAL):
        made.consents[entry.index] = record.payload["consent"]
    for effect in effects_of(record):
        made.standing.add(StandingEvent(effect, record.iat, entry.index))


def _nodes(premises: Premises, made: _Recomputed) -> Iterator[LogFault]:
    missing = dict(made.nodes)
    for node in premises.records.nodes():
        wanted = missing.pop((node.level, node.index), None)
        if wanted is None:
            yield LogFault("node", f"{node.level}/{node.index}", "is of no record that is here")
        elif wanted != node.hash:
            yield LogFault("node", f"{node.level}/{node.index}", "is not the hash of its records")
    # The smallest subtrees need not be kept: they are hashed anew from their entries.
    for level, index in sorted(each for each in missing if each[0] >= LEAST_LEVEL):
        yield LogFault("node", f"{level}/{index}", "is not there")


def _heads(premises: Premises, made: _Recomputed) -> Iterator[LogFault]:
    missing = dict(made.heads)
    for head in premises.records.heads():
        wanted = missing.pop(head.size, None)
        if wanted is None:
            yield LogFault("head", str(head.size), "is of a size the log never had")
        elif wanted.root != head.root:
            yield LogFault("head", str(head.size), "is not the root of its records")
        elif wanted.at_s != head.at_s:
            yield LogFault("head", str(head.size), "is not dated as its last record is")
    # Records that were kept together have one head.
    newest = made.frontier.size
    if newest in missing:
        yield LogFault("head", str(newest), "is not there")


def _disclosures(premises: Premises, made: _Recomputed) -> Iterator[LogFault]:
    """A hidden claim may be gone, for it can be erased; it cannot be another."""
    for jti, place, encoded in premises.records.all_disclosures():
        row = f"{jti}/{place}"
        try:
            name = _claim(encoded)
        except ConcordatError as fault:
            yield LogFault("disclosure", row, str(fault))
            continue
        if _digest(encoded) not in made.digests.get(jti, ()):
            yield LogFault("disclosure", row, "is not what the record sealed")
        elif made.hides[jti][place : place + 1] != (name,):
            yield LogFault("disclosure", row, "stands in the place of another claim")


def _digest(encoded: str) -> str:
    return b64url_encode(hashlib.sha256(encoded.encode()).digest())


def _claim(encoded: str) -> str:
    content = parse(b64url_decode(encoded))
    if not isinstance(content, list) or len(content) != 3 or not isinstance(content[1], str):
        raise RecordError("is not salt, name and value")
    return content[1]


def _standing(premises: Premises, made: _Recomputed) -> Iterator[LogFault]:
    missing = set(made.standing)
    for event in premises.records.standing_events():
        if event in missing:
            missing.discard(event)
        else:
            yield LogFault("standing", _row(event.effect), f"is not what entry {event.index} says")
    for event in sorted(missing, key=lambda each: each.index):
        row = _row(event.effect)
        yield LogFault("standing", row, f"is not there, and entry {event.index} says it")


def _row(effect: Effect) -> str:
    who = f" by {effect.party}" if effect.party else ""
    return f"{effect.key[0]} {effect.key[1]} {effect.change}{who}"


def _consents(premises: Premises, made: _Recomputed) -> Iterator[LogFault]:
    """A row is held to its record; the person, which can be erased, to what is left of it."""
    missing = dict(made.consents)
    for kept in premises.records.consents():
        if missing.pop(kept.index, None) != kept.consent:
            yield LogFault("consent", str(kept.index), f"is not what entry {kept.index} says")
            continue
        told = [_named(encoded) for encoded in kept.disclosures]
        if any(name == "person" and said != kept.person for name, said in told):
            yield LogFault("consent", str(kept.index), "is of another person than its entry")
    for index in sorted(missing):
        yield LogFault("consent", str(index), f"is not there, and entry {index} says it")


def _named(encoded: str) -> tuple[object, object]:
    try:
        content = parse(b64url_decode(encoded))
    except ConcordatError:
        return None, None  # `_disclosures` has said so.
    if not isinstance(content, list) or len(content) != 3:
        return None, None
    return content[1], content[2]


def _signed(premises: Premises) -> Iterator[LogFault]:
    try:
        premises.refuse_fork(premises.records.head())
    except CheckpointError as fault:
        yield LogFault("checkpoint", "newest", str(fault))
