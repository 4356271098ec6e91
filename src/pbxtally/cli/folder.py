"""A data folder, opened: its settings, its people, and its calls, here or in the server that has them.

Only one process at a time may have the calls open. While a server runs on the folder, commands reach its store
through a socket in the folder that only the folder's owner may use.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import structlog

from pbxtally.cli.remote_store import RemoteStore, connect_to_store
from pbxtally.errors import FolderError, InvalidFieldError
from pbxtally.people import Customer, CustomerState
from pbxtally.settings import Settings, load_settings
from pbxtally.stores.duckdb_file import InUseError
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.people_database import sqlite_url
from pbxtally.stores.people_store import PeopleStore
from pbxtally.stores.watched_store import StoreObserver, WatchedStore

PATIENCE_SECONDS = 20.0
"""How long a command waits for another one that has the calls open."""

AGAIN_SECONDS = 0.2
"""How often it looks whether they are free."""


@dataclass(frozen=True, slots=True)
class Folder:
    """The parts of a data folder that every command needs."""

    path: Path
    settings: Settings
    people: PeopleStore

    @property
    def zone(self) -> ZoneInfo:
        """The server's zone, for customers that have none of their own (D10)."""
        return ZoneInfo(self.settings.timezone)


@contextmanager
def open_folder(path: Path, *, create: bool = False) -> Iterator[Folder]:
    """Open settings and people, and send the log to standard error; make the folder only if `create`."""
    _log_to_stderr()
    settings, people_file = load_settings(path), path / "people.db"
    if not create and not (path if settings.database else people_file).exists():
        raise FolderError(
            f"there is no data in {path} - name its folder with --data, or begin with: people import FILE"
        )
    path.mkdir(parents=True, exist_ok=True, mode=0o700)
    people = PeopleStore(settings.database or sqlite_url(people_file))
    try:
        yield Folder(path, settings, people)
    finally:
        people.close()


@contextmanager
def served_store(folder: Folder, observer: StoreObserver) -> Iterator[WatchedStore]:
    """The calls of a folder for a server, once no command has them open; FolderError if a server runs already."""
    with any_store(folder, lambda: _watched_store(folder, observer)) as store:
        if not isinstance(store, WatchedStore):
            raise FolderError(f"a server already runs on {folder.path} - stop it first, or use another --data")
        yield store


def any_store(
    folder: Folder, make: Callable[[], DuckStore] | None = None
) -> AbstractContextManager[DuckStore | RemoteStore]:
    """The calls of a folder: through the server that runs on it, else in this process."""
    until = time.monotonic() + PATIENCE_SECONDS
    while True:
        distant = connect_to_store(folder.path)
        if distant is not None:
            return distant
        try:
            return closing(make() if make else _own_store(folder))
        except InUseError:
            if time.monotonic() > until:
                raise
            time.sleep(AGAIN_SECONDS)


def find_customer(folder: Folder, named: str | None) -> Customer:
    """The customer of an id or a name; the only one there is, if none is named.

    A name that a deleted customer had means the one that has it now, if there is one.
    """
    customers = folder.people.customers()
    found = [one for one in customers if named is None or named.lower() == one.id or named == one.name]
    if len(found) > 1:
        found = [one for one in found if one.state is not CustomerState.DELETED] or found
    if len(found) == 1:
        return found[0]
    if named is None:
        raise InvalidFieldError("customer", "name the customer with --customer, by id or name")
    if found:
        raise InvalidFieldError("customer", f"there are several customers {named} - name one by its id")
    raise InvalidFieldError("customer", f"there is no customer {named} - create one with: people add, or people import")


def _own_store(folder: Folder) -> DuckStore:
    settings = folder.settings
    return DuckStore(
        folder.path, memory=settings.memory, threads=settings.threads, query_seconds=settings.query_seconds
    )


def _watched_store(folder: Folder, observer: StoreObserver) -> WatchedStore:
    settings = folder.settings
    return WatchedStore(
        folder.path, observer, memory=settings.memory, threads=settings.threads, query_seconds=settings.query_seconds
    )


def _log_to_stderr() -> None:
    """One JSON object a line; on a terminal, text for people."""
    people = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if people else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
    )
