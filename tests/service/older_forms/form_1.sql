CREATE TABLE disclosure (
    jti TEXT NOT NULL,
    place INTEGER NOT NULL,
    encoded TEXT NOT NULL,
    PRIMARY KEY (jti, place),
    FOREIGN KEY(jti) REFERENCES entry (jti)
)

 STRICT;
CREATE TABLE entry (
    "index" INTEGER NOT NULL,
    jti TEXT NOT NULL,
    kind TEXT NOT NULL,
    outcome TEXT,
    jws TEXT NOT NULL,
    PRIMARY KEY ("index"),
    UNIQUE (jti)
)

 STRICT;
CREATE TABLE head (
    size INTEGER NOT NULL,
    root BLOB NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (size)
)

 STRICT;
CREATE TABLE node (
    level INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    hash BLOB NOT NULL,
    PRIMARY KEY (level, "index")
)

 STRICT;
CREATE TABLE standing (
    agreement TEXT NOT NULL,
    version TEXT NOT NULL,
    event TEXT NOT NULL,
    at_s INTEGER NOT NULL,
    "index" INTEGER NOT NULL,
    PRIMARY KEY (agreement, version, event, at_s),
    FOREIGN KEY("index") REFERENCES entry ("index")
)

 STRICT;
CREATE TRIGGER disclosure_never_update BEFORE UPDATE ON disclosure BEGIN SELECT RAISE(ABORT, 'what is in `disclosure` stays as it is'); END;
CREATE TRIGGER entry_in_order BEFORE INSERT ON entry WHEN NEW."index" <> (SELECT coalesce(max("index") + 1, 0) FROM entry) BEGIN SELECT RAISE(ABORT, 'an entry is out of order'); END;
CREATE TRIGGER entry_never_delete BEFORE DELETE ON entry BEGIN SELECT RAISE(ABORT, 'what is in `entry` stays as it is'); END;
CREATE TRIGGER entry_never_update BEFORE UPDATE ON entry BEGIN SELECT RAISE(ABORT, 'what is in `entry` stays as it is'); END;
CREATE TRIGGER head_grows BEFORE INSERT ON head WHEN NEW.size <= (SELECT coalesce(max(size), 0) FROM head) BEGIN SELECT RAISE(ABORT, 'a head is not larger than the one before'); END;
CREATE TRIGGER head_never_delete BEFORE DELETE ON head BEGIN SELECT RAISE(ABORT, 'what is in `head` stays as it is'); END;
CREATE TRIGGER head_never_update BEFORE UPDATE ON head BEGIN SELECT RAISE(ABORT, 'what is in `head` stays as it is'); END;
CREATE TRIGGER node_never_delete BEFORE DELETE ON node BEGIN SELECT RAISE(ABORT, 'what is in `node` stays as it is'); END;
CREATE TRIGGER node_never_update BEFORE UPDATE ON node BEGIN SELECT RAISE(ABORT, 'what is in `node` stays as it is'); END;
CREATE TRIGGER standing_never_delete BEFORE DELETE ON standing BEGIN SELECT RAISE(ABORT, 'what is in `standing` stays as it is'); END;
CREATE TRIGGER standing_never_update BEFORE UPDATE ON standing BEGIN SELECT RAISE(ABORT, 'what is in `standing` stays as it is'); END;
PRAGMA application_id = 1131307844;
PRAGMA user_version = 1;
