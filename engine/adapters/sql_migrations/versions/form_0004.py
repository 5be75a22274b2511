"""Files that were made before there were steps: given whatever they lack of form 4.

Form 1 had no consent, form 2 said less of what an entry did to an agreement, form 3
kept no answers. PostgreSQL holds records since form 5 only.
"""

from alembic import op

revision = "0004"
down_revision = None

TABLES = {
    "entry": """CREATE TABLE entry (
        "index" INTEGER NOT NULL, jti TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT,
        jws TEXT NOT NULL, PRIMARY KEY ("index"), UNIQUE (jti)) STRICT""",
    "disclosure": """CREATE TABLE disclosure (
        jti TEXT NOT NULL, place INTEGER NOT NULL, encoded TEXT NOT NULL,
        PRIMARY KEY (jti, place), FOREIGN KEY (jti) REFERENCES entry (jti)) STRICT""",
    "node": """CREATE TABLE node (
        level INTEGER NOT NULL, "index" INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (level, "index")) STRICT""",
    "head": """CREATE TABLE head (
        size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (size)) STRICT""",
    "standing": """CREATE TABLE standing (
        "index" INTEGER NOT NULL, agreement TEXT NOT NULL, version TEXT NOT NULL,
        event TEXT NOT NULL, party TEXT NOT NULL, at_s INTEGER NOT NULL,
        known_s INTEGER NOT NULL, PRIMARY KEY ("index", agreement, version),
        FOREIGN KEY ("index") REFERENCES entry ("index")) STRICT""",
    "consent": """CREATE TABLE consent (
        "index" INTEGER NOT NULL, person TEXT NOT NULL, consent TEXT NOT NULL,
        PRIMARY KEY ("index"), FOREIGN KEY ("index") REFERENCES entry ("index")) STRICT""",
    "answer": """CREATE TABLE answer (
        name TEXT NOT NULL, request_sha256 TEXT NOT NULL, status INTEGER NOT NULL,
        headers TEXT NOT NULL, body BLOB NOT NULL, at_s INTEGER NOT NULL,
        PRIMARY KEY (name)) STRICT""",
}
INDEXES = (
    "CREATE INDEX consent_of_person ON consent (person)",
    "CREATE INDEX consent_by_id ON consent (consent)",
    "CREATE INDEX consent_entry ON entry (kind) WHERE kind IN ('consent', 'consent-withdrawal')",
    "CREATE INDEX answer_by_age ON answer (at_s)",
)
FROZEN = ("entry", "disclosure", "node", "head", "standing", "consent")


def refusing(table: str, event: str) -> str:
    """A safeguard: what is in a table stays as it is."""
    return (
        f"CREATE TRIGGER {table}_never_{event.lower()} BEFORE {event} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, 'what is in `{table}` stays as it is'); END"
    )


TRIGGERS = (
    *(refusing(table, "UPDATE") for table in FROZEN),
    *(refusing(table, "DELETE") for table in FROZEN if table != "disclosure"),
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


def upgrade(log: str) -> None:  # noqa: ARG001 -- each step is handed the same.
    """Make every table, index and safeguard that is not there; change none that is."""
    connection = op.get_bind()
    if connection.dialect.name != "sqlite":
        return
    _set_aside_narrow_standing()
    there = set(connection.exec_driver_sql("SELECT name FROM sqlite_master").scalars())
    for name, made in TABLES.items():
        if name not in there:
            connection.exec_driver_sql(made)
    for made in (*INDEXES, *TRIGGERS):
        if made.split()[2] not in there:
            connection.exec_driver_sql(made)


def _set_aside_narrow_standing() -> None:
    """Drop a table of an older form, which says less than the records it is held to."""
    connection = op.get_bind()
    columns = [row[1] for row in connection.exec_driver_sql("PRAGMA table_info(standing)")]
    if columns and "party" not in columns:
        connection.exec_driver_sql("DROP TABLE standing")
