"""What all tables share: one catalogue, its way of naming, and the key that comes first."""

from sqlalchemy import Column, MetaData, String

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(column_0_label)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def run_key() -> Column[str]:
    return Column("run_id", String(64), primary_key=True)
