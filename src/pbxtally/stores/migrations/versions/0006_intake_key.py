"""Keys that a PBX delivers with."""

import sqlalchemy as sa
from alembic import op

revision = "0006_intake_key"
down_revision = "0005_people_more"


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "intake_key",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.Column("ip_range", sa.String(1024)),
        sa.PrimaryKeyConstraint("hash", name="pk_intake_key"),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name="fk_intake_key_customer", deferrable=True, initially="DEFERRED"
        ),
    )
    op.create_index("ix_intake_key_customer", "intake_key", ["customer"])
