"""Employees who may count as several resellers, and sessions in which they do."""

import sqlalchemy as sa
from alembic import op

revision = "0008_organization"
down_revision = "0007_sms"


def upgrade() -> None:
    """Add the columns; nobody counted as anybody else."""
    op.add_column("employee", sa.Column("organization_resellers", sa.Text, nullable=False, server_default=""))
    op.add_column("token", sa.Column("counts_as", sa.String(24)))
