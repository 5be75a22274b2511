"""The table that finds the records of one person's consent.

Nothing here opens a database: each call is handed the connection it works in.
"""

from sqlalchemy import Connection, or_, select

from engine.adapters.sql_tables import CONSENT, CONSENT_ENTRIES, DISCLOSURE, ENTRY
from engine.consent_record import KeptConsent
from engine.errors import StorageError


def kept(connection: Connection, person: str | None, consent: str | None) -> list[KeptConsent]:
    """The records of consent, of one person or of one consent if named, in order.

    With those of a person come all of the same consents, whomever a row says they are
    of, so that a row put under another name is seen.

    Raises:
        StorageError: There are more or fewer rows than records of consent in the log.
    """
    query = select(CONSENT.c.index, CONSENT.c.person, CONSENT.c.consent, ENTRY.c.jws)
    # A row whose entry is gone must not vanish with it: it may be that of a withdrawal.
    query = query.outerjoin(ENTRY, ENTRY.c.index == CONSENT.c.index).order_by(CONSENT.c.index)
    if person is not None:
        _refuse_missing(connection)
        same = select(CONSENT.c.consent).where(CONSENT.c.person == person)
        query = query.where(or_(CONSENT.c.person == person, CONSENT.c.consent.in_(same)))
    if consent is not None:
        query = query.where(CONSENT.c.consent == consent)
    return [
        KeptConsent(index, whose, of, jws or "", _disclosures(connection, index))
        for index, whose, of, jws in connection.execute(query).all()
    ]


def _refuse_missing(connection: Connection) -> None:
    """Refuse to look anybody up where a row is gone: it may have been that of a withdrawal."""
    count = (
        f"SELECT (SELECT count(*) FROM entry WHERE {CONSENT_ENTRIES})"  # noqa: S608 -- ours.
        " - (SELECT count(*) FROM consent)"
    )
    if connection.exec_driver_sql(count).scalar_one():
        raise StorageError(
            "rows of consent do not match the records in the log",
            hint="run `concordat doctor`; somebody may have altered the file",
        )


def _disclosures(connection: Connection, index: int) -> tuple[str, ...]:
    table = DISCLOSURE.c
    query = select(table.encoded).where(table.index == index).order_by(table.place)
    return tuple(connection.scalars(query))
