"""Filing what is no answer: a record that something happened, kept like any other.

Promises that what is refused is refused before a record is made, while nobody
else can append, and that only who holds the office's key can file.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from engine import jose
from engine.canonical import Json, b64url_decode, escaped, parse
from engine.chronicle import effects_of
from engine.errors import NotFoundError, RecordError, RequestError, StorageError
from engine.event import entropy_bytes, seal_event
from engine.ports import Entry, Kept
from engine.record import Kind, Link, Record, read
from engine.service.premises import Premises
from engine.service.scanning import all_of, place_after
from engine.service.shelf import Shelf, known_to
from engine.trust import Role


def file(
    premises: Premises,
    shelf: Shelf,
    kind: Kind,
    claims: Mapping[str, Json],
    hidden: Mapping[str, Json],
    *,
    refuse: Callable[[], None] = lambda: None,
) -> tuple[int, str]:
    """Sign that something happened, and keep the record.

    Args:
        claims: What the record states besides what all records do.
        hidden: The persons and free words in it.
        refuse: Raises if it may not be filed; called while nobody else can append.

    Returns:
        The record's index in the log, and its name.

    Raises:
        RequestError: A claim is not written as a record can hold it.
        StorageError: The record could not be kept.
    """
    shelved = shelf.current()
    stamp = shelf.stamp()

    def seal(link: Link) -> Kept:
        refuse()
        jti, iat = premises.made_now()
        shelved.trust.key(stamp.key.public.kid, Role.DECISION).require_at(iat, "record")
        sealed = seal_event(
            kind,
            claims,
            hidden,
            shelved.bundle,
            stamp,
            link,
            jti=jti,
            iat=iat,
            entropy=premises.chance.draw(entropy_bytes(kind)),
        )
        try:
            record = read(jose.split(sealed.jws))
        except RecordError as fault:
            raise RequestError(f"it cannot be recorded: {fault}", hint=fault.hint) from fault
        return Kept(sealed, kind.value, None, iat, effects_of(record))

    index, kept = premises.records.append(seal)
    return index, kept.sealed.jti


def read_entry(entry: Entry) -> Record:
    """What a row of the log states."""
    return read(jose.split(entry.jws))


def entry_in(premises: Premises, place: int) -> Entry:
    """The entry in a place of the log where there must be one.

    Raises:
        StorageError: There is none.
    """
    entry = premises.records.entry_at(place)
    if entry is None:
        raise StorageError(f"entry {place} of the log is not there", hint="run `concordat doctor`")
    return entry


def of_kind(
    premises: Premises, kind: Kind, *, known_at: datetime | None = None
) -> Iterator[tuple[Entry, Record]]:
    """Every record of one kind, newest first.

    Args:
        known_at: Only what was on record then; everything if none is given.

    Raises:
        RequestError: Nobody knows yet what will be known then.
    """
    known_s = known_to(premises, known_at)
    before = None if known_s is None else place_after(premises.records, known_s)
    for entry in all_of(premises.records, kind.value, before=before):
        record = read_entry(entry)
        if known_s is None or record.iat <= known_s:
            yield entry, record


def find(premises: Premises, jti: str, kind: Kind) -> tuple[Entry, Record]:
    """The record of that name.

    Raises:
        NotFoundError: This office has no such record of that kind.
    """
    entry = premises.records.entry(jti)
    if entry is None or entry.kind != kind.value:
        raise NotFoundError(
            f"office has no {kind.value} `{escaped(jti)}`", hint="`concordat log` lists the newest"
        )
    return entry, read_entry(entry)


# Any: closed by `engine.aftermath` and `engine.hidden`, claim by claim.
def shown(premises: Premises, jti: str) -> dict[str, Any]:
    """What is left of a record's hidden claims, by name."""
    claims: dict[str, Any] = {}
    for encoded in premises.records.disclosures(jti):
        content = parse(b64url_decode(encoded))
        if isinstance(content, list) and len(content) == 3 and isinstance(content[1], str):
            claims[content[1]] = content[2]
    return claims
