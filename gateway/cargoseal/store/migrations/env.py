"""Alembic's entry: runs the revisions on the connection that the caller hands in.

Rule: the transaction is the caller's (see ../migrate.py); nothing here commits.
"""

from alembic import context

from cargoseal.store.schema import metadata

connection = context.config.attributes["connection"]
context.configure(connection=connection, target_metadata=metadata, render_as_batch=True)
context.run_migrations()
