"""Links for screens say whose wallboard they open."""

import sqlalchemy as sa
from alembic import op

revision = "0012_board"
down_revision = "0011_saved_view"


def upgrade() -> None:
    """Add the column; until now a link opened the board of its maker's customer."""
    op.add_column("token", sa.Column("board_of", sa.String(24)))
