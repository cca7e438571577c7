"""Runs the migrations on the connection that `lineside_server.store.migrate` hands over."""

from alembic import context

from lineside_server.store.tables import run

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=run.metadata,
    render_as_batch=True,  # SQLite alters a table by making it anew
    compare_type=True,
)
with context.begin_transaction():
    context.run_migrations()
