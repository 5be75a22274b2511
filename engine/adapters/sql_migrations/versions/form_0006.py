"""PostgreSQL keeps a record and its hidden claims in their own rows; a file stays as it is.

What is longer than 2 KB it would try to make smaller, which signatures and chance never become,
and then cut up and put into another table, with an index of its own: while whoever appends has
everybody else wait. What was kept before stays where it is, and is read as ever.

Source:
    PostgreSQL, "TOAST" and "CREATE TABLE", `toast_tuple_target`.
"""

from alembic import op

revision = "0006"
down_revision = "0005"

POSTGRESQL = tuple(
    statement
    for table, column in (("entry", "jws"), ("disclosure", "encoded"))
    for statement in (
        f"ALTER TABLE {table} ALTER COLUMN {column} SET STORAGE EXTERNAL",
        # The most that fits: a row in a page of its own.
        f"ALTER TABLE {table} SET (toast_tuple_target = 8160)",
    )
)


def upgrade(log: str) -> None:  # noqa: ARG001 -- each step is handed the same.
    """Make it so."""
    connection = op.get_bind()
    if connection.dialect.name == "sqlite":
        return
    for statement in POSTGRESQL:
        connection.exec_driver_sql(statement)
