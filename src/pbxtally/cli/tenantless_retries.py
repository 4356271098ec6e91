"""Records that came to hosted switches without the word that names their customer, given out every hour."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import structlog

from pbxtally.cli.folder import Folder
from pbxtally.cli.options import now_ms
from pbxtally.retrying import Retried, Retrying
from pbxtally.sources import SOURCES
from pbxtally.stores.duckdb_store import DuckStore

EVERY_SECONDS = 3600.0


@contextmanager
def retrying_tenantless(folder: Folder, store: DuckStore) -> Iterator[None]:
    """Look for such records from time to time while the block runs."""
    stopped = threading.Event()
    thread = threading.Thread(target=_run, args=(folder, store, stopped), name="records without their word")
    thread.start()
    try:
        yield
    finally:
        stopped.set()
        thread.join()


def _run(folder: Folder, store: DuckStore, stopped: threading.Event) -> None:
    log = structlog.get_logger("pbxtally.hosted")
    while not stopped.wait(EVERY_SECONDS):
        retried = Retried()
        try:
            Retrying(store, folder.people, SOURCES, folder.zone, now_ms()).settle(retried)
        except Exception as why:  # tried again in an hour; nothing else waits for it
            log.error("records without their word are waiting", exc_info=why)
        if retried.tried > len(retried.still_rejected):
            log.info("given to the customers of their calls", legs=retried.kept, known=retried.known)
