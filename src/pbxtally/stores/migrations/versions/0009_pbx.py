"""Hosted switches, the words that name their customers, and keys that deliver for all of them."""

import sqlalchemy as sa
from alembic import op

revision = "0009_pbx"
down_revision = "0008_organization"


def upgrade() -> None:
    """Add the tables; a key is a customer's or a switch's."""
    op.create_table(
        "pbx",
        sa.Column("name", sa.String(64), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("word", sa.String(64), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("timezone", sa.String(64)),
        sa.Column("trunks", sa.JSON, nullable=False),
        sa.Column("extensions", sa.String(1024)),
        sa.Column("layout", sa.Text),
        sa.PrimaryKeyConstraint("name", name="pk_pbx"),
    )
    op.create_table(
        "tenant",
        sa.Column("pbx", sa.String(64), nullable=False),
        sa.Column("word", sa.String(256), nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.PrimaryKeyConstraint("pbx", "word", name="pk_tenant"),
        sa.ForeignKeyConstraint(
            ["customer"], ["customer.id"], name="fk_tenant_customer", deferrable=True, initially="DEFERRED"
        ),
    )
    with op.batch_alter_table("intake_key") as keys:
        keys.alter_column("customer", existing_type=sa.String(24), nullable=True)
        keys.add_column(sa.Column("pbx", sa.String(64)))
