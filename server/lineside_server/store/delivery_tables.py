"""The tables of what leaves the service, beside those of tables.py. Only `channel` and `mute` belong to no run."""

from typing import Final

from sqlalchemy import JSON, Boolean, Column, Double, Index, Integer, String, Table, Text

from lineside_server.store.metadata import metadata, run_key

# Where messages go. Its address and secrets are never given out.
channel = Table(
    "channel",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("name", Text, nullable=False),
    Column("url", Text, nullable=False),
    Column("secrets", JSON, nullable=False),
    Column("filters", JSON, nullable=False),
    Column("quiet", JSON(none_as_null=True)),
    Column("enabled", Boolean, nullable=False),
    Column("disabled_reason", Text),
    Column("created_at", Double, nullable=False),
    Column("updated_at", Double, nullable=False),
)

# What changed and may be worth a message, written in the transaction of the change; gone once that is decided.
outbox = Table(
    "outbox",
    metadata,
    run_key(),
    Column("topic", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("event", String(32), nullable=False),
    Column("alert_id", Text),
    Column("level", Integer, nullable=False),
    Column("state", String(16)),
    Column("at", Double, nullable=False),
    Column("due_at", Double, nullable=False),  # when it is decided next
    Index("ix_outbox_due_at", "due_at"),
)

# What a channel was last told of a topic.
word = Table(
    "word",
    metadata,
    run_key(),
    Column("channel_id", Text, primary_key=True),
    Column("topic", Text, primary_key=True),
    Column("event", String(32), nullable=False),
    Column("level", Integer, nullable=False),
    Column("at", Double, nullable=False),
    Column("n", Integer, nullable=False),
    Column("state", String(16)),
)

# Messages, with how each fared; one for a trial has an empty run.
delivery = Table(
    "delivery",
    metadata,
    run_key(),
    Column("delivery_id", Text, primary_key=True),
    Column("channel_id", Text, nullable=False),
    Column("topic", Text, nullable=False),
    Column("n", Integer, nullable=False),
    Column("event", String(32), nullable=False),
    Column("alert_id", Text),
    Column("state", String(16), nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", Double, nullable=False),  # of one that is being sent: when it is taken for lost
    Column("created_at", Double, nullable=False),
    Column("finished_at", Double),
    Column("status", Integer),
    Column("error", Text),
    Column("took_s", Double),
    Column("body", JSON, nullable=False),
    Index("ix_delivery_delivery_id", "delivery_id"),
    Index("ix_delivery_due", "state", "due_at"),
    Index("ix_delivery_channel", "channel_id", "created_at", "delivery_id"),
)

# Rules that are told to nobody in the runs of a project.
mute = Table(
    "mute",
    metadata,
    Column("rule", Text, primary_key=True),
    Column("project", Text, primary_key=True),
    Column("by", Text),
    Column("at", Double, nullable=False),
    Column("until", Double),
)

ALL: Final = (channel, outbox, word, delivery, mute)
