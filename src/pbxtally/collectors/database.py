"""A database that a collector reads: its address, a connection that cannot write, rows as JSON."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from pbxtally.collectors import CollectorError
from pbxtally.collectors.sql_tables import Kind, Order, SqlTable
from pbxtally.records import json_line

DRIVERS = {
    "postgresql": "postgresql+psycopg",
    "postgres": "postgresql+psycopg",
    "mysql": "mysql+pymysql",
    "mariadb": "mariadb+pymysql",
    "sqlite": "sqlite",
}
"""From the word before `://` to the driver for such a database."""

EXTRAS = {"psycopg": "postgres", "pymysql": "mysql"}

_SIGNS = "in the password @ is written %40, : %3A, / %2F, ? %3F, # %23, % %25"

_HINTS = {"unable to open database file": "; a path from / has four slashes, as in sqlite:////PATH"}
"""What to do about it, added to what SQLite says."""

PATIENCE_SECONDS = 10
STATEMENT_SECONDS = 120

_SETTLE_IN = {
    "postgresql": (
        "SET default_transaction_read_only = on",
        f"SET statement_timeout = '{STATEMENT_SECONDS}s'",
    ),
    "mysql": ("SET SESSION TRANSACTION READ ONLY",),
    "mariadb": ("SET SESSION TRANSACTION READ ONLY",),
    "sqlite": ("PRAGMA query_only = on",),
}


class Row(NamedTuple):
    """A row: its value in the column that orders the table, and all of it as a line of JSON."""

    at: str | float
    record: bytes


def address_of(dsn: str) -> URL:
    """The database's address; ValueError says what is wrong with it, without the password."""
    try:
        url = make_url(dsn)
    except (ArgumentError, ValueError):  # a character of the password was taken for the port's
        raise ValueError(f"not an address such as mysql://USER:PASSWORD@HOST/DATABASE; {_SIGNS}") from None
    if url.drivername not in DRIVERS:
        raise ValueError(f"no database that can be read begins with {url.drivername}:// - use {', '.join(DRIVERS)}")
    if "@" in (url.host or "") or (url.host and "@" in (url.database or "")):
        raise ValueError(f"an address has one @; {_SIGNS}")
    if not url.database:
        raise ValueError("the address names no database")
    return url.set(drivername=DRIVERS[url.drivername])


def shown(url: URL) -> str:
    """The address without its password."""
    plain = URL.create(url.drivername.partition("+")[0], url.username, None, url.host, url.port, url.database)
    return plain.render_as_string()


class Database:
    """A connection to a database. Every fault is a CollectorError; no statement can change anything."""

    def __init__(self, url: URL, table: SqlTable) -> None:
        self._where = shown(url)
        self._file = Path(url.database or "") if url.get_backend_name() == "sqlite" else None
        self._opened = _identity(self._file)
        try:
            self._engine = _engine(url)
            self._connection: Connection = self._engine.connect()
            names = {one["name"].lower(): one["name"] for one in inspect(self._connection).get_columns(table.name)}
        except ModuleNotFoundError as why:
            extra = EXTRAS.get(why.name or "", why.name)
            raise CollectorError(f"{why.name} is missing - install pbxtally with its extra {extra}") from None
        except NoSuchTableError:
            raise CollectorError(
                f"{self._where}: there is no table {table.name} that this user sees;"
                " one of another name can be had as a view"
            ) from None
        except SQLAlchemyError as why:
            raise self._fault(why) from None
        order = next((one for one in table.orders if one.column in names), None)
        if order is None:
            wanted = " or ".join(one.column for one in table.orders)
            raise CollectorError(f"{self._where}: {table.name} has no column {wanted} to be read in the order of")
        self.order: Order = order
        quote = self._engine.dialect.identifier_preparer.quote
        chosen = [quote(names[one]) for one in table.columns or names if one in names and one not in table.left_out]
        self._select = f"SELECT {', '.join(chosen)} FROM {quote(table.name)}"
        self._column = quote(names[order.column])

    def close(self) -> None:
        """Let go of the connection, even if its server already has."""
        with suppress(SQLAlchemyError):
            self._connection.close()
        self._engine.dispose()

    def is_replaced(self) -> bool:
        """Whether SQLite's file name now leads to another file: nobody writes to the opened one any more."""
        now = _identity(self._file)
        return now is not None and now != self._opened

    def rows(self, since: str | float | None, many: int) -> list[Row]:
        """The first rows from a value of the ordering column on, that value included, in order."""
        condition = "IS NOT NULL" if since is None else ">= :since"
        statement = f"{self._select} WHERE {self._column} {condition} ORDER BY {self._column} LIMIT :many"
        said = {"many": many} | ({} if since is None else {"since": _bound(since)})
        try:
            found = self._connection.execute(text(statement), said)
            names = [name.lower() for name in tuple(found.keys())]
            place = names.index(self.order.column)
            return [Row(self._value(row[place]), _record(names, row)) for row in found]
        except SQLAlchemyError as why:
            raise self._fault(why) from None

    def newest(self) -> str | float | None:
        """The greatest value of the ordering column; None: the table is empty."""
        table = self._select.partition(" FROM ")[2]
        try:
            found = self._connection.execute(text(f"SELECT max({self._column}) FROM {table}")).scalar()
        except SQLAlchemyError as why:
            raise self._fault(why) from None
        return None if found is None else self._value(found)

    def _value(self, given: Any) -> str | float:
        """A value to compare with and to write down: a time as text that sorts as times do, or a number."""
        return str(given) if self.order.kind is Kind.TIME else float(given)

    def _fault(self, why: SQLAlchemyError) -> CollectorError:
        told = why.orig if isinstance(why, DBAPIError) else why
        said = " ".join(str(told).split()) or type(told).__name__
        return CollectorError(f"{self._where}: {said}{_HINTS.get(said, '')}")


def _identity(file: Path | None) -> tuple[int, int] | None:
    """The device and inode of the file; None: there is none."""
    try:
        found = file.stat() if file else None
    except OSError:
        return None
    return found and (found.st_dev, found.st_ino)


def _engine(url: URL) -> Engine:
    name = url.get_backend_name()
    if name == "sqlite":
        file = f"{Path(url.database or '').absolute().as_uri()}?mode=ro"
        engine = create_engine(
            "sqlite://",
            poolclass=NullPool,
            creator=lambda: sqlite3.connect(file, uri=True, timeout=PATIENCE_SECONDS, check_same_thread=False),
        )
    else:
        waits = {"connect_timeout": PATIENCE_SECONDS}
        if name != "postgresql":
            waits |= {"read_timeout": STATEMENT_SECONDS}
        engine = create_engine(url, poolclass=NullPool, isolation_level="AUTOCOMMIT", connect_args=waits)

    @event.listens_for(engine, "connect")
    def settle_in(connection: Any, _: object) -> None:
        cursor = connection.cursor()
        for statement in _SETTLE_IN[name]:
            cursor.execute(statement)
        cursor.close()

    return engine


def _bound(value: str | float) -> str | float:
    """A whole number as an int, or an index of whole numbers would not be used."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _record(names: Sequence[str], row: Sequence[object]) -> bytes:
    return json_line({name: None if value is None else _text(value) for name, value in zip(names, row, strict=True)})


def _text(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    if isinstance(value, bytes | bytearray | memoryview):
        return bytes(value).decode("utf-8", "replace")
    return str(value)
