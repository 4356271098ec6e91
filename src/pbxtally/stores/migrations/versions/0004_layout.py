"""What a source's records do not say of their own layout."""

import sqlalchemy as sa
from alembic import op

revision = "0004_layout"
down_revision = "0003_directory"


def upgrade() -> None:
    """Add the column; no source needed it so far."""
    op.add_column("source_setting", sa.Column("layout", sa.Text))
