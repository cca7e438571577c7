"""The table of what was done by whom; it belongs to no run, for it outlives them."""

from typing import Final

from sqlalchemy import JSON, Column, Double, Index, Integer, String, Table, Text

from lineside_server.store.metadata import metadata

# Rows are added, and those that are too old taken away; none is ever changed.
audit = Table(
    "audit",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("at", Double, nullable=False),
    Column("actor", Text, nullable=False),
    Column("token_id", Text),
    Column("scope", String(16), nullable=False),
    Column("address", Text),
    Column("action", String(32), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("subject", Text),
    Column("project", Text),
    Column("details", JSON, nullable=False),
    Index("ix_audit_at", "at"),
    Index("ix_audit_subject", "kind", "subject"),
)

ALL: Final = (audit,)
