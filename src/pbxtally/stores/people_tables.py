"""The tables of people, tokens and source settings, in plain columns that both SQLite and PostgreSQL have.

Ids are 24 hex digits, times UTC milliseconds. A new database gets these tables from `migrations/`; a test keeps the two
in step. References are checked at the end of a transaction, so that an import may write its rows in any order.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    false,
)

TABLES = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def _refers_to(table: str) -> ForeignKey:
    return ForeignKey(f"{table}.id", deferrable=True, initially="DEFERRED")


CUSTOMER = Table(
    "customer",
    TABLES,
    Column("id", String(24), primary_key=True),
    Column("name", String(256), nullable=False),
    Column("parent_reseller", String(24), _refers_to("customer")),
    Column("is_reseller", Boolean, nullable=False),
    Column("timezone", String(64)),
    Column("language", String(16)),
    Column("authentication_security", String(16), nullable=False, server_default="NONE"),
    Column("state", String(16), nullable=False, server_default="ACTIVE"),
    Column("phone_number", String(64)),
    Column("email_address", String(256)),
    Column("website", String(256)),
    Column("notes", String(4096)),
    Column("working_hours", JSON(none_as_null=True)),
    Column("holidays", String(8)),
)

EMPLOYEE = Table(
    "employee",
    TABLES,
    Column("id", String(24), primary_key=True),
    Column("customer", String(24), _refers_to("customer"), nullable=False),
    Column("name", String(256), nullable=False),
    Column("access_level", String(16), nullable=False),
    Column("state", String(16), nullable=False),
    Column("email_address", String(256)),
    Column("department", String(256)),
    Column("ip_restriction", String(1024)),
    Column("title", String(256)),
    Column("language", String(16)),
    Column("no_email", Boolean, nullable=False, server_default=false()),
    Column("sms_validation", Boolean, nullable=False, server_default=false()),
    Column("sms_number", String(64)),
    Column("organization_resellers", Text, nullable=False, server_default=""),
    Index(None, "customer"),
)

EXTENSION = Table(
    "extension",
    TABLES,
    Column("id", String(24), primary_key=True),
    Column("customer", String(24), _refers_to("customer"), nullable=False),
    Column("number", String(64), nullable=False),
    Column("name", String(256)),
    Index(None, "customer"),
)

ASSIGNMENT = Table(
    "assignment",
    TABLES,
    Column("extension", String(24), _refers_to("extension"), primary_key=True),
    Column("since_ms", BigInteger, primary_key=True),
    Column("until_ms", BigInteger, nullable=False),
    Column("customer", String(24), _refers_to("customer"), nullable=False),
    Column("number", String(64), nullable=False),
    Column("employee", String(24), _refers_to("employee")),
    Index(None, "customer", "since_ms"),
)

TOKEN = Table(
    "token",
    TABLES,
    Column("hash", String(64), primary_key=True),
    Column("employee", String(24), _refers_to("employee"), nullable=False),
    Column("prefix", String(16), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger),
    Column("revoked_ms", BigInteger),
    Column("ip_range", String(1024)),
    Column("kind", String(8), nullable=False, server_default="MACHINE"),
    Column("slides_ms", BigInteger),
    Column("made_by", String(24), _refers_to("employee")),
    Column("counts_as", String(24)),
    Column("board_of", String(24)),
    Index(None, "employee"),
)

SOURCE_SETTING = Table(
    "source_setting",
    TABLES,
    Column("customer", String(24), _refers_to("customer"), primary_key=True),
    Column("source", String(64), primary_key=True),
    Column("timezone", String(64)),
    Column("trunks", JSON, nullable=False),
    Column("extensions", String(1024)),
    Column("layout", Text),
)

INTAKE_KEY = Table(
    "intake_key",
    TABLES,
    Column("hash", String(64), primary_key=True),
    Column("prefix", String(16), nullable=False),
    Column("customer", String(24), _refers_to("customer")),
    Column("source", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("revoked_ms", BigInteger),
    Column("ip_range", String(1024)),
    Column("pbx", String(64)),
    Index(None, "customer"),
)

PBX = Table(
    "pbx",
    TABLES,
    Column("name", String(64), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("word", String(64), nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Column("timezone", String(64)),
    Column("trunks", JSON, nullable=False),
    Column("extensions", String(1024)),
    Column("layout", Text),
)

TENANT = Table(
    "tenant",
    TABLES,
    Column("pbx", String(64), primary_key=True),
    Column("word", String(256), primary_key=True),
    Column("customer", String(24), _refers_to("customer"), nullable=False),
)

PASSWORD = Table(
    "password",
    TABLES,
    Column("employee", String(24), _refers_to("employee"), primary_key=True),
    Column("hash", String(256), nullable=False),
    Column("set_ms", BigInteger, nullable=False),
)

AUTHENTICATOR = Table(
    "authenticator",
    TABLES,
    Column("employee", String(24), _refers_to("employee"), primary_key=True),
    Column("secret", String(64), nullable=False),
    Column("confirmed_ms", BigInteger),
    Column("last_step", BigInteger, nullable=False),
)

RECOVERY_CODE = Table(
    "recovery_code",
    TABLES,
    Column("employee", String(24), _refers_to("employee"), primary_key=True),
    Column("hash", String(64), primary_key=True),
    Column("used_ms", BigInteger),
)

SMS_CODE = Table(
    "sms_code",
    TABLES,
    Column("employee", String(24), _refers_to("employee"), primary_key=True),
    Column("hash", String(256), nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("tries", Integer, nullable=False),
)

RESET_LINK = Table(
    "reset_link",
    TABLES,
    Column("hash", String(64), primary_key=True),
    Column("employee", String(24), _refers_to("employee"), nullable=False),
    Column("made_ms", BigInteger, nullable=False),
    Column("expires_ms", BigInteger, nullable=False),
    Column("used_ms", BigInteger),
    Index(None, "employee"),
)

ATTEMPT = Table(
    "attempt",
    TABLES,
    Column("who", String(80), primary_key=True),
    Column("failures", BigInteger, nullable=False),
    Column("last_ms", BigInteger, nullable=False),
)

CHANGED_NUMBER = Table(
    "changed_number",
    TABLES,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("customer", String(24), _refers_to("customer"), nullable=False),
    Column("number", String(64), nullable=False),
    sqlite_autoincrement=True,
)

AUDIT = Table(
    "audit",
    TABLES,
    Column("id", BigInteger().with_variant(Integer, "sqlite"), primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("customer", String(24), _refers_to("customer"), nullable=False),
    Column("actor", String(24), _refers_to("employee")),
    Column("action", String(32), nullable=False),
    Column("subject", String(24)),
    Column("detail", String(256)),
    Column("address", String(64)),
    Index(None, "customer", "id"),
)

SAVED_VIEW = Table(
    "saved_view",
    TABLES,
    Column("id", String(24), primary_key=True),
    Column("employee", String(24), _refers_to("employee"), nullable=False),
    Column("name", String(256), nullable=False),
    Column("address", Text, nullable=False),
    Column("created_ms", BigInteger, nullable=False),
    Index(None, "employee"),
)
