"""The first tables: runs, their journal and sealed chunks, and events."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_first_tables"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _attempt()
    _chunk()
    _event()
    _head()
    _journal()
    _run()
    _series()
    _tag()
    _track()
    _writer()


def _attempt() -> None:
    op.create_table(
        "attempt",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "attempt", name=op.f("pk_attempt")),
    )


def _chunk() -> None:
    op.create_table(
        "chunk",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("first_step", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("nonfinite", sa.Integer(), nullable=False),
        sa.Column("corrected", sa.Integer(), nullable=False),
        sa.Column("min", sa.Double(), nullable=True),
        sa.Column("max", sa.Double(), nullable=True),
        sa.Column("first_value", sa.Double(), nullable=True),
        sa.Column("last_value", sa.Double(), nullable=True),
        sa.Column("last_finite", sa.Double(), nullable=True),
        sa.Column("first_ts", sa.Double(), nullable=True),
        sa.Column("last_ts", sa.Double(), nullable=True),
        sa.Column("sum", sa.Double(), nullable=True),
        sa.Column("sum_squares", sa.Double(), nullable=True),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("sketch_checksum", sa.BigInteger(), nullable=False),
        sa.Column("bad_runs", sa.LargeBinary(), nullable=True),
        sa.Column("sketch", sa.LargeBinary(), nullable=False),
        sa.Column("data", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_id", "attempt", "first_step", name=op.f("pk_chunk")),
    )


def _event() -> None:
    op.create_table(
        "event",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("event_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("type", sa.String(length=32), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=True),
        sa.Column("ts", sa.Double(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "event_id", name=op.f("pk_event")),
    )
    op.create_index("ix_event_type", "event", ["run_id", "type", "event_id"], unique=False)


def _head() -> None:
    op.create_table(
        "head",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.BigInteger(), nullable=False),
        sa.Column("heard_at", sa.Double(), nullable=False),
        sa.Column("last_event_at", sa.Double(), nullable=True),
        sa.Column("points_at", sa.Double(), nullable=True),
        sa.Column("last_step", sa.BigInteger(), nullable=True),
        sa.Column("last_step_ts", sa.Double(), nullable=True),
        sa.Column("next_event", sa.BigInteger(), nullable=False),
        sa.Column("trace", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_head")),
    )


def _journal() -> None:
    op.create_table(
        "journal",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("cursor", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("steps", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("checksum", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "cursor", name=op.f("pk_journal")),
    )


def _run() -> None:
    op.create_table(
        "run",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("started_at", sa.Double(), nullable=False),
        sa.Column("ended_at", sa.Double(), nullable=True),
        sa.Column("config", sa.JSON(), nullable=False),
        sa.Column("intent", sa.JSON(), nullable=False),
        sa.Column("notes", sa.Text(), nullable=False),
        sa.Column("run_group", sa.Text(), nullable=True),
        sa.Column("host", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("deleted_at", sa.Double(), nullable=True),
        sa.Column("stop_requested", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_run")),
    )
    op.create_index("ix_run_created_at", "run", ["created_at"], unique=False)
    op.create_index("ix_run_state", "run", ["state"], unique=False)


def _series() -> None:
    op.create_table(
        "series",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_id", name=op.f("pk_series")),
        sa.UniqueConstraint("run_id", "key", name=op.f("uq_series_run_id")),
    )


def _tag() -> None:
    op.create_table(
        "tag",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("tag", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "tag", name=op.f("pk_tag")),
    )


def _track() -> None:
    op.create_table(
        "track",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("series_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("attempt", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("n", sa.BigInteger(), nullable=False),
        sa.Column("nonfinite", sa.BigInteger(), nullable=False),
        sa.Column("corrected", sa.BigInteger(), nullable=False),
        sa.Column("min", sa.Double(), nullable=True),
        sa.Column("max", sa.Double(), nullable=True),
        sa.Column("first_step", sa.BigInteger(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("last_ts", sa.Double(), nullable=True),
        sa.Column("last_value", sa.Double(), nullable=True),
        sa.Column("chunk_first_step", sa.BigInteger(), nullable=False),
        sa.Column("chunk_n", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "series_id", "attempt", name=op.f("pk_track")),
    )


def _writer() -> None:
    op.create_table(
        "writer",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("writer", sa.String(length=64), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("pending", sa.Boolean(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("clock_offset", sa.Double(), nullable=False),
        sa.Column("heard_at", sa.Double(), nullable=False),
        sa.Column("told_at", sa.Double(), nullable=True),
        sa.Column("finished", sa.Boolean(), nullable=False),
        sa.Column("applied", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "writer", name=op.f("pk_writer")),
    )


def downgrade() -> None:
    op.drop_table("writer")
    op.drop_table("track")
    op.drop_table("tag")
    op.drop_table("series")
    op.drop_index("ix_run_state", table_name="run")
    op.drop_index("ix_run_created_at", table_name="run")
    op.drop_table("run")
    op.drop_table("journal")
    op.drop_table("head")
    op.drop_index("ix_event_type", table_name="event")
    op.drop_table("event")
    op.drop_table("chunk")
    op.drop_table("attempt")
