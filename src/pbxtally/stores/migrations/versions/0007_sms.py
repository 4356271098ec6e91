"""User names in place of e-mail addresses, and codes by SMS."""

import sqlalchemy as sa
from alembic import op

revision = "0007_sms"
down_revision = "0006_intake_key"


def upgrade() -> None:
    """Add the columns and the table; what everybody signs in with was an e-mail address, and a password was enough."""
    op.add_column("employee", sa.Column("no_email", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("employee", sa.Column("sms_validation", sa.Boolean, nullable=False, server_default=sa.false()))
    op.add_column("employee", sa.Column("sms_number", sa.String(64)))
    op.create_table(
        "sms_code",
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("hash", sa.String(256), nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("tries", sa.Integer, nullable=False),
        sa.PrimaryKeyConstraint("employee", name="pk_sms_code"),
        sa.ForeignKeyConstraint(
            ["employee"], ["employee.id"], name="fk_sms_code_employee", deferrable=True, initially="DEFERRED"
        ),
    )
