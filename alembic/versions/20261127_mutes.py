"""Mutes: rules that are told to nobody in the runs of a project."""

import sqlalchemy as sa
from alembic import op

revision = "20261127_mutes"
down_revision = "20261124_delivery"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "mute",
        sa.Column("rule", sa.Text(), nullable=False),
        sa.Column("project", sa.Text(), nullable=False),
        sa.Column("by", sa.Text(), nullable=True),
        sa.Column("at", sa.Double(), nullable=False),
        sa.Column("until", sa.Double(), nullable=True),
        sa.PrimaryKeyConstraint("rule", "project", name=op.f("pk_mute")),
    )


def downgrade() -> None:
    op.drop_table("mute")
