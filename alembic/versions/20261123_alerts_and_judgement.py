"""Alerts and judgement: what was found in a run, how far it is judged, and the rules as changed here."""

import sqlalchemy as sa
from alembic import op

revision = "20261123_alerts_and_judgement"
down_revision = "20261123_first_tables"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _alert()
    _judgement()
    _rule()
    _transition()


def _alert() -> None:
    op.create_table(
        "alert",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("parent", sa.Text(), nullable=True),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("opened_step", sa.BigInteger(), nullable=False),
        sa.Column("opened_at", sa.Double(), nullable=False),
        sa.Column("last_step", sa.BigInteger(), nullable=False),
        sa.Column("resolved_step", sa.BigInteger(), nullable=True),
        sa.Column("resolved_at", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("finding", sa.JSON(), nullable=False),
        sa.Column("acknowledged", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("silenced_until", sa.JSON(none_as_null=True), nullable=True),
        sa.PrimaryKeyConstraint("run_id", "alert_id", name=op.f("pk_alert")),
    )
    op.create_index("ix_alert_alert_id", "alert", ["alert_id"], unique=False)
    op.create_index("ix_alert_opened_at", "alert", ["opened_at", "alert_id"], unique=False)
    op.create_index("ix_alert_state", "alert", ["state", "opened_at", "alert_id"], unique=False)


def _judgement() -> None:
    op.create_table(
        "judgement",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("through_step", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("health", sa.JSON(), nullable=False),
        sa.Column("checks", sa.JSON(), nullable=False),
        sa.Column("rules_version", sa.Text(), nullable=False),
        sa.Column("state", sa.LargeBinary(), nullable=False),
        sa.Column("saved_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", name=op.f("pk_judgement")),
    )


def _rule() -> None:
    op.create_table(
        "rule",
        sa.Column("id", sa.Text(), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("definition", sa.JSON(), nullable=False),
        sa.Column("enabled", sa.Boolean(), nullable=False),
        sa.Column("scope", sa.JSON(), nullable=False),
        sa.Column("updated_at", sa.Double(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rule")),
    )


def _transition() -> None:
    op.create_table(
        "transition",
        sa.Column("run_id", sa.String(length=64), nullable=False),
        sa.Column("alert_id", sa.Text(), nullable=False),
        sa.Column("n", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "alert_id", "n", name=op.f("pk_transition")),
    )


def downgrade() -> None:
    op.drop_table("transition")
    op.drop_table("rule")
    op.drop_table("judgement")
    op.drop_index("ix_alert_state", table_name="alert")
    op.drop_index("ix_alert_opened_at", table_name="alert")
    op.drop_index("ix_alert_alert_id", table_name="alert")
    op.drop_table("alert")
