"""Customers, employees, extensions and who held them, tokens, source settings."""

import sqlalchemy as sa
from alembic import op

revision = "0001_people"
down_revision = None


def upgrade() -> None:
    """Make the first tables."""
    op.create_table(
        "customer",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("parent_reseller", sa.String(24)),
        sa.Column("is_reseller", sa.Boolean, nullable=False),
        sa.Column("timezone", sa.String(64)),
        sa.Column("language", sa.String(16)),
        sa.PrimaryKeyConstraint("id", name="pk_customer"),
        _refers("customer", "parent_reseller", "customer"),
    )
    op.create_table(
        "employee",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("name", sa.String(256), nullable=False),
        sa.Column("access_level", sa.String(16), nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("email_address", sa.String(256)),
        sa.Column("department", sa.String(256)),
        sa.PrimaryKeyConstraint("id", name="pk_employee"),
        _refers("employee", "customer", "customer"),
    )
    op.create_index("ix_employee_customer", "employee", ["customer"])
    op.create_table(
        "extension",
        sa.Column("id", sa.String(24), nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("name", sa.String(256)),
        sa.PrimaryKeyConstraint("id", name="pk_extension"),
        _refers("extension", "customer", "customer"),
    )
    op.create_index("ix_extension_customer", "extension", ["customer"])
    op.create_table(
        "assignment",
        sa.Column("extension", sa.String(24), nullable=False),
        sa.Column("since_ms", sa.BigInteger, nullable=False),
        sa.Column("until_ms", sa.BigInteger, nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("number", sa.String(64), nullable=False),
        sa.Column("employee", sa.String(24)),
        sa.PrimaryKeyConstraint("extension", "since_ms", name="pk_assignment"),
        _refers("assignment", "extension", "extension"),
        _refers("assignment", "customer", "customer"),
        _refers("assignment", "employee", "employee"),
    )
    op.create_index("ix_assignment_customer_since_ms", "assignment", ["customer", "since_ms"])
    op.create_table(
        "token",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("prefix", sa.String(16), nullable=False),
        sa.Column("created_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger),
        sa.Column("revoked_ms", sa.BigInteger),
        sa.Column("ip_range", sa.String(1024)),
        sa.PrimaryKeyConstraint("hash", name="pk_token"),
        _refers("token", "employee", "employee"),
    )
    op.create_index("ix_token_employee", "token", ["employee"])
    op.create_table(
        "source_setting",
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("source", sa.String(64), nullable=False),
        sa.Column("timezone", sa.String(64)),
        sa.Column("trunks", sa.JSON, nullable=False),
        sa.Column("extensions", sa.String(1024)),
        sa.PrimaryKeyConstraint("customer", "source", name="pk_source_setting"),
        _refers("source_setting", "customer", "customer"),
    )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, deferrable=True, initially="DEFERRED")
