"""The tables of who may come in: tokens, and the sessions that the page begins with them."""

from typing import Final

from sqlalchemy import Column, Double, Index, Integer, String, Table, Text

from lineside_server.store.metadata import metadata

# A token itself is never kept: `digest` is its SHA-256.
token = Table(
    "token",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", Text, nullable=False),
    Column("scope", Integer, nullable=False),
    Column("project", Text),
    Column("digest", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("last_used_at", Double),
    Column("expires_at", Double),
    Column("revoked_at", Double),
    Index("ix_token_digest", "digest", unique=True),
)

# One without a token was begun with the token of the settings.
session = Table(
    "session",
    metadata,
    Column("digest", String(64), primary_key=True),
    Column("token_id", String(64)),
    Column("witness", String(64), nullable=False),
    Column("created_at", Double, nullable=False),
    Column("expires_at", Double, nullable=False),
    Index("ix_session_token", "token_id", "created_at"),
)

ALL: Final = (token, session)
