"""The tables of people, tokens and source settings; plain columns that SQLite and PostgreSQL both keep.

Ids are 24 hex digits, times UTC milliseconds. A fresh database gets these tables from `migrations/`; a test holds the
two together. References are checked at the end of a transaction, so that an import may write its rows in any order.
"""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, ForeignKey, Index, MetaData, String, Table

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
)
