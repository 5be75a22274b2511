"""Hidden claims stand under their entry's place; PostgreSQL; which log this is; what was used once.

A claim that names its record by a long name costs a look-up and an entry in an index
for each, five times a decision. Under the place, all of them go to the end of one tree.
"""

from alembic import op
from sqlalchemy import text

revision = "0005"
down_revision = "0004"

SQLITE = (
    """CREATE TABLE disclosure_by_place (
        "index" INTEGER NOT NULL, place INTEGER NOT NULL, encoded TEXT NOT NULL,
        PRIMARY KEY ("index", place)) STRICT, WITHOUT ROWID""",
    """INSERT INTO disclosure_by_place
        SELECT entry."index", place, encoded FROM disclosure JOIN entry USING (jti)
        ORDER BY entry."index", place""",
    "DROP TABLE disclosure",
    "ALTER TABLE disclosure_by_place RENAME TO disclosure",
    """CREATE TRIGGER disclosure_never_update BEFORE UPDATE ON disclosure
        BEGIN SELECT RAISE(ABORT, 'what is in `disclosure` stays as it is'); END""",
    "CREATE TABLE seen (name TEXT NOT NULL, until_s INTEGER NOT NULL, PRIMARY KEY (name)) STRICT",
    "CREATE INDEX seen_by_end ON seen (until_s)",
    "CREATE TABLE origin (log TEXT NOT NULL, PRIMARY KEY (log)) STRICT",
)

POSTGRESQL = (
    """CREATE TABLE entry (
        "index" BIGINT NOT NULL, jti TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT,
        jws TEXT NOT NULL, PRIMARY KEY ("index"), UNIQUE (jti))""",
    """CREATE TABLE disclosure (
        "index" BIGINT NOT NULL, place BIGINT NOT NULL, encoded TEXT NOT NULL,
        PRIMARY KEY ("index", place))""",
    """CREATE TABLE node (
        level BIGINT NOT NULL, "index" BIGINT NOT NULL, hash BYTEA NOT NULL,
        PRIMARY KEY (level, "index"))""",
    """CREATE TABLE head (
        size BIGINT NOT NULL, root BYTEA NOT NULL, at BIGINT NOT NULL, PRIMARY KEY (size))""",
    """CREATE TABLE standing (
        "index" BIGINT NOT NULL, agreement TEXT NOT NULL, version TEXT NOT NULL,
        event TEXT NOT NULL, party TEXT NOT NULL, at_s BIGINT NOT NULL,
        known_s BIGINT NOT NULL, PRIMARY KEY ("index", agreement, version),
        FOREIGN KEY ("index") REFERENCES entry ("index"))""",
    """CREATE TABLE consent (
        "index" BIGINT NOT NULL, person TEXT NOT NULL, consent TEXT NOT NULL,
        PRIMARY KEY ("index"), FOREIGN KEY ("index") REFERENCES entry ("index"))""",
    """CREATE TABLE answer (
        name TEXT NOT NULL, request_sha256 TEXT NOT NULL, status BIGINT NOT NULL,
        headers TEXT NOT NULL, body BYTEA NOT NULL, at_s BIGINT NOT NULL, PRIMARY KEY (name))""",
    "CREATE TABLE seen (name TEXT NOT NULL, until_s BIGINT NOT NULL, PRIMARY KEY (name))",
    "CREATE TABLE origin (log TEXT NOT NULL, PRIMARY KEY (log))",
    "CREATE INDEX consent_of_person ON consent (person)",
    "CREATE INDEX consent_by_id ON consent (consent)",
    "CREATE INDEX consent_entry ON entry (kind) WHERE kind IN ('consent', 'consent-withdrawal')",
    "CREATE INDEX answer_by_age ON answer (at_s)",
    "CREATE INDEX seen_by_end ON seen (until_s)",
    """CREATE FUNCTION stays_as_it_is() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN RAISE EXCEPTION 'what is in `%%` stays as it is', TG_TABLE_NAME
        USING ERRCODE = 'integrity_constraint_violation'; END $$""",
    # The log has no gap: an index is the number of entries before it. Whoever appends does
    # so alone, so a statement sees all that stands before its rows.
    """CREATE FUNCTION entry_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE least BIGINT; most BIGINT; many BIGINT; before BIGINT;
        BEGIN
            SELECT min("index"), max("index"), count(*) INTO least, most, many FROM made;
            SELECT coalesce(max("index") + 1, 0) INTO before FROM entry WHERE "index" < least;
            IF many > 0 AND (least <> before OR most - least + 1 <> many
                OR EXISTS (SELECT FROM entry WHERE "index" > most)) THEN
                RAISE EXCEPTION 'an entry is out of order'
                USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$""",
    """CREATE FUNCTION head_grows() RETURNS trigger LANGUAGE plpgsql AS $$
        DECLARE least BIGINT; most BIGINT; many BIGINT;
        BEGIN
            SELECT min(size), max(size), count(*) INTO least, most, many FROM made;
            IF EXISTS (SELECT FROM head WHERE size > most)
                OR (SELECT count(*) FROM head WHERE size BETWEEN least AND most) <> many THEN
                RAISE EXCEPTION 'a head is not larger than the one before'
                USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END $$""",
    """CREATE TRIGGER entry_in_order AFTER INSERT ON entry REFERENCING NEW TABLE AS made
        FOR EACH STATEMENT EXECUTE FUNCTION entry_in_order()""",
    """CREATE TRIGGER head_grows AFTER INSERT ON head REFERENCING NEW TABLE AS made
        FOR EACH STATEMENT EXECUTE FUNCTION head_grows()""",
)
FROZEN = ("entry", "disclosure", "node", "head", "standing", "consent")


def upgrade(log: str) -> None:
    """Make it so."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        for statement in SQLITE:
            connection.exec_driver_sql(statement)
    else:
        for statement in (*POSTGRESQL, *(refusing(*each) for each in _refused())):
            connection.exec_driver_sql(statement)
    connection.execute(text("INSERT INTO origin VALUES (:log)"), {"log": log})


def _refused() -> list[tuple[str, str]]:
    return [
        (table, event)
        for table in FROZEN
        for event in ("UPDATE", "DELETE", "TRUNCATE")
        if (table, event) != ("disclosure", "DELETE")
    ]


def refusing(table: str, event: str) -> str:
    """A safeguard: what is in a table stays as it is."""
    return (
        f"CREATE TRIGGER {table}_never_{event.lower()} BEFORE {event} ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION stays_as_it_is()"
    )
