"""Open the database of people: its connections, its lock, its backup, its migrations.

The one place that knows which database it is. SQLite: WAL, every commit synced to disk, foreign keys checked, a
ten-second timeout for other processes' locks. PostgreSQL: as its server is configured, with the same timeout. A writing
transaction takes its lock when it begins, so that nothing it has read changes before it writes.
"""

from __future__ import annotations

import fcntl
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import Connection, Engine, create_engine, event, inspect, text
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from pbxtally.errors import BusyError, FolderError
from pbxtally.stores.people_postgres import broken_reference, postgres_engine, waited_too_long

MIGRATIONS = Path(__file__).parent / "migrations"
PATIENCE_SECONDS = 10
FORMS = "sqlite:///FOLDER/people.db or postgresql+psycopg://USER:PASSWORD@HOST/DATABASE"

log = structlog.get_logger("pbxtally.stores")


def sqlite_url(path: Path) -> str:
    """The URL of a file, whatever characters its name has."""
    return URL.create("sqlite", database=str(path)).render_as_string()


def open_database(url: str) -> Engine:
    """Connect, after bringing the tables up to date; several processes may do so at once, even on a new database."""
    address = _address(url)
    try:
        if address.get_backend_name() == "sqlite":
            engine = _open_sqlite(address, Path(address.database or ""))
        else:
            engine = _open_postgres(address)
    except (DatabaseError, sqlite3.Error, OSError) as error:
        raise FolderError(f"Cannot use {_name(address)}: {_said(error)}") from error
    event.listen(engine, "handle_error", _tell_what_passes)
    return engine


@contextmanager
def writing(engine: Engine) -> Iterator[Connection]:
    """One transaction, exclusive among writers: all of it is kept, or nothing; raises BusyError."""
    with engine.connect().execution_options(writes=True) as connection, connection.begin():
        yield connection


def _tell_what_passes(context: ExceptionContext) -> BusyError | None:
    """Turn transient errors - another writer, a server that is gone, a full disk - into BusyError, wherever they occur.

    SQLite uses the same class for a statement that it does not understand; that is our own fault, and stays an error.
    """
    error = context.sqlalchemy_exception
    if context.is_pre_ping:  # a connection that broke meanwhile is replaced
        return None
    if not isinstance(error, OperationalError) or _sqlite_code(error) == sqlite3.SQLITE_ERROR:
        return None
    if _sqlite_code(error) == sqlite3.SQLITE_BUSY or waited_too_long(error):
        return BusyError("Another program is changing the people; try again in a moment")
    log.error("the people cannot be reached", error=_said(error))
    return BusyError("The people database cannot be reached now - try again later")


def _sqlite_code(error: OperationalError) -> int | None:
    """SQLite's primary error code; None if the error is not SQLite's."""
    code = getattr(error.orig, "sqlite_errorcode", None)
    return None if code is None else code & 0xFF


def _said(error: Exception) -> str:
    return " ".join(str(getattr(error, "orig", None) or error).split())


def flaws(engine: Engine) -> list[str]:
    """What is damaged, one sentence each: pages of SQLite's file, references between tables."""
    with engine.connect() as connection:
        found = []
        if engine.dialect.name == "sqlite":
            rows = connection.exec_driver_sql("PRAGMA integrity_check(10)").all()
            found = [str(row[0]) for row in rows if row[0] != "ok"]
        broken = None if found else _broken_reference(connection)
    return found if broken is None else [f"a reference of table {broken} leads nowhere"]


def _address(url: str) -> URL:
    try:
        address = make_url(url)
    except ArgumentError:
        raise FolderError(f"Invalid database address - use {FORMS}") from None
    kind = address.drivername.partition("+")[0]
    is_ours = address.drivername == "postgresql+psycopg" or kind == "sqlite"
    if not is_ours or address.database in (None, "", ":memory:"):
        raise FolderError(f"Unknown kind of database - use {FORMS}")
    return address


def _name(address: URL) -> str:
    """What people call a database; never with its password."""
    return address.database or "" if address.get_backend_name() == "sqlite" else address.render_as_string()


