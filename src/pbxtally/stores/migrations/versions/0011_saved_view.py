"""Views that employees saved under a name."""

import sqlalchemy as sa
from alembic import op

revision = "0011_saved_view"
down_revision = "0010_hours"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "saved_view",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("address", sa.Text, nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.ForeignKeyConstraint(
            ["employee"], ["employee.id"], name="fk_saved_view_employee", deferrable=True, initially="DEFERRED"
        ),
    )
    op.create_index("ix_saved_view_employee", "saved_view", ["employee"])
