"""Runs the steps on the connection that it is handed, within its transaction."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations(log=context.config.attributes["log"])