def _open_sqlite(address: URL, path: Path) -> Engine:
    path.parent.mkdir(parents=True, exist_ok=True)
    with _only_one(path.with_name(f"{path.name}.lock")):
        _bring_file_up_to_date(address, path)
    return _engine(address, checks_references=True)


def _open_postgres(address: URL) -> Engine:
    engine = postgres_engine(address, PATIENCE_SECONDS)
    try:
        with engine.connect() as connection:
            found = _revision(connection)
        if found != max(_revisions()):
            _bring_server_up_to_date(address)
    except BaseException:
        engine.dispose()
        raise
    return engine


def _bring_server_up_to_date(address: URL) -> None:
    """Migrate in one transaction, after anybody already doing so. No backup is made: that is the operator's job."""
    engine = postgres_engine(address, None)
    try:
        with writing(engine) as connection:
            found = _revision(connection)
            if found is not None:
                _refuse_newer(found, _name(address))
            _migrate(connection)
    finally:
        engine.dispose()


def _engine(address: URL, *, checks_references: bool) -> Engine:
    engine = create_engine(address, connect_args={"timeout": PATIENCE_SECONDS})

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # transactions begin where we say so, below
        connection.create_function("lower", 1, _lower, deterministic=True)
        connection.execute("PRAGMA synchronous=FULL")
        connection.execute(f"PRAGMA foreign_keys={'ON' if checks_references else 'OFF'}")

    @event.listens_for(engine, "begin")
    def begin(connection: Connection) -> None:
        writes = connection.get_execution_options().get("writes")
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def _lower(text: str | None) -> str | None:
    """`lower` for all letters; SQLite's own knows only ASCII."""
    return None if text is None else text.lower()


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Wait until no other process holds the lock; the system releases it even if we are killed."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def _bring_file_up_to_date(address: URL, path: Path) -> None:
    with closing(sqlite3.connect(path, timeout=PATIENCE_SECONDS)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
    # Tables are rebuilt here, so references are checked once, at the end.
    engine = _engine(address, checks_references=False)
    try:
        with engine.connect() as connection:
            found = _revision(connection)
        if found == max(_revisions()):
            return
        if found is not None:
            _refuse_newer(found, str(path))
            _back_up(path, found)
        with writing(engine) as connection:
            _migrate(connection)
        if found is not None:
            log.info("a new version brought its tables along", file=path.name, copy=_copy_of(path, found).name)
    finally:
        engine.dispose()


def _revisions() -> list[str]:
    """The revisions we know; each has the name of its file."""
    return [script.stem for script in MIGRATIONS.glob("versions/[0-9]*.py")]


def _revision(connection: Connection) -> str | None:
    """The revision of the tables; None if there are none."""
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _refuse_newer(found: str, name: str) -> None:
    if found not in _revisions():
        raise FolderError(f"{name} was written by a newer pbxtally ({found}); use that one")


def _back_up(path: Path, revision: str) -> None:
    """Copy the database as it is, beside itself, under the name of its revision; atomically."""
    unfinished = path.with_name(f"{path.name}.bak.part")
    with closing(sqlite3.connect(path)) as source, closing(sqlite3.connect(unfinished)) as target:
        source.backup(target)
    unfinished.replace(_copy_of(path, revision))


def _copy_of(path: Path, revision: str) -> Path:
    return path.with_name(f"{path.name}.{revision}.bak")


def _migrate(connection: Connection) -> None:
    from alembic import command  # 0.1 s to import, and rarely needed
    from alembic.config import Config

    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    command.upgrade(config, "head")
    broken = _broken_reference(connection)
    if broken is not None:
        raise FolderError(f"A migration would have broken references of table {broken}; nothing was changed")


def _broken_reference(connection: Connection) -> str | None:
    if connection.dialect.name != "sqlite":
        return broken_reference(connection)
    broken = connection.execute(text("PRAGMA foreign_key_check")).first()
    return None if broken is None else str(broken[0])
