"""Who was deleted leaves nothing that opens anything later."""

from alembic import op

revision = "0013_deleted"
down_revision = "0012_board"

DELETED = "(SELECT id FROM employee WHERE state = 'DELETED')"


def upgrade() -> None:
    """Take away what those have who were deleted before it was so."""
    for table in ("password", "reset_link", "authenticator", "recovery_code", "sms_code", "token"):
        op.execute(f"DELETE FROM {table} WHERE employee IN {DELETED}")
    op.execute(f"DELETE FROM token WHERE made_by IN {DELETED}")
