"""The tables, on SQLite and PostgreSQL alike; the run comes first in every key, so that they can be spread by run.

Only `rule` and `channel` belong to no run.
No NaN is ever bound: SQLite would store NULL. A column that may be NaN says what its NULL means.
"""

from typing import Final

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Double,
    Index,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from lineside_server.store import access_tables, audit_tables, delivery_tables
from lineside_server.store.metadata import metadata, run_key

# What changes seldom.
run = Table(
    "run",
    metadata,
    run_key(),
    Column("project", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("state_reason", Text),
    Column("created_at", Double, nullable=False),
    Column("started_at", Double, nullable=False),
    Column("ended_at", Double),
    Column("config", JSON, nullable=False),
    Column("intent", JSON, nullable=False),
    Column("notes", Text, nullable=False),
    Column("run_group", Text),
    Column("host", JSON(none_as_null=True)),
    Column("deleted_at", Double),
    Column("stop_requested", Boolean, nullable=False),
    Index("ix_run_created_at", "created_at"),
    Index("ix_run_state", "state"),
)

# What changes with every batch, kept apart so that a large config is not written again each time.
head = Table(
    "head",
    metadata,
    run_key(),
    Column("cursor", BigInteger, nullable=False),
    Column("heard_at", Double, nullable=False),
    Column("last_event_at", Double),
    Column("points_at", Double),  # when points last arrived, server's clock
    Column("last_step", BigInteger),
    Column("last_step_ts", Double),
    Column("next_event", BigInteger, nullable=False),
    Column("trace", LargeBinary, nullable=False),  # see trace.py
)

tag = Table("tag", metadata, run_key(), Column("tag", Text, primary_key=True))

attempt = Table(
    "attempt",
    metadata,
    run_key(),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("first_step", BigInteger),
    Column("started_at", Double, nullable=False),
)

writer = Table(
    "writer",
    metadata,
    run_key(),
    Column("writer", String(64), primary_key=True),
    Column("attempt", Integer, nullable=False),
    Column("pending", Boolean, nullable=False),  # registered by resume and has logged nothing yet
    Column("opened_at", Double, nullable=False),
    Column("clock_offset", Double, nullable=False),  # server's clock minus the client's
    Column("heard_at", Double, nullable=False),
    Column("told_at", Double),  # the latest time that it wrote itself, on the server's clock
    Column("finished", Boolean, nullable=False),
    Column("applied", LargeBinary, nullable=False),  # ranges of seq, see seqs.py
)

series = Table(
    "series",
    metadata,
    run_key(),
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    Column("key", Text, nullable=False),
    UniqueConstraint("run_id", "key"),
)

# The accepted batches since the last sealing. A negative attempt marks a row whose checksum was found wrong.
journal = Table(
    "journal",
    metadata,
    run_key(),
    Column("cursor", BigInteger, primary_key=True, autoincrement=False),
    Column("attempt", Integer, nullable=False),
    Column("steps", Integer, nullable=False),
    Column("points", Integer, nullable=False),
    Column("first_step", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("checksum", BigInteger, nullable=False),
    Column("body", LargeBinary, nullable=False),
)

# One series of one attempt as far as it is sealed: what a summary needs without opening a chunk.
track = Table(
    "track",
    metadata,
    run_key(),
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("n", BigInteger, nullable=False),
    Column("nonfinite", BigInteger, nullable=False),
    Column("corrected", BigInteger, nullable=False),
    Column("min", Double),  # NULL: no finite point
    Column("max", Double),
    Column("first_step", BigInteger, nullable=False),
    Column("last_step", BigInteger, nullable=False),
    Column("last_ts", Double),  # NULL: NaN
    Column("last_value", Double),  # NULL: NaN
    Column("chunk_first_step", BigInteger, nullable=False),  # of its last chunk
    Column("chunk_n", Integer, nullable=False),
)

# The chunks of one series and attempt never overlap. The sketch stands before the data: reading it skips the data.
chunk = Table(
    "chunk",
    metadata,
    run_key(),
    Column("series_id", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("first_step", BigInteger, primary_key=True, autoincrement=False),
    Column("last_step", BigInteger, nullable=False),
    Column("n", Integer, nullable=False),
    Column("nonfinite", Integer, nullable=False),
    Column("corrected", Integer, nullable=False),
    Column("min", Double),  # NULL: no finite point
    Column("max", Double),
    Column("first_value", Double),  # NULL: NaN
    Column("last_value", Double),  # NULL: NaN
    Column("last_finite", Double),  # NULL: no finite point
    Column("first_ts", Double),  # NULL: NaN
    Column("last_ts", Double),  # NULL: NaN
    Column("sum", Double),  # over the finite points; NULL: beyond a double
    Column("sum_squares", Double),
    Column("checksum", BigInteger, nullable=False),  # of data
    Column("sketch_checksum", BigInteger, nullable=False),  # of sketch
    Column("bad_runs", LargeBinary),  # runs of non-finite points, with a checksum of their own; NULL: none
    Column("sketch", LargeBinary, nullable=False),
    Column("data", LargeBinary, nullable=False),
)

event = Table(
    "event",
    metadata,
    run_key(),
    Column("event_id", BigInteger, primary_key=True, autoincrement=False),
    Column("cursor", BigInteger, nullable=False),
    Column("type", String(32), nullable=False),
    Column("step", BigInteger),
    Column("ts", Double, nullable=False),
    Column("body", JSON, nullable=False),
    Index("ix_event_type", "run_id", "type", "event_id"),
)

alert = Table(
    "alert",
    metadata,
    run_key(),
    Column("alert_id", Text, primary_key=True),
    Column("rule", Text, nullable=False),
    Column("subject", Text, nullable=False),
    Column("parent", Text),
    Column("level", Integer, nullable=False),
    Column("state", String(16), nullable=False),
    Column("opened_step", BigInteger, nullable=False),
    Column("opened_at", Double, nullable=False),  # like all times of an alert, the trainer's
    Column("last_step", BigInteger, nullable=False),
    Column("resolved_step", BigInteger),
    Column("resolved_at", Double),
    Column("reason", Text),
    Column("finding", JSON, nullable=False),
    Column("acknowledged", JSON(none_as_null=True)),  # this and the next are people's: judging leaves them alone
    Column("silenced_until", JSON(none_as_null=True)),
    Index("ix_alert_alert_id", "alert_id"),
    Index("ix_alert_opened_at", "opened_at", "alert_id"),
    Index("ix_alert_state", "state", "opened_at", "alert_id"),
)

# What became of an alert, turn by turn.
transition = Table(
    "transition",
    metadata,
    run_key(),
    Column("alert_id", Text, primary_key=True),
    Column("n", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("step", BigInteger, nullable=False),
    Column("at", Double, nullable=False),
    Column("level", Integer, nullable=False),
)

# How far a run is judged, and what a restart goes on from.
judgement = Table(
    "judgement",
    metadata,
    run_key(),
    Column("through_step", BigInteger),
    Column("ended", Boolean, nullable=False),  # whether the run was judged to its end
    Column("health", JSON, nullable=False),
    Column("checks", JSON, nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("state", LargeBinary, nullable=False),  # zstd
    Column("saved_at", Double, nullable=False),
)

# The rule book as far as it was changed here: of the whole service, so it has no run.
rule = Table(
    "rule",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("definition", JSON, nullable=False),
    Column("enabled", Boolean, nullable=False),
    Column("scope", JSON, nullable=False),
    Column("updated_at", Double, nullable=False),
)

# Those of the doors, of the audit and of what leaves the service are in the catalogue as well: importing them put them
# there.
OF_RUNS: Final = tuple(table for table in metadata.sorted_tables if "run_id" in table.c)
assert {*access_tables.ALL, *audit_tables.ALL, *delivery_tables.ALL} <= set(metadata.sorted_tables)
