"""Delivery: where messages go, what waits to be told, what was told, and how each message fared."""

import sqlalchemy as sa
from alembic import op

revision = "20261124_delivery"
down_revision = "20261123_alerts_and_judgement"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _channel()
    _outbox()
    _word()
    _delivery()


def _channel() -> None:
    op.create_table(
        "channel",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("secrets", sa.JSON(), nullable=False),
        sa.Column("filters", sa.JSON(), nullable=False),
        sa.Column("quiet", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("disabled_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "topic", "n", name=op.f("pk_outbox")),
    )
    op.create_index("ix_outbox_due_at", "outbox", ["due_at"], unique=False)


def _word() -> None:
    op.create_table(
        "word",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "channel_id", "topic", name=op.f("pk_word")),
    )


def _delivery() -> None:
    op.create_table(
        "delivery",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("delivery_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("topic", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), nullable=False),
        sa.Column("event", sa.String(length=32), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=True),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("due_at", sa.Double(), nullable=False),
        sa.Column("created_at", sa.Double(), nullable=False),
        sa.Column("finished_at", sa.Double(), nullable=True),
        sa.Column("status", sa.Integer(), nullable=True),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("took_s", sa.Double(), nullable=True),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "delivery_id", name=op.f("pk_delivery")),
    )
    op.create_index("ix_delivery_delivery_id", "delivery", ["delivery_id"], unique=False)
    op.create_index("ix_delivery_due", "delivery", ["state", "due_at"], unique=False)
    op.create_index("ix_delivery_channel", "delivery", ["channel_id", "created_at", "delivery_id"], unique=False)


def downgrade() -> None:
    for table in ("delivery", "word", "outbox", "channel"):
        op.drop_table(table)
