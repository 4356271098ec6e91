"""What a server takes deliveries in with: its folder's journal, and the writer that counts what is in it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from pbxtally.arrivals import Arrivals
from pbxtally.cli.checking import gaps, missing_loads, note_gap, say_load
from pbxtally.cli.folder import Folder
from pbxtally.cli.options import now_ms
from pbxtally.cli.reading_aside import ReadingAside
from pbxtally.delivery_reader import DeliveryReader
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore
from pbxtally.stores.journal import Journal

log = structlog.get_logger("pbxtally.arrivals")


@contextmanager
def arrivals_of(folder: Folder, store: DuckStore) -> Iterator[Arrivals]:
    """Take deliveries in while the block runs; what the journal has and the store lacks is counted first."""
    journal = Journal(folder.path)
    note_gap(store, journal)
    for gap in gaps(store, journal):
        log.error("calls are missing", why=gap)
    for one in missing_loads(store, journal):
        log.error("calls are missing", load_again=say_load(one))
    aside = ReadingAside()
    reader = DeliveryReader(SOURCES, folder.people, folder.zone, now_ms, aside.read_all)

    def on_fault(why: Exception) -> None:
        log.error("the journal waits", error=repr(why))

    arrivals = Arrivals(store, journal, reader, on_fault, folder.settings.journal_days)
    try:
        yield arrivals
    finally:
        arrivals.close()
        aside.close()
        journal.close()
