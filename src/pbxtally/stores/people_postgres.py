"""What is specific to PostgreSQL: connections, the lock of writers, and how its errors are told apart.

Writers go one after another, as with SQLite: each takes an advisory lock of the database when it begins. Readers see a
snapshot from when they began.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import URL
from sqlalchemy.exc import DBAPIError, IntegrityError

from pbxtally.errors import FolderError

WRITERS_LOCK = 0x7062_7874_616C_6C79
"""The number of the lock; any that no other program uses in our database would do. In ASCII it reads "pbxtally"."""

CONNECT_SECONDS = 10

_LOCK_NOT_AVAILABLE = "55P03"


def postgres_engine(address: URL, patience_seconds: float | None) -> Engine:
    """Connections to a server; one that broke, because the server was restarted, is replaced before it is used.

    `patience_seconds`: how long a writer waits for another; None: as long as it takes.
    """
    try:
        from pbxtally.stores.postgres_patience import BusyPool, PatientConnection

        waits = {"connect_timeout": CONNECT_SECONDS}
        engine = create_engine(address, poolclass=BusyPool, pool_pre_ping=True, connect_args=waits)
    except ModuleNotFoundError:
        raise FolderError("PostgreSQL needs the package psycopg - install pbxtally with its extra postgres") from None
    if patience_seconds is not None:

        @event.listens_for(engine, "do_connect")
        def connect(_dialect: object, _record: object, words: Any, named: Any) -> PatientConnection:
            return PatientConnection.connect(*words, **named)

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        options = connection.get_execution_options()
        if not options.get("writes"):
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
            return
        if patience_seconds is not None:
            connection.exec_driver_sql(f"SET LOCAL lock_timeout = {round(patience_seconds * 1000)}")
        connection.exec_driver_sql(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})")  # until the transaction ends

    return engine


def waited_too_long(error: DBAPIError) -> bool:
    """Whether a writer waited too long for another."""
    return getattr(error.orig, "sqlstate", None) == _LOCK_NOT_AVAILABLE


def broken_reference(connection: Connection) -> str | None:
    """A table with a broken reference; None if there is none. Deferred constraints are checked now."""
    try:
        connection.execute(text("SET CONSTRAINTS ALL IMMEDIATE"))
    except IntegrityError as error:
        return str(getattr(getattr(error.orig, "diag", None), "table_name", "?"))
    return None
