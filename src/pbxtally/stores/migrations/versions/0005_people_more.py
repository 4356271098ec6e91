"""Numbers that entered or left a directory, noted until the calls that carry them are derived again."""

import sqlalchemy as sa
from alembic import op

revision = "0005_people_more"
down_revision = "0004_layout"


def upgrade() -> None:
    """Add the table; a note's own number is never given again."""
    op.create_table(
        "changed_number",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_changed_number"),
        sa.ForeignKeyConstraint(
            ["customer"],
            ["customer.id"],
            name="fk_changed_number_customer",
            deferrable=True,
            initially="DEFERRED",
        ),
        sqlite_autoincrement=True,
    )
