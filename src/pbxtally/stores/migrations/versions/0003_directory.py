"""What more is known of customers and employees: state, title, language, how to reach them."""

import sqlalchemy as sa
from alembic import op

revision = "0003_directory"
down_revision = "0002_login"


def upgrade() -> None:
    """Add the columns; every customer there is was active."""
    op.add_column("customer", sa.Column("state", sa.String(16), nullable=False, server_default="ACTIVE"))
    op.add_column("customer", sa.Column("phone_number", sa.String(64)))
    op.add_column("customer", sa.Column("email_address", sa.String(256)))
    op.add_column("customer", sa.Column("website", sa.String(256)))
    op.add_column("customer", sa.Column("notes", sa.String(4096)))
    op.add_column("employee", sa.Column("title", sa.String(256)))
    op.add_column("employee", sa.Column("language", sa.String(16)))
