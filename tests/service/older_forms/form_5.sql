CREATE TABLE alembic_version (
    version_num VARCHAR(32) NOT NULL,
    CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
CREATE TABLE entry (
        "index" INTEGER NOT NULL, jti TEXT NOT NULL, kind TEXT NOT NULL, outcome TEXT,
        jws TEXT NOT NULL, PRIMARY KEY ("index"), UNIQUE (jti)) STRICT;
CREATE TABLE node (
        level INTEGER NOT NULL, "index" INTEGER NOT NULL, hash BLOB NOT NULL,
        PRIMARY KEY (level, "index")) STRICT;
CREATE TABLE head (
        size INTEGER NOT NULL, root BLOB NOT NULL, at INTEGER NOT NULL,
        PRIMARY KEY (size)) STRICT;
CREATE TABLE standing (
        "index" INTEGER NOT NULL, agreement TEXT NOT NULL, version TEXT NOT NULL,
        event TEXT NOT NULL, party TEXT NOT NULL, at_s INTEGER NOT NULL,
        known_s INTEGER NOT NULL, PRIMARY KEY ("index", agreement, version),
        FOREIGN KEY ("index") REFERENCES entry ("index")) STRICT;
CREATE TABLE consent (
        "index" INTEGER NOT NULL, person TEXT NOT NULL, consent TEXT NOT NULL,
        PRIMARY KEY ("index"), FOREIGN KEY ("index") REFERENCES entry ("index")) STRICT;
CREATE TABLE answer (
        name TEXT NOT NULL, request_sha256 TEXT NOT NULL, status INTEGER NOT NULL,
        headers TEXT NOT NULL, body BLOB NOT NULL, at_s INTEGER NOT NULL,
        PRIMARY KEY (name)) STRICT;
CREATE INDEX consent_of_person ON consent (person);
CREATE INDEX consent_by_id ON consent (consent);
CREATE INDEX consent_entry ON entry (kind) WHERE kind IN ('consent', 'consent-withdrawal');
CREATE INDEX answer_by_age ON answer (at_s);
CREATE TRIGGER entry_never_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'what is in `entry` stays as it is'); END;
CREATE TRIGGER node_never_update BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'what is in `node` stays as it is'); END;
CREATE TRIGGER head_never_update BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'what is in `head` stays as it is'); END;
CREATE TRIGGER standing_never_update BEFORE UPDATE ON standing BEGIN SELECT RAISE(ABORT, 'what is in `standing` stays as it is'); END;
CREATE TRIGGER consent_never_update BEFORE UPDATE ON consent BEGIN SELECT RAISE(ABORT, 'what is in `consent` stays as it is'); END;
CREATE TRIGGER entry_never_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'what is in `entry` stays as it is'); END;
CREATE TRIGGER node_never_delete BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'what is in `node` stays as it is'); END;
CREATE TRIGGER head_never_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'what is in `head` stays as it is'); END;
CREATE TRIGGER standing_never_delete BEFORE DELETE ON standing BEGIN SELECT RAISE(ABORT, 'what is in `standing` stays as it is'); END;
CREATE TRIGGER consent_never_delete BEFORE DELETE ON consent BEGIN SELECT RAISE(ABORT, 'what is in `consent` stays as it is'); END;
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry WHEN NEW."index" <> (SELECT coalesce(max("index") + 1, 0) FROM entry) BEGIN SELECT RAISE(ABORT, 'an entry is out of order'); END;
CREATE TRIGGER head_grows BEFORE INSERT ON head WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM head) BEGIN SELECT RAISE(ABORT, 'a head is not larger than the one before'); END;
CREATE TABLE "disclosure" (
        "index" INTEGER NOT NULL, place INTEGER NOT NULL, encoded TEXT NOT NULL,
        PRIMARY KEY ("index", place)) STRICT, WITHOUT ROWID;
CREATE TRIGGER disclosure_never_update BEFORE UPDATE ON disclosure
        BEGIN SELECT RAISE(ABORT, 'what is in `disclosure` stays as it is'); END;
CREATE TABLE seen (name TEXT NOT NULL, until_s INTEGER NOT NULL, PRIMARY KEY (name)) STRICT;
CREATE INDEX seen_by_end ON seen (until_s);
CREATE TABLE origin (log TEXT NOT NULL, PRIMARY KEY (log)) STRICT;
INSERT INTO alembic_version VALUES ('0005');
PRAGMA application_id = 1131307844;
PRAGMA user_version = 5;
