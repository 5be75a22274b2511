"""Files as older versions wrote them: the very tables those versions made."""

import sqlite3
from contextlib import closing
from pathlib import Path

FORMS = Path(__file__).parent / "older_forms"
ALL_FORMS = (1, 2, 3, 4, 5)
WITH_STANDING = (3, 4, 5)
"""Forms that said of an agreement all that this version asks."""
UNDER_THEIR_PLACE = 5
"""The first form that has hidden claims under the place of their entry."""

HIDDEN = 'SELECT jti, place, encoded FROM new.disclosure JOIN new.entry USING ("index")'


def put_back(path: Path, form: int) -> None:
    """Have the records of an office be in a file of an older form."""
    newer = path.with_suffix(".newer")
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode = delete")
    path.rename(newer)
    with closing(sqlite3.connect(path, isolation_level=None)) as older:
        older.executescript((FORMS / f"form_{form}.sql").read_text("utf-8"))
        older.execute("ATTACH ? AS new", (str(newer),))
        there = {name for (name,) in older.execute("SELECT name FROM main.sqlite_master")}
        older.execute("INSERT INTO main.entry SELECT * FROM new.entry ORDER BY 1")
        older.execute("INSERT INTO main.head SELECT * FROM new.head ORDER BY 1")
        older.execute("INSERT INTO main.node SELECT * FROM new.node")
        hidden = HIDDEN if form < UNDER_THEIR_PLACE else "SELECT * FROM new.disclosure"
        older.execute(f"INSERT INTO main.disclosure {hidden}")
        if form in WITH_STANDING:
            older.execute("INSERT INTO main.standing SELECT * FROM new.standing")
        if "consent" in there:
            older.execute("INSERT INTO main.consent SELECT * FROM new.consent")
        if "origin" in there:
            older.execute("INSERT INTO main.origin SELECT * FROM new.origin")
        older.execute("DETACH new")
        older.execute("PRAGMA journal_mode = wal")
    newer.unlink()
