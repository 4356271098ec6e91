"""User names in place of e-mail addresses."""

import sqlalchemy as sa
from alembic import op

revision = "0007_sms"
down_revision = "0006_intake_key"


def upgrade() -> None:
    """Add the column; what everybody signs in with was an e-mail address."""
    op.add_column("employee", sa.Column("no_email", sa.Boolean, nullable=False, server_default=sa.false()))
