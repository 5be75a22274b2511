"""How consents stand, as lines of a list: each by the newest of its records.

Nothing here reads or writes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from agreements.values import epoch_s
from engine.consent import ConsentKind, ConsentState
from engine.consent_record import BorneOut


@dataclass(frozen=True, slots=True)
class ConsentRow:
    """One consent as it now stands.

    Attributes:
        consent: Its id: the `jti` of its first record.
        expires_s: The first second at which it counts no more; none unless it lasts.
        recorded_s: When its newest record was made.
        jti: That record's name.
        index: That record's place in the log.
        recorded_by: The agency whose application had its first record made; none if it was the
            terminal.
    """

    consent: str
    person: str
    kind: ConsentKind
    state: ConsentState
    controllers: tuple[str, ...]
    recipients: tuple[str, ...]
    information: tuple[str, ...]
    purposes: tuple[str, ...]
    expires_s: int | None
    recorded_s: int
    jti: str
    index: int
    recorded_by: str | None = None


def known_by(
    records: Iterable[BorneOut], at: datetime | None, known_s: int | None
) -> list[BorneOut]:
    """Those that were on record by an instant and by another; all if none is given."""
    by = [] if known_s is None else [known_s]
    by += [] if at is None else [epoch_s(at)]
    return [each for each in records if not by or each.event.recorded_s <= min(by)]


def rows(records: Iterable[BorneOut], at_s: int) -> list[ConsentRow]:
    """Each consent as it stands at an instant, in the order in which they began.

    Args:
        records: In the order in which they were made.
    """
    every = list(records)
    first = {each.event.consent: each for each in reversed(every)}
    newest = {each.event.consent: each for each in every}
    return [_row(first[consent], each, at_s) for consent, each in newest.items()]


def _row(first: BorneOut, newest: BorneOut, at_s: int) -> ConsentRow:
    event, said = newest.event, newest.payload
    return ConsentRow(
        consent=event.consent,
        person=event.person,
        kind=event.kind,
        state=event.state_at(at_s),
        controllers=tuple(said["controllers"]),
        recipients=tuple(said["recipients"]),
        information=tuple(said["information"]),
        purposes=tuple(said["purposes"]),
        expires_s=event.expires_s,
        recorded_s=event.recorded_s,
        jti=event.jti,
        index=event.index,
        recorded_by=first.payload.get("recorded_by", {}).get("agency"),
    )
