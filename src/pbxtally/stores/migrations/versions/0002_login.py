"""Passwords, authenticators, sessions, links to reset a password, failed attempts, and the audit."""

import sqlalchemy as sa
from alembic import op

revision = "0002_login"
down_revision = "0001_people"


def upgrade() -> None:
    """Make the tables of signing in; every token there is was made for a machine."""
    op.add_column(
        "customer", sa.Column("authentication_security", sa.String(16), nullable=False, server_default="NONE")
    )
    op.add_column("employee", sa.Column("ip_restriction", sa.String(1024)))
    with op.batch_alter_table("token") as token:
        token.add_column(sa.Column("kind", sa.String(8), nullable=False, server_default="MACHINE"))
        token.add_column(sa.Column("slides_ms", sa.BigInteger))
        token.add_column(sa.Column("made_by", sa.String(24)))
        token.create_foreign_key(
            "fk_token_made_by", "employee", ["made_by"], ["id"], deferrable=True, initially="DEFERRED"
        )
    op.create_table(
        "password",
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("hash", sa.String(256), nullable=False),
        sa.Column("set_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("employee", name="pk_password"),
        _refers("password", "employee", "employee"),
    )
    op.create_table(
        "authenticator",
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("secret", sa.String(64), nullable=False),
        sa.Column("confirmed_ms", sa.BigInteger),
        sa.Column("last_step", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("employee", name="pk_authenticator"),
        _refers("authenticator", "employee", "employee"),
    )
    op.create_table(
        "recovery_code",
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("used_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("employee", "hash", name="pk_recovery_code"),
        _refers("recovery_code", "employee", "employee"),
    )
    op.create_table(
        "reset_link",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("employee", sa.String(24), nullable=False),
        sa.Column("made_ms", sa.BigInteger, nullable=False),
        sa.Column("expires_ms", sa.BigInteger, nullable=False),
        sa.Column("used_ms", sa.BigInteger),
        sa.PrimaryKeyConstraint("hash", name="pk_reset_link"),
        _refers("reset_link", "employee", "employee"),
    )
    op.create_index("ix_reset_link_employee", "reset_link", ["employee"])
    op.create_table(
        "attempt",
        sa.Column("who", sa.String(80), nullable=False),
        sa.Column("failures", sa.BigInteger, nullable=False),
        sa.Column("last_ms", sa.BigInteger, nullable=False),
        sa.PrimaryKeyConstraint("who", name="pk_attempt"),
    )
    _make_audit()


def _make_audit() -> None:
    """The audit can only grow: the database itself refuses to change or delete a line."""
    op.create_table(
        "audit",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer, "sqlite"), nullable=False),
        sa.Column("at_ms", sa.BigInteger, nullable=False),
        sa.Column("customer", sa.String(24), nullable=False),
        sa.Column("actor", sa.String(24)),
        sa.Column("action", sa.String(32), nullable=False),
        sa.Column("subject", sa.String(24)),
        sa.Column("detail", sa.String(256)),
        sa.Column("address", sa.String(64)),
        sa.PrimaryKeyConstraint("id", name="pk_audit"),
        _refers("audit", "customer", "customer"),
        _refers("audit", "actor", "employee"),
    )
    op.create_index("ix_audit_customer_id", "audit", ["customer", "id"])
    if op.get_bind().dialect.name == "sqlite":
        for change in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER audit_no_{change.lower()} BEFORE {change} ON audit"
                " BEGIN SELECT RAISE(ABORT, 'the audit can only grow'); END"
            )
    else:
        op.execute(
            "CREATE FUNCTION refuse_audit_change() RETURNS trigger LANGUAGE plpgsql AS"
            " $$ BEGIN RAISE EXCEPTION 'the audit can only grow'; END $$"
        )
        op.execute(
            "CREATE TRIGGER audit_only_grows BEFORE UPDATE OR DELETE OR TRUNCATE ON audit"
            " FOR EACH STATEMENT EXECUTE FUNCTION refuse_audit_change()"
        )


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    name = f"fk_{table}_{column}"
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, deferrable=True, initially="DEFERRED")
