"""Customers' working hours, and whose holidays they keep."""

import sqlalchemy as sa
from alembic import op

revision = "0010_hours"
down_revision = "0009_pbx"


def upgrade() -> None:
    """Add the columns; everybody works the usual hours until they say otherwise."""
    op.add_column("customer", sa.Column("working_hours", sa.JSON(none_as_null=True)))
    op.add_column("customer", sa.Column("holidays", sa.String(8)))
