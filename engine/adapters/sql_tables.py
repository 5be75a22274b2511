"""The tables in which an office keeps its records, as SQLModel models.

What is written once stays: triggers refuse every change to the log, and let
nothing be deleted but a disclosure, whose erasure breaks no proof. Nothing here
opens a database.
"""

from typing import Final

from sqlalchemy import MetaData, Table
from sqlmodel import Field, SQLModel

APPLICATION_ID: Final = (
    0x436E6344  # "CncD", so that another program's database is not taken for ours.
)
SCHEMA_VERSION: Final = 4
OLDEST_VERSION: Final = 1


class EntryRow(SQLModel, table=True):
    """One entry of the log: a record without its hidden claims.

    ``kind`` and ``outcome`` repeat what the record says, so that a list can be
    made without opening each; `check_log` compares them.
    """

    __tablename__ = "entry"

    index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    jti: str = Field(unique=True)
    kind: str
    outcome: str | None
    jws: str


class DisclosureRow(SQLModel, table=True):
    """One hidden claim of a record, by its place; may be erased, never changed."""

    __tablename__ = "disclosure"

    jti: str = Field(primary_key=True, foreign_key="entry.jti")
    place: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    encoded: str


class NodeRow(SQLModel, table=True):
    """One complete subtree of the log (RFC 6962, section 2.1)."""

    __tablename__ = "node"

    level: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    index: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    hash: bytes


class HeadRow(SQLModel, table=True):
    """The head of the log at one size; ``at`` is when its last record says it was made."""

    __tablename__ = "head"

    size: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    root: bytes
    at: int


class StandingRow(SQLModel, table=True):
    """What one entry did to one version of an agreement.

    ``at_s`` is from when that counts, ``known_s`` from when the office knew. All
    of it repeats what the entry says, and is held to it.
    """

    __tablename__ = "standing"

    index: int = Field(
        primary_key=True, foreign_key="entry.index", sa_column_kwargs={"autoincrement": False}
    )
    agreement: str = Field(primary_key=True)
    version: str = Field(primary_key=True)
    event: str
    party: str
    at_s: int
    known_s: int


class ConsentRow(SQLModel, table=True):
    """Whose consent one entry is about: a pseudonym, and the consent's first record.

    All else is read from the entry itself, so that a row by itself opens nothing.
    """

    __tablename__ = "consent"

    index: int = Field(
        primary_key=True, foreign_key="entry.index", sa_column_kwargs={"autoincrement": False}
    )
    person: str
    consent: str


class AnswerRow(SQLModel, table=True):
    """An answer kept for a day under the name that its asker gave the request.

    No part of the log: it lets whoever asks again get the same bytes, and is then forgotten.
    ``headers`` is JSON; ``at_s`` is when it was given.
    """

    __tablename__ = "answer"

    name: str = Field(primary_key=True)
    request_sha256: str
    status: int
    headers: str
    body: bytes
    at_s: int


METADATA: Final[MetaData] = SQLModel.metadata
ENTRY, DISCLOSURE, NODE, HEAD, STANDING, CONSENT, ANSWER = (
    METADATA.tables[name]
    for name in ("entry", "disclosure", "node", "head", "standing", "consent", "answer")
)
TABLES: Final[tuple[Table, ...]] = (ENTRY, DISCLOSURE, NODE, HEAD, STANDING, CONSENT, ANSWER)
CONSENT_ENTRIES: Final = "kind IN ('consent', 'consent-withdrawal')"
INDEXES: Final = (
    "CREATE INDEX consent_of_person ON consent (person)",
    "CREATE INDEX consent_by_id ON consent (consent)",
    f"CREATE INDEX consent_entry ON entry (kind) WHERE {CONSENT_ENTRIES}",
    "CREATE INDEX answer_by_age ON answer (at_s)",
)


def _refuse(table: str, event: str) -> str:
    return (
        f"CREATE TRIGGER {table}_never_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'what is in `{table}` stays as it is'); END"
    )


_FROZEN = ("entry", "disclosure", "node", "head", "standing", "consent")
TRIGGERS: Final = (
    *(_refuse(table, "UPDATE") for table in _FROZEN),
    *(_refuse(table, "DELETE") for table in _FROZEN if table != "disclosure"),
    # The log has no gap: an index is the number of entries before it.
    (
        'CREATE TRIGGER entry_in_order BEFORE INSERT ON entry WHEN NEW."index" <> '
        '(SELECT coalesce(max("index") + 1, 0) FROM entry) '
        "BEGIN SELECT RAISE(ABORT, 'an entry is out of order'); END"
    ),
    (
        "CREATE TRIGGER head_grows BEFORE INSERT ON head WHEN NEW.size <= "
        "(SELECT coalesce(max(size), 0) FROM head) "
        "BEGIN SELECT RAISE(ABORT, 'a head is not larger than the one before'); END"
    ),
)
