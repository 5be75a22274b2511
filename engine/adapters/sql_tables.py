"""The tables in which an office keeps its records, as SQLModel models.

They are the same in SQLite and in PostgreSQL. What is written once stays: each
database refuses every change to the log, and lets nothing of it be deleted but a
disclosure, whose erasure breaks no proof. The steps in `sql_migrations` make these
tables; a test holds the two to each other. Nothing here opens a database.
"""

from typing import Any, Final

from sqlalchemy import BigInteger, Index, Integer, MetaData, Table, Text, text
from sqlalchemy.types import TypeEngine
from sqlmodel import Field, SQLModel

CONSENT_ENTRIES: Final = "kind IN ('consent', 'consent-withdrawal')"

WHOLE: Final[TypeEngine[Any]] = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number of 64 bits, which SQLite has under another name."""


class EntryRow(SQLModel, table=True):
    """One entry of the log: a record without its hidden claims.

    ``kind`` and ``outcome`` repeat what the record says, so that a list can be
    made without opening each; `check_log` compares them.
    """

    __tablename__ = "entry"
    __table_args__ = (
        Index(
            "consent_entry",
            "kind",
            sqlite_where=text(CONSENT_ENTRIES),
            postgresql_where=text(CONSENT_ENTRIES),
        ),
    )

    index: int = Field(primary_key=True, sa_type=WHOLE, sa_column_kwargs={"autoincrement": False})
    jti: str = Field(unique=True, sa_type=Text)
    kind: str = Field(sa_type=Text)
    outcome: str | None = Field(sa_type=Text)
    jws: str = Field(sa_type=Text)


class DisclosureRow(SQLModel, table=True):
    """One hidden claim of an entry, by its place; may be erased, never changed.

    That the entry is there is not asked of the database, since each decision would pay
    for it several times; `check_log` holds every claim to its record.
    """

    __tablename__ = "disclosure"

    index: int = Field(primary_key=True, sa_type=WHOLE, sa_column_kwargs={"autoincrement": False})
    place: int = Field(primary_key=True, sa_type=WHOLE, sa_column_kwargs={"autoincrement": False})
    encoded: str = Field(sa_type=Text)


class NodeRow(SQLModel, table=True):
    """One complete subtree of the log (RFC 6962, section 2.1)."""

    __tablename__ = "node"

    level: int = Field(primary_key=True, sa_type=WHOLE, sa_column_kwargs={"autoincrement": False})
    index: int = Field(primary_key=True, sa_type=WHOLE, sa_column_kwargs={"autoincrement": False})
    hash: bytes


class HeadRow(SQLModel, table=True):
    """The head of the log at one size; ``at`` is when its last record says it was made."""

    __tablename__ = "head"

    size: int = Field(primary_key=True, sa_type=WHOLE, sa_column_kwargs={"autoincrement": False})
    root: bytes
    at: int = Field(sa_type=WHOLE)


class StandingRow(SQLModel, table=True):
    """What one entry did to one version of an agreement.

    ``at_s`` is from when that counts, ``known_s`` from when the office knew. All
    of it repeats what the entry says, and is held to it.
    """

    __tablename__ = "standing"

    index: int = Field(
        primary_key=True,
        foreign_key="entry.index",
        sa_type=WHOLE,
        sa_column_kwargs={"autoincrement": False},
    )
    agreement: str = Field(primary_key=True, sa_type=Text)
    version: str = Field(primary_key=True, sa_type=Text)
    event: str = Field(sa_type=Text)
    party: str = Field(sa_type=Text)
    at_s: int = Field(sa_type=WHOLE)
    known_s: int = Field(sa_type=WHOLE)


class ConsentRow(SQLModel, table=True):
    """Whose consent one entry is about: a pseudonym, and the consent's first record.

    All else is read from the entry itself, so that a row by itself opens nothing.
    """

    __tablename__ = "consent"
    __table_args__ = (
        Index("consent_of_person", "person"),
        Index("consent_by_id", "consent"),
    )

    index: int = Field(
        primary_key=True,
        foreign_key="entry.index",
        sa_type=WHOLE,
        sa_column_kwargs={"autoincrement": False},
    )
    person: str = Field(sa_type=Text)
    consent: str = Field(sa_type=Text)


class AnswerRow(SQLModel, table=True):
    """An answer kept for a day under the name that its asker gave the request.

    No part of the log: it lets whoever asks again get the same bytes, and is then forgotten.
    ``headers`` is JSON; ``at_s`` is when it was given.
    """

    __tablename__ = "answer"
    __table_args__ = (Index("answer_by_age", "at_s"),)

    name: str = Field(primary_key=True, sa_type=Text)
    request_sha256: str = Field(sa_type=Text)
    status: int = Field(sa_type=WHOLE)
    headers: str = Field(sa_type=Text)
    body: bytes
    at_s: int = Field(sa_type=WHOLE)


class SeenRow(SQLModel, table=True):
    """A name that may be used once, and until when it is remembered. No part of the log."""

    __tablename__ = "seen"
    __table_args__ = (Index("seen_by_end", "until_s"),)

    name: str = Field(primary_key=True, sa_type=Text)
    until_s: int = Field(sa_type=WHOLE)


class OriginRow(SQLModel, table=True):
    """Which log this is, so that no other office appends to it by mistake; one row."""

    __tablename__ = "origin"

    log: str = Field(primary_key=True, sa_type=Text)


METADATA: Final[MetaData] = SQLModel.metadata
TABLES: Final[tuple[Table, ...]] = tuple(
    METADATA.tables[name]
    for name in (
        *("entry", "disclosure", "node", "head", "standing", "consent"),
        *("answer", "seen", "origin"),
    )
)
ENTRY, DISCLOSURE, NODE, HEAD, STANDING, CONSENT, ANSWER, SEEN, ORIGIN = TABLES
LOG_TABLES: Final = ("entry", "disclosure", "node", "head", "standing", "consent")
"""What no program changes once it is written."""
FORM: Final = 6
"""In which form this version keeps records: the number of the newest step in `sql_migrations`."""
